"""What a screen of the wallboard has still to be told: the latest state of each thing, and nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from queues.feed.wire import Lost, Snapshot, Told
from queues.views import AgentView, CallGone, CallView, FiguresView, Happening, QueueView, fields_of
from softphone_ui.masked import masked

KINDS: Mapping[type, tuple[str, str]] = MappingProxyType(
    {
        AgentView: ("agents", "number"),
        QueueView: ("queues", "name"),
        CallView: ("calls", "id"),
        FiguresView: ("figures", "agent"),
    }
)
"""What a view is called on a screen, and what tells it from others of its kind."""

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Screen:
    """Changes wait here until the screen can take them; a later one replaces an earlier one."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._fresh: dict[str, dict[str, dict[str, Any]]] = {}
        self._gone: set[str] = set()
        self._whole = self._lost = False

    async def changed(self) -> None:
        """Return when there is something to be told."""
        await self._changed.wait()

    def take(self, told: Told) -> None:
        """Take what the feed tells."""
        match told:
            case Happening():
                return
            case Lost():
                self.lose()
            case Snapshot(picture=picture):
                self._fresh, self._gone, self._whole, self._lost = {}, set(), True, False
                for views in (picture.agents, picture.queues, picture.calls, picture.figures):
                    for view in views.values():
                        self._put(view)
            case CallGone(call=call):
                self._fresh.get("calls", {}).pop(call, None)
                self._gone.add(call)
            case view:
                self._put(view)
        self._changed.set()

    def lose(self) -> None:
        """Take that the queue process cannot be reached: what is shown may be untrue."""
        self._lost = True
        self._changed.set()

    def news(self, now: float) -> str:
        """Return all that waits, as one message; `now` lets the browser's clock agree with ours."""
        told: dict[str, Any] = {"at": now, "lost": self._lost}
        told |= {kind: list(views.values()) for kind, views in self._fresh.items()}
        if self._whole:
            told["whole"] = True
        if self._gone:
            told["gone"] = sorted(self._gone)
        self._fresh, self._gone, self._whole = {}, set(), False
        self._changed.clear()
        return _json(told)

    def _put(self, view: AgentView | QueueView | CallView | FiguresView) -> None:
        kind, key = KINDS[type(view)]
        fields = fields_of(view)
        if isinstance(view, CallView):
            fields |= {"number": masked(view.number), "customer": ""}
            self._gone.discard(view.id)
        self._fresh.setdefault(kind, {})[fields[key]] = fields
