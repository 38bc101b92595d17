"""The table of messages that callers left; their sounds are files beside the recordings."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, Index, String, Table

from core.db import Moment, Serial, metadata

voice_message = Table(
    "voice_message",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("call", String(64), nullable=False, unique=True, comment="the session's id"),
    Column("caller", String(32), nullable=False, server_default=""),
    Column("account", String(32), nullable=False, server_default="", comment="if the PIN was keyed"),
    Column("queue", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("file", String(100), nullable=False, comment="in the messages' folder"),
    Column("state", String(8), nullable=False, server_default="new"),
    Column("taken_by", String(32), nullable=False, server_default=""),
    Column("note", String(500), nullable=False, server_default=""),
    Column("done_at", Moment),
    CheckConstraint("state IN ('new', 'taken', 'done')", name="state"),
    CheckConstraint("(state = 'new') = (taken_by = '')", name="taken"),
    CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
)
Index("ix_voice_message_state", voice_message.c.state, voice_message.c.at)
