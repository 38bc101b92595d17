"""A person: say why, choose the queue, hand the caller over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bank.port import Customer, Segment
from core.call import Call, Ending
from core.log import Kind
from core.words import Language, Prompt
from ivr.flows.welcome import RECORDED
from ivr.services import Services
from ivr.visit import Visit, Why, elder
from queues.model import Agent, Queue

CONNECTING = Prompt("connecting-you-now")
REASONS: Mapping[Why, Prompt] = {
    Why.GAVE_UP: Prompt("let-a-person-help"),
    Why.NOT_IDENTIFIED: Prompt("could-not-identify-you"),
    Why.LOCKED: Prompt("identification-locked"),
    Why.NOT_RECORDED: Prompt("cannot-record"),
    Why.BANK_UNAVAILABLE: Prompt("bank-unavailable"),
    Why.FAILED: Prompt("technical-problem"),
}
"""What a caller hears who did not ask for a person."""

OWN_QUEUE: Mapping[Segment, Queue] = {Segment.VIP: Queue.VIP, Segment.SPECIAL: Queue.EXPERT}
PRIORITY: Mapping[Segment, int] = {Segment.ORDINARY: 0, Segment.SPECIAL: 10, Segment.VIP: 20}
ELDER_PRIORITY = 10


async def person(call: Call, services: Services, visit: Visit, why: Why) -> Ending:
    """Bring the caller to the people who can help; the last thing a dialogue does."""
    queue = queue_for(visit.topic, visit.person, call.language, services.agents)
    call.log.write(Kind.PERSON, why=why.value, queue=queue.value)
    reason = (REASONS[why],) if why in REASONS else ()
    notice = () if visit.path else (RECORDED,)  # at the door nobody has heard it yet
    await call.say(*reason, CONNECTING, *notice, surely=bool(reason))
    details = {"why": why.value, "topic": visit.topic.value, "language": call.language.value}
    if visit.person is not None:
        details["segment"] = visit.person.segment.value
        if elder(visit, services):
            details["elder"] = "1"
    if visit.customer is not None:
        details["customer"] = visit.customer.account
    await call.enqueue(queue.value, priority=priority_of(visit, services), details=details)
    return why.ending


def queue_for(topic: Queue, who: Customer | None, language: Language, agents: Sequence[Agent]) -> Queue:
    """Return the first queue, from the most fitting on, in which somebody speaks the caller's language.

    A complaint goes to the people for complaints, whoever complains; customers with people of their own
    go to those.
    """
    own = OWN_QUEUE.get(who.segment) if who is not None and topic is not Queue.COMPLAINTS else None
    fitting = (own or topic, topic, Queue.CONSULTING, Queue.FALLBACK)
    for queue in fitting:
        if any(agent.serves(queue) and language in agent.languages for agent in agents):
            return queue
    return fitting[0]


def priority_of(visit: Visit, services: Services) -> int:
    """Return how far ahead in the line the caller goes, 0 for the usual place."""
    segment = PRIORITY[visit.person.segment] if visit.person is not None else 0
    return max(segment, ELDER_PRIORITY if elder(visit, services) else 0)
