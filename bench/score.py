"""What is said and keyed in one conversation, learned from the hotline itself.

The other ways of holding it get the same files, the same number of questions and the same patience, so
that nothing but the way differs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """One command's worth: `sounds` one after the other, then up to `most` keys; 0 asks for none.

    `keys` is what the caller answers, `#` included; empty at the last turn, which the caller only hears.
    `wait` is milliseconds.
    """

    sounds: tuple[str, ...]
    most: int = 0
    wait: int = 0
    keys: str = ""

    @property
    def answer(self) -> str:
        """What arrives of the keys."""
        return self.keys.removesuffix("#")


Score = tuple[Turn, ...]


def joined(turns: list[Turn]) -> Score:
    """Return the turns with each mere statement (the last excepted) put before the question after it."""
    score: list[Turn] = []
    said: tuple[str, ...] = ()
    for number, turn in enumerate(turns):
        if turn.most == 0 and number < len(turns) - 1:
            said += turn.sounds
        else:
            score.append(Turn(said + turn.sounds, turn.most, turn.wait, turn.keys))
            said = ()
    return tuple(score)


def to_json(score: Score) -> list[dict[str, Any]]:
    """Return plain values."""
    return [asdict(turn) for turn in score]


def from_json(values: list[dict[str, Any]]) -> Score:
    """Return the score in plain values."""
    return tuple(Turn(tuple(each["sounds"]), each["most"], each["wait"], each["keys"]) for each in values)
