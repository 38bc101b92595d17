"""What agents and supervisors may ask for, one function an act; `do` finds it by its name.

* NotPossible   it cannot be done now; the message is a sentence for a person

Every request has `act` and `by`, who asks. Agents' acts have `agent`:

| act | also | |
| --- | --- | --- |
| sign-in | endpoint | their telephone, `<agent>-web` unless named |
| sign-out, ready, more-time | | |
| pause | reason | |
| phone-registered | endpoint | |
| phone-lost, phone-back | | |
| answer-not-needed | | whom they are being called for goes to somebody else |
| hold, resume, hang-up | | of the conversation they lead |
| transfer | to | at once: an agent, `queue:<name>`, or a number outside |
| consult | to | the caller hears music meanwhile; then complete, cancel or conference |
| dialogue | flow | the caller keys something nobody hears, such as `identify`, and comes back |
| dial | number | a call of their own |

Supervisors': listen, whisper, barge, take-over {agent, phone}, stop; force {agent, presence, reason},
log-out {agent}, move {call, queue}, skills {profile}. Administrators': rules {rules}, a value of `Rules`.
Anybody's: explain {call, language}, which is answered by `sentence`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.words import Language
from pbx.dialplan import WEB, Variable
from queues.callers import Caller
from queues.events import (
    AgentLeft,
    Arrived,
    Dialled,
    Missed,
    MoreTime,
    Paused,
    PhoneBack,
    PhoneLost,
    Readied,
    SignedIn,
    SignedOut,
)
from queues.switch import asked, names, noted
from queues.switch.asked import Act, NotPossible, Request
from queues.switch.legs import For, Talk
from queues.switch.supervision import SUPERVISION

if TYPE_CHECKING:
    from queues.switch.exchange import Exchange

QUEUE = "queue:"


def do(exchange: Exchange, request: Request) -> Mapping[str, Any]:
    """Do what is asked for and return what there is to answer. Raises `NotPossible`."""
    name = asked.word(request, "act")
    act = ACTS.get(name)
    if act is None:
        raise NotPossible(f"Nobody knows how to {name}")
    return act(exchange, request) or {}


# --- an agent's day -------------------------------------------------------------------------------


def _sign_in(exchange: Exchange, request: Request) -> None:
    agent = asked.word(request, "agent")
    profile = exchange.profiles(agent)
    if profile is None:
        raise NotPossible(f"There is no agent {agent}")
    exchange.feed(SignedIn(profile, str(request.get("endpoint") or f"{agent}{WEB}")))


def _phone_registered(exchange: Exchange, request: Request) -> None:
    agent = asked.at_work(exchange, request)
    profile = exchange.line.roster.profile(agent)
    if profile is not None:
        exchange.feed(SignedIn(profile, asked.word(request, "endpoint")))


def _sign_out(exchange: Exchange, request: Request) -> None:
    exchange.feed(SignedOut(asked.at_work(exchange, request)))


def _ready(exchange: Exchange, request: Request) -> None:
    exchange.feed(Readied(asked.at_work(exchange, request)))


def _pause(exchange: Exchange, request: Request) -> None:
    exchange.feed(Paused(asked.at_work(exchange, request), str(request.get("reason") or "pause")))


def _more_time(exchange: Exchange, request: Request) -> None:
    exchange.feed(MoreTime(asked.at_work(exchange, request)))


def _phone_lost(exchange: Exchange, request: Request) -> None:
    exchange.feed(PhoneLost(asked.at_work(exchange, request)))


def _phone_back(exchange: Exchange, request: Request) -> None:
    exchange.feed(PhoneBack(asked.at_work(exchange, request)))


def _answer_not_needed(exchange: Exchange, request: Request) -> None:
    agent = asked.at_work(exchange, request)
    offer = exchange.line.offer_of(exchange.line.roster.state(agent).call)
    if offer is None or offer.agent != agent:
        raise NotPossible("You are not being called")
    exchange.hands.hang_up(offer.id)
    exchange.feed(Missed(offer.id, "declined"))


# --- a conversation -------------------------------------------------------------------------------


def _hold(exchange: Exchange, request: Request) -> None:
    exchange.talks.hold(asked.with_caller(exchange, request))


def _resume(exchange: Exchange, request: Request) -> None:
    exchange.talks.resume(asked.with_caller(exchange, request))


def _hang_up(exchange: Exchange, request: Request) -> None:
    exchange.hands.hang_up(asked.lead(asked.talk(exchange, request)).channel)


def _transfer(exchange: Exchange, request: Request) -> None:
    talk, to = asked.with_caller(exchange, request), asked.word(request, "to")
    if to.startswith(QUEUE):
        _to_queue(exchange, talk, to.removeprefix(QUEUE))
        return
    endpoint = asked.endpoint(exchange, to)
    if talk.other(For.CONSULT, For.TRANSFER) is not None:
        raise NotPossible("Somebody is being asked already")
    lead = asked.lead(talk)
    exchange.talks.hold(talk)
    asked.bring_in(exchange, talk, to, endpoint, For.TRANSFER)
    exchange.hands.hang_up(lead.channel)


def _to_queue(exchange: Exchange, talk: Talk, queue: str) -> None:
    if queue not in exchange.rules.queues:
        raise NotPossible(f"There is no queue {queue}")
    if not talk.came_in:
        raise NotPossible("Only somebody who called us can wait in a queue")
    agent, now = asked.lead(talk).who, exchange.clock()
    who = replace(talk.who.anew(now), queue=queue, last_agent="")
    asked.can_wait(exchange, who)
    exchange.talks.dissolve(talk.call)
    exchange.feed(AgentLeft(agent))
    exchange.hands.note(talk.call, Variable.QUEUE, queue)
    noted.again(exchange.hands, who)
    exchange.feed(Arrived(who))


def _consult(exchange: Exchange, request: Request) -> None:
    talk, to = asked.with_caller(exchange, request), asked.word(request, "to")
    endpoint = asked.endpoint(exchange, to)
    if talk.other(For.CONSULT, For.TRANSFER) is not None:
        raise NotPossible("Somebody is being asked already")
    exchange.talks.hold(talk)
    asked.bring_in(exchange, talk, to, endpoint, For.CONSULT)


def _complete(exchange: Exchange, request: Request) -> None:
    exchange.talks.hand_over(asked.consulting(exchange, request))


def _cancel(exchange: Exchange, request: Request) -> None:
    exchange.talks.cancel(asked.consulting(exchange, request))


def _conference(exchange: Exchange, request: Request) -> None:
    talk = asked.consulting(exchange, request)
    other = talk.other(For.CONSULT)
    if other is None or not other.up:
        raise NotPossible("They have not answered yet")
    exchange.talks.conference(talk)


def _dialogue(exchange: Exchange, request: Request) -> None:
    talk = asked.with_caller(exchange, request)
    if not talk.came_in or talk.held or talk.away or talk.others:
        raise NotPossible("Take the caller back, and let others go, first")
    exchange.talks.send_away(talk, asked.lead(talk), asked.word(request, "flow"))


def _dial(exchange: Exchange, request: Request) -> None:
    agent, number = asked.at_work(exchange, request), asked.word(request, "number")
    state = exchange.line.roster.state(agent)
    if state.presence not in asked.FREE:
        raise NotPossible("You are in a call, or are being called")
    if exchange.outside(number) is None:
        raise NotPossible("There is no line to the outside")
    call = f"own-{agent}"
    if exchange.talks.get(call) is not None:
        raise NotPossible("Your last call is not over yet")
    now = exchange.clock()
    who = Caller(id=call, queue="", language=Language.ZH, arrived=now, number=number)
    talk = Talk(call=call, bridge=names.talk(call), who=who, caller="", lead=None)
    exchange.talks.adopt(talk)
    exchange.feed(Dialled(agent, call))
    exchange.talks.bring_in(
        talk, agent, f"PJSIP/{state.endpoint}", For.LEAD, ring=exchange.rules.ring, by_itself=True
    )


ACTS: Mapping[str, Act] = {
    "sign-in": _sign_in,
    "sign-out": _sign_out,
    "log-out": _sign_out,
    "ready": _ready,
    "pause": _pause,
    "more-time": _more_time,
    "phone-registered": _phone_registered,
    "phone-lost": _phone_lost,
    "phone-back": _phone_back,
    "answer-not-needed": _answer_not_needed,
    "hold": _hold,
    "resume": _resume,
    "hang-up": _hang_up,
    "transfer": _transfer,
    "consult": _consult,
    "complete": _complete,
    "cancel": _cancel,
    "conference": _conference,
    "dialogue": _dialogue,
    "dial": _dial,
    **SUPERVISION,
}
"""Every act by its name."""
