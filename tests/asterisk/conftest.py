"""A real Asterisk for every module of tests, on free ports, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk_conf.obtain import Asterisk, obtain
from asterisk_conf.process import Running, running
from tests.asterisk.house import house

PROJECT = Path(__file__).resolve().parents[2]


def asterisk_root() -> Path:
    """Return where the root folder is, or will be: HOTLINE_ASTERISK_ROOT, or the one of `make run`."""
    return Path(os.environ.get("HOTLINE_ASTERISK_ROOT", str(PROJECT / "var" / "asterisk-root")))


@pytest.fixture(scope="session")
def asterisk() -> Asterisk:
    """Return an Asterisk, got once for all."""
    return obtain(asterisk_root(), say=print)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(asterisk: Asterisk) -> AsyncIterator[Running]:
    """Start an Asterisk with the usual plan."""
    async with house() as plan, running(asterisk, plan) as asterisk_running:
        yield asterisk_running
