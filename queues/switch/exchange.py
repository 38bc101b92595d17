"""The exchange: Asterisk's events in, the line's decisions out, and what agents and supervisors ask for.

    exchange = Exchange(ari, rules, voice=voice, tell=tell, known_agents=known, profiles=profile_of)
    task = asyncio.create_task(exchange.run())
    await exchange.act({"act": "sign-in", "by": "1001", "agent": "1001", "endpoint": "1001-web"})

`await exchange.act(request)` does what a page asks for (`queues.switch.acts` has every act) and returns what
there is to answer, or raises `NotPossible` with a sentence. `tell(event, commands, now)` is told what the
line took in and what follows from it, at once and before anything else happens; it must not wait.
`exchange.line` is the line itself, for whoever wants to look; nobody else feeds it. It is another one after
every (re)connect: `begun(line)` is told before that one is fed. `exchange.is_ready` is False while Asterisk
is away.
`known_agents()` and `known_callbacks()` are asked at the start, before Asterisk is: who was at work, and who
was to be called back, when we were last here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.voice import Voice
from pbx.ari import events as ari_events
from pbx.ari.client import Ari
from pbx.ari.wire import AriError, Garbage
from pbx.dialplan import QUEUES, Variable
from queues.callers import Caller
from queues.commands import Command
from queues.events import Answered, Arrived, CallbackWanted, Event, Left, Missed, Rang, Ticked
from queues.line import IsOpen, Line
from queues.rules import Profile, Rules
from queues.switch import acts, beginning, noted, rebuild
from queues.switch.asked import NotPossible
from queues.switch.beginning import Known
from queues.switch.causes import why_missed
from queues.switch.hands import Hands
from queues.switch.orders import carry_out
from queues.switch.room import Guest, Room
from queues.switch.talks import Talks
from queues.switch.watches import Watches

_log = logging.getLogger(__name__)

__all__ = ["Exchange", "Known", "NotPossible"]

SAY_EVERY = 0.5
"""Seconds between two signs of life; the dialplan believes them for three."""

AGAIN = 1.0
"""Seconds until Asterisk, which would not say what goes on, is asked again."""

Tell = Callable[[Event, Sequence[Command], float], None]


class Exchange:
    """Everything between Asterisk and the line; see the module."""

    def __init__(
        self,
        ari: Ari,
        rules: Rules,
        *,
        voice: Voice,
        tell: Tell,
        begun: Callable[[Line], None] = lambda _line: None,
        known_agents: Callable[[], Iterable[Known]],
        known_callbacks: Callable[[], Iterable[Caller]] = tuple,
        profiles: Callable[[str], Profile | None],
        is_open: IsOpen = lambda _hours, _at: True,
        dialogue_ended: Callable[[str, str], None] = lambda _call, _result: None,
        last_agent: Callable[[Caller], str] = lambda _caller: "",
        outside: Callable[[str], str | None] = lambda _digits: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`outside(digits)` is the endpoint that reaches a number outside, None when there is no trunk.

        `dialogue_ended(call, result)` is told what came of a dialogue an agent sent a caller into.
        """
        self.rules = rules
        self.profiles = profiles
        self.outside = outside
        self.clock = clock
        self.hands = Hands(ari)
        self.talks = Talks(self.hands, self.feed, clock, outside)
        self.room = Room(self.hands, voice, self._wants_callback)
        self.watches = Watches(self.hands, self.talks, clock)
        self._ari = ari
        self._tell = tell
        self._begun = begun
        self._known: Callable[[], Iterable[Known]] = known_agents
        self._callbacks: Callable[[], Iterable[Caller]] = known_callbacks
        self._is_open = is_open
        self._dialogue_ended = dialogue_ended
        self._last_agent = last_agent
        self._events: deque[Event] = deque()
        self._feeding = False
        self._timer: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self.is_ready = False
        self.line = Line(rules, is_open)

    async def run(self) -> None:
        """Serve callers and agents until cancelled."""
        alive = asyncio.create_task(self._say_alive())
        try:
            while True:
                await self._take(await self._ari.news.get())
        finally:
            alive.cancel()
            self._stop_again()
            if self._timer is not None:
                self._timer.cancel()

    async def act(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what somebody asks for; return what there is to answer. Raises `NotPossible`."""
        if not self.is_ready:
            raise NotPossible("The telephone system is away for a moment")
        return acts.do(self, request)

    def feed(self, event: Event) -> None:
        """Have the line take in an event, and do what it wants; one after the other."""
        self._events.append(event)
        if self._feeding:
            return
        self._feeding = True
        try:
            while self._events:
                self._feed(self._events.popleft())
        finally:
            self._feeding = False
            self._wake_in_time()

    # what Asterisk tells

    async def _take(self, news: ari_events.News) -> None:
        match news:
            case ari_events.Connected():
                await self._rebuild()
            case ari_events.Lost():
                self._stop_again()
                self.is_ready = False
            case ari_events.Replaced():
                self._stop_again()
                _log.error("another process took the callers over")
                self.is_ready = False
            case _ if self.is_ready:
                self._happened(news)

    def _happened(self, news: ari_events.News) -> None:  # noqa: C901  one case a kind of event
        match news:
            case ari_events.Entered(channel, words, at):
                if words[:1] != (rebuild.WAIT,):
                    self._answered(channel.id)
                elif not self._is_back(channel.id, words):
                    self.arrive(rebuild.caller(channel, words, self.rules, at))
            case ari_events.Changed(channel):
                if channel.state == "Ringing" and channel.id in self.line.offers:
                    self.feed(Rang(channel.id))
            case ari_events.Departed(channel):
                self._departed(channel)
            case ari_events.Destroyed(channel, cause, _):
                if channel in self.line.offers:
                    self.feed(Missed(channel, why_missed(cause)))
                elif not self.watches.gone(channel):
                    self.talks.gone(channel, cause)
            case ari_events.Pressed(channel, key):
                self.room.pressed(channel, key)
            case ari_events.Played(playback):
                self.room.played(playback)

    def _answered(self, channel: str) -> None:
        if channel in self.line.offers:
            self.feed(Answered(channel))
        elif not (self.talks.answered(channel) or self.watches.answered(channel)):
            self.hands.hang_up(channel)

    def _is_back(self, call: str, words: Sequence[str]) -> bool:
        """Take a caller back to their agent from a dialogue; False when they come from elsewhere."""
        talk = self.talks.get(call)
        if talk is None or not self.talks.back(talk):
            return False
        self._dialogue_ended(call, rebuild.facts(words).get(Variable.RESULT, ""))
        return True

    def _departed(self, channel: str) -> None:
        if channel in self.room:
            self.room.forget(channel)
            self.talks.forget(channel)
            self.feed(Left(channel))
        elif (talk := self.talks.get(channel)) is not None and not talk.away:
            self.talks.left(channel)

    # what the line wants

    def _feed(self, event: Event) -> None:
        now = self.clock()
        commands = self.line.handle(event, now)
        self._tell(event, commands, now)
        if isinstance(event, Arrived) and event.caller.callback is None:
            self.welcome(event.caller)
        for command in commands:
            carry_out(self, command)
        if isinstance(event, Arrived):
            self.room.settle(event.caller.id)

    def welcome(self, caller: Caller) -> None:
        """Take a caller into the waiting room."""
        queue = self.rules.queues.get(caller.queue)
        melody = queue.music if queue else "default"
        guest = Guest(call=caller.id, language=caller.language, number=caller.number, melody=melody)
        self.room.enter(guest)

    def _wants_callback(self, call: str, number: str) -> bool:
        self.feed(CallbackWanted(call, number))
        caller = self.line.waiting.get(call)
        return caller is not None and caller.callback is not None

    # beginning, and beginning again

    async def _rebuild(self) -> None:
        """Learn from Asterisk what is going on, agents first, and go on from there."""
        try:
            found = [ari_events.channel(each) for each in await self._ari.ask("GET", "channels")]
            channels = await asyncio.gather(*(noted.read(self._ari, each) for each in found))
            bridges = [ari_events.bridge(each) for each in await self._ari.ask("GET", "bridges")]
        except (AriError, Garbage) as error:
            _log.warning("not_rebuilt: %s", error)
            self._again = asyncio.get_running_loop().call_later(AGAIN, self._once_more)
            return
        agents, callbacks = list(self._known()), list(self._callbacks())
        state = rebuild.look(channels, bridges, self.rules, self.clock())
        beginning.begin_anew(self, agents, callbacks, state)
        self._known, self._callbacks = self._at_work, self._called_back
        self.is_ready = True
        self.hands.set_global(QUEUES, str(int(self.clock())))

    def _stop_again(self) -> None:
        if self._again is not None:
            self._again.cancel()

    def _once_more(self) -> None:
        """Begin again on a connection that holds; one that broke is made again, which tells us."""
        if self._ari.is_connected and not self.is_ready:
            self._ari.news.put_nowait(ari_events.Connected())

    def begin_line(self) -> None:
        """Begin with nobody waiting and nobody at work."""
        self.line = Line(self.rules, self._is_open)
        self._begun(self.line)
        self.room.empty()
        self.talks.empty()
        self.watches.empty()

    def arrive(self, caller: Caller) -> None:
        """Let a caller into the line whom we do not know yet."""
        if caller.id in self.room or self.talks.get(caller.id) is not None:
            return
        agent = self._last_agent(caller)
        self.feed(Arrived(replace(caller, last_agent=agent) if agent else caller))

    def _called_back(self) -> list[Caller]:
        return self.line.to_call_back()

    def _at_work(self) -> list[Known]:
        return [Known(profile=profile, state=state) for state, profile in self.line.roster]

    # time

    def _wake_in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.line.next_tick
        loop = asyncio.get_running_loop()
        self._timer = None if due is None else loop.call_later(max(0.0, due - self.clock()), self._tick)

    def _tick(self) -> None:
        if self.is_ready:  # else the line begins anew as soon as Asterisk is there again
            self.feed(Ticked())

    async def _say_alive(self) -> None:
        """Tell the dialplan that callers are taken."""
        while True:
            if self.is_ready:
                self.hands.set_global(QUEUES, str(int(self.clock())))
            await asyncio.sleep(SAY_EVERY)
