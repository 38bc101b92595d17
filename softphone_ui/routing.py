"""Routing: queues and their promises, waits, head starts; agents' languages, skills and training.

For administrators. What is changed is looked at before it holds (`routing_change`). The queue process keeps
it, and it holds at once for everybody who waits; while that process is away, the database does, from where it
begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from aiohttp import web

from core.calendar import Hours
from core.words import Language
from queues.acts import Act, Refused, Skills
from queues.reading import Unreadable
from queues.routing import rules_from, rules_plain
from queues.rules import LEVELS, Profile, QueueRules, Rules
from queues.store import Store
from softphone_ui.deeds import note
from softphone_ui.forms import Form, read
from softphone_ui.keys import CLOCK, ENGINE, ME, QUEUES
from softphone_ui.render import answer, see
from softphone_ui.routing_change import review, since_of
from staff.model import Role

WAITS = (
    "ring",
    "wrap_up",
    "wrap_up_extension",
    "last_agent_within",
    "elder_head_start",
    "expected_talk",
)
CALLBACKS = ("tries", "again_after", "expire_after", "ring", "soonest")
PROMISES = ("answer_within", "goal_percent", "most_wait", "comfort_every", "callback_after")
ALARMS = ("alarm_waiting", "alarm_wait", "alarm_abandoned")
WHOLE = frozenset({"goal_percent", "callbacks.tries", "alarm_waiting", "alarm_abandoned"})
"""What is counted, not measured."""
STEPS = 4
"""How many steps of a queue can be written down on its page."""


async def show(request: web.Request) -> web.StreamResponse:
    """Show what holds for everybody, all queues, all agents, and who changed it last."""
    return await _show(request)


async def save_waits(request: web.Request) -> web.StreamResponse:
    """Take what holds for everybody."""
    form, rules = await read(request), await _store(request).rules()
    written = rules_plain(rules)
    try:
        written |= {name: _number(form, name) for name in WAITS}
        written["head_start"] = {
            segment: _number(form, f"head_start.{segment}") for segment in rules.head_start
        }
        written["auto_answer"] = bool(form.text("auto_answer"))
        written["away_after_missed"] = bool(form.text("away_after_missed"))
        written["callbacks"] = {name: _number(form, f"callbacks.{name}") for name in CALLBACKS}
        wanted = rules_from(written)
    except Unreadable as error:
        return await _show(request, problem="numbers", wrong=_wrong(error))
    return await review(request, wanted, "waits", since_of(form))


async def show_queue(request: web.Request) -> web.StreamResponse:
    """Show one queue."""
    return await _show_queue(request)


async def save_queue(request: web.Request) -> web.StreamResponse:
    """Take what one queue promises and whom it asks for."""
    form = await read(request)
    rules, queue = await _queue(request)
    written = rules_plain(rules)
    try:
        written["queues"][queue.name] |= {name: _number(form, name) for name in (*PROMISES, *ALARMS)}
        written["queues"][queue.name] |= {name: form.text(name) for name in ("hours", "music")}
        written["queues"][queue.name]["skill"] = form.text("skill")
        written["queues"][queue.name]["steps"] = _steps(form, queue, _skills(rules))
        wanted = rules_from(written)
    except Unreadable as error:
        return await _show_queue(request, problem="numbers", wrong=_wrong(error))
    return await review(request, wanted, queue.name, since_of(form))


async def show_agent(request: web.Request) -> web.StreamResponse:
    """Show what one agent speaks and knows."""
    rules, who = await _store(request).rules(), await _agent(request)
    return answer(
        request,
        "routing-agent.html",
        who=who,
        skills=_skills(rules, who),
        levels=list(LEVELS),
        languages_spoken=list(Language),
        trains=_trains(request),
        back=_back(request),
    )


async def save_agent(request: web.Request) -> web.StreamResponse:
    """Take what one agent speaks and knows; from an administrator also for what they were trained."""
    form, rules, who = await read(request), await _store(request).rules(), await _agent(request)
    skills = _skills(rules, who)
    known = {skill: _level(form, skill) for skill in skills}
    levels = {skill: level for skill, level in known.items() if level}
    trained = frozenset(form.chosen("trained", skills)) if _trains(request) else who.trained
    changed = replace(
        who,
        languages=frozenset(Language(word) for word in form.chosen("languages", [*Language])),
        levels=MappingProxyType(levels),
        trained=trained & frozenset(levels),
    )
    if not await _asked(request, Skills(by=_by(request), profile=changed)):
        await _store(request).save_profile(changed, request.app[CLOCK]())
    await note(request, "skills-changed", who.number)
    raise see(request, _back(request))


def _trains(request: web.Request) -> bool:
    """Tell whether somebody may say for what agents were trained; supervisors change what they know."""
    return request[ME].account.may(frozenset({Role.ADMINISTRATOR}))


def _back(request: web.Request) -> str:
    """Return the page somebody came from."""
    return "routing" if _trains(request) else "wallboard"


async def _show(request: web.Request, *, problem: str = "", wrong: str = "") -> web.Response:
    store = _store(request)
    return answer(
        request,
        "routing.html",
        status=422 if problem else 200,
        rules=await store.rules(),
        waits=WAITS,
        callbacks=CALLBACKS,
        skills=_skills(await store.rules()),
        since=await store.revision(),
        wrong=wrong,
        agents=list((await store.profiles()).values()),
        history=await store.history(most=10),
        problem=problem,
    )


async def _show_queue(request: web.Request, *, problem: str = "", wrong: str = "") -> web.Response:
    rules, queue = await _queue(request)
    return answer(
        request,
        "routing-queue.html",
        status=422 if problem else 200,
        queue=queue,
        steps=[*queue.steps, *[None] * STEPS][: max(STEPS, len(queue.steps))],
        promises=PROMISES,
        alarms=ALARMS,
        hours=list(Hours),
        music=sorted({"default", *(each.music for each in rules.queues.values())}),
        since=await _store(request).revision(),
        wrong=wrong,
        skills=_skills(rules),
        levels=list(LEVELS),
        problem=problem,
    )


async def _queue(request: web.Request) -> tuple[Rules, QueueRules]:
    rules = await _store(request).rules()
    queue = rules.queues.get(request.match_info["queue"])
    if queue is None:
        raise web.HTTPNotFound
    return rules, queue


async def _agent(request: web.Request) -> Profile:
    who = (await _store(request).profiles()).get(request.match_info["number"])
    if who is None:
        raise web.HTTPNotFound
    return who


async def _asked(request: web.Request, act: Act) -> bool:
    """Have the queue process keep a change, which holds at once then; False when it is away."""
    try:
        return await request.app[QUEUES](act)
    except Refused:
        raise web.HTTPServiceUnavailable from None


def _steps(form: Form, queue: QueueRules, skills: list[str]) -> list[Mapping[str, Any]]:
    """Return the steps that were written down; one without a time is none."""
    rows = range(max(STEPS, len(queue.steps)))
    return [
        {
            "after": _number(form, f"after-{row}"),
            "level": int(_number(form, f"level-{row}")),
            "skills": sorted(form.chosen(f"skills-{row}", skills)),
            "any_language": bool(form.text(f"any_language-{row}")),
        }
        for row in rows
        if form.text(f"after-{row}")
    ]


def _skills(rules: Rules, who: Profile | None = None) -> list[str]:
    """Return every skill a queue asks for, or somebody has."""
    asked = {queue.skill for queue in rules.queues.values() if queue.skill}
    return sorted(asked | set(who.levels if who else ()))


def _level(form: Form, skill: str) -> int:
    given = form.text(f"level.{skill}") or "0"
    if given not in {"0", *map(str, LEVELS)}:
        raise web.HTTPBadRequest
    return int(given)


def _number(form: Form, name: str) -> float | int:
    """Return a number; raise `Unreadable` for anything else."""
    given = form.text(name)
    try:
        return int(given) if name in WHOLE else float(given)
    except ValueError:
        raise Unreadable(f"{name} is no number") from None


def _wrong(error: Unreadable) -> str:
    """Return the name of the field in which something is wrong, as its sentence says it."""
    return str(error).partition(" ")[0].rpartition(".")[2].partition("[")[0]


def _store(request: web.Request) -> Store:
    return Store(request.app[ENGINE])


def _by(request: web.Request) -> str:
    return request[ME].account.login
