"""What the acts have in common: reading a request, and finding what it is about.

* NotPossible   it cannot be done now; the message is a sentence for a person
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from core.words import Language
from queues.agents import Presence
from queues.callers import Caller
from queues.events import Dialled
from queues.rules import Profile
from queues.switch.legs import For, Leg, Talk

if TYPE_CHECKING:
    from queues.switch.exchange import Exchange

Request = Mapping[str, Any]
Act = Callable[["Exchange", Request], Mapping[str, Any] | None]
FREE = frozenset({Presence.READY, Presence.PAUSED, Presence.AWAY, Presence.WRAP_UP})
"""Who can be asked by a colleague."""


class NotPossible(Exception):
    """It cannot be done now; the message is a sentence for a person."""


def word(request: Request, name: str) -> str:
    """Return what must be said in words."""
    given = request.get(name)
    if not isinstance(given, str) or not given:
        raise NotPossible(f"It is not said which {name}")
    return given


def language(request: Request) -> Language:
    """Return the language somebody reads."""
    try:
        return Language(str(request.get("language") or Language.ZH.value))
    except ValueError:
        raise NotPossible("Nobody here writes this language") from None


def at_work(exchange: Exchange, request: Request) -> str:
    """Return the agent, who is signed in."""
    agent = word(request, "agent")
    if exchange.line.roster.state(agent).presence is Presence.LOGGED_OUT:
        raise NotPossible(f"{agent} is not at work")
    return agent


def talk(exchange: Exchange, request: Request) -> Talk:
    """Return the conversation the agent leads."""
    found = exchange.talks.of(word(request, "agent"))
    if found is None:
        raise NotPossible("You are in no conversation")
    return found


def with_caller(exchange: Exchange, request: Request) -> Talk:
    """Return the conversation the agent leads, in which there is a caller."""
    found = talk(exchange, request)
    if not found.caller:
        raise NotPossible("Nobody has answered yet")
    if found.away:
        raise NotPossible("The caller is in a dialogue")
    return found


def consulting(exchange: Exchange, request: Request) -> Talk:
    """Return the conversation the agent leads, into which they have called somebody to ask."""
    found = with_caller(exchange, request)
    if found.other(For.CONSULT) is None:
        raise NotPossible("Nobody is being asked")
    return found


def lead(conversation: Talk) -> Leg:
    """Return the agent's leg."""
    if conversation.lead is None:
        raise NotPossible("You have left the conversation")
    return conversation.lead


def endpoint(exchange: Exchange, to: str) -> str:
    """Return how somebody is called: a colleague who is free, or a number outside."""
    state = exchange.line.roster.state(to)
    if state.presence is not Presence.LOGGED_OUT:
        if state.presence not in FREE:
            raise NotPossible(f"{to} is in a call")
        return f"PJSIP/{state.endpoint}"
    outside = exchange.outside(to) if to.isascii() and to.isdecimal() else None
    if outside is None:
        raise NotPossible(f"{to} is not at work, and there is no line to the outside")
    return outside


def can_wait(exchange: Exchange, who: Caller) -> None:
    """Refuse to send a caller into a queue that would send them away at once."""
    line = exchange.line
    if not line.is_open(line.queue(who)):
        raise NotPossible(f"The queue {who.queue} is closed")
    if not line.is_anybody_for(who):
        raise NotPossible(f"Nobody is at work who could serve the caller in {who.queue}")


def bring_in(exchange: Exchange, conversation: Talk, who: str, where: str, purpose: For) -> None:
    """Call a colleague, or a number outside, into a conversation."""
    exchange.feed(Dialled(who, conversation.call))
    exchange.talks.bring_in(conversation, who, where, purpose, ring=exchange.rules.ring)


def profile(given: object) -> Profile:
    """Return a profile, also from a page's words."""
    if isinstance(given, Profile):
        return given
    try:
        table: Mapping[str, Any] = given  # type: ignore[assignment]  # what is none of it raises
        return Profile(
            number=str(table["number"]),
            name=str(table["name"]),
            languages=frozenset(Language(each) for each in table["languages"]),
            levels={str(skill): int(level) for skill, level in table["levels"].items()},
            trained=frozenset(str(skill) for skill in table["trained"]),
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise NotPossible("This is no profile") from None
