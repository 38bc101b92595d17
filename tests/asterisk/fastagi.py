"""The smallest FastAGI server that can hold a conversation, for tests of the dialplan around it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from asterisk_conf.plan import Address
from asterisk_conf.process import Running
from core.clock import utc_now
from pbx.manager import Manager, ManagerAddress, open_manager


@dataclass(slots=True, kw_only=True)
class Line:
    """One call at the FastAGI door."""

    environment: dict[str, str]
    headers: list[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answers: list[str] = field(default_factory=list)

    async def command(self, text: str) -> str:
        """Send one command and return Asterisk's answer."""
        self.writer.write(text.encode() + b"\n")
        answer = (await self.reader.readline()).decode().strip()
        self.answers.append(answer)
        return answer

    async def set(self, **variables: str | int) -> None:
        """Set channel variables."""
        for name, value in variables.items():
            await self.command(f'SET VARIABLE {name} "{value}"')


Talk = Callable[[Line], Awaitable[None]]


@asynccontextmanager
async def fastagi(address: Address, talk: Talk) -> AsyncIterator[list[Line]]:
    """Serve calls with `talk`; yield the list of calls seen. When `talk` returns the line is closed."""
    lines: list[Line] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers: list[bytes] = []
        while (header := await reader.readline()).strip():
            headers.append(header)
        words = (header.decode().strip().partition(": ") for header in headers)
        line = Line(
            environment={name: value for name, _, value in words},
            headers=headers,
            reader=reader,
            writer=writer,
        )
        lines.append(line)
        with contextlib.suppress(ConnectionError):
            await talk(line)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, address.host, address.port)
    try:
        yield lines
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def manager_address(pbx: Running) -> ManagerAddress:
    """Return where this Asterisk's manager is."""
    plan = pbx.plan
    return ManagerAddress(
        host=plan.ami.host, port=plan.ami.port, user=plan.manager.name, password=plan.manager.password
    )


@asynccontextmanager
async def alive(pbx: Running) -> AsyncIterator[Manager]:
    """Say twice a second that Python is there."""
    async with open_manager(manager_address(pbx)) as manager:
        await say_alive(manager)

        async def go_on() -> None:
            while True:
                await asyncio.sleep(0.5)
                await say_alive(manager)

        task = asyncio.create_task(go_on())
        try:
            yield manager
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await manager.set_global("HOTLINE_ALIVE", "0")


async def say_alive(manager: Manager) -> None:
    """Say once that Python is there."""
    await manager.set_global("HOTLINE_ALIVE", str(int(utc_now().timestamp())))
