"""`scripts/setup` as a newcomer's machine knows it: run again, broken off, after the system's next Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PYTHON = """#!/bin/sh
# stands in for the system's Python: makes environments of a Python that writes down what it is asked
case "$*" in
  --version) echo "Python $VERSION" ;;
  "-m venv --clear .venv") rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo made >> asked ;;
  "-m pip install"*) echo pip >> asked ;;
  "-c import pip") test "$0" != "$BROKEN" ;;
esac
"""


class Machine:
    """A folder with the script in it and stand-ins for every program it asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = "3.11.2"
        self.broken = ""
        programs = folder / "bin"
        programs.mkdir()
        for name in ("bwrap", "mmdebstrap", "espeak-ng", "sox", "python3"):
            (programs / name).write_text(PYTHON if name == "python3" else "#!/bin/sh\n")
            (programs / name).chmod(0o755)
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/setup", folder / "scripts/setup")
        (folder / "scripts/web").write_text("#!/bin/sh\n")
        (folder / "scripts/web").chmod(0o755)
        for name in ("requirements.txt", "pyproject.toml"):
            (folder / name).write_text("")

    def set_up(self) -> list[str]:
        """Run it; return what Python was asked for."""
        asked = self.folder / "asked"
        asked.unlink(missing_ok=True)
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHON": "python3",
            "VERSION": self.version,
            "BROKEN": self.broken,
        }
        words = [str(self.folder / "scripts/setup"), "--bare"]
        subprocess.run(words, env=environment, check=True, capture_output=True)
        return asked.read_text().split() if asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_installed_is_not_installed_again(machine: Machine) -> None:
    assert machine.set_up() == ["made", "pip", "pip"]
    assert machine.set_up() == []


def test_after_a_pin_was_changed_packages_are_installed_into_what_is_there(machine: Machine) -> None:
    machine.set_up()
    (machine.folder / "requirements.txt").write_text("aiohttp==4\n")
    assert machine.set_up() == ["pip", "pip"]


def test_an_environment_that_was_broken_off_half_way_is_made_anew(machine: Machine) -> None:
    machine.set_up()
    (machine.folder / ".venv/.requirements.txt").unlink()
    machine.broken = ".venv/bin/python"
    assert machine.set_up() == ["made", "pip", "pip"]


def test_after_the_system_s_next_python_the_environment_is_made_anew(machine: Machine) -> None:
    machine.set_up()
    machine.version = "3.14.7"
    machine.broken = ".venv/bin/python"
    assert machine.set_up() == ["made", "pip", "pip"]
