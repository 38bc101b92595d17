"""What the line wants, carried out in Asterisk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx.dialplan import Back
from queues.commands import (
    Announce,
    CallOut,
    Command,
    Connect,
    Finish,
    GiveBack,
    Release,
    Ring,
    StopCalling,
    WaitAgain,
    Withdraw,
)
from queues.events import Left, Missed
from queues.switch import noted

if TYPE_CHECKING:
    from queues.switch.exchange import Exchange


def carry_out(exchange: Exchange, command: Command) -> None:  # noqa: C901  one case a command
    """Have Asterisk do what the line wants."""
    match command:
        case Ring(offer):
            caller = exchange.line.waiting.get(offer.call)
            exchange.hands.call(
                offer.id,
                f"PJSIP/{offer.endpoint}",
                shown=caller.number if caller else "",
                ring=offer.ring,
                beside=offer.call if offer.call in exchange.room else "",
                by_itself=exchange.rules.auto_answer,
                otherwise=lambda: exchange.feed(Missed(offer.id, "unreachable")),
            )
        case Withdraw(offer):
            exchange.hands.hang_up(offer.id)
        case Connect(offer):
            exchange.room.leave(offer.call)
            exchange.talks.connect(exchange.line.talks[offer.call].caller, offer)
        case CallOut(offer, caller):
            exchange.talks.call_out(caller, offer, ring=exchange.rules.callbacks.ring)
        case Announce(call, before, wait, may):
            exchange.room.announce(call, before, wait, may_be_called_back=may)
        case GiveBack(call, why):
            if call in exchange.room:
                exchange.room.leave(call)
                exchange.hands.onward(call, Back(why.value))
        case Finish(call):
            exchange.talks.finish(call)
        case WaitAgain(call, _):
            _wait_again(exchange, call)
        case StopCalling(call):
            exchange.talks.stop_calling(call)
        case Release(agent):
            exchange.talks.release(agent)


def _wait_again(exchange: Exchange, call: str) -> None:
    talk = exchange.talks.dissolve(call)
    if talk is None:
        return
    if talk.away:
        exchange.feed(Left(call))  # they come back from their dialogue, and wait then
        return
    noted.again(exchange.hands, exchange.line.waiting.get(call) or talk.who)
    exchange.welcome(talk.who)
    exchange.room.settle(call)
