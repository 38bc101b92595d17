"""An agent at work in the whole house: asked and told over the feed, called by the line, written down."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from queues.acts import HangUp, Hold, Resume, SignOut
from queues.feed.client import FeedClient, open_feed
from queues.feed.wire import PATH
from queues.store import Store
from queues.tables import agent_event
from queues.today import day_of
from tests.asterisk.softphone import softphone
from tests.calls.at_work import ME, is_at_work, presence, sees
from tests.calls.running import Hotline
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]


async def test_an_agent_is_seen_from_the_first_ring_to_the_notes_after_the_call(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    url = f"ws://127.0.0.1:{hotline.settings.queues.feed_port}{PATH}"
    async with (
        open_feed(url, hotline.settings.secrets().feed) as feed,
        hotline.agent("1001") as agent,
        softphone(hotline.sip, caller) as phone,
    ):
        await feed.until_connected()
        await until(lambda: is_at_work(feed), what="the agent to be at work")
        mine = feed.picture.figures.get("1001")
        calls = (mine.calls if mine else 0) + 1
        in_time = feed.picture.queues["consulting"].answered_in_time + 1
        await phone.dial()
        await sees(lambda: _in_dialogue(feed, caller), "the caller to be seen in the menu")
        await phone.press("10")
        await agent.wait_for("CALL_ESTABLISHED", within=30)
        await sees(lambda: presence(feed) == "talking", "the agent to talk")
        call = feed.picture.calls[feed.picture.agents["1001"].call]
        assert (call.state, call.queue, call.agent) == ("talking", "consulting", "1001")
        await feed.act(Hold(**ME))
        await sees(lambda: feed.picture.calls[call.id].state == "on-hold", "the caller to be on hold")
        await feed.act(Resume(**ME))
        await sees(lambda: feed.picture.calls[call.id].state == "talking", "the caller to be back")
        await feed.act(HangUp(**ME))
        await sees(lambda: presence(feed) == "wrap-up", "the agent to write notes")
        await sees(lambda: call.id not in feed.picture.calls, "the call to be gone from the board")
        assert feed.picture.figures["1001"].calls == calls
        await sees(
            lambda: feed.picture.queues["consulting"].answered_in_time == in_time, "the answer to count"
        )
        await feed.act(SignOut(**ME))
        await sees(lambda: "1001" not in feed.picture.agents, "the agent to have gone home")
    written = await _seen_by_the_database(hotline, "signed-out")
    assert written[-4:] == ["held", "resumed", "talk-ended", "signed-out"]


async def test_calls_in_dialogues_are_seen_again_after_the_queue_process_was_killed(shared: Hotline) -> None:
    caller = shared.new_caller()
    url = f"ws://127.0.0.1:{shared.settings.queues.feed_port}{PATH}"
    async with (
        open_feed(url, shared.settings.secrets().feed) as feed,
        softphone(shared.sip, caller) as phone,
    ):
        await feed.until_connected()
        await phone.dial()
        await sees(lambda: _in_dialogue(feed, caller), "the caller to be seen in the menu")
        (queues,) = shared.children("queues")
        queues.kill()
        await sees(lambda: not feed.connected, "the queue process to be gone")
        await sees(lambda: feed.connected and _in_dialogue(feed, caller), "the caller to be seen again")
        await phone.hang_up()
        await sees(lambda: not _in_dialogue(feed, caller), "the call to be gone from the board")


async def test_a_queue_process_that_is_killed_comes_back_with_the_agent_in_the_same_conversation(
    shared: Hotline,
) -> None:
    caller = shared.new_caller()
    url = f"ws://127.0.0.1:{shared.settings.queues.feed_port}{PATH}"
    async with (
        open_feed(url, shared.settings.secrets().feed) as feed,
        shared.agent("1001") as agent,
        softphone(shared.sip, caller) as phone,
    ):
        await feed.until_connected()
        await until(lambda: is_at_work(feed), what="the agent to be at work")
        answered = feed.picture.queues["consulting"].answered + 1
        await phone.dial()
        await phone.press("10")
        await agent.wait_for("CALL_ESTABLISHED", within=30)
        await sees(lambda: presence(feed) == "talking", "the agent to talk")
        await sees(lambda: feed.picture.queues["consulting"].answered == answered, "the answer to count")
        call = feed.picture.agents["1001"].call
        await _seen_by_the_database(shared, "answered")
        await _counted_by_the_database(shared, answered)
        (process,) = shared.children("queues")
        process.kill()
        await sees(lambda: not feed.connected, "the loss to be noticed")
        await sees(lambda: feed.connected and presence(feed) == "talking", "the agent to be seen again")
        assert feed.picture.agents["1001"].call == call
        assert feed.picture.calls[call].state == "talking"
        await sees(lambda: feed.picture.queues["consulting"].answered == answered, "the counts to go on")
        await feed.act(HangUp(**ME))
        await sees(lambda: presence(feed) == "wrap-up", "the agent to write notes")
        await feed.act(SignOut(**ME))
        await sees(lambda: "1001" not in feed.picture.agents, "the agent to have gone home")


async def _counted_by_the_database(hotline: Hotline, answered: int) -> None:
    async def so() -> bool:
        today = await Store(hotline.engine).today(day_of(time.time()))
        return today.queue("consulting").answered == answered

    await until(so, what="today's counts to be kept")


async def _seen_by_the_database(hotline: Hotline, happened: str) -> list[str]:
    """Return what the agent did, as soon as this is the last of it."""
    query = select(agent_event.c.happened).where(agent_event.c.agent == "1001").order_by(agent_event.c.id)
    written: list[str] = []

    async def so() -> bool:
        async with hotline.engine.connect() as connection:
            written[:] = (await connection.execute(query)).scalars()
        return written[-1:] == [happened]

    await until(so, what=f"{happened} to be written down")
    return written


def _in_dialogue(feed: FeedClient, caller: str) -> bool:
    return any(call.state == "dialogue" and call.number == caller for call in feed.picture.calls.values())
