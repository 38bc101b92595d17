"""The line: callers who wait, agents who serve them, and who gets whom. Events in, commands out.

No clock, no I/O, no chance: the same events at the same moments lead to the same state and the same commands,
so a day can be replayed, and a roster tried in a simulator. Moments are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from queues.agents import OFFERED, AgentState, Happened, Presence
from queues.alarm import Alarms
from queues.callers import Callback, Caller
from queues.choice import bar, first_agent, may_ever, queue_of, step_for
from queues.commands import (
    Announce,
    Because,
    CallOut,
    Command,
    Connect,
    Finish,
    GiveBack,
    Gone,
    Offer,
    Release,
    Ring,
    WaitAgain,
    Withdraw,
)
from queues.estimate import Handling
from queues.events import (
    AgentLeft,
    Answered,
    Arrived,
    CallbackFailed,
    CallbackWanted,
    Dialled,
    Event,
    FoundTalking,
    Held,
    Left,
    Missed,
    MoreTime,
    Moved,
    Paused,
    PhoneBack,
    PhoneLost,
    ProfileChanged,
    Rang,
    Readied,
    RulesChanged,
    SignedIn,
    SignedOut,
    Ticked,
)
from queues.roster import Roster
from queues.rules import Profile, Rules
from queues.waiting import Waiting

HEAD_OF_THE_LINE = 7 * 86400.0
"""The head start of a caller whose agent's telephone was lost in the conversation."""

IsOpen = Callable[[str, float], bool]
"""Tells whether the hours of this name are open at this moment."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A caller and an agent in a conversation."""

    caller: Caller
    agent: str
    since: float


class Line:
    """Everybody who waits and everybody who serves."""

    def __init__(self, rules: Rules, is_open: IsOpen = lambda _hours, _at: True) -> None:
        self.rules = rules
        self.waiting = Waiting()
        self.talks: dict[str, Talk] = {}
        self.offers: dict[str, Offer] = {}
        self._out: list[Command] = []
        self.roster = Roster(self._out)
        self.handling = Handling(rules.expected_talk)
        self._is_open = is_open
        self._offered: dict[str, Offer] = {}
        self._alarms: Alarms[tuple[str, str]] = Alarms()
        self._announce_at: dict[str, float] = {}
        self._wrap_up_until: dict[str, float] = {}
        self._leaving: set[str] = set()

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take in one event and return what is to be done, in order."""
        _HANDLERS[type(event)](self, event, now)
        done, self._out[:] = list(self._out), []
        return done

    @property
    def next_tick(self) -> float | None:
        """Return when `Ticked` is due next; None: nothing is waited for."""
        return self._alarms.next()

    def offer_of(self, call: str) -> Offer | None:
        """Return the offer of a caller who is being offered to an agent."""
        return self._offered.get(call)

    # callers

    def _arrived(self, event: Arrived, now: float) -> None:
        caller = event.caller
        queue = queue_of(self.rules, caller.queue)
        if not self._open(queue.hours, now):
            self._out.append(GiveBack(caller.id, Gone.CLOSED))
            return
        if not self._anybody_for(caller):
            self._out.append(GiveBack(caller.id, Gone.NOBODY))
            return
        self._queue(caller, now)

    def _queue(self, caller: Caller, now: float) -> None:
        """Put a caller into the line, with everything that becomes due for them."""
        queue = queue_of(self.rules, caller.queue)
        self.waiting.put(caller)
        for step in queue.steps[1:]:
            if caller.arrived + step.after > now:
                self._alarms.at(caller.arrived + step.after, ("step", caller.id))
        self._alarms.at(caller.arrived + queue.most_wait, ("too-long", caller.id))
        if not self._offer(caller, now):
            self._announce(caller, now)

    def _found_talking(self, event: FoundTalking, now: float) -> None:
        call, agent = event.caller.id, event.agent
        if self.roster.profile(agent) is None:
            return
        self.roster.happened(agent, Happened.READIED, now)
        self.roster.happened(agent, Happened.CHOSEN, now, call=call)
        self.roster.happened(agent, Happened.ANSWERED, now)
        if event.on_hold:
            self.roster.happened(agent, Happened.HELD, now)
        self.talks[call] = Talk(event.caller, agent, now)

    def _left(self, event: Left, now: float) -> None:
        caller = self.waiting.get(event.call)
        if caller is not None and caller.callback is None:
            self._forget(event.call)
            self._withdraw(event.call, now)
        talk = self.talks.pop(event.call, None)
        if talk is not None:
            self._out.append(Release(talk.agent))
            self._talk_ended(talk, now)

    def _moved(self, event: Moved, now: float) -> None:
        caller = self.waiting.get(event.call)
        if caller is not None:
            self._withdraw(event.call, now)
            self._forget(event.call)
            self._queue(replace(caller, queue=event.queue, missed_by=frozenset()), now)

    def _callback_wanted(self, event: CallbackWanted, now: float) -> None:
        caller = self.waiting.get(event.call)
        if caller is None or event.call in self._offered:
            return
        self.waiting.put(replace(caller, callback=Callback(number=event.number, asked_at=now)))
        self._announce_at.pop(event.call, None)
        self._alarms.at(now + self.rules.callbacks.expire_after, ("expired", event.call))

    def _callback_failed(self, event: CallbackFailed, now: float) -> None:
        talk = self.talks.pop(event.call, None)
        if talk is None or talk.caller.callback is None:
            return
        rules, asked = self.rules.callbacks, talk.caller.callback
        again = replace(asked, tries=asked.tries + 1, not_before=now + rules.again_after)
        if again.tries < rules.tries and again.not_before < asked.asked_at + rules.expire_after:
            self.waiting.put(replace(talk.caller, callback=again))
            self._alarms.at(again.not_before, ("step", event.call))
        else:
            self._out.append(GiveBack(event.call, Gone.TOO_LONG))
        self._out.append(Release(talk.agent))
        self.roster.happened(talk.agent, Happened.TALK_ENDED, now)
        self._free(talk.agent, now)

    # agents

    def _signed_in(self, event: SignedIn, now: float) -> None:
        self._leaving.discard(event.profile.number)
        self.roster.sign_in(event.profile, event.endpoint, now)

    def _signed_out(self, event: SignedOut, now: float) -> None:
        state = self.roster.state(event.agent)
        if state.presence is Presence.LOGGED_OUT:
            return
        if state.in_a_call:
            self._leaving.add(event.agent)
            return
        caller = self._take_back(state, now)
        self.roster.happened(event.agent, Happened.SIGNED_OUT, now)
        self._wrap_up_until.pop(event.agent, None)
        if caller is not None:
            self._offer(caller, now)
        for waiting in self.waiting:
            if waiting.callback is None and not self._anybody_for(waiting):
                self._forget(waiting.id)
                self._out.append(GiveBack(waiting.id, Gone.NOBODY))

    def _readied(self, event: Readied, now: float) -> None:
        if self.roster.state(event.agent).in_a_call:
            self.roster.change(event.agent, next_reason="")
        elif self.roster.happened(event.agent, Happened.READIED, now):
            self._serve(event.agent, now)

    def _paused(self, event: Paused, now: float) -> None:
        state = self.roster.state(event.agent)
        if state.in_a_call or state.presence in OFFERED:
            self.roster.change(event.agent, next_reason=event.reason)
        else:
            self.roster.happened(event.agent, Happened.PAUSED, now, reason=event.reason)

    def _more_time(self, event: MoreTime, now: float) -> None:
        if self.roster.state(event.agent).presence is Presence.WRAP_UP:
            self._wrap_up(event.agent, now, self.rules.wrap_up_extension)

    def _rang(self, event: Rang, now: float) -> None:
        offer = self.offers.get(event.offer)
        if offer is not None:
            self.roster.happened(offer.agent, Happened.RANG, now)

    def _answered(self, event: Answered, now: float) -> None:
        offer = self._settle(event.offer)
        if offer is None:
            return
        caller = self._forget(offer.call)
        if caller is None:
            return
        self.roster.happened(offer.agent, Happened.ANSWERED, now)
        self.talks[offer.call] = Talk(caller, offer.agent, now)
        self._out.append(CallOut(offer, caller) if caller.callback else Connect(offer))

    def _missed(self, event: Missed, now: float) -> None:
        offer = self._settle(event.offer)
        if offer is None:
            return
        self.roster.happened(offer.agent, Happened.MISSED, now, reason=event.why)
        caller = self.waiting.get(offer.call)
        if caller is not None:
            caller = replace(caller, missed_by=caller.missed_by | {offer.agent})
            self.waiting.put(caller)
            self._offer(caller, now)
        if not self.rules.away_after_missed and self.roster.happened(offer.agent, Happened.READIED, now):
            self._serve(offer.agent, now)

    def _agent_left(self, event: AgentLeft, now: float) -> None:
        talk = next((talk for talk in self.talks.values() if talk.agent == event.agent), None)
        if talk is not None:
            del self.talks[talk.caller.id]
            self._out.append(Finish(talk.caller.id))
            self._talk_ended(talk, now)
        elif self.roster.state(event.agent).presence is Presence.OCCUPIED:
            self.roster.happened(event.agent, Happened.TALK_ENDED, now)

    def _held(self, event: Held, now: float) -> None:
        self.roster.happened(event.agent, Happened.HELD if event.on else Happened.RESUMED, now)

    def _phone_lost(self, event: PhoneLost, now: float) -> None:
        state = self.roster.state(event.agent)
        caller = self._take_back(state, now)
        if not self.roster.happened(event.agent, Happened.PHONE_LOST, now):
            return
        talk = self.talks.pop(state.call, None)
        if talk is not None:
            self._out.append(WaitAgain(talk.caller.id, event.agent))
            again = replace(talk.caller, head_start=HEAD_OF_THE_LINE, arrived=talk.caller.arrived)
            self._queue(again, now)
        if caller is not None:
            self._offer(caller, now)

    def _phone_back(self, event: PhoneBack, now: float) -> None:
        was = self.roster.state(event.agent).was
        if self.roster.happened(event.agent, Happened.PHONE_BACK, now, reason="phone-was-lost"):
            if was in (Presence.READY, *OFFERED):
                self._readied(Readied(event.agent), now)

    def _dialled(self, event: Dialled, now: float) -> None:
        self.roster.happened(event.agent, Happened.DIALLED, now, call=event.call)

    def _profile_changed(self, event: ProfileChanged, now: float) -> None:
        self.roster.learn(event.profile)
        if self.roster.state(event.profile.number).is_ready:
            self._serve(event.profile.number, now)

    def _rules_changed(self, event: RulesChanged, now: float) -> None:
        self.rules = event.rules
        for state, _ in self.roster.ready():
            self._serve(state.number, now)

    # time

    def _ticked(self, _event: Ticked, now: float) -> None:
        for what, who in self._alarms.due(now):
            if what == "wrap-up":
                self._wrapped_up(who, now)
            elif (caller := self.waiting.get(who)) is not None and who not in self._offered:
                self._due(what, caller, now)

    def _due(self, what: str, caller: Caller, now: float) -> None:
        if what == "step":
            self._offer(caller, now)
        elif what == "announce" and self._announce_at.get(caller.id, now + 1) <= now:
            self._announce(caller, now)
        elif (what == "too-long" and caller.callback is None) or (what == "expired" and caller.callback):
            self._forget(caller.id)
            self._out.append(GiveBack(caller.id, Gone.TOO_LONG))

    def _wrapped_up(self, agent: str, now: float) -> None:
        if self._wrap_up_until.get(agent, now + 1) > now:
            return
        del self._wrap_up_until[agent]
        state = self.roster.state(agent)
        if state.presence is not Presence.WRAP_UP:
            return
        if state.next_reason:
            self.roster.happened(agent, Happened.PAUSED, now, reason=state.next_reason)
        elif self.roster.happened(agent, Happened.WRAPPED_UP, now):
            self._serve(agent, now)

    # bringing together

    def _serve(self, agent: str, now: float) -> None:
        """Offer the first caller they may serve to an agent who is ready."""
        profile = self.roster.profile(agent)
        if profile is None or not self.roster.state(agent).is_ready:
            return
        first = self._first_caller(profile, now)
        if first is not None:
            self._ring(first, self.roster.state(agent), Because.FIRST_IN_LINE, now)

    def _first_caller(self, profile: Profile, now: float) -> Caller | None:
        first: Caller | None = None
        for group in self.waiting.groups():
            queue = queue_of(self.rules, group[0])
            for caller in self.waiting.in_order(group):
                if first is not None and caller.place > first.place:
                    break
                if self._is_free(caller, queue.hours, now):
                    if bar(caller, profile, queue, step_for(caller, queue, now)) is None:
                        first = caller
                        break
        return first

    def _offer(self, caller: Caller, now: float) -> bool:
        """Offer a caller to the best agent who is ready; tell whether there was one."""
        queue = queue_of(self.rules, caller.queue)
        if not self._is_free(caller, queue.hours, now):
            return False
        step = step_for(caller, queue, now)
        able = (one for one in self.roster.ready() if bar(caller, one[1], queue, step) is None)
        chosen = first_agent(caller, queue, able)
        if chosen is not None:
            self._ring(caller, *chosen, now)
        return chosen is not None

    def _is_free(self, caller: Caller, hours: str, now: float) -> bool:
        """Tell whether a waiting caller can be offered now."""
        if caller.id in self._offered:
            return False
        callback = caller.callback
        return callback is None or (callback.not_before <= now and self._open(hours, now))

    def _ring(self, caller: Caller, state: AgentState, because: Because, now: float) -> None:
        offer = Offer(
            id=f"{caller.id}-{state.number}-{round(now * 1000)}",
            call=caller.id,
            agent=state.number,
            endpoint=state.endpoint,
            ring=self.rules.ring,
            because=because,
            at=now,
        )
        self.roster.happened(state.number, Happened.CHOSEN, now, call=caller.id)
        self.offers[offer.id] = self._offered[caller.id] = offer
        self._out.append(Ring(offer))

    def _settle(self, offer_id: str) -> Offer | None:
        """Return and forget an offer that came to something."""
        offer = self.offers.pop(offer_id, None)
        if offer is not None:
            del self._offered[offer.call]
        return offer

    def _take_back(self, state: AgentState, now: float) -> Caller | None:
        """Stop offering a caller to an agent who is going; return the caller."""
        offer = self._offered.get(state.call)
        if offer is None or offer.agent != state.number:
            return None
        self._settle(offer.id)
        self._out.append(Withdraw(offer))
        self.roster.happened(state.number, Happened.WITHDRAWN, now)
        return self.waiting.get(state.call)

    def _withdraw(self, call: str, now: float) -> None:
        """Stop calling the agent a caller was offered to; the agent gets the next one."""
        offer = self._offered.get(call)
        if offer is None:
            return
        self._settle(offer.id)
        self._out.append(Withdraw(offer))
        self.roster.happened(offer.agent, Happened.WITHDRAWN, now)
        self._serve(offer.agent, now)

    def _talk_ended(self, talk: Talk, now: float) -> None:
        """Begin an agent's wrap-up."""
        self.handling.learn(talk.caller.queue, now - talk.since + self.rules.wrap_up)
        if not self.roster.happened(talk.agent, Happened.TALK_ENDED, now):
            return
        if talk.agent in self._leaving:
            self._leaving.discard(talk.agent)
            self.roster.happened(talk.agent, Happened.SIGNED_OUT, now)
            return
        self._wrap_up(talk.agent, now, self.rules.wrap_up)

    def _wrap_up(self, agent: str, now: float, seconds: float) -> None:
        self._wrap_up_until[agent] = now + seconds
        if seconds > 0:
            self._alarms.at(now + seconds, ("wrap-up", agent))
        else:
            self._wrapped_up(agent, now)

    def _free(self, agent: str, now: float) -> None:
        """Make an agent ready whose conversation never came about."""
        if self.roster.happened(agent, Happened.WRAPPED_UP, now):
            self._serve(agent, now)

    def _anybody_for(self, caller: Caller) -> bool:
        queue = queue_of(self.rules, caller.queue)
        return any(may_ever(caller, profile, queue) for _, profile in self.roster)

    def _open(self, hours: str, now: float) -> bool:
        return not hours or self._is_open(hours, now)

    def _forget(self, call: str) -> Caller | None:
        self._announce_at.pop(call, None)
        return self.waiting.drop(call)

    def _announce(self, caller: Caller, now: float) -> None:
        """Tell a caller where they stand, and see to it that they hear it again."""
        queue = queue_of(self.rules, caller.queue)
        if caller.callback is not None:
            return
        before, wait = self.standing(caller)
        callback = 0 < queue.callback_after <= now - caller.arrived
        self._out.append(Announce(caller.id, before, wait, callback))
        self._announce_at[caller.id] = now + queue.comfort_every
        self._alarms.at(now + queue.comfort_every, ("announce", caller.id))

    def standing(self, caller: Caller) -> tuple[int, float | None]:
        """Return how many are before a waiting caller, and for how many seconds they are likely to wait."""
        queue = queue_of(self.rules, caller.queue)
        able = [profile for _, profile in self.roster if may_ever(caller, profile, queue)]
        shared = [group for group in self.waiting.groups() if self._share(group, able)]
        mine = [group for group in shared if group[0] == caller.queue]
        ahead = self.waiting.before(caller, shared)
        return self.waiting.before(caller, mine), self.handling.wait(caller.queue, ahead, len(able))

    def _share(self, group: tuple[str, Any], able: list[Profile]) -> bool:
        """Tell whether these agents also serve that group."""
        first = next(self.waiting.in_order(group))
        queue = queue_of(self.rules, group[0])
        return any(may_ever(first, profile, queue) for profile in able)


_HANDLERS: Mapping[type[Event], Callable[[Line, Any, float], None]] = {
    Arrived: Line._arrived,
    FoundTalking: Line._found_talking,
    Left: Line._left,
    CallbackWanted: Line._callback_wanted,
    CallbackFailed: Line._callback_failed,
    Moved: Line._moved,
    SignedIn: Line._signed_in,
    SignedOut: Line._signed_out,
    Readied: Line._readied,
    Paused: Line._paused,
    MoreTime: Line._more_time,
    Rang: Line._rang,
    Answered: Line._answered,
    Missed: Line._missed,
    AgentLeft: Line._agent_left,
    Held: Line._held,
    PhoneLost: Line._phone_lost,
    PhoneBack: Line._phone_back,
    Dialled: Line._dialled,
    ProfileChanged: Line._profile_changed,
    RulesChanged: Line._rules_changed,
    Ticked: Line._ticked,
}
"""Who takes in which event."""
