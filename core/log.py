"""The session log as a dialogue writes it: what happened in a call, step by step, secrets masked.

Writing is a local, unbuffered append (`core.journal`), so it never holds up a caller and survives a
killed process; the worker carries it into the database (`reporting.ingest`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from core.secret import Secret
from core.words import Amount, Count, Day, Digits, Percent, Phrase, Prompt, StockCode, When, Word

Value = str | int | bool | None | list[str] | Secret
"""What an event may carry. A `Secret` is written as `***`."""


class Kind(StrEnum):
    """What can happen in a call. The value is what stands in the database; never change one."""

    # written by the dialogue
    STARTED = "dialogue.started"
    """caller, language"""
    SAID = "said"
    """prompts, values; interrupted"""
    ASKED = "asked"
    """prompts; keys (see `keyed`), ended, ms"""
    DOUBTED = "keys.doubted"
    """ms: for so long no key could be heard, since we were late; the next confirmation is asked for surely"""
    LANGUAGE = "language"
    """language"""
    CHOSEN = "menu.chosen"
    """menu, key, flow"""
    KNOWN = "caller.known"
    """customer, segment: the calling number is registered"""
    IDENTIFIED = "identified"
    """customer, segment"""
    NOT_IDENTIFIED = "identify.failed"
    """account, tries, locked"""
    BANK = "bank"
    """operation, result, ms"""
    TRANSFER_ASKED = "transfer.asked"
    """key, direction, amount (fen): read back and confirmed"""
    TRANSFER_DONE = "transfer.done"
    """key, reference, direction, amount (fen)"""
    TRANSFER_REFUSED = "transfer.refused"
    """key, reason"""
    TRANSFER_UNKNOWN = "transfer.unknown"
    """key: the bank did not answer in time; the key makes sure it happens at most once"""
    SPOKE = "message.spoken"
    """ms, hung_up: the caller spoke after the tone"""
    MESSAGE = "message.kept"
    """seconds, queue: what the caller left for people who are not there"""
    NO_MESSAGE = "message.not-kept"
    """why"""
    PERSON = "person.asked"
    """why, queue"""
    MUTED = "recording.muted"
    UNMUTED = "recording.unmuted"
    FAILED = "dialogue.failed"
    """error: the exception's class only"""
    ENDED = "dialogue.ended"
    """ending"""

    # written by the web process: what a supervisor did; `by` is who
    LISTENED = "supervisor.listened"
    """by, agent"""
    WHISPERED = "supervisor.whispered"
    """by, agent"""
    BARGED_IN = "supervisor.barged-in"
    """by, agent"""
    TAKEN_OVER = "supervisor.took-over"
    """by, agent"""
    FORCED = "supervisor.forced"
    """by, agent, presence, reason: the agent's state after this call"""
    MOVED = "supervisor.moved"
    """by, call, queue: into which queue"""

    # written by the worker from what Asterisk tells
    ANSWERED = "call.answered"
    FALLBACK = "call.fallback"
    """why: the dialplan brought the caller to a person without us"""
    QUEUE_ENTERED = "queue.entered"
    """queue"""
    AGENT_ANSWERED = "agent.answered"
    """agent"""
    AGENT_LEFT = "agent.left"
    """agent"""
    HUNG_UP = "call.ended"
    """ending, cause, seconds, by"""
    RECORDED = "recording.closed"
    """file, seconds, bytes, sha256"""
    NOT_RECORDED = "recording.missing"
    """why"""


class SessionLog(Protocol):
    """One call's log, open for writing."""

    def write(self, kind: Kind, **data: Value) -> None:
        """Append one event, numbered and timed. Costs microseconds, never waits."""
        ...

    async def commit(self) -> None:
        """Return when all that was written is on disk: before a caller hears about money."""
        ...


def keyed(text: str, *, digits: int, secret: bool) -> str | Secret:
    """Return what the log keeps of an answer of up to `digits` keys: the key chosen in a menu, and no more.

    A PIN is also keyed too early, too late, or in place of an account number, so every longer answer may
    hold one. What was understood is told by what comes of it: who was identified (or not), what was moved.
    """
    return Secret(text) if secret or (text and digits > 1) else text


def described(words: Iterable[Word]) -> tuple[list[str], list[str]]:
    """Return what the log keeps of a sentence: the names of its prompts, and the values said."""
    prompts: list[str] = []
    values: list[str] = []
    for word in words:
        match word:
            case Prompt(name=name):
                prompts.append(name)
            case Phrase(prompt=prompt, values=filled):
                prompts.append(prompt.name)
                more_prompts, more_values = described(filled.values())
                prompts += more_prompts
                values += more_values
            case _:
                values.append(_value(word))
    return prompts, values


def _value(word: Amount | Count | Day | Digits | Percent | StockCode | When) -> str:
    match word:
        case Amount(cents=cents):
            return str(cents)
        case Digits(text=text) | StockCode(code=text):
            return text
        case Count(number=number):
            return str(number)
        case Percent(value=value):
            return str(value)
        case When(at=at):
            return at.isoformat()
        case Day(day=day):
            return day.isoformat()
