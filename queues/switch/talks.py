"""Conversations: who is in whose bridge, who is held, and whom an agent brings in or hands over to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pbx.dialplan import Back
from queues.callers import Caller
from queues.commands import Offer
from queues.events import (
    AgentLeft,
    Arrived,
    CallbackAnswered,
    CallbackFailed,
    HandedOver,
    Left,
    PhoneLost,
)
from queues.switch import names, noted
from queues.switch.causes import SOUND_LOST
from queues.switch.desk import Desk, Feed
from queues.switch.hands import Hands
from queues.switch.legs import RING, For, Leg, Talk

Outside = Callable[[str], str | None]
"""The endpoint that reaches a number outside; None when there is no trunk."""

LEFT_WITH = (For.TRANSFER, For.CONFERENCE)
"""Whose conversation it is once the agent has left; a supervisor stays beside it."""


class Talks(Desk):
    """All conversations, and what happens in them."""

    def __init__(self, hands: Hands, feed: Feed, clock: Callable[[], float], outside: Outside) -> None:
        super().__init__(hands, feed)
        self._outside = outside
        self._clock = clock

    def connect(self, who: Caller, offer: Offer) -> None:
        """Bring a caller and the agent who answered together."""
        talk = self._begun(who, offer, caller=who.id)
        self._hands.join(talk.bridge, talk.caller, offer.id)

    def call_out(self, who: Caller, offer: Offer, *, ring: float) -> None:
        """Call a customer for the agent who answered; `CallbackFailed` when they do not."""
        talk = self._begun(who, offer, caller="")
        self._hands.join(talk.bridge, offer.id)
        self._call_customer(talk, ring)

    def bring_in(
        self, talk: Talk, who: str, endpoint: str, purpose: For, *, ring: float, by_itself: bool = False
    ) -> Leg:
        """Call somebody into a conversation."""
        channel = names.leg(talk.call, who, self._clock())
        leg = talk.others[channel] = Leg(channel=channel, who=who, purpose=purpose)
        self._hands.call(
            channel,
            endpoint,
            shown="" if purpose is For.CUSTOMER else talk.who.number,
            ring=ring,
            beside=talk.caller if talk.came_in else "",
            by_itself=by_itself,
            otherwise=lambda: self.gone(channel, 0),
        )
        return leg

    # what happens

    def answered(self, channel: str) -> bool:
        """Take in that a leg answered; False when it is none of ours."""
        talk, leg = self.find(channel)
        if talk is None or leg is None:
            return False
        leg.up = True
        match leg.purpose:
            case For.TRANSFER:
                self.take_back(talk)
            case For.CUSTOMER:
                talk.caller = channel
                del talk.others[channel]
                self._feed(CallbackAnswered(talk.call))
            case For.LEAD:
                talk.lead = talk.others.pop(channel)
                self._hands.open(talk.bridge)
        self._hands.join(talk.bridge, channel)
        if leg.purpose is For.LEAD:
            self._call_customer(talk, RING)
        self._find_lead(talk)
        return True

    def gone(self, channel: str, cause: int) -> bool:
        """Take in that a leg is no more; False when it is none of ours."""
        talk, leg = self.find(channel)
        if talk is None:
            return False
        if leg is None:
            self.left(talk.call)
        elif leg is talk.lead:
            self._lead_gone(talk, leg, cause)
        else:
            self._other_gone(talk, leg)
        return True

    def left(self, call: str) -> bool:
        """Take in that the caller is gone; everybody else is let go. False when it is no call of ours."""
        self.forget(call)
        talk = self._talks.pop(call, None)
        if talk is None:
            return False
        for leg in talk.legs:
            self._hands.hang_up(leg.channel)
        self._hands.close(talk.bridge)
        self._feed(Left(call))
        for leg in talk.legs:
            self._feed(AgentLeft(leg.who))
        return True

    # what the line wants

    def finish(self, call: str) -> None:
        """Let a caller go on to what follows the conversation, unless somebody is still with them."""
        talk = self._talks.get(call)
        if talk is None or talk.legs:
            return
        self._end(talk)
        if talk.away:
            self.waits_again(talk)
            return  # whoever comes back from a dialogue and finds nobody waits again
        self.forget(call)
        if talk.came_in:
            self._hands.onward(talk.caller, Back.TALKED)
        elif talk.caller:
            self._hands.hang_up(talk.caller)

    def release(self, agent: str) -> None:
        """End an agent's leg."""
        talk = self.of(agent)
        if talk is not None and talk.lead is not None:
            self._hands.hang_up(talk.lead.channel)
            if not talk.caller and not talk.others:  # a callback that came to nothing
                self._end(talk)

    def stop_calling(self, call: str) -> None:
        """Stop calling a customer: the agent is gone."""
        talk = self._talks.get(call)
        if talk is not None and not talk.caller:
            for leg in talk.legs:
                self._hands.hang_up(leg.channel)
            self._end(talk)

    def dissolve(self, call: str) -> Talk | None:
        """Take the caller out of a conversation, which is over; return it."""
        talk = self._talks.get(call)
        if talk is None:
            return None
        if talk.caller and not talk.held:
            self._hands.part(talk.bridge, talk.caller)
        for leg in talk.legs:
            self._hands.hang_up(leg.channel)
        self._end(talk)
        for leg in talk.others.values():
            self._feed(AgentLeft(leg.who))
        self.waits_again(talk)
        return talk

    # ---

    def _begun(self, who: Caller, offer: Offer, *, caller: str) -> Talk:
        lead = Leg(channel=offer.id, who=offer.agent, purpose=For.LEAD, up=True)
        bridge = self.next_bridge(who.id)
        talk = Talk(call=who.id, bridge=bridge, who=who, caller=caller, lead=lead, offer=offer)
        self.adopt(talk)
        self._hands.open(talk.bridge)
        return talk

    def _lead_gone(self, talk: Talk, lead: Leg, cause: int) -> None:
        talk.lead = None
        if talk.other(For.CONSULT) is not None:
            self.hand_over(talk)
        if cause == SOUND_LOST and not talk.others and talk.came_in:
            self._feed(PhoneLost(lead.who))
            self.finish(talk.call)  # unless the line has the caller wait again
            return
        if not talk.caller:
            self.stop_calling(talk.call)
        if any(leg.up for leg in talk.others.values()):
            self.take_back(talk)  # nobody else could end the music
        self._feed(AgentLeft(lead.who))
        self._find_lead(talk)
        self.finish(talk.call)  # the line says so, too, if the agent was its choice

    def _find_lead(self, talk: Talk) -> None:
        """Have whoever was left alone with the caller lead the conversation from now on."""
        stays = next((leg for leg in talk.others.values() if leg.up and leg.purpose in LEFT_WITH), None)
        if talk.lead is None and stays is not None and talk.caller:
            del talk.others[stays.channel]
            talk.lead = replace(stays, purpose=For.LEAD)
            self._feed(HandedOver(replace(talk.who, callback=None), stays.who))

    def _other_gone(self, talk: Talk, leg: Leg) -> None:
        del talk.others[leg.channel]
        if leg.purpose is For.CUSTOMER:
            self._not_reached(talk)
            return
        self._feed(AgentLeft(leg.who))
        if leg.purpose is For.LEAD:
            self._end(talk)
        elif leg.purpose is For.TRANSFER and not leg.up:
            self._back_in_line(talk)
        elif leg.purpose is For.CONSULT and talk.lead is not None:
            self.resume(talk)
        else:
            self.finish(talk.call)

    def _call_customer(self, talk: Talk, ring: float) -> None:
        number = talk.who.callback.number if talk.who.callback else talk.who.number
        if (endpoint := self._outside(number)) is None:
            self._not_reached(talk)
        else:
            self.bring_in(talk, number, endpoint, For.CUSTOMER, ring=ring)

    def _not_reached(self, talk: Talk) -> None:
        for leg in talk.others.values():
            self._hands.hang_up(leg.channel)
        talk.others.clear()
        if talk.lead is not None:
            self._hands.hang_up(talk.lead.channel)
        self._feed(CallbackFailed(talk.call))

    def _back_in_line(self, talk: Talk) -> None:
        """Nobody took the caller who was handed over: back into the line, where they stood."""
        if not talk.came_in:  # whom we called cannot wait
            self._hands.hang_up(talk.caller)
            self.left(talk.call)
            return
        self.dissolve(talk.call)
        if talk.lead is not None:  # still hanging up
            self._feed(AgentLeft(talk.lead.who))
        who = talk.who.anew(self._clock())
        noted.again(self._hands, who)
        self._feed(Arrived(who))

    def _end(self, talk: Talk) -> None:
        self._talks.pop(talk.call, None)
        if talk.held and talk.caller:
            self._hands.quiet(talk.caller)
        self._hands.close(talk.bridge)
