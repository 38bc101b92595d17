"""Processes of the benchmark's own: started, waited for, ended by their own id."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hotline.settings import PROJECT


@asynccontextmanager
async def python(
    *arguments: str, ready: str, environment: dict[str, str] | None = None
) -> AsyncIterator[int]:
    """Run Python with these arguments; yield its process id once it has printed the line `ready`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=PROJECT,
        env=environment or dict(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said = await asyncio.wait_for(process.stdout.readline(), 30) if process.stdout else b""
        if said.decode().strip() != ready:
            raise RuntimeError(f"{' '.join(arguments)} did not start")
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
