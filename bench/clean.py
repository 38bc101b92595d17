"""How many calls a second go well: everybody served, and answered at once."""

from __future__ import annotations

from dataclasses import dataclass

from bench import sipp
from bench.conversation import Way
from bench.stage import Stage
from bench.stats import percentile

NAME = "clean"
SERVED = 0.999
"""Which share of the calls has to hear its balance begin."""

ANSWERED_WITHIN = 200.0
"""Milliseconds, for 99 of 100 calls."""

FIRST_RATE, STEP, FINE = 20.0, 1.25, 1.12
"""The first rate tried, how much more each next one is, and how fine it is looked at the end."""

_OTHERS = ("panoramisk", "process", "ours-hashing")
"""Ways that are tried in one round only: they show where others stand."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of calls at one rate."""

    rate: float
    served: float
    answer: float
    """99th percentile, milliseconds."""

    @property
    def is_clean(self) -> bool:
        """Tell whether all went well."""
        return self.served >= SERVED and self.answer < ANSWERED_WITHIN


async def measure(stage: Stage) -> None:
    """Raise the rate until it is too much, of our way and the dialplan in turns, several times."""
    if stage.quick:
        for name in ("dialplan", "ours"):
            trial = await attempt(stage, stage.ways[name], 3.0, seconds=2)
            _note(stage, name, 0, [trial])
        return
    starts = {"dialplan": FIRST_RATE, "ours": FIRST_RATE}
    for number in range(3):
        order = list(starts) if number % 2 == 0 else list(starts)[::-1]
        found = await _search(stage, order, starts, number)
        starts = {name: max(1.0, best / STEP) for name, best in found.items()}
    begin = {"panoramisk": starts["ours"], "process": 7.0, "ours-hashing": starts["ours"] / 2}
    await _search(stage, list(_OTHERS), begin, 0)


async def _search(stage: Stage, names: list[str], starts: dict[str, float], number: int) -> dict[str, float]:
    """Return the highest clean rate of each way; the ways take turns at every step."""
    climbs = {name: Climb(starts[name]) for name in names}
    while any(not climb.is_over for climb in climbs.values()):
        for name, climb in climbs.items():
            if not climb.is_over:
                climb.tried(await attempt(stage, stage.ways[name], climb.rate, seconds=10))
    for name, climb in climbs.items():
        _note(stage, name, number, climb.trials)
    return {name: climb.best for name, climb in climbs.items()}


class Climb:
    """The search for the highest clean rate: up in large steps, down when that was too much, then finely."""

    def __init__(self, start: float) -> None:
        self.rate = start
        self.best = 0.0
        self.trials: list[Trial] = []
        self._step = STEP
        self._worst = float("inf")

    @property
    def is_over(self) -> bool:
        """Tell whether the next rate to try would tell nothing new."""
        return self.rate < 1 or (self.best > 0 and self._worst / self.best <= FINE * 1.01)

    def tried(self, trial: Trial) -> None:
        """Take note of a trial at `rate`, and choose the next rate."""
        self.trials.append(trial)
        if trial.is_clean:
            self.best = max(self.best, trial.rate)
        else:
            self._worst = min(self._worst, trial.rate)
        if self.best == 0:
            self.rate /= STEP
        elif self._worst == float("inf"):
            self.rate *= STEP
        else:
            self.rate = (self.best * self._worst) ** 0.5


async def attempt(stage: Stage, way: Way, rate: float, *, seconds: float) -> Trial:
    """Place calls at one rate and see."""
    await stage.house.quiet(settled=False)
    served = await way.served()
    calls = round(rate * seconds)
    outcome = await sipp.call(way.script, way.number, port=stage.house.sip, rate=rate, calls=calls)
    await stage.house.quiet(settled=False)
    heard = await stage.house.settled_count(way.served)
    answer = percentile(outcome.answers, 0.99) if outcome.answers else float("inf")
    trial = Trial(rate, (heard - served) / calls, answer)
    verdict = "clean" if trial.is_clean else "too much"
    stage.say(f"clean, {way.name} at {rate:.1f}/s: {trial.served:.4f} served, {answer:.0f} ms: {verdict}")
    return trial


def _note(stage: Stage, name: str, number: int, trials: list[Trial]) -> None:
    for trial in trials:
        at = f"at {trial.rate:.1f}/s"
        stage.record.note(
            f"{NAME}-trials",
            name,
            number,
            (f"served {at}", trial.served, ""),
            (f"answer {at}", trial.answer, "ms"),
        )
    best = max((trial.rate for trial in trials if trial.is_clean), default=0.0)
    stage.record.note(NAME, name, number, ("calls a second", best, "/s"))
