"""Transfers a second: `bench.transfers`, in a process and on a database of its own."""

from __future__ import annotations

import asyncio
import csv
import sys
import tempfile
from pathlib import Path

from bench.stage import Stage
from hotline.settings import PROJECT

NAME = "transfers"


async def measure(stage: Stage) -> None:
    """Run it and keep its figures."""
    rounds, seconds = (1, 0.5) if stage.quick else (3, 4.0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "transfers.csv"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.transfers", "--csv", str(file)),
            *("--rounds", str(rounds), "--seconds", str(seconds)),
            cwd=PROJECT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"bench.transfers ended with {process.returncode}")
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            way = f"{row['what']}, {row['sessions']} at a time"
            stage.record.note(
                NAME, way, int(row["round"]), ("a second", float(row["transfers_per_second"]), "/s")
            )
    stage.say("transfers: done")
