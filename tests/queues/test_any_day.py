"""Whatever happens, in whatever order: the line is fair, nobody is lost, and nothing drifts."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.words import Language
from queues import commands as c
from queues import events as e
from queues.agents import OFFERED, Presence
from queues.callers import Caller
from queues.line import Line
from queues.rules import Callbacks, Profile, QueueRules, Rules, Step
from tests.queues.traces import profile, queue, rules

SKILLS = ("consulting", "trading")
AGENTS = [str(number) for number in range(1001, 1006)]
STEPS = (
    (Step(level=1),),
    (Step(level=3), Step(after=20, level=2), Step(after=40, level=1)),
    (Step(level=4), Step(after=15, level=1, skills=("trading",)), Step(after=30, level=1, any_language=True)),
)

agents = st.sampled_from(AGENTS)
languages = st.sampled_from([Language.ZH, Language.ZH, Language.EN])
queue_names = st.sampled_from([*SKILLS, "fallback", "dropped"])
profiles = st.builds(
    lambda number, spoken, levels, trained: Profile(
        number=number,
        name=number,
        languages=frozenset(spoken),
        levels=levels,
        trained=frozenset(trained),
    ),
    agents,
    st.sets(languages, min_size=1),
    st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5)),
    st.sets(st.sampled_from(SKILLS), min_size=1),
)
routings = st.builds(
    lambda steps, most_wait, wrap_up, forgiven: rules(
        *(queue(name, steps=steps, most_wait=most_wait, callback_after=0.0) for name in SKILLS),
        QueueRules(name="fallback", skill="", most_wait=most_wait),
        wrap_up=wrap_up,
        away_after_missed=not forgiven,
        callbacks=Callbacks(tries=2, again_after=20.0, expire_after=200.0, soonest=5.0),
    ),
    st.sampled_from(STEPS),
    st.sampled_from([60.0, 600.0]),
    st.sampled_from([0.0, 10.0]),
    st.booleans(),
)
MOST_HEAD_START = rules().most_head_start
EPOCH = 1_700_000_000.0
"""Moments as coarse as in earnest."""


def may_serve(caller: Caller, profile: Profile, routing: Rules, now: float) -> bool:
    """Say for a second time, and plainly, whether an agent may serve a caller now."""
    asked = routing.queues.get(caller.queue) or QueueRules(name=caller.queue, skill="")
    step = [each for each in asked.steps if each.after <= now - caller.arrived + 1e-6][-1]
    speaks = step.any_language or caller.language in profile.languages
    knows = not asked.skill or any(
        profile.levels.get(skill, 0) >= step.level and skill in profile.trained
        for skill in (asked.skill, *step.skills)
    )
    due = caller.callback is None or caller.callback.not_before <= now
    return speaks and knows and due and profile.number not in caller.missed_by


class AnyDay(RuleBasedStateMachine):
    """Agents and callers who do anything they can do at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.now = EPOCH
        self.happened: list[tuple[e.Event, float, list[c.Command]]] = []
        self.came = 0
        self.ended: Counter[str] = Counter()

    @initialize(routing=routings)
    def begin(self, routing: Rules) -> None:
        self.routing = routing
        self.line = Line(routing)
        for number, skills in zip(
            AGENTS, ("consulting 5, trading 1", "consulting 2", "trading 3"), strict=False
        ):
            self.happen(e.SignedIn(profile(number, "zh en", skills), f"{number}-web"))
            self.happen(e.Readied(number))

    # whatever happens

    def happen(self, event: e.Event) -> None:
        there = self.on_the_line()
        said = self.line.handle(event, self.now)
        self.happened.append((event, self.now, said))
        ended = [command.call for command in said if isinstance(command, c.GiveBack | c.Finish)]
        if isinstance(event, e.Left) and event.call in there and event.call not in ended:
            ended.append(event.call)
        self.ended.update(ended)
        for command in said:
            if isinstance(command, c.Ring):
                self.is_fair(command.offer)

    def on_the_line(self) -> set[str]:
        """Return whose hanging up would end everything for them."""
        waiting = {caller.id for caller in self.line.waiting if caller.callback is None}
        return waiting | {call for call, talk in self.line.talks.items() if talk.is_begun}

    def is_fair(self, offer: c.Offer) -> None:
        """Nobody before the one who is offered could have been offered to this agent."""
        chosen = self.line.waiting.get(offer.call)
        agent = self.line.roster.profile(offer.agent)
        if chosen is None or agent is None or offer.id not in self.line.offers:
            return
        assert may_serve(chosen, agent, self.line.rules, self.now)
        for other in self.line.waiting:
            if other.id in self.line.offered or not may_serve(other, agent, self.line.rules, self.now):
                continue
            assert chosen.place < other.place, f"{chosen.id} was offered before {other.id}"
            if chosen.again_since:
                continue  # their agent's telephone was lost: they are at the head of the line
            assert chosen.arrived <= other.arrived + MOST_HEAD_START
            if chosen.callback is not None and not other.again_since:
                assert chosen.arrived - chosen.head_start <= other.arrived - other.head_start

    @rule(seconds=st.sampled_from([0.0, 0.5, 3.0, 10.0, 20.0, 61.0, 200.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.line.next_tick) is not None and due <= until:
            self.now = max(self.now, due)
            self.happen(e.Ticked())
            self.check()
        self.now = until

    @rule(
        name=queue_names,
        language=languages,
        segment=st.sampled_from(["ordinary", "ordinary", "special", "vip"]),
        elder=st.booleans(),
        knows=st.sampled_from(["", *AGENTS]),
        late=st.sampled_from([0.0, 0.0, 25.0]),
    )
    def arrive(
        self, *, name: str, language: Language, segment: str, elder: bool, knows: str, late: float
    ) -> None:
        self.came += 1
        caller = Caller(
            id=f"c{self.came}",
            queue=name,
            language=language,
            arrived=self.now - late,
            head_start=self.line.rules.head_start_of(segment, elder=elder),
            segment=segment,
            elder=elder,
            last_agent=knows,
        )
        self.happen(e.Arrived(caller))

    @rule(known=profiles, ready=st.booleans())
    def sign_in(self, *, known: Profile, ready: bool) -> None:
        self.happen(e.SignedIn(known, f"{known.number}-web"))
        if ready:
            self.happen(e.Readied(known.number))

    @rule(
        agent=agents,
        what=st.sampled_from(
            [e.Readied, e.Readied, e.AgentLeft, e.PhoneLost, e.PhoneBack, e.SignedOut, e.MoreTime]
        ),
    )
    def an_agent_does(self, agent: str, what: type[e.Readied]) -> None:
        self.happen(what(agent))

    @rule(agent=agents, on=st.booleans())
    def hold(self, agent: str, on: bool) -> None:
        self.happen(e.Held(agent, on=on))

    @rule(agent=agents)
    def pause(self, agent: str) -> None:
        self.happen(e.Paused(agent, "lunch"))

    @rule(agent=agents)
    def dial(self, agent: str) -> None:
        self.happen(e.Dialled(agent, "own"))

    @rule(known=profiles)
    def learn(self, known: Profile) -> None:
        self.happen(e.ProfileChanged(known))

    @rule(routing=routings)
    def rules_change(self, routing: Rules) -> None:
        self.happen(e.RulesChanged(routing))

    @precondition(lambda self: self.line.offers)
    @rule(data=st.data(), what=st.sampled_from([e.Answered, e.Answered, e.Answered, e.Missed, e.Rang]))
    def an_offer_comes_to_something(self, data: st.DataObject, what: type) -> None:
        offer = data.draw(st.sampled_from(sorted(self.line.offers)))
        self.happen(e.Missed(offer, "no-answer") if what is e.Missed else what(offer))

    @precondition(lambda self: self.line.offers)
    @rule()
    def everybody_answers(self) -> None:
        for offer in sorted(self.line.offers):
            self.happen(e.Answered(offer))

    @precondition(lambda self: self.line.talks)
    @rule(data=st.data(), what=st.sampled_from([e.PhoneLost, e.AgentLeft, e.SignedOut]))
    def an_agent_who_talks_does(self, data: st.DataObject, what: type[e.PhoneLost]) -> None:
        agents_talking = sorted(talk.agent for talk in self.line.talks.values())
        self.happen(what(data.draw(st.sampled_from(agents_talking))))

    @precondition(lambda self: self.line.talks)
    @rule(data=st.data(), to=agents, asked=st.booleans())
    def an_agent_leaves_a_caller_to_a_colleague(self, data: st.DataObject, to: str, *, asked: bool) -> None:
        call = data.draw(st.sampled_from(sorted(self.line.talks)))
        talk = self.line.talks[call]
        if not talk.is_begun:
            return
        if asked:
            self.happen(e.Dialled(to, call))
        self.happen(e.AgentLeft(talk.agent))
        self.happen(e.HandedOver(talk.caller, to))
        if call in self.line.talks:
            self.ended[call] -= 1  # it goes on, for the caller

    @precondition(lambda self: self.came)
    @rule(
        data=st.data(),
        what=st.sampled_from(
            [e.Left, e.Left, e.CallbackWanted, e.CallbackAnswered, e.CallbackFailed, e.Moved]
        ),
        to=queue_names,
    )
    def a_caller_does(self, data: st.DataObject, what: type, to: str) -> None:
        there = [caller.id for caller in self.line.waiting] + list(self.line.talks)
        call = data.draw(st.sampled_from(sorted(there) or ["c1"]))
        if what is e.Moved:
            self.happen(e.Moved(call, to))
        elif what is e.CallbackWanted:
            self.happen(e.CallbackWanted(call, "13800000001"))
        else:
            self.happen(what(call))

    # whatever is true all the time

    @invariant()
    def check(self) -> None:
        self.nobody_waits_in_vain()
        self.nothing_drifts()
        self.everybody_ends_at_most_once()

    def nobody_waits_in_vain(self) -> None:
        for state, agent in self.line.roster.ready():
            for caller in self.line.waiting:
                if caller.id not in self.line.offered:
                    assert not may_serve(caller, agent, self.line.rules, self.happened[-1][1]), (
                        f"{caller.id} waits, and {state.number} is ready"
                    )

    def nothing_drifts(self) -> None:
        talking = {talk.agent: call for call, talk in self.line.talks.items()}
        ringing = {offer.agent: offer.call for offer in self.line.offers.values()}
        assert len(talking) == len(self.line.talks)
        assert len(ringing) == len(self.line.offers) == len(self.line.offered)
        states = {state.number: state for state, _ in self.line.roster}
        assert talking == {number: state.call for number, state in states.items() if state.in_a_call}
        assert ringing == {
            number: state.call for number, state in states.items() if state.presence in OFFERED
        }
        assert all(offer.call in self.line.waiting for offer in self.line.offers.values())
        assert not any(call in self.line.waiting for call in self.line.talks)
        for number in self.line.leaving:
            assert states[number].in_a_call or states[number].presence is Presence.OCCUPIED
        for state in states.values():
            assert state.next_reason == "" or not state.is_ready
            assert state.presence is not Presence.LOGGED_OUT
        for caller in self.line.waiting:
            if caller.callback is None and caller.id not in self.line.offered:
                assert self.line.serving.able((caller.queue, caller.language)), (
                    f"{caller.id} waits for nobody"
                )

    def everybody_ends_at_most_once(self) -> None:
        there = {caller.id for caller in self.line.waiting} | set(self.line.talks)
        for number in range(1, self.came + 1):
            assert self.ended[f"c{number}"] + (f"c{number}" in there) == 1, f"c{number}"

    def teardown(self) -> None:
        if not self.happened:
            return
        again = Line(self.routing)
        for event, at, said in self.happened:
            assert again.handle(event, at) == said
        assert again.snapshot() == self.line.snapshot()
        for talk in list(self.line.talks.values()):
            self.happen(e.CallbackAnswered(talk.caller.id))
            self.happen(e.Left(talk.caller.id))
        for _ in range(1000):
            if not len(self.line.waiting):
                break
            for offer in list(self.line.offers):
                self.happen(e.Missed(offer, "no-answer"))
            due = self.line.next_tick
            assert due is not None, "somebody waits, and nothing is due"
            self.now = max(self.now, due)
            self.happen(e.Ticked())
        assert max(self.ended.values(), default=0) <= 1
        assert sum(self.ended.values()) == self.came


QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Making a day that fails shorter takes minutes: add `Phase.shrink` when there is one."""

TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=200, stateful_step_count=50, deadline=None, phases=QUICK)
