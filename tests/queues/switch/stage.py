"""An exchange between a line and the other side of ARI, and the words to say what happens there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from core.words import Language, Phrase, Prompt, Word
from pbx.ari.client import open_ari
from pbx.dialplan import FACTS
from queues.agents import Presence
from queues.commands import Command
from queues.events import Event
from queues.line import IsOpen
from queues.rules import Callbacks, Profile, Rules
from queues.switch import Exchange, Known
from tests.pbx.ari_side import AriSide, a_channel, ari_side
from tests.waiting import until

CALLER, SECOND = "hl-1790000000.1", "hl-1790000000.2"
RULES = replace(Rules.default(), wrap_up=30.0, callbacks=Callbacks(soonest=0.0))


class SpokenNames:
    """A voice whose sounds are named by the prompts in them."""

    def sound(self, words: Sequence[Word], language: Language) -> str:
        names = [word.prompt.name if isinstance(word, Phrase) else _name(word) for word in words]
        return f"/sounds/{language}/{'+'.join(names)}"

    def text(self, words: Sequence[Word], language: Language) -> str:
        return self.sound(words, language)


def _name(word: Word) -> str:
    assert isinstance(word, Prompt)
    return word.name


def profile(number: str) -> Profile | None:
    """Return an agent who knows everything and speaks everything."""
    skills = ("consulting", "trading", "vip", "expert", "complaints")
    return Profile(
        number=number,
        name=number,
        languages=frozenset(Language),
        levels=dict.fromkeys(skills, 3),
        trained=frozenset(skills),
    )


@dataclass(slots=True, kw_only=True)
class Stage:
    """What a test holds."""

    side: AriSide
    exchange: Exchange
    told: list[Event | Command] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    """What came of dialogues."""

    async def act(self, act: str, agent: str = "1001", **more: Any) -> None:
        await self.exchange.act({"act": act, "by": agent, "agent": agent, **more})

    async def at_work(self, *agents: str) -> None:
        for agent in agents:
            await self.act("sign-in", agent)
            await self.act("ready", agent)

    async def arrives(self, call: str = CALLER, queue: str = "consulting", **variables: str) -> None:
        known = {"HOTLINE_JOINED": str(self.exchange.clock()), **variables}
        words = ["wait", queue, *(known.get(fact, "") for fact in FACTS)]
        channel = a_channel(call, data=",".join(["hotline", *words]))
        await self.side.told("StasisStart", channel=channel, args=words)

    async def offered(self, agent: str = "1001", call: str = CALLER) -> str:
        """Return the channel of the agent who is called for this caller."""

        def there() -> str:
            return next((id_ for id_, one in self._offers() if (one.agent, one.call) == (agent, call)), "")

        await self.so(lambda: bool(there()), what=f"{agent} called for {call}")
        return there()

    def _offers(self) -> Iterable[tuple[str, Any]]:
        return self.exchange.line.offers.items()

    async def rings(self, channel: str) -> None:
        await self.side.told("ChannelStateChange", channel=a_channel(channel, state="Ringing"))

    async def answers(self, channel: str, word: str = "leg") -> None:
        await self.side.told("StasisStart", channel=a_channel(channel), args=[word])

    async def gone(self, channel: str, cause: int = 16) -> None:
        await self.side.told("StasisEnd", channel=a_channel(channel))
        await self.side.told("ChannelDestroyed", channel=a_channel(channel), cause=cause, cause_txt="")

    async def talking(self, agent: str = "1001", call: str = CALLER) -> str:
        """Bring a caller and an agent together; return the agent's channel."""
        await self.at_work(agent)
        await self.arrives(call)
        leg = await self.offered(agent, call)
        await self.answers(leg)
        await self.side.was_asked(f"POST bridges/talk-{call}/addChannel?channel={call},{leg}")
        return leg

    async def leg(self, who: str, call: str = CALLER) -> str:
        """Return the channel by which somebody is called into a conversation."""

        def there() -> str:
            talk = self.exchange.talks.get(call)
            return next((leg.channel for leg in talk.others.values() if leg.who == who), "") if talk else ""

        await self.so(lambda: bool(there()), what=f"{who} called into {call}")
        return there()

    def presence(self, agent: str = "1001") -> Presence:
        return self.exchange.line.roster.state(agent).presence

    async def is_(self, presence: Presence, agent: str = "1001") -> None:
        await self.so(lambda: self.presence(agent) is presence, what=f"{agent} {presence.value}")

    async def so(self, condition: Callable[[], bool], *, what: str = "it") -> None:
        async def is_so() -> bool:
            return condition()

        try:
            await until(is_so, seconds=5, what=what)
        except TimeoutError:
            raise AssertionError(f"Not: {what}; asked {self.side.asked}") from None

    def asked(self, beginning: str = "") -> list[str]:
        return [each for each in self.side.asked if each.startswith(beginning)]


@asynccontextmanager
async def stage(
    *,
    rules: Rules = RULES,
    known: Sequence[Known] = (),
    found: Callable[[AriSide], None] = lambda _side: None,
    trunk: bool = False,
    is_open: IsOpen = lambda _hours, _at: True,
) -> AsyncIterator[Stage]:
    """Open an exchange; `found` sets up what Asterisk has already."""
    async with ari_side() as side, open_ari(side.address) as ari:
        found(side)
        told: list[Event | Command] = []
        results: list[tuple[str, str]] = []
        exchange = Exchange(
            ari,
            rules,
            voice=SpokenNames(),
            tell=lambda event, commands, _now: told.extend((event, *commands)),
            known_agents=lambda: known,
            profiles=profile,
            is_open=is_open,
            dialogue_ended=lambda call, result: results.append((call, result)),
            outside=lambda digits: f"PJSIP/{digits}@trunk" if trunk else None,
        )
        running = asyncio.create_task(exchange.run())
        here = Stage(side=side, exchange=exchange, told=told, results=results)
        try:
            await side.was_asked("POST asterisk/variable?variable=HOTLINE_QUEUES")
            yield here
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
