"""A transfer an agent prepared: read back to the caller, whose PIN alone releases it."""

from __future__ import annotations

from bank.port import Frozen, OutsideHours
from bank.prepared.model import CALLER, Prepared, State
from core.call import Back, Call
from core.words import Amount, Prompt, When
from ivr.dialogue import confirm
from ivr.flows.person import REASONS
from ivr.flows.settlement import FROZEN, OVER_LIMIT, TRANSFERS_CLOSED, require_recording, settle
from ivr.flows.transfer import NOTHING_MOVED, WORDINGS
from ivr.services import Services, ask_bank
from ivr.visit import Answer, Declined, NeedsPerson, Why

AGENT_PREPARED = Prompt("agent-prepared")
NOTHING_PREPARED = "nothing-prepared"
WRONG_PIN_REASONS = (Why.NOT_IDENTIFIED, Why.LOCKED)


async def release(call: Call, services: Services) -> str:
    """Have the caller release or refuse what waits for them; return how it ended, before they hear of it.

    Whoever hangs up, falls silent or wants a person has done neither: it waits on, until it expires.
    """
    waits = await services.prepared.waiting(call.id)
    if waits is None:
        return NOTHING_PREPARED
    try:
        words = await _settled(call, services, waits)
        ended = await services.prepared.close(waits, State.REFUSED, by=CALLER, reason="DidNotHappen")
    except Declined as no:
        words = no.words
        ended = await services.prepared.close(waits, State.REFUSED, by=CALLER, reason="declined")
    except Back:
        words = (NOTHING_MOVED,)
        ended = await services.prepared.close(waits, State.REFUSED, by=CALLER, reason="not-wanted")
    except NeedsPerson as need:
        await call.say(REASONS[need.why], surely=True)
        if need.why not in WRONG_PIN_REASONS:
            raise
        words = ()
        ended = await services.prepared.close(waits, State.REFUSED, by=CALLER, reason=need.why.value)
    if words:
        await call.say(*words, surely=True)
    return ended.state.value


async def _settled(call: Call, services: Services, waits: Prepared) -> Answer:
    """Read it back, ask for the PIN and have the bank move it, by the rules of every transfer."""
    await require_recording(call, services)
    try:
        limits = await ask_bank(call, "limits", services.bank.limits(waits.account, waits.direction))
    except OutsideHours as closed:
        raise Declined(TRANSFERS_CLOSED(opens=When(closed.opens))) from None
    except Frozen:
        raise Declined(FROZEN) from None
    most = min(limits.single, limits.left_today)
    if waits.amount > most:
        raise Declined(OVER_LIMIT(allowed=Amount(max(0, most))))
    await call.say(AGENT_PREPARED)
    read_back = WORDINGS[waits.direction].read_back(amount=Amount(waits.amount))
    if not await confirm(call, read_back, manners=services.manners):
        raise Back
    with_code = waits.amount >= limits.code_from
    return await settle(call, services, waits.order, services.manners, with_code=with_code)
