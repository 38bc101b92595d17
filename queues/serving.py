"""Who may serve which callers, and how long those must have waited: often asked, so worked out once."""

from __future__ import annotations

from itertools import product

from core.words import Language
from queues.choice import fit_after, queue_of
from queues.roster import Roster
from queues.rules import Profile, Rules
from queues.waiting import Group


class Serving:
    """What follows from rules and profiles alone, whatever anybody is doing. Forgotten when those change."""

    def __init__(self, roster: Roster, rules: Rules) -> None:
        self._roster = roster
        self._rules = rules
        self._after: dict[str, dict[Group, float | None]] = {}
        self._able: dict[Group, frozenset[str]] = {}
        self._serves: dict[str, frozenset[Group]] = {}

    def forget(self, rules: Rules) -> None:
        """Take it that rules, profiles, or who is signed in changed."""
        self._rules = rules
        self._after.clear()
        self._able.clear()
        self._serves.clear()

    def after(self, profile: Profile, group: Group) -> float | None:
        """Return how long a group's callers must have waited before the agent may serve them; None: never."""
        known = self._after.setdefault(profile.number, {})
        if group not in known:
            queue, language = group
            known[group] = fit_after(language, profile, queue_of(self._rules, queue))
        return known[group]

    def able(self, group: Group) -> frozenset[str]:
        """Return who of those signed in may serve a group's callers, given time."""
        known = self._able.get(group)
        if known is None:
            able = (each for _, each in self._roster if self.after(each, group) is not None)
            known = self._able[group] = frozenset(each.number for each in able)
        return known

    def serves(self, profile: Profile) -> frozenset[Group]:
        """Return which groups of callers an agent serves, given time."""
        known = self._serves.get(profile.number)
        if known is None:
            groups = product(self._rules.queues, Language)
            able = (group for group in groups if self.after(profile, group) is not None)
            known = self._serves[profile.number] = frozenset(able)
        return known
