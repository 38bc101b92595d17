"""Finding an Asterisk, or getting one: the host's own, else a root folder built from Debian testing.

The root folder is never changed after it was built; Asterisk runs in it by bubblewrap, which mounts
nothing that stays, and sees besides it only the folders it is given, at the same path as outside.

* NoAsterisk   there is none, and none could be got; the message says what to do
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int, int]

HOST_FLOORS: tuple[Version, ...] = ((20, 11, 0), (21, 6, 0), (22, 1, 0))
"""The oldest Asterisk of a host that is used, in each series: older ones cannot record both sides apart."""

FIT = "20.11, 21.6, 22.1 or newer"
"""The same for people."""

FLOOR: Version = (22, 10, 1)
"""The oldest Asterisk we install: it closed twenty security holes."""

DIE_WITH_US = "--die-with-parent"

SUITE = "forky"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES = ("asterisk", "asterisk-modules")
NAMES = ("hosts", "resolv.conf")
"""What it sees of the host's /etc."""

Say = Callable[[str], None]
"""Receives one line of progress."""


class NoAsterisk(Exception):
    """There is no Asterisk, and none could be got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asterisk:
    """An Asterisk that can be started. Paths are as Asterisk itself sees them."""

    version: Version
    modules: Path
    documentation: Path
    root: Path | None = None
    """The root folder it runs in, or None for the host's own."""

    @property
    def available(self) -> frozenset[str]:
        """The names of all modules it could load, without `.so`."""
        folder = self.modules if self.root is None else self.root / self.modules.relative_to("/")
        return frozenset(path.stem for path in folder.glob("*.so"))

    def command(
        self,
        home: Path,
        *arguments: str,
        names: Path | None = None,
        readable: Iterable[Path] = (),
        outlives_us: bool = False,
    ) -> list[str]:
        """Return the command line that runs it with everything below `home`.

        The folder `names` holds what it sees as /etc/hosts and /etc/resolv.conf; `readable` are further
        files it may read (certificates). It dies with the process that starts it, unless it `outlives_us`.
        """
        asterisk = ["asterisk", "-C", str(home / "etc" / "asterisk.conf"), *arguments]
        if self.root is None:
            return asterisk
        inside = _inside(self.root, home, names, readable)
        if outlives_us:
            inside.remove(DIE_WITH_US)
        return [*inside, *asterisk]


def obtain(root: Path, *, say: Say) -> Asterisk:
    """Return the host's Asterisk, or the one below `root`, which is built there if need be.

    Several processes may ask at once: one builds, the others wait. Raises `NoAsterisk`.
    """
    return find_on_host(say=say) or find_in(root) or build(root, say=say)


def find_on_host(*, say: Say) -> Asterisk | None:
    """Return the host's own Asterisk when it can do what we need; say so when it cannot."""
    if shutil.which("asterisk") is None:
        return None
    version, modules = _version(["asterisk", "-V"]), _modules(Path("/"))
    if modules is None:
        say("Asterisk: this machine's own has no modules, at least no chan_pjsip: it is left alone")
        return None
    if not is_fit(version):
        say(f"Asterisk: this machine's own, {_text(version)}, cannot record both sides apart ({FIT} can)")
        return None
    return Asterisk(version=version, modules=modules, documentation=_documentation(Path("/")))


def is_fit(version: Version) -> bool:
    """Tell whether a host's Asterisk of this version can do what we need.

    >>> is_fit((20, 6, 0)), is_fit((20, 11, 1)), is_fit((22, 0, 0)), is_fit((23, 0, 0))
    (False, True, False, True)
    """
    newest = HOST_FLOORS[-1]
    return version >= newest or any(floor <= version < (floor[0] + 1,) for floor in HOST_FLOORS)


def find_in(root: Path) -> Asterisk | None:
    """Return the Asterisk in a root folder, or None when there is none or it is too old."""
    modules = _modules(root) if root.is_dir() else None
    if modules is None:
        return None
    version = _version([*_inside(root, None, None, ()), "asterisk", "-V"])
    if version < FLOOR:
        return None
    return Asterisk(
        version=version,
        modules=Path("/") / modules.relative_to(root),
        documentation=Path("/") / _documentation(root).relative_to(root),
        root=root,
    )


def build(root: Path, *, say: Say) -> Asterisk:
    """Build a root folder with Asterisk; it appears under its name only when it is complete."""
    for program, package in (("mmdebstrap", "mmdebstrap"), ("bwrap", "bubblewrap")):
        if shutil.which(program) is None:
            raise NoAsterisk(f"{program} is missing: install the package {package}, or Asterisk {FIT}")
    _try_sandbox()
    with _only_one(root.with_name(f".{root.name}.lock"), say):
        found = find_in(root)  # somebody else may have been quicker
        if found is not None:
            return found
        fresh = root.with_name(f".{root.name}.new")
        _remove(fresh)
        say(f"Asterisk: building {root} from Debian {SUITE}, about a minute and 350 MB")
        _bootstrap(fresh, say)
        for name in NAMES:
            (fresh / "etc" / name).unlink(missing_ok=True)
            (fresh / "etc" / name).touch()  # a file is mounted over it
        if find_in(fresh) is None:
            raise NoAsterisk(f"Debian {SUITE} has no Asterisk {_text(FLOOR)} or newer")
        _remove(root)
        fresh.rename(root)
        found = find_in(root)
        if found is None:
            raise NoAsterisk(f"{root} was built, yet does not run")
        say(f"Asterisk: {_text(found.version)} is ready")
        return found


def _try_sandbox() -> None:
    """Raise `NoAsterisk` where bubblewrap may not work, before much is downloaded for nothing."""
    words = ["bwrap", "--ro-bind", "/", "/", "--unshare-ipc", "--cap-drop", "ALL", "true"]
    tried = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    if tried.returncode:
        raise NoAsterisk(
            f"{tried.stderr.strip()}: bubblewrap may not make a sandbox here; allow it (on Ubuntu by "
            f"an AppArmor profile for bwrap), or install Asterisk {FIT}"
        )


def _bootstrap(folder: Path, say: Say) -> None:
    command = [
        "mmdebstrap",
        "--variant=apt",
        '--aptopt=Acquire::Check-Valid-Until "false"',  # a testing index may be past its date
        '--aptopt=APT::Sandbox::User "root"',  # its own user may not look into our folder
        f"--include={','.join(PACKAGES)}",
        *([f"--keyring={KEYRING}"] if KEYRING.exists() else []),  # Ubuntu's own apt trusts Ubuntu alone
        SUITE,
    ]
    if os.geteuid() == 0:
        # its mounts of /proc, /sys and /dev end with it, however it ends
        _run(["unshare", "--mount", "--propagation", "private", *command, str(folder)], say)
        return
    # Without root, files would belong to subordinate users: unpack the archive as ourselves instead.
    archive = folder.with_suffix(".tar")
    archive.unlink(missing_ok=True)
    try:
        _run([*command, str(archive)], say)
        folder.mkdir()
        _run(["tar", "-C", str(folder), "--no-same-owner", "--exclude=./dev/*", "-xf", str(archive)], say)
    finally:
        archive.unlink(missing_ok=True)


def _run(command: list[str], say: Say) -> None:
    with subprocess.Popen(  # noqa: S603  the words are our own
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        last = ""
        for line in process.stdout or ():
            last = line.strip() or last
            if step := worth_telling(line):
                say(f"Asterisk: {step}")
    if process.returncode:
        program = next(word for word in command if word in ("mmdebstrap", "tar"))
        raise NoAsterisk(f"{program} failed: {last}")


def worth_telling(line: str) -> str:
    """Return a line of mmdebstrap's as it is told, empty when it is about mmdebstrap itself.

    >>> worth_telling("I: extracting archives..."), worth_telling("I: automatically chosen mode: root")
    ('extracting archives...', '')
    """
    text = line.strip().removeprefix("I: ")
    return text if text.endswith("...") or not line.startswith("I: ") else ""


@contextmanager
def _only_one(lock: Path, say: Say) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Asterisk: another process is building it, waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _inside(root: Path, home: Path | None, names: Path | None, readable: Iterable[Path]) -> list[str]:
    """Return the bubblewrap words: a read-only system, and `home` to write in."""
    words = ["bwrap", DIE_WITH_US, "--unshare-ipc", "--cap-drop", "ALL"]
    words += ["--ro-bind", str(root / "usr"), "/usr", "--ro-bind", str(root / "etc"), "/etc"]
    for name in ("bin", "sbin", "lib", "lib64"):
        words += ["--symlink", f"usr/{name}", f"/{name}"]
    words += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108  its own, empty
    if names is not None:
        for name in NAMES:
            words += ["--ro-bind", str(names / name), f"/etc/{name}"]
    for path in readable:
        words += ["--ro-bind", str(path), str(path)]
    if home is not None:
        words += ["--bind", str(home), str(home), "--chdir", str(home)]
    return words


def _modules(root: Path) -> Path | None:
    patterns = ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/lib64/asterisk/modules")
    found = (path for pattern in patterns for path in root.glob(pattern))
    return next((path for path in found if (path / "chan_pjsip.so").exists()), None)


def _documentation(root: Path) -> Path:
    places = (root / "usr/share/asterisk/documentation", root / "var/lib/asterisk/documentation")
    return next((path for path in places if path.is_dir()), places[0])


def _version(command: list[str]) -> Version:
    """Return what `asterisk -V` tells, or 0.0.0 when it does not run."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    return parse_version(answer.stdout)


def parse_version(text: str) -> Version:
    """Return the version in `Asterisk 22.10.1+dfsg…`, or 0.0.0 when there is none.

    >>> parse_version("Asterisk 22.10.1+dfsg+~cs6.17-1")
    (22, 10, 1)
    """
    match = re.search(r"Asterisk (?:certified/)?(\d+)\.(\d+)(?:[.-](?:cert)?(\d+))?", text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)


def _text(version: Version) -> str:
    return ".".join(map(str, version))


def _remove(folder: Path) -> None:
    """Remove a folder with all below it, but never through a mount: that could be the machine's own /dev."""
    mounted = [path for path in mount_points(Path("/proc/self/mountinfo")) if path.is_relative_to(folder)]
    if mounted:
        raise NoAsterisk(f"{mounted[0]} is still mounted from a build that was killed: umount -R {folder}")
    if folder.exists():
        shutil.rmtree(folder)


def mount_points(table: Path) -> list[Path]:
    """Return where something is mounted; proc(5) writes blanks and the like as three octal digits."""
    fields = (line.split(" ")[4] for line in table.read_text().splitlines())
    return [Path(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), field)) for field in fields]
