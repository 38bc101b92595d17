"""Supervisors: listen, whisper, barge in, take over, each a step from the other, on one telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from queues.switch import names
from queues.switch.hands import Hands
from queues.switch.legs import For, Leg
from queues.switch.talks import Talks


class How(StrEnum):
    """How a supervisor is in a conversation."""

    LISTEN = "listen"
    """They hear both; nobody hears them."""
    WHISPER = "whisper"
    """They hear both; only the agent hears them."""
    BARGE = "barge"
    """All hear all."""
    TAKE_OVER = "take-over"
    """As barge, and the agent is let go."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """One supervisor's telephone at one conversation."""

    by: str
    call: str
    channel: str
    how: How
    up: bool = False
    snoop: str = ""
    """The channel that hears for them, while they listen or whisper."""
    room: str = ""
    """The bridge where they hear it: a new one each time, for a closed one goes in its own time."""

    @property
    def is_inside(self) -> bool:
        """Tell whether they are in the conversation itself."""
        return self.how in (How.BARGE, How.TAKE_OVER)


class Watches:
    """Every supervisor who is at a conversation."""

    def __init__(self, hands: Hands, talks: Talks, clock: Callable[[], float], ring: float = 30.0) -> None:
        self._hands = hands
        self._talks = talks
        self._clock = clock
        self._ring = ring
        self._watches: dict[str, Watch] = {}

    def __iter__(self) -> Iterator[Watch]:
        return iter(list(self._watches.values()))

    def empty(self) -> None:
        """Forget everybody: Asterisk is asked anew."""
        self._watches.clear()

    def begin(self, by: str, call: str, endpoint: str, how: How) -> None:
        """Be at a conversation in this way: by calling the telephone, unless it is there."""
        watch = self._watches.get(by)
        if watch is not None and watch.call != call:
            self.stop(by)
            watch = None
        if watch is not None:
            self._change(watch, how)
            return
        talk = self._talks.get(call)
        channel = names.watcher(by, self._clock())
        self._watches[by] = Watch(by=by, call=call, channel=channel, how=how)
        self._hands.call(
            channel,
            endpoint,
            shown="",
            ring=self._ring,
            beside=talk.caller if talk is not None and talk.came_in else "",
            by_itself=True,
            otherwise=lambda: self.gone(channel),
        )

    def stop(self, by: str) -> bool:
        """Leave the conversation; False when they were at none."""
        watch = self._watches.pop(by, None)
        if watch is None:
            return False
        if not watch.is_inside:  # else the conversation notices by itself
            self._leave(watch)
        self._hands.hang_up(watch.channel)
        return True

    def answered(self, channel: str) -> bool:
        """Take in that a supervisor's telephone, or what hears for it, is there; False when it is none."""
        for watch in self:
            if watch.channel == channel:
                watch.up = True
                self._enter(watch)
                return True
            if watch.snoop == channel:
                watch.room = names.watch(channel)
                self._hands.open(watch.room)
                self._hands.join(watch.room, watch.channel, channel)
                return True
        return False

    def gone(self, channel: str) -> bool:
        """Take in that such a channel is no more; the conversation being over, the supervisor is let go."""
        for watch in self:
            if channel == watch.snoop:
                self.stop(watch.by)
                return True
            if channel == watch.channel:
                del self._watches[watch.by]
                if watch.is_inside:
                    return False  # the conversation has to know, too
                self._leave(watch)
                return True
        return False

    def _change(self, watch: Watch, how: How) -> None:
        if how is watch.how or not watch.up:
            watch.how = how
            return
        was_inside = watch.is_inside
        if watch.room:  # else a bridge that is being closed may take them out of their next one
            self._hands.part(watch.room, watch.channel)
        if not was_inside or how in (How.LISTEN, How.WHISPER):
            self._leave(watch)
        watch.how = how
        if was_inside and watch.is_inside:
            self._let_agent_go(watch)
        else:
            self._enter(watch)

    def _enter(self, watch: Watch) -> None:
        talk = self._talks.get(watch.call)
        if talk is None:
            self.stop(watch.by)
            return
        if watch.is_inside:
            talk.others[watch.channel] = Leg(
                channel=watch.channel, who=watch.by, purpose=For.SUPERVISOR, up=True
            )
            self._hands.join(talk.bridge, watch.channel)
            self._let_agent_go(watch)
        elif talk.lead is not None:
            watch.snoop = names.snoop(watch.by, self._clock())
            self._hands.snoop(talk.lead.channel, watch.snoop, whisper=watch.how is How.WHISPER)

    def _leave(self, watch: Watch) -> None:
        """Take a supervisor out of where they are; their telephone stays with us."""
        talk = self._talks.get(watch.call)
        if watch.is_inside and talk is not None:
            if talk.others.pop(watch.channel, None):
                self._hands.part(talk.bridge, watch.channel)
        elif watch.snoop:
            snoop, watch.snoop = watch.snoop, ""
            room, watch.room = watch.room, ""
            if room:
                self._hands.close(room)
            self._hands.hang_up(snoop)

    def _let_agent_go(self, watch: Watch) -> None:
        talk = self._talks.get(watch.call)
        if watch.how is How.TAKE_OVER and talk is not None and talk.lead is not None:
            self._hands.hang_up(talk.lead.channel)
