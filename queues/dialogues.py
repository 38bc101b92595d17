"""Calls that are in dialogues, as each process that holds some tells all of its own, again and again.

Whoever has said nothing for `SILENT` holds none any more: what is shown is true again by itself after the
restart of either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from core.words import Language
from queues.reading import Like
from queues.spelling import Call
from queues.views import CallView

DIALOGUE = "dialogue"
SILENT = 6.0
"""Seconds."""

MOST = 5000
"""Calls one process may tell of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InDialogue:
    """One call; `since` is epoch seconds."""

    id: Call
    number: Annotated[str, Like(r"[0-9]{0,24}", "a number, or empty")]
    language: Language
    since: float


class Dialogues:
    """What every process told last."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[float, Mapping[str, CallView]]] = {}

    def tell(self, process: str, calls: Iterable[InDialogue], now: float) -> None:
        """Take in all calls of a process."""
        self._told[process] = (now, {call.id: _view(call) for call in calls})

    def there(self, now: float) -> dict[str, CallView]:
        """Return every call that is in a dialogue, by its id."""
        self._told = {name: told for name, told in self._told.items() if now - told[0] < SILENT}
        return {id_: view for _, calls in self._told.values() for id_, view in calls.items()}


def _view(call: InDialogue) -> CallView:
    return CallView(
        id=call.id,
        state=DIALOGUE,
        queue="",
        language=call.language.value,
        number=call.number,
        customer="",
        segment="",
        since=call.since,
        arrived=call.since,
        agent="",
        before=None,
    )
