"""What the outside world is told once: agents and calls that are something else than before. Pure.

| what | data |
| --- | --- |
| `agent.<presence>` | agent, reason, call |
| `call.<state>` | call, queue, language, segment, agent |
| `call.gone` | call, queue, state: what it was last |

No number and no customer: those are for pages, whose readers are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from queues.views import AgentView, CallGone, CallView, View


@dataclass(frozen=True, slots=True)
class Happened:
    """One of them."""

    what: str
    data: Mapping[str, str]


class Happenings:
    """Finds what happened in what looks different."""

    def __init__(self) -> None:
        self._presences: dict[str, str] = {}
        self._calls: dict[str, CallView] = {}

    def of(self, changed: Iterable[View]) -> list[Happened]:
        """Return what happened, in its order."""
        found = (self._of(view) for view in changed)
        return [happened for happened in found if happened is not None]

    def _of(self, view: View) -> Happened | None:
        match view:
            case AgentView():
                return self._agent(view)
            case CallView():
                return self._call(view)
            case CallGone(call=call):
                last = self._calls.pop(call, None)
                known = {"queue": last.queue, "state": last.state} if last else {"queue": "", "state": ""}
                return Happened("call.gone", {"call": call, **known})
            case _:
                return None

    def _agent(self, view: AgentView) -> Happened | None:
        if self._presences.get(view.number) == view.presence:
            return None
        self._presences[view.number] = view.presence
        data = {"agent": view.number, "reason": view.reason, "call": view.call}
        return Happened(f"agent.{view.presence}", data)

    def _call(self, view: CallView) -> Happened | None:
        before = self._calls.get(view.id)
        self._calls[view.id] = view
        if before is not None and (before.state, before.queue) == (view.state, view.queue):
            return None
        data = {
            "call": view.id,
            "queue": view.queue,
            "language": view.language,
            "segment": view.segment,
            "agent": view.agent,
        }
        return Happened(f"call.{view.state}", data)
