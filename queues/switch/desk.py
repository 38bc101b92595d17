"""What agents do with their conversation: hold, send into a dialogue, hand over, bring together."""

from __future__ import annotations

from collections.abc import Callable

from queues.events import AgentLeft, Event, Held
from queues.switch.book import Book
from queues.switch.hands import Hands
from queues.switch.legs import For, Leg, Talk

Feed = Callable[[Event], None]


class Desk(Book):
    """All conversations, as agents' desks see them."""

    def __init__(self, hands: Hands, feed: Feed) -> None:
        super().__init__()
        self._hands = hands
        self._feed = feed

    def hold(self, talk: Talk) -> None:
        """Have the caller hear music, and nothing of what is said."""
        if not talk.held:
            talk.held = True
            self._hands.part(talk.bridge, talk.caller)
            self._hands.music(talk.caller)
            if talk.lead:
                self._feed(Held(talk.lead.who, on=True))

    def resume(self, talk: Talk) -> None:
        """Take the caller back into the conversation."""
        if self.take_back(talk) and talk.lead:
            self._feed(Held(talk.lead.who, on=False))

    def send_away(self, talk: Talk, lead: Leg, flow: str) -> None:
        """Give the caller to a dialogue; the agent hears music meanwhile, and nothing of it."""
        talk.away = True
        for channel in (talk.caller, lead.channel):
            self._hands.part(talk.bridge, channel)
        self._hands.music(lead.channel)
        self._hands.into_dialogue(talk.caller, flow)
        self._feed(Held(lead.who, on=True))

    def back(self, talk: Talk) -> bool:
        """Bring a caller who comes from a dialogue and their agent together; False when nobody is there."""
        if not talk.away or not talk.legs:
            return False
        talk.away = False
        if talk.lead is None:  # the agent left meanwhile, and a supervisor is there
            self._hands.join(talk.bridge, talk.caller)
            return True
        self._hands.quiet(talk.lead.channel)
        self._hands.join(talk.bridge, talk.caller, talk.lead.channel)
        self._feed(Held(talk.lead.who, on=False))
        return True

    def hand_over(self, talk: Talk) -> None:
        """Leave the caller to whom the agent asked, or is calling: the end of an attended transfer."""
        asked = talk.other(For.CONSULT)
        if asked is not None:
            asked.purpose = For.TRANSFER
            if asked.up:
                self.take_back(talk)
        if talk.lead is not None:
            self._hands.hang_up(talk.lead.channel)

    def conference(self, talk: Talk) -> None:
        """Bring the caller to the agent and whom the agent asked."""
        asked = talk.other(For.CONSULT)
        if asked is not None:
            asked.purpose = For.CONFERENCE
        self.resume(talk)

    def cancel(self, talk: Talk) -> None:
        """Let whom the agent asked go, and take the caller back."""
        asked = talk.other(For.CONSULT)
        if asked is not None:
            del talk.others[asked.channel]
            self._hands.hang_up(asked.channel)
            self._feed(AgentLeft(asked.who))
        self.resume(talk)

    def take_back(self, talk: Talk) -> bool:
        """Bring a caller who hears music into the conversation; False when nobody is held."""
        if not talk.held or not talk.caller:
            return False
        talk.held = False
        self._hands.quiet(talk.caller)
        self._hands.join(talk.bridge, talk.caller)
        return True
