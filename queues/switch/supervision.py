"""What supervisors and administrators may ask for; `queues.switch.acts` has the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pbx.dialplan import WEB, Variable
from queues.events import Moved, Paused, ProfileChanged, Readied, RulesChanged
from queues.explain import explain
from queues.rules import Rules
from queues.sentences import why_nobody_yet, why_this_agent
from queues.switch import asked
from queues.switch.asked import Act, NotPossible, Request
from queues.switch.watches import How

if TYPE_CHECKING:
    from queues.switch.exchange import Exchange


def _watch(exchange: Exchange, request: Request) -> None:
    agent, by = asked.word(request, "agent"), asked.word(request, "by")
    talk = exchange.talks.of(agent)
    if talk is None:
        raise NotPossible(f"{agent} is in no conversation")
    phone = str(request.get("phone") or f"{by}{WEB}")
    exchange.watches.begin(by, talk.call, f"PJSIP/{phone}", How(asked.word(request, "act")))


def _stop(exchange: Exchange, request: Request) -> None:
    if not exchange.watches.stop(asked.word(request, "by")):
        raise NotPossible("You are at no conversation")


def _force(exchange: Exchange, request: Request) -> None:
    match asked.word(request, "presence"):
        case "ready":
            exchange.feed(Readied(asked.at_work(exchange, request)))
        case "paused":
            reason = str(request.get("reason") or "forced")
            exchange.feed(Paused(asked.at_work(exchange, request), reason))
        case other:
            raise NotPossible(f"Nobody can be made {other}")


def _move(exchange: Exchange, request: Request) -> None:
    call, queue = asked.word(request, "call"), asked.word(request, "queue")
    if queue not in exchange.rules.queues:
        raise NotPossible(f"There is no queue {queue}")
    caller = exchange.line.waiting.get(call)
    if caller is None:
        raise NotPossible("The caller does not wait any more")
    asked.can_wait(exchange, replace(caller, queue=queue))
    exchange.feed(Moved(call, queue))
    exchange.hands.note(call, Variable.QUEUE, queue)


def _skills(exchange: Exchange, request: Request) -> None:
    exchange.feed(ProfileChanged(asked.profile(request.get("profile"))))


def _rules(exchange: Exchange, request: Request) -> None:
    rules = request.get("rules")
    if not isinstance(rules, Rules):
        raise NotPossible("These are no rules")
    exchange.rules = rules
    exchange.feed(RulesChanged(rules))


def _explain(exchange: Exchange, request: Request) -> Mapping[str, Any]:
    call, language = asked.word(request, "call"), asked.language(request)
    talk = exchange.talks.get(call)
    offer = talk.offer if talk is not None else exchange.line.offer_of(call)
    if offer is not None:
        return {"sentence": why_this_agent(offer, language)}
    explanation = explain(exchange.line, call)
    if explanation is None:
        raise NotPossible("Nothing is known about this call any more")
    return {"sentence": why_nobody_yet(explanation, language)}


SUPERVISION: Mapping[str, Act] = {
    **dict.fromkeys((how.value for how in How), _watch),
    "stop": _stop,
    "force": _force,
    "move": _move,
    "skills": _skills,
    "rules": _rules,
    "explain": _explain,
}
"""Their acts by name."""
