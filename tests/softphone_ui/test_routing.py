"""Routing as administrators change it: what is saved holds, what cannot work is not saved."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from core.words import Language
from queues.acts import Act, ChangeRules, Refused, Skills
from queues.rules import Rules, Step
from queues.store import Outdated, Store
from softphone_ui.keys import QUEUES
from tests.softphone_ui.browser import Answer, Browser, Pages, served
from tests.staff.stage import Stage

WAITS = {
    "expected_talk": "180",
    "callbacks.tries": "2",
    "callbacks.again_after": "300",
    "callbacks.expire_after": "14400",
    "callbacks.ring": "30",
    "callbacks.soonest": "15",
    "ring": "15",
    "wrap_up": "45.5",
    "wrap_up_extension": "60",
    "last_agent_within": "3600",
    "elder_head_start": "90",
    "head_start.ordinary": "0",
    "head_start.special": "60",
    "head_start.vip": "120",
    "auto_answer": "yes",
}
TRADING = {
    "skill": "trading",
    "answer_within": "10",
    "goal_percent": "90",
    "most_wait": "300",
    "comfort_every": "30",
    "callback_after": "0",
    "alarm_waiting": "3",
    "alarm_wait": "45",
    "alarm_abandoned": "10",
    "hours": "people",
    "music": "default",
    "after-0": "0",
    "level-0": "4",
    "after-1": "15",
    "level-1": "1",
    "skills-1": ["expert", "vip"],
    "any_language-1": "yes",
    "after-2": "",
    "level-2": "1",
}


async def saved(admin: Browser, path: str, form: dict[str, Any]) -> Answer:
    """Send a form, look at what would change, and say yes to it."""
    looked = await admin.post(path, form)
    assert looked.status == 200, looked.text
    hidden = {name: unescape(looked.hidden(name)) for name in ("rules", "about", "since")}
    return await admin.post("/routing/change", hidden)


async def test_what_holds_for_everybody_is_changed_and_remembered(pages: Pages) -> None:
    store, admin = Store(pages.stage.engine), await pages.signed_in("admin")
    assert (await saved(admin, "/routing", WAITS)).there == "/routing"
    rules = await store.rules()
    assert (rules.ring, rules.wrap_up, rules.elder_head_start) == (15.0, 45.5, 90.0)
    assert (rules.auto_answer, rules.away_after_missed) == (True, False)
    assert rules.queues == Rules.default().queues
    (change,) = await store.history()
    assert (change.by, change.at) == ("admin", pages.stage.clock())
    page = (await admin.get("/routing")).text
    assert 'name="wrap_up" inputmode="decimal" value="45.5"' in page
    assert "2026-03-03 10:00:00" in page


async def test_a_queue_s_promises_and_steps_are_changed(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    assert (await saved(admin, "/routing/queues/trading", TRADING)).there == "/routing"
    queue = (await Store(pages.stage.engine).rules()).queues["trading"]
    assert (queue.answer_within, queue.goal_percent, queue.callback_after) == (10.0, 90, 0.0)
    assert queue.steps == (
        Step(after=0.0, level=4),
        Step(after=15.0, level=1, skills=("expert", "vip"), any_language=True),
    )
    assert "90% within 10 s" in (await admin.get("/routing")).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_wait": "-1"},
        {"most_wait": "soon"},
        {"most_wait": "nan"},
        {"goal_percent": "101"},
        {"goal_percent": "8.5"},
        {"after-0": "5"},
        {"after-1": "0"},
        {"after-0": "", "after-1": ""},
        {"level-0": "6"},
    ],
)
async def test_what_cannot_work_is_told_and_changes_nothing(pages: Pages, wrong: dict[str, str]) -> None:
    admin = await pages.signed_in("admin")
    got = await admin.post("/routing/queues/trading", TRADING | wrong)
    assert got.status == 422
    assert "Look at the numbers" in got.text
    assert await Store(pages.stage.engine).rules() == Rules.default()


async def test_an_agent_s_languages_skills_and_training_are_changed(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    form = {
        "languages": ["zh", "en"],
        "level.trading": "5",
        "level.consulting": "0",
        "level.expert": "2",
        "trained": ["trading", "consulting"],
    }
    assert (await admin.post("/routing/agents/1001", form)).there == "/routing"
    who = (await Store(pages.stage.engine).profiles())["1001"]
    assert who.languages == {Language.ZH, Language.EN}
    assert who.levels == {"trading": 5, "expert": 2}
    assert who.trained == {"trading"}
    assert "not trained" in (await admin.get("/routing")).text


async def test_a_supervisor_changes_what_an_agent_knows_but_not_their_training(pages: Pages) -> None:
    supervisor = await pages.signed_in("1900")
    assert "disabled" in (await supervisor.get("/routing/agents/1001")).text
    form = {"languages": ["zh"], "level.trading": "5", "level.expert": "2", "trained": ["expert"]}
    assert (await supervisor.post("/routing/agents/1001", form)).there == "/wallboard"
    who = (await Store(pages.stage.engine).profiles())["1001"]
    assert who.levels == {"trading": 5, "expert": 2}
    assert who.trained == {"trading"}
    assert (await supervisor.get("/routing")).status == 403


@pytest.mark.parametrize("wrong", [{"languages": "fr"}, {"level.trading": "6"}, {"trained": "singing"}])
async def test_what_no_page_of_ours_offers_is_a_bad_request(pages: Pages, wrong: dict[str, str]) -> None:
    assert (await (await pages.signed_in("admin")).post("/routing/agents/1001", wrong)).status == 400


async def test_what_is_not_there_is_not_found(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    for path in ("/routing/queues/none", "/routing/agents/9999"):
        assert (await admin.get(path)).status == (await admin.post(path, TRADING)).status == 404


async def test_the_queue_process_is_asked_and_the_audit_log_knows_who_it_was(stage: Stage) -> None:
    asked: list[Act] = []

    async def ask(act: Act) -> bool:
        asked.append(act)
        return True

    await Store(stage.engine).enter_demo()
    async with served(stage, queues=ask) as pages:
        admin = await pages.signed_in("admin")
        await saved(admin, "/routing/queues/trading", TRADING)
        await admin.post("/routing/agents/1001", {"level.trading": "5"})
        assert pages.app[QUEUES] is ask
    assert [type(act) for act in asked] == [ChangeRules, Skills]
    assert await Store(stage.engine).history() == []  # the queue process keeps them
    told = [(deed.who, deed.what, deed.about) for deed in await stage.deeds()]
    assert told[1:] == [("admin", "routing-changed", "trading"), ("admin", "skills-changed", "1001")]


async def test_a_queue_process_that_cannot_is_told_of(stage: Stage) -> None:
    async def ask(_act: Act) -> bool:
        raise Refused("The database is away; nothing was changed")

    async with served(stage, queues=ask) as pages:
        assert (await saved(await pages.signed_in("admin"), "/routing", WAITS)).status == 409
        assert [deed.what for deed in await stage.deeds()] == ["signed-in"]


async def test_a_new_agent_is_known_to_the_queues_and_a_former_one_no_more(pages: Pages) -> None:
    store, admin = Store(pages.stage.engine), await pages.signed_in("admin")
    await admin.post("/people", {"login": "1004", "name": "新人", "roles": "agent"})
    newcomer = (await store.profiles())["1004"]
    assert (newcomer.name, newcomer.trained) == ("新人", frozenset())
    await admin.post("/people/1001", {"name": "李娜娜", "roles": ["agent", "supervisor"]})
    known = await store.profiles()
    assert (known["1001"].name, bool(known["1001"].trained)) == ("李娜娜", True)
    await admin.post("/people/1001", {"name": "李娜娜", "roles": "supervisor"})
    assert "1001" not in await store.profiles()


async def test_nothing_holds_before_the_difference_was_looked_at(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    looked = await admin.post("/routing", WAITS)
    for told in ("Wrap-up (s)<br><code>wrap_up</code>", "30.0", "45.5", "<code>callbacks.tries</code>"):
        assert told in looked.text
    assert "<code>ring_up" not in looked.text
    assert await Store(pages.stage.engine).rules() == Rules.default()


async def test_of_two_administrators_at_once_the_second_is_told(pages: Pages) -> None:
    one, other = await pages.signed_in("admin"), await pages.signed_in("admin")
    await saved(one, "/routing", WAITS)
    late = await other.post("/routing/queues/trading", TRADING | {"since": "0"})
    assert late.status == 409
    assert "Somebody else has changed the routing" in late.text
    assert (await saved(other, "/routing/queues/trading", TRADING | {"since": "1"})).there == "/routing"
    store = Store(pages.stage.engine)
    assert [change.revision for change in await store.history()] == [2, 1]
    with pytest.raises(Outdated):
        await store.save_rules(Rules.default(), by="late", since=1)


async def test_one_can_go_back(pages: Pages) -> None:
    admin, store = await pages.signed_in("admin"), Store(pages.stage.engine)
    await saved(admin, "/routing", WAITS)
    first = await store.rules()
    await saved(admin, "/routing", WAITS | {"ring": "44", "since": "1"})
    assert (await saved(admin, "/routing/back", {"revision": "1", "since": "2"})).there == "/routing"
    assert await store.rules() == first
    assert (await admin.post("/routing/back", {"revision": "99", "since": "3"})).status == 404


async def test_a_queue_is_added_and_removed_again(pages: Pages) -> None:
    admin, store = await pages.signed_in("admin"), Store(pages.stage.engine)
    await saved(admin, "/routing/queues", {"name": "loans", "skill": "consulting"})
    assert (await store.rules()).queues["loans"].skill == "consulting"
    await saved(admin, "/routing/queues/loans/remove", {"since": "1"})
    assert await store.rules() == Rules.default()
    for name in ("trading", "no name", ""):
        got = await admin.post("/routing/queues", {"name": name, "since": "2"})
        assert (got.status, "a name of its own" in got.text) == (422, True)


@pytest.mark.parametrize("queue", ["trading", "fallback"])
async def test_a_queue_that_something_sends_callers_to_stays(pages: Pages, queue: str) -> None:
    admin = await pages.signed_in("admin")
    got = await admin.post(f"/routing/queues/{queue}/remove")
    assert (got.status, "cannot be removed" in got.text) == (409, True)
    assert (await admin.post("/routing/queues/none/remove")).status == 404


async def test_what_is_wrong_is_said_at_its_field(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    got = await admin.post("/routing/queues/trading", TRADING | {"most_wait": "-1"})
    assert "Longest wait (s): Look at the numbers" in got.text
    assert got.text.count('aria-invalid="true"') == 1


@pytest.mark.parametrize("wrong", [{"rules": "no"}, {"rules": "{}"}, {"since": "x"}])
async def test_what_no_review_of_ours_sent_is_a_bad_request(pages: Pages, wrong: dict[str, str]) -> None:
    admin = await pages.signed_in("admin")
    looked = await admin.post("/routing", WAITS)
    given = {"rules": unescape(looked.hidden("rules")), "about": "waits", "since": "0"}
    assert (await admin.post("/routing/change", given | wrong)).status == 400


async def test_alarms_are_the_same_on_every_wallboard(pages: Pages) -> None:
    await saved(await pages.signed_in("admin"), "/routing/queues/trading", TRADING)
    page = (await (await pages.signed_in("1900")).get("/wallboard")).text
    shown = re.search(r'data-goals="([^"]*)"', page)
    assert shown is not None
    goals = json.loads(unescape(shown[1]))
    assert goals["trading"] == {"within": 10, "goal": 90, "waiting": 3, "longest": 45, "abandoned": 10}
    assert goals["vip"] == {"within": 20, "goal": 80, "waiting": 5, "longest": 20, "abandoned": 0}
