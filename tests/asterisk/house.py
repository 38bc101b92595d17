"""The usual plan for tests: three agents, six queues, free ports, and tones instead of spoken prompts."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from asterisk_conf.plan import Address, Folders, Limits, Login, Plan, Seat
from core.secret import Secret
from core.words import Language
from queues.model import DEMO_AGENTS, Queue
from tests.asterisk.audio import tone, write_wav
from tests.asterisk.ports import free_port, free_rtp_range

TONES = {
    "technical-problem": {Language.ZH: 500.0, Language.YUE: 600.0, Language.EN: 700.0},
    "connecting-you-now": {Language.ZH: 900.0, Language.YUE: 1000.0, Language.EN: 1100.0},
    "call-is-recorded": {Language.ZH: 2300.0, Language.YUE: 2500.0, Language.EN: 2700.0},
    "all-agents-busy": {Language.ZH: 1300.0, Language.YUE: 1400.0, Language.EN: 1500.0},
}
"""What each prompt sounds like here, in Hz."""

LIMITS = Limits(
    calls=50, calls_a_second=40, load=1000.0, free_memory_mb=50, longest_call=120, wait=3, fallback_wait=4
)


def heard_as() -> dict[str, float]:
    """Return every tone under `<prompt>/<language>`."""
    return {f"{name}/{language}": hertz for name, each in TONES.items() for language, hertz in each.items()}


@asynccontextmanager
async def house(**changes: Any) -> AsyncIterator[Plan]:
    """Make a folder with sounds and a plan for it; `changes` replace parts of the plan."""
    with tempfile.TemporaryDirectory(prefix="hl-") as name:
        plan = replace(usual(Folders(Path(name))), **changes)
        for prompt, each in TONES.items():
            for language, hertz in each.items():
                write_wav(plan.folders.sounds / language / f"{prompt}.wav", tone(hertz, 0.8))
        yield plan


def usual(folders: Folders) -> Plan:
    """Return the usual plan."""
    return Plan(
        folders=folders,
        system_name="test",
        sip=Address("127.0.0.1", free_port()),
        http=Address("127.0.0.1", free_port()),
        ami=Address("127.0.0.1", free_port()),
        agi=Address("127.0.0.1", free_port()),
        rtp=free_rtp_range(),
        manager=Login(name="hotline", password=Secret(secrets.token_hex(16))),
        ari=Login(name="hotline", password=Secret(secrets.token_hex(16))),
        seats=tuple(
            Seat(
                number=agent.number,
                password=Secret(secrets.token_hex(16)),
                queues=tuple(queue.value for queue in Queue if agent.serves(queue)),
            )
            for agent in DEMO_AGENTS
        ),
        queues=tuple(queue.value for queue in Queue),
        limits=LIMITS,
        demo=True,
    )
