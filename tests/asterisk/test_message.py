"""Where the dialplan offers a message, and where it does not."""

from __future__ import annotations

import pytest

from asterisk_conf.process import Running
from pbx.manager import open_manager
from tests.asterisk.fastagi import Line, alive, fastagi, manager_address
from tests.asterisk.softphone import softphone

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]


async def served(line: Line) -> None:
    await line.set(HOTLINE_END="served")


async def hears_that_it_is_closed(pbx: Running, *, while_python_is_there: bool) -> None:
    """Bring a caller who waits to where the closed message has just been heard; return once they are gone."""
    async with (
        softphone(pbx.plan.sip, "13900000001") as caller,
        open_manager(manager_address(pbx)) as manager,
    ):
        await caller.dial()
        (channel,) = [
            line.partition("!")[0] for line in (await pbx.rx("core show channels concise")).splitlines()
        ]

        async def redirect() -> None:
            await manager.redirect(channel, "message")
            await caller.wait_for("CALL_CLOSED", within=30)

        if not while_python_is_there:
            await redirect()
            return
        async with alive(pbx):
            await redirect()


async def test_without_python_nobody_is_asked_to_take_a_message(pbx: Running) -> None:
    async with fastagi(pbx.plan.agi, served) as lines:
        await hears_that_it_is_closed(pbx, while_python_is_there=False)
    assert lines == []


async def test_python_is_told_which_file_to_record_into(pbx: Running) -> None:
    async with fastagi(pbx.plan.agi, served) as lines:
        await hears_that_it_is_closed(pbx, while_python_is_there=True)
    (line,) = lines
    assert line.environment["agi_arg_2"] == "message"
    session = line.environment["agi_uniqueid"]
    assert line.environment["agi_arg_4"] == f"{pbx.plan.folders.spool}/messages/{session}"
