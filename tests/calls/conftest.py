"""One hotline for most tests of this folder; those that kill something start their own."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk_conf.obtain import obtain
from hotline.main import catalog
from hotline.settings import PROJECT
from reporting.sessions import Story
from speech.build import build
from tests.asterisk.phones import ExpectBye, Talk, call
from tests.calls.running import Hotline, running_hotline
from tests.calls.story import why_person

BEGINNING = 1.0
"""Seconds of a sentence that are enough to know it."""


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every prompt; what the project has built already is not spoken again."""
    root = os.environ.get("HOTLINE_ASTERISK_ROOT", str(PROJECT / "var/asterisk-root"))
    obtain(Path(root), say=print)
    folder = tmp_path_factory.mktemp("prompts") / "sounds"
    built = PROJECT / "var/asterisk/lib/sounds"
    if built.exists():
        shutil.copytree(built, folder, ignore=shutil.ignore_patterns("said"))
    build(catalog(), folder)
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(prompts: Path) -> AsyncIterator[Hotline]:
    """Return a hotline that all callers share; agents are there no longer than a test lasts."""
    async with running_hotline(prompts) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def hotline(shared: Hotline) -> AsyncIterator[Hotline]:
    """Return the shared hotline, and see that it has nothing to complain about."""
    before = len(shared.complaints())
    yield shared
    assert shared.complaints()[before:] == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def silent(shared: Hotline) -> AsyncIterator[Mapping[str, asyncio.Task[Story]]]:
    """Return callers (sipp) who press some keys and then nothing; it takes a minute while other tests run."""
    keys = ("", "1", "111", "111600100000001#")
    tasks = {each: asyncio.create_task(_falls_silent(shared, each)) for each in keys}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _falls_silent(hotline: Hotline, keys: str) -> Story:
    """Return the story of a caller who hears that a person is to help, and is cut off before one does."""
    caller = hotline.new_caller()
    calling = asyncio.create_task(call(hotline.sip, [Talk([(2.0, keys)]), ExpectBye(120)], caller=caller))
    told = await hotline.when(caller, lambda told: bool(why_person(told)), within=120)
    await asyncio.sleep(BEGINNING)
    await hotline.console(f"channel request hangup {await hotline.channel(told.session.id)}")
    await calling
    return await hotline.ended(caller)
