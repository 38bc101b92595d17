"""A message for people who are not there now; hung up in the middle, it is left all the same."""

from __future__ import annotations

from contextlib import suppress

import structlog

from core.call import Call, Ending, Hangup
from core.log import Kind
from core.words import Prompt
from ivr.services import Services

LEAVE_MESSAGE = Prompt("leave-message")
KEPT = Prompt("message-kept")
TOO_SHORT = Prompt("message-too-short")
NOT_KEPT = Prompt("message-not-kept")

LONGEST, SILENCE = 120.0, 8.0
"""Seconds of a message, and of the silence that ends it."""

log = structlog.get_logger()


async def leave_message(call: Call, services: Services, queue: str, account: str = "") -> Ending:
    """Take a message for the people of `queue`, of the customer with `account`; then it is over."""
    with structlog.contextvars.bound_contextvars(call_id=call.id):
        try:
            words = await _taken(call, services, queue, account)
        except Hangup:
            return Ending.ABANDONED
        except Exception as error:  # noqa: BLE001  whatever breaks, the caller hears that nothing was kept
            call.log.write(Kind.FAILED, error=type(error).__name__)
            log.error("message_failed", error=type(error).__name__)  # noqa: TRY400  texts may be private
            words = NOT_KEPT
        with suppress(Hangup):
            await call.say(words, surely=True)
        return Ending.SERVED


async def _taken(call: Call, services: Services, queue: str, account: str) -> Prompt:
    """Return what the caller hears in the end."""
    if hindrance := await services.mailbox.hindrance():
        call.log.write(Kind.NO_MESSAGE, why=hindrance)
        log.error("no_message_taken", why=hindrance)
        return NOT_KEPT
    await call.say(LEAVE_MESSAGE)
    try:
        await call.record(longest=LONGEST, silence=SILENCE)
    except Hangup:
        await services.mailbox.keep(call, queue, account)
        raise
    return KEPT if await services.mailbox.keep(call, queue, account) else TOO_SHORT
