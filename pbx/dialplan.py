"""What our dialplan and whoever drives it over ARI say to each other in variables."""

from __future__ import annotations

from enum import StrEnum

BACK = "HOTLINE_BACK"
"""Set on a caller who is handed back to the dialplan: one of `Back`."""

QUEUES = "HOTLINE_QUEUES"
"""A global: the epoch second at which the queue process last said that it takes callers."""


WATCH, SNOOP = "watch-", "snoop-"
"""How the ids of channels begin that are there for a supervisor: no part of the caller's story."""

WEB = "-web"
"""How the name of an agent's telephone in the browser ends; before it is their number."""

MESSAGE = "message"
"""The dialogue in which a caller leaves a message."""


class Back(StrEnum):
    """Why a caller is handed back."""

    NOBODY = "nobody"
    """No agent who could ever serve them works at a desk: the registered telephones are rung."""
    TOO_LONG = "too-long"
    CLOSED = "closed"
    TALKED = "talked"
    """They talked to a person; that was all."""
    CALLBACK = "callback"
    """They hang up and are called back."""
    DIALOGUE = "dialogue"
    """Into the dialogue `Variable.FLOW`, and back again."""


class Variable(StrEnum):
    """What is known about a caller who waits, on their channel."""

    QUEUE = "HOTLINE_QUEUE"
    JOINED = "HOTLINE_JOINED"
    """Epoch seconds with milliseconds at which they first came into a queue."""
    AGAIN = "HOTLINE_AGAIN"
    """Epoch seconds since which they wait anew at the head of the line: their agent's telephone was lost."""
    SEGMENT = "HOTLINE_SEGMENT"
    ELDER = "HOTLINE_ELDER"
    """`1` for callers of 65 or older."""
    CUSTOMER = "HOTLINE_CUSTOMER"
    """Account number."""
    WHY = "HOTLINE_WHY"
    FLOW = "HOTLINE_FLOW"
    """The dialogue an agent sends them into."""
    RESULT = "HOTLINE_RESULT"
    """What came of it."""


FACTS = (Variable.JOINED, Variable.SEGMENT, Variable.ELDER, Variable.CUSTOMER, Variable.RESULT)
"""What the queue process is told of a caller, in this order, after the queue's name."""
