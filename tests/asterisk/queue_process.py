"""A queue process to be killed: an exchange that signs agents in as it is told on the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from core.secret import Secret
from pbx.ari.client import AriAddress, open_ari
from queues.agents import AgentState, Presence
from queues.commands import AgentChanged, Command
from queues.events import Event
from queues.switch import Exchange, Known
from tests.asterisk.desks import RULES, OneTone
from tests.queues.switch.stage import profile


def _tell(_event: Event, commands: Sequence[Command], _now: float) -> None:
    for command in commands:
        if isinstance(command, AgentChanged):
            sys.stdout.write(f"agent {command.state.number} {command.state.presence.value}\n")
    sys.stdout.flush()


def _known(number: str, presence: str) -> Known:
    found = profile(number)
    assert found is not None
    state = AgentState(number=number, presence=Presence(presence), endpoint=number)
    return Known(profile=found, state=state)


async def serve(port: int, password: str, sound: str, agents: dict[str, str]) -> None:
    """Serve until killed."""
    where = AriAddress(host="127.0.0.1", port=port, user="hotline", password=Secret(password))
    known = [_known(number, presence) for number, presence in agents.items()]
    async with open_ari(where) as ari:
        exchange = Exchange(
            ari, RULES, voice=OneTone(sound), tell=_tell, known_agents=lambda: known, profiles=profile
        )
        await exchange.run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])))
