"""The same conversation in pure dialplan, and the way in to the others, as contexts for Asterisk."""

from __future__ import annotations

from pathlib import Path

from bench.score import Score, Turn

DIALPLAN, PANORAMISK, PROCESS, SITTING, DIALPLAN_BARE = "95101", "95102", "95103", "95104", "95105"
"""The numbers that reach each of them; `SITTING` answers, records and waits."""

REACHED = "bench-balance"
"""How the contexts begin that a call of the pure dialplan is in once its balance begins (and then the
number): the call record tells."""

WRONG = "bench-wrong"


def contexts(score: Score, *, doors: str, recordings: Path, panoramisk: int, script: Path) -> str:
    """Return the contexts; `doors` is the context callers arrive in, `panoramisk` its server's port."""
    recorded = f"MixMonitor({recordings}/${{UNIQUEID}}.raw,D)"
    lines = [f"[{doors}](+)"]
    numbers = (DIALPLAN, PANORAMISK, PROCESS, SITTING, DIALPLAN_BARE)
    lines += [f"exten => {number},1,Goto(bench-{number},s,1)" for number in numbers]
    lines += _context(f"bench-{DIALPLAN}", "Answer()", recorded, *_asked(score, DIALPLAN))
    lines += _context(f"bench-{DIALPLAN_BARE}", "Answer()", *_asked(score, DIALPLAN_BARE))
    for number in (DIALPLAN, DIALPLAN_BARE):
        lines += _context(f"{REACHED}-{number}", _heard(score[-1]), "Hangup()")
    lines += _context(f"bench-{PANORAMISK}", "Answer()", recorded, f"AGI(agi://127.0.0.1:{panoramisk}/bench)")
    lines += _context(f"bench-{PROCESS}", "Answer()", recorded, f"AGI({script})")
    lines += _context(f"bench-{SITTING}", "Answer()", recorded, "Wait(600)")
    lines += _context(WRONG, "Hangup()")
    return "\n".join(lines) + "\n"


def _asked(score: Score, way: str) -> list[str]:
    """Return the applications that ask every question; a wrong answer ends the call."""
    applications = ["Set(CHANNEL(language)=zh)"]
    for number, turn in enumerate(score[:-1]):
        applications += [
            _read(f"ANSWER{number}", turn),
            f'GotoIf($["${{ANSWER{number}}}" != "{turn.answer}"]?{WRONG},s,1)',
        ]
    return [*applications, f"Goto({REACHED}-{way},s,1)"]


def _heard(turn: Turn) -> str:
    return _read("MORE", turn) if turn.most else f"Playback({'&'.join(turn.sounds)})"


def _read(name: str, turn: Turn) -> str:
    return f"Read({name},{'&'.join(turn.sounds)},{turn.most},,1,{turn.wait / 1000:g})"


def _context(name: str, first: str, *others: str) -> list[str]:
    return [f"[{name}]", f"exten => s,1,{first}", *(f" same => n,{each}" for each in others)]
