"""The first agent at work, as the feed tells it."""

from __future__ import annotations

from collections.abc import Callable

from queues.acts import Ready, Refused, SignIn
from queues.feed.client import FeedClient
from tests.waiting import until

ME = {"by": "1001", "agent": "1001"}


async def is_at_work(feed: FeedClient) -> bool:
    """Sign the agent in, ready; False as long as that cannot be done."""
    try:
        await feed.act(SignIn(**ME, endpoint="1001"))
        await feed.act(Ready(**ME))
    except Refused:
        return False
    return True


def presence(feed: FeedClient) -> str:
    """Return what the agent is doing; empty when they are not there."""
    view = feed.picture.agents.get("1001")
    return view.presence if view else ""


async def sees(condition: Callable[[], bool], what: str) -> None:
    """Return once a condition holds."""

    async def so() -> bool:
        return condition()

    await until(so, what=what)
