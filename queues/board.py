"""What is to be seen of a line, kept up to date from what happens to it. Pure, time passed in.

    board = Board(line, today)
    commands = line.handle(event, now)
    for view in board.after(event, commands, now): ...

Only what an event touches is looked at, so a change costs the same with ten callers waiting or a thousand.
Hand in `Ticked` at least once a minute, due or not: at midnight the counts begin anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from queues.agents import IN_A_CALL, Happened, Presence
from queues.callers import Caller
from queues.choice import queue_of
from queues.commands import AgentChanged, Announce, Command, Offer
from queues.crowds import Crowd, Crowds
from queues.events import Event, FoundTalking, Left, RulesChanged
from queues.line import Line, Talk
from queues.today import Today
from queues.views import AgentView, CallGone, CallView, FiguresView, Picture, QueueView, View

DIALOGUE, WAITING, OFFERED, TALKING, ON_HOLD, CALLBACK = (
    "dialogue",
    "waiting",
    "offered",
    "talking",
    "on-hold",
    "callback",
)
"""The states of a call."""

BEGINS_TO_TALK = ("answered", "found")


@dataclass(slots=True)
class _Touched:
    """What may look different; each once, in the order met."""

    agents: dict[str, None] = field(default_factory=dict)
    calls: dict[str, None] = field(default_factory=dict)
    queues: dict[str, None] = field(default_factory=dict)


class Board:
    """The picture of a line, and today's counts: both are there to be read at any time."""

    def __init__(self, line: Line, today: Today) -> None:
        self.picture = Picture()
        self.today = today
        self._line = line
        self._before: dict[str, int] = {}
        self._answered: set[str] = set(line.talks)
        self._talking: dict[str, float] = {talk.agent: talk.since for talk in line.talks.values()}
        self._crowds = Crowds(line)
        everything = _Touched(
            agents=dict.fromkeys((*(state.number for state, _ in line.roster), *today.agents)),
            calls=dict.fromkeys((*(caller.id for caller in line.waiting), *line.talks)),
            queues=dict.fromkeys(self._crowds),
        )
        self._look(everything)

    def after(self, event: Event, commands: Sequence[Command], now: float) -> list[View]:
        """Return what looks different after `event`, which led to these commands."""
        touched = self._touched(event, commands)
        if now >= self.today.ends:
            self._begin_a_day(touched, now)
        if isinstance(event, RulesChanged):
            self._learn_rules(touched)
        self._count(event, commands, now)
        return self._look(touched)

    def in_dialogues(self, there: Mapping[str, CallView]) -> list[View]:
        """Return what changed now that these calls are in dialogues; of its own the line knows better."""
        calls = self.picture.calls
        known = {caller.id for caller in self._line.waiting} | self._line.talks.keys()
        new = [view for id_, view in there.items() if id_ not in known and calls.get(id_) != view]
        gone = [id_ for id_, view in calls.items() if view.state == DIALOGUE and id_ not in there]
        changed: list[View] = [*new, *map(CallGone, gone)]
        for view in changed:
            self.picture.take(view)
        return changed

    # what an event touches

    def _touched(self, event: Event, commands: Iterable[Command]) -> _Touched:
        touched = _Touched()
        for told in (event, *commands):
            self._touch(touched, told)
        for agent in touched.agents:
            before = self.picture.agents.get(agent)
            calls = (before.call if before else "", self._line.roster.state(agent).call)
            touched.calls.update((call, None) for call in calls if call)
        return touched

    def _touch(self, touched: _Touched, told: Event | Command) -> None:
        if isinstance(told, AgentChanged):
            touched.agents[told.state.number] = None
            return
        if isinstance(told, Announce):
            self._before[told.call] = told.before
        offer = getattr(told, "offer", None)
        about = offer if isinstance(offer, Offer) else told
        caller, profile = getattr(about, "caller", None), getattr(about, "profile", None)
        call = caller.id if caller is not None else getattr(about, "call", None)
        agent = profile.number if profile is not None else getattr(about, "agent", None)
        if call is not None:
            touched.calls[call] = None
        if agent is not None:
            touched.agents[agent] = None

    def _learn_rules(self, touched: _Touched) -> None:
        """Look at everything again that depends on the rules."""
        self._crowds.learn_rules()
        touched.agents.update((state.number, None) for state, _ in self._line.roster)
        touched.queues.update(dict.fromkeys(self._crowds))

    # today

    def _begin_a_day(self, touched: _Touched, now: float) -> None:
        self.today = Today.at(now)
        touched.agents.update(dict.fromkeys(self.picture.figures))
        touched.queues.update(dict.fromkeys(self._crowds))

    def _count(self, event: Event, commands: Iterable[Command], now: float) -> None:
        found = isinstance(event, FoundTalking)
        for command in commands:
            if isinstance(command, AgentChanged):
                self._count_work(command, now, found=found)
        if isinstance(event, FoundTalking):
            self._answered.add(event.caller.id)
        elif isinstance(event, Left):
            call = self.picture.calls.get(event.call)
            if call and call.state in (WAITING, OFFERED) and self._gave_up(call.id):
                self.today.abandoned(call.queue)

    def _gave_up(self, call: str) -> bool:
        """Tell whether a caller left without having spoken to anybody, and wants no callback."""
        return call not in self._answered and self._line.waiting.get(call) is None

    def _count_work(self, command: AgentChanged, now: float, *, found: bool) -> None:
        """Count what an agent did; a conversation found at the start was counted when it began."""
        agent = command.state.number
        if command.happened in BEGINS_TO_TALK:
            self._talking[agent] = now
            if not found:
                self.today.took(agent)
        elif command.happened == Happened.MISSED.value:
            self.today.missed(agent)
        if command.state.presence not in IN_A_CALL and agent in self._talking:
            self.today.talked(agent, now - self._talking.pop(agent))

    def _count_answer(self, call: CallView) -> None:
        """Count a caller who got somebody; once, whatever happens to the conversation."""
        if call.id not in self._answered and call.state in (TALKING, ON_HOLD):
            self._answered.add(call.id)
            within = queue_of(self._line.rules, call.queue).answer_within
            waited = self._line.talks[call.id].since - call.arrived
            self.today.answered(call.queue, in_time=waited <= within)

    # how things look now

    def _look(self, touched: _Touched) -> list[View]:
        """Return, and take into the picture, what looks different."""
        changed: list[View] = []
        for number in touched.agents:
            changed += self._look_at_agent(number, touched)
        for call in touched.calls:
            changed += self._look_at_call(call, touched)
        for name in touched.queues:
            view = self._queue_view(name)
            if view != self.picture.queues.get(name):
                changed.append(view)
                self.picture.take(view)
        return changed

    def _look_at_agent(self, number: str, touched: _Touched) -> list[View]:
        views: list[View] = []
        view = self._agent_view(number)
        before = self.picture.agents.get(number)
        touched.queues.update(dict.fromkeys(self._crowds.place_agent(number)))
        if view != before and (before or view.presence != Presence.LOGGED_OUT.value):
            views.append(view)
        counts = self.today.agent(number)
        figures = FiguresView(number, counts.calls, counts.talk_seconds, counts.missed)
        known = number in self.today.agents or number in self.picture.figures
        if known and figures != self.picture.figures.get(number):
            views.append(figures)
        for each in views:
            self.picture.take(each)
        return views

    def _look_at_call(self, call: str, touched: _Touched) -> list[View]:
        view = self._call_view(call)
        before = self.picture.calls.get(call)
        touched.queues.update(dict.fromkeys(self._crowds.place_caller(call)))
        if view is None:
            self._before.pop(call, None)
            self._answered.discard(call)
        else:
            self._count_answer(view)
        touched.queues.update((seen.queue, None) for seen in (before, view) if seen and seen.queue)
        if view == before:
            return []
        changed: View = view or CallGone(call)
        self.picture.take(changed)
        return [changed]

    def _agent_view(self, number: str) -> AgentView:
        state, profile = self._line.roster.state(number), self._line.roster.profile(number)
        return AgentView(
            number=number,
            name=profile.name if profile else "",
            presence=state.presence.value,
            since=state.since,
            reason=state.reason,
            endpoint=state.endpoint,
            call=state.call,
            idle_since=state.idle_since,
            next_reason=state.next_reason,
        )

    def _call_view(self, call: str) -> CallView | None:
        talk, caller = self._line.talks.get(call), self._line.waiting.get(call)
        if talk is not None:
            return self._talk_seen(talk)
        if caller is None:
            return None
        offer = self._line.offer_of(call)
        if offer is not None:
            return self._seen(caller, OFFERED, since=offer.at, agent=offer.agent)
        if caller.callback is not None:
            return self._seen(caller, CALLBACK, since=caller.callback.asked_at)
        return self._seen(caller, WAITING, since=caller.arrived)

    def _talk_seen(self, talk: Talk) -> CallView:
        """Show a conversation; a customer who is called back has to answer before it is one."""
        agent = self._line.roster.state(talk.agent)
        state = ON_HOLD if agent.presence is Presence.ON_HOLD else TALKING
        state = CALLBACK if talk.caller.callback is not None else state
        return self._seen(talk.caller, state, since=max(talk.since, agent.since), agent=talk.agent)

    def _seen(self, caller: Caller, state: str, *, since: float, agent: str = "") -> CallView:
        return CallView(
            id=caller.id,
            state=state,
            queue=caller.queue,
            language=caller.language.value,
            number=caller.number,
            customer=caller.customer,
            segment=caller.segment,
            since=since,
            arrived=caller.arrived,
            agent=agent,
            before=self._before.get(caller.id) if state == WAITING else None,
        )

    def _wait(self, name: str, crowd: Crowd) -> float | None:
        """Return how long a newcomer would wait behind all others, with conversations that end evenly.

        What callers hear is worked out caller by caller (`Announce`); this costs nothing.
        """
        if crowd.ready or not crowd.signed_in:
            return 0.0 if crowd.ready else None
        return (crowd.ahead + 1) * self._line.handling.of(name) / len(crowd.signed_in)

    def _queue_view(self, name: str) -> QueueView:
        crowd, counts = self._crowds[name], self.today.queue(name)
        return QueueView(
            name=name,
            waiting=len(crowd.callers),
            longest_since=crowd.longest_since,
            wait=self._wait(name, crowd),
            answered=counts.answered,
            answered_in_time=counts.answered_in_time,
            abandoned=counts.abandoned,
            ready=len(crowd.ready),
            signed_in=len(crowd.signed_in),
        )
