"""Processor time of processes and all their children, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK = 1000 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

# fields of /proc/<pid>/stat after the name in parentheses, counted from 0 (proc(5) counts them from 3)
_PARENT, _FIRST_TIME, _LAST_TIME, _RESIDENT = 1, 11, 14, 21


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of processor time since the start of the processes that were asked about."""

    milliseconds: float

    def since(self, earlier: Spent) -> float:
        """Return the milliseconds between two looks."""
        return self.milliseconds - earlier.milliseconds


def spent(pids: Iterable[int]) -> Spent:
    """Return what these processes and all below them have used, children that ended included."""
    return Spent(sum(_times(stat) for stat in _below(pids)) * _TICK)


def resident(pids: Iterable[int]) -> int:
    """Return the bytes of memory these processes and all below them hold."""
    return sum(int(stat[_RESIDENT]) for stat in _below(pids)) * _PAGE


def children(pid: int, named: Iterable[str] = ()) -> list[int]:
    """Return the direct children of a process, all or those with one of these program names."""
    wanted = set(named)
    return [
        child
        for child, name, stat in _stats()
        if int(stat[_PARENT]) == pid and (not wanted or name in wanted)
    ]


def busy() -> tuple[float, float]:
    """Return the whole machine's milliseconds (working, idle) since it started."""
    words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    user, nice, system, idle, waiting, interrupts, soft, stolen, *_ = map(int, words[1:])
    working = user + nice + system + interrupts + soft + stolen
    return working * _TICK, (idle + waiting) * _TICK


def _times(stat: list[str]) -> int:
    return sum(map(int, stat[_FIRST_TIME : _LAST_TIME + 1]))


def _below(pids: Iterable[int]) -> Iterator[list[str]]:
    stats = {pid: stat for pid, _, stat in _stats()}
    wanted = set(pids)
    missing = wanted - stats.keys()
    if missing:
        raise ProcessLookupError(f"No process {sorted(missing)}")
    grown = True
    while grown:
        children = {pid for pid, stat in stats.items() if int(stat[_PARENT]) in wanted}
        grown = not children <= wanted
        wanted |= children
    for pid in wanted:
        yield stats[pid]


def _stats() -> Iterator[tuple[int, str, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended between the list and the look
            head, _, rest = text.rpartition(")")
            yield int(folder.name), head.partition("(")[2], rest.split()
