"""The queues' front: what an exchange is told by and tells, joined with the feed and the database.

    front = Front(Store(engine), AgentLog(engine), KeptCallbacks(engine), holds=lease.holds, token=token)
    rules = await front.load()
    exchange = Exchange(ari, rules, tell=front.tell, begun=front.begun, known_agents=front.known_agents,
                        known_callbacks=front.known_callbacks, profiles=front.profile, …)
    front.exchange = exchange
    async with front.feed.open("127.0.0.1", port): …; await front.run()

The line goes on where the last process left it: agents are what they were, today's counts go on. Who may not
lead any more (`holds`) assigns nobody: `tell` raises `Deposed` before anything is done, and `deposed` is set.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import structlog

from core.secret import Secret
from queues.acts import Act, ChangeRules, Refused, SignIn, Skills, TellDialogues, name_of
from queues.agent_log import AgentLog
from queues.agents import AgentState
from queues.board import Board
from queues.callers import Caller
from queues.commands import AgentChanged, Command
from queues.dialogues import Dialogues
from queues.events import CallbackWanted, Event, Ticked
from queues.feed.server import FeedServer
from queues.floor import Talk
from queues.happenings import Happenings
from queues.kept_callbacks import KeptCallbacks
from queues.line import Line
from queues.removal import gone
from queues.rules import Profile, Rules
from queues.store import Outdated, Store
from queues.switch import Known, NotPossible
from queues.today import Today, day_of
from queues.views import Picture, View

DATABASE = 3.0
"""Seconds the database may take while somebody waits for an act."""

EVERY = 1.0
"""Seconds between two times that counts are kept."""

RULES_EVERY = 5
"""So many times more seldom it is asked whether somebody loaded other rules."""

log = structlog.get_logger(__name__)


class Deposed(Exception):
    """This process may not lead any more."""


class Switchboard(Protocol):
    """What the front needs of an exchange."""

    line: Line
    is_ready: bool

    async def act(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what somebody asks for. Raises `NotPossible`."""
        ...


class Front:
    """Between the line and everybody else."""

    def __init__(
        self,
        store: Store,
        agent_log: AgentLog,
        callbacks: KeptCallbacks,
        *,
        holds: Callable[[], bool],
        token: Secret,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.deposed = asyncio.Event()
        self.exchange: Switchboard | None = None
        self.feed = FeedServer(lambda: self.board.picture, self.act, token=token, clock=clock)
        self._line = Line(Rules.default())
        self.board = Board(self._line, Today.at(clock()))
        self._store = store
        self._agent_log = agent_log
        self._callbacks = callbacks
        self._called_back: list[Caller] = []
        self._stirred = asyncio.Event()
        self._holds = holds
        self._clock = clock
        self._profiles: dict[str, Profile] = {}
        self._states: dict[str, AgentState] = {}
        self._revision = 0
        self._before: Picture | None = None
        self._by = ""
        self._happenings = Happenings()
        self._dialogues = Dialogues()

    async def load(self) -> Rules:
        """Read what was, and return the rules in force."""
        self._profiles = await self._store.profiles()
        self._states = await self._store.last_states()
        self._called_back = await self._callbacks.load()
        self._revision = await self._store.revision()
        rules = await self._store.rules()
        today = await self._store.today(day_of(self._clock()))
        self._line = Line(rules)
        self.board = Board(self._line, today)
        return rules

    @property
    def rules(self) -> Rules:
        """Return the rules in force."""
        return self._line.rules

    @property
    def talks(self) -> Mapping[str, Talk]:
        """Return the conversations that go on, by call."""
        return self._line.talks

    # what an exchange asks and tells

    def known_agents(self) -> list[Known]:
        """Return who was at work when the last process was here, as far as they still work here."""
        return [
            Known(profile=self._profiles[number], state=state)
            for number, state in self._states.items()
            if number in self._profiles
        ]

    def known_callbacks(self) -> list[Caller]:
        """Return whom the last process had still to call back."""
        return self._called_back

    def profile(self, number: str) -> Profile | None:
        """Return who an agent is."""
        return self._profiles.get(number)

    def begun(self, line: Line) -> None:
        """Take a line that begins anew; what it is fed at once is told when all of it is there."""
        if self._before is None:
            self._before = self.board.picture
            asyncio.get_running_loop().call_soon(self._begun)
        self._line = line
        self.board = Board(line, self.board.today)
        self.board.in_dialogues(self._dialogues.there(self._clock()))

    def tell(self, event: Event, commands: Sequence[Command], now: float) -> None:
        """Tell everybody what the line took in, before anything is done about it. Raises `Deposed`."""
        if not self._holds():
            self.deposed.set()
            raise Deposed
        changed = self.board.after(event, commands, now)
        if isinstance(event, CallbackWanted):
            self._stirred.set()
        if self._before is not None:
            return
        for command in commands:
            if isinstance(command, AgentChanged):
                self._note(command.state, command.happened)
        self._tell(changed)

    def _begun(self) -> None:
        """Tell how everything differs from before the line began anew."""
        before, self._before = self._before, None
        if before is not None:
            self._tell(self.board.picture.since(before))
        for state, _ in self._line.roster:
            if _differ(state, self._states.get(state.number)):
                self._note(state, "found")

    def _tell(self, changed: Sequence[View]) -> None:
        self.feed.tell(changed)
        for happened in self._happenings.of(changed):
            self.feed.happened(happened.what, happened.data, self._clock())

    def _note(self, state: AgentState, happened: str) -> None:
        self._states[state.number] = state
        self._agent_log.note(state, happened, by=self._by)

    # what people ask

    async def act(self, act: Act) -> Mapping[str, Any]:
        """Carry out an act; what is to last is kept first. Raises `Refused`."""
        if isinstance(act, TellDialogues):
            self._dialogues.tell(act.by, act.calls, self._clock())
            self._show_dialogues()
            return {}
        exchange = self.exchange
        if exchange is None or not exchange.is_ready:
            raise Refused("The telephone system is away for a moment")
        await self._keep(act)
        fields = {name: getattr(act, name) for name in act.__dataclass_fields__}
        self._by = act.by
        try:
            return await exchange.act({"act": name_of(act), **fields})
        except NotPossible as no:
            raise Refused(str(no)) from None
        finally:
            self._by = ""

    def _show_dialogues(self) -> None:
        if self._before is None:
            self._tell(self.board.in_dialogues(self._dialogues.there(self._clock())))

    async def _keep(self, act: Act) -> None:
        """Keep in the database what an act changes for good, and read what it relies on."""
        try:
            async with asyncio.timeout(DATABASE):
                if isinstance(act, ChangeRules):
                    self._refuse_removal(act.rules)
                    self._revision = await self._store.save_rules(act.rules, by=act.by, since=act.since)
                elif isinstance(act, Skills):
                    await self._store.save_profile(act.profile)
                    self._profiles[act.profile.number] = act.profile
                elif isinstance(act, SignIn):
                    self._profiles = await self._store.profiles()
        except Refused:
            raise
        except Outdated:
            raise Refused("Somebody else has changed the routing meanwhile; nothing was changed") from None
        except Exception as error:  # noqa: BLE001  many libraries' errors say that it is away
            log.warning("act_not_kept", act=name_of(act), error=type(error).__name__)
            if not isinstance(
                act, SignIn
            ):  # who they were when we last could read is good enough to begin work
                raise Refused("The database is away; nothing was changed") from None

    def _refuse_removal(self, wanted: Rules) -> None:
        """Keep a queue in which there are callers."""
        calls = self.board.picture.calls.values()
        if held := sorted(gone(self.rules, wanted) & {call.queue for call in calls}):
            raise Refused(f"There are callers in {held[0]}; nothing was changed")

    # what is due again and again

    async def run(self) -> None:
        """Keep today's counts, begin a day at midnight, take rules that were loaded; until cancelled."""
        kept: tuple[object, ...] = ()
        turn = 0
        while True:
            await self._next_turn()
            turn += 1
            with _going_on():
                await self._callbacks.keep(self._line.to_call_back())
                self._show_dialogues()
                now = self._clock()
                if now >= self.board.today.ends:
                    self._tell(self.board.after(Ticked(), [], now))
                kept = await self._keep_counts(kept)
                if turn % RULES_EVERY == 0:
                    await self._look_for_rules()

    async def _next_turn(self) -> None:
        """Wait a while, but no longer than until somebody wants to be called back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await self._stirred.wait()
        self._stirred.clear()

    async def _keep_counts(self, kept: tuple[object, ...]) -> tuple[object, ...]:
        today = self.board.today
        counts = (today.day, dict(today.queues), dict(today.agents))
        if counts != kept:
            await self._store.save_today(today)
        return counts

    async def _look_for_rules(self) -> None:
        """Put rules into force that somebody loaded from a file."""
        revision = await self._store.revision()
        if revision != self._revision and self.exchange is not None and self.exchange.is_ready:
            rules = await self._store.rules()
            await self.exchange.act({"act": "rules", "by": "file", "rules": rules})
            self._revision = revision
            log.info("rules_loaded", revision=revision)


@contextmanager
def _going_on() -> Iterator[None]:
    """Go on when the database is away: it is asked again."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  many libraries' errors say that it is away
        log.warning("counts_not_kept", error=type(error).__name__)


def _differ(state: AgentState, noted: AgentState | None) -> bool:
    """Tell whether a state found at the start is another one than the last that was written down."""
    return noted is None or any(
        getattr(state, name) != getattr(noted, name) for name in ("presence", "reason", "call", "endpoint")
    )
