"""Calls in dialogues: told by the processes that hold them, forgotten when those fall silent."""

from __future__ import annotations

import aiohttp
import pytest

from core.words import Language
from queues.acts import TellDialogues
from queues.dialogues import SILENT, Dialogues, InDialogue
from queues.feed.client import tell_once
from queues.feed.wire import ONE_ACT
from tests.queues.feed.house import TOKEN, House

CALL = InDialogue(id="hl-1.1", number="13800000001", language=Language.YUE, since=1.0)
OTHER = InDialogue(id="hl-1.2", number="", language=Language.EN, since=2.0)


def test_every_process_tells_all_of_its_own() -> None:
    dialogues = Dialogues()
    dialogues.tell("agi-1", [CALL], 10)
    dialogues.tell("agi-2", [OTHER], 11)
    assert set(dialogues.there(12)) == {"hl-1.1", "hl-1.2"}
    dialogues.tell("agi-1", [], 12)
    assert set(dialogues.there(12)) == {"hl-1.2"}
    assert dialogues.there(11 + SILENT) == {}


async def test_they_are_told_without_following_the_feed() -> None:
    house = House()
    act = TellDialogues(by="agi-1", calls=(CALL, OTHER))
    async with house.open(), aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{house.port}{ONE_ACT}"
        with pytest.raises(aiohttp.ClientResponseError):
            await tell_once(session, url, act)
        session.headers["Authorization"] = f"Bearer {TOKEN.reveal()}"
        await tell_once(session, url, act)
    assert house.asked == [act]
