"""The feed's messages, one JSON text frame each.

The server begins with a snapshot, then tells changes, each numbered one higher than what came before:

    {"type":"snapshot","seq":7,"at":1764043200.0,"agents":[…],"queues":[…],"calls":[…],"figures":[…]}
    {"type":"agent","seq":8,"agent":{"number":"1001","name":"李娜","presence":"ready","since":…,"reason":"",
     "endpoint":"1001-web","call":"","idle_since":…,"next_reason":""}}    logged-out: they are gone
    {"type":"queue","seq":9,"queue":{"name":"vip","waiting":0,"longest_since":null,"wait":0.0,
     "answered":3,"answered_in_time":2,"abandoned":0,"ready":1,"signed_in":1}}
    {"type":"call","seq":10,"call":{"id":"hl-1.1","state":"waiting","queue":"vip","language":"yue",
     "number":"138…","customer":"","segment":"vip","since":…,"arrived":…,"agent":"","before":0}}
    {"type":"gone","seq":11,"call":"hl-1.1"}
    {"type":"figures","seq":12,"figures":{"agent":"1001","calls":4,"talk_seconds":512.5,"missed":0}}
    {"type":"happened","seq":13,"id":"<uuid>","at":…,"what":"agent.ready","data":{…}}

A client asks `{"id":7,"act":"ready","by":"1001","agent":"1001"}` (`queues.acts`) and is answered, in any
order, `{"type":"done","id":7,"result":{…}}` or `{"type":"refused","id":7,"why":"a sentence"}`; answers
have no number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from queues.views import (
    AgentView,
    CallGone,
    CallView,
    FiguresView,
    Happening,
    Picture,
    QueueView,
    View,
    fields_of,
)

PATH = "/feed"
"""Where the feed is, on the queue process's port."""

ONE_ACT = "/act"
"""Where one act is asked for by whoever does not want to be told anything."""

KINDS: Mapping[str, type[AgentView | QueueView | CallView | FiguresView]] = MappingProxyType(
    {"agent": AgentView, "queue": QueueView, "call": CallView, "figures": FiguresView}
)
_NAMES = {kind: name for name, kind in KINDS.items()}

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class NotTheFeed(Exception):
    """What came is no message of the feed, or one is missing before it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything, as of the change number `seq`; what was known before counts no more."""

    seq: int
    at: float
    picture: Picture


@dataclass(frozen=True, slots=True)
class Lost:
    """The queue process cannot be reached; a snapshot follows as soon as it can."""


Told = View | Happening | Snapshot | Lost


def snapshot_text(seq: int, at: float, picture: Picture) -> str:
    """Return the message that begins a feed."""
    return _json(
        {
            "type": "snapshot",
            "seq": seq,
            "at": at,
            "agents": [fields_of(view) for view in picture.agents.values()],
            "queues": [fields_of(view) for view in picture.queues.values()],
            "calls": [fields_of(view) for view in picture.calls.values()],
            "figures": [fields_of(view) for view in picture.figures.values()],
        }
    )


def change_text(seq: int, told: View | Happening) -> str:
    """Return the message that tells one change."""
    match told:
        case CallGone(call=call):
            return _json({"type": "gone", "seq": seq, "call": call})
        case Happening(id=id_, at=at, what=what, data=data):
            happened = {"id": id_, "at": at, "what": what, "data": dict(data)}
            return _json({"type": "happened", "seq": seq, **happened})
    name = _NAMES[type(told)]
    return _json({"type": name, "seq": seq, name: fields_of(told)})


def lost_text() -> str:
    """Return what followers are told when the queue process cannot be reached; it never travels the feed."""
    return _json({"type": "lost"})


def done_text(id_: object, result: Mapping[str, Any] | None) -> str:
    """Return the answer to an act that was carried out."""
    return _json({"type": "done", "id": id_} | ({"result": dict(result)} if result else {}))


def refused_text(id_: object, why: str) -> str:
    """Return the answer to an act that was not."""
    return _json({"type": "refused", "id": id_, "why": why})


def snapshot_of(message: Mapping[str, Any]) -> Snapshot:
    """Return what a snapshot's message holds. Raises `NotTheFeed`."""
    picture = Picture()
    try:
        for name, kind in KINDS.items():
            for each in message[name if name == "figures" else f"{name}s"]:
                picture.take(kind(**each))
        return Snapshot(message["seq"], message["at"], picture)
    except (KeyError, TypeError) as error:
        raise NotTheFeed(f"A snapshot is not understood: {error}") from None


def change_of(message: Mapping[str, Any]) -> View | Happening:
    """Return what a change's message tells. Raises `NotTheFeed`."""
    try:
        match message["type"]:
            case "gone":
                return CallGone(message["call"])
            case "happened":
                return Happening(message["id"], message["at"], message["what"], message["data"])
            case name:
                return KINDS[name](**message[name])
    except (KeyError, TypeError) as error:
        raise NotTheFeed(f"A change is not understood: {error}") from None
