"""What we agreed on about the project as a whole, and no linter knows."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SILENCED = re.compile(r"# noqa(?::(?: ?[A-Z]+[0-9]+,?)*)?$|# type: ignore(?:\[[a-z-]+\])?$")


def sources() -> list[Path]:
    """Return every Python file that git knows or would take, tests apart."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if not name.startswith("tests/") and (ROOT / name).exists()]


def test_every_package_is_under_the_import_contracts_and_typed_and_shipped() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    tools = RULES["tool"]
    assert set(tools["importlinter"]["root_packages"]) == packages - {"bench"}
    assert set(tools["hatch"]["build"]["targets"]["wheel"]["packages"]) == packages - {"bench"}
    assert set(tools["mypy"]["packages"]) == packages | {"tests"}


def test_no_module_outgrows_one_sitting() -> None:
    assert len(sources()) > 100
    assert [path for path in sources() if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


def test_whoever_silences_a_tool_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SILENCED.search(line)
    ]
    assert silent == []


def test_examples_in_docstrings_are_true() -> None:
    examples = [path for path in sources() if ">>> " in path.read_text(encoding="utf-8")]
    assert len(examples) > 3
    for path in examples:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        assert doctest.testmod(importlib.import_module(name)).failed == 0, name
