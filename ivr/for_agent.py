"""Dialogues an agent sends a caller into: nobody hears the keys, the agent learns only what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog

from bank.port import OutcomeUnknown, Unavailable
from core.call import Back, Call, CallOver, Ending, Hangup
from core.log import Kind
from ivr.flows.identify import THANK_YOU, identify
from ivr.flows.release import release
from ivr.services import Services

RESULT = "result"
FAILED, NOT_DONE, UNAVAILABLE, UNKNOWN = "failed", "not-done", "bank-unavailable", "unknown"

log = structlog.get_logger()


async def run_for_agent(call: Call, services: Services, flow: str, queue: str) -> Ending:
    """Hold one dialogue and hand the caller back to where they came from, with what came of it."""
    with structlog.contextvars.bound_contextvars(call_id=call.id):
        try:
            told = await FLOWS[flow](call, services) if flow in FLOWS else {RESULT: UNKNOWN}
        except Hangup:
            return Ending.QUEUED
        except (CallOver, Back):
            told = {RESULT: NOT_DONE}
        except (Unavailable, OutcomeUnknown):
            told = {RESULT: UNAVAILABLE}
        except Exception as error:  # noqa: BLE001  whatever breaks, the caller is back with the agent
            call.log.write(Kind.FAILED, error=type(error).__name__)
            log.error("dialogue_failed", error=type(error).__name__)  # noqa: TRY400  texts may be private
            told = {RESULT: FAILED}
        await call.enqueue(queue, details=told)
        return Ending.QUEUED


async def _identified(call: Call, services: Services) -> dict[str, str]:
    customer = await identify(call, services, None, services.manners)
    await call.say(THANK_YOU)
    return {RESULT: "identified", "customer": customer.account, "segment": customer.segment.value}


async def _released(call: Call, services: Services) -> dict[str, str]:
    return {RESULT: await release(call, services)}


FLOWS: Mapping[str, Callable[[Call, Services], Awaitable[dict[str, str]]]] = {
    "identify": _identified,
    "release": _released,
}
"""What an agent may send a caller into, by name."""
