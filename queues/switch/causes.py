"""Why a telephone was not answered, in words for the log and the pages."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[int, str] = {
    1: "unreachable",
    3: "unreachable",
    17: "busy",
    18: "no-answer",
    19: "no-answer",
    20: "unreachable",
    21: "declined",
    27: "unreachable",
    31: "no-answer",
    44: "unreachable",
}
"""By Q.850 cause, as Asterisk tells it."""


def why_missed(cause: int) -> str:
    """Return why an agent did not answer."""
    return WORDS.get(cause, "no-answer")


SOUND_LOST = 44
"""The cause Asterisk gives when a telephone has sent nothing for too long: its browser is gone."""
