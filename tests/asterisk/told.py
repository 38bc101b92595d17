"""What Asterisk wrote about calls, read back with the product's own parser."""

from __future__ import annotations

import asyncio

from asterisk_conf.process import Running
from pbx.files import CDR_FILE, CEL_FILE, CdrRow, CelEvent, CelType, parse_cdr, parse_cel


def events(pbx: Running) -> list[CelEvent]:
    """Return all channel events until now; a line that is none fails the test."""
    path = pbx.plan.folders.log / CEL_FILE
    return [parse_cel(line) for line in _lines(path.read_bytes())] if path.exists() else []


def records(pbx: Running) -> list[CdrRow]:
    """Return all call records until now."""
    path = pbx.plan.folders.log / CDR_FILE
    return [parse_cdr(line) for line in _lines(path.read_bytes())] if path.exists() else []


async def last_call(pbx: Running, caller: str) -> list[CelEvent]:
    """Return the events of the last call from this number, once it is over."""
    async with asyncio.timeout(10):
        while True:
            sessions = [event.linkedid for event in events(pbx) if event.caller == caller]
            if sessions:
                return await over(pbx, sessions[-1])
            await asyncio.sleep(0.05)


async def over(pbx: Running, session: str) -> list[CelEvent]:
    """Return a session's events, once it is over."""
    async with asyncio.timeout(10):
        while True:
            mine = [event for event in events(pbx) if event.linkedid == session]
            if mine and mine[-1].type is CelType.LINKEDID_END:
                return mine
            await asyncio.sleep(0.05)


def story(call: list[CelEvent]) -> list[str]:
    """Return what the dialplan told of a call, a line each: `FALLBACK not alive`."""
    return [f"{event.user_event} {event.note}".strip() for event in call if event.user_event]


def complaints(pbx: Running) -> list[str]:
    """Return the warnings and errors in Asterisk's log."""
    logs = pbx.plan.folders.log
    text = "\n".join((logs / name).read_text(errors="replace") for name in ("messages", "warnings"))
    return [line for line in text.splitlines() if "WARNING[" in line or "ERROR[" in line]


def _lines(data: bytes) -> list[str]:
    whole, _, _ = data.rpartition(b"\n")
    return whole.decode().split("\n") if whole else []
