"""One call from hello to its ending: the only place that catches everything.

Whatever breaks, the caller meets a person; if even that fails, the exception leaves `run`, no end marker
is set, and the dialplan brings the caller to one.
"""

from __future__ import annotations

import traceback
from dataclasses import replace

import structlog

from bank.port import Unavailable
from core.call import Back, Call, Ending, GaveUp, Hangup, WantsPerson
from core.log import Kind
from core.words import Prompt
from ivr.dialogue import Manners, Silent, choose
from ivr.flows.identify import THANK_YOU, identify
from ivr.flows.person import person
from ivr.flows.welcome import change_language, welcome
from ivr.services import Services
from ivr.visit import Begun, Declined, Errand, Lead, NeedsPerson, ToPerson, Visit, Why, manners_for

GOODBYE = Prompt("goodbye")

log = structlog.get_logger()


async def run(call: Call, services: Services) -> Ending:
    """Hold the whole conversation; return how it ended."""
    with structlog.contextvars.bound_contextvars(call_id=call.id):
        call.log.write(Kind.STARTED, caller=call.caller, language=call.language.value)
        ending = await _attend(call, services)
        call.log.write(Kind.ENDED, ending=ending.value)
        log.info("call_ended", ending=ending.value)
        return ending


async def _attend(call: Call, services: Services) -> Ending:
    visit = Visit()
    try:
        while True:
            further = await _further(call, services, visit)
            if isinstance(further, Ending):
                return further
            visit = replace(further, steps=visit.steps + 1)
    except Hangup:
        return visit.ending


async def _further(call: Call, services: Services, visit: Visit) -> Visit | Ending:
    """Take one step; what ends the conversation early is decided here, knowing who is calling."""
    try:
        return await step(call, services, visit)
    except Hangup:
        raise
    except Back:
        return visit.back()
    except Declined as no:
        return visit.told_no(no.words)
    except WantsPerson:
        why = Why.ASKED
    except NeedsPerson as need:
        why = need.why
    except GaveUp as end:
        if visit.served and isinstance(end, Silent) and visit.wanted is None:
            await call.say(GOODBYE)
            return Ending.SERVED
        why = Why.GAVE_UP
    except Unavailable:
        why = Why.BANK_UNAVAILABLE
    except Exception as error:  # noqa: BLE001  the one broad except: a caller always meets a person
        call.log.write(Kind.FAILED, error=type(error).__name__)
        log.error("dialogue_failed", error=type(error).__name__, where=_where(error))  # noqa: TRY400  no texts
        why = Why.FAILED
    return await person(call, services, visit, why)


async def step(call: Call, services: Services, visit: Visit) -> Visit:
    """Take the caller one step further: through the door, a menu, identification, or an errand."""
    if visit.steps >= services.manners.steps:
        raise GaveUp
    manners = manners_for(visit, services)
    if not visit.path:
        return await (change_language if visit.steps else welcome)(call, services, visit)
    if visit.wanted is None:
        return await _menu(call, visit, manners)
    if isinstance(visit.wanted, Begun):
        customer = await identify(call, services, visit.known, manners, visit.wanted.digit)
        return replace(visit, customer=customer, wanted=None, news=(THANK_YOU,))
    if visit.customer is None:
        return replace(visit, customer=await identify(call, services, visit.known, manners))
    errand = Errand(customer=visit.customer, step=visit.steps, manners=manners)
    return visit.told(await visit.wanted(call, services, errand))


async def _menu(call: Call, visit: Visit, manners: Manners) -> Visit:
    """Offer the menu the caller is in."""
    menu = visit.path[-1]
    account_too = menu.customers and visit.customer is None
    lead = await choose(
        call,
        menu,
        *visit.news,
        refused=visit.declined,
        manners=manners,
        otherwise=_begun if account_too else _nothing,
    )
    match lead:
        case ToPerson():
            raise NeedsPerson(Why.CHOSEN)
        case Begun():
            return replace(visit, wanted=lead, news=(), declined=())
        case flow if callable(flow):
            return replace(visit, wanted=flow, news=(), declined=())
    return visit.entered(lead)


def _begun(key: str) -> Lead:
    return Begun(key)


def _nothing(_key: str) -> None:
    return None


def _where(error: Exception) -> list[str]:
    """Return where an error came from, without its text: what a bank says may be about a person."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
