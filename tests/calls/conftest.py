"""One hotline for most tests of this folder; those that kill something start their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk_conf.obtain import obtain
from hotline.main import catalog
from hotline.settings import PROJECT
from speech.build import build
from tests.calls.running import Hotline, running_hotline


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
async def hotline(prompts: Path) -> AsyncIterator[Hotline]:
    """Return a hotline that all callers share; nobody registers there as an agent for longer than a test."""
    async with running_hotline(prompts) as running:
        yield running
