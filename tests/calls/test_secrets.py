"""PIN and one-time code are found nowhere, though the caller's telephone sends them as tones as well."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import wave
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bank.ledger.codes import TOPIC
from core.log import Kind
from hotline.main import open_outbox
from recording.close import wav_file
from reporting.sessions import Story
from tests.asterisk.audio import RATE
from tests.calls.caller import Caller, calling
from tests.calls.keytones import key_tones
from tests.calls.money import moved_in
from tests.calls.running import Hotline
from tests.calls.search import found, tones
from tests.calls.story import data

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT, PIN = "600100000003", "112233"
TEXTS = (
    "asterisk/log/messages",
    "asterisk/log/console",
    "asterisk/log/cel-custom/hotline.csv",
    "asterisk/log/cdr-custom/hotline.csv",
)
AMOUNT, FEN = "105350*75", 10535075
"""Much enough for a one-time code."""


async def test_pin_and_code_are_found_nowhere_and_are_found_where_they_are_planted(
    hotline: Hotline, tmp_path: Path
) -> None:
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        code = await _transfers_much(hotline, caller, phone)
    told = await hotline.ended(caller)
    assert await moved_in(hotline, told.session.id) == [FEN]
    recording = wav_file(hotline.settings.recordings_folder, told.session.id)
    said, heard = await asyncio.to_thread(tones, recording)
    assert said == f"121{ACCOUNT}#{AMOUNT}#1", "what is no secret is heard in the recording, and no more"
    assert heard == ""
    home = hotline.settings.home
    for secret in (PIN, code):
        assert await asyncio.to_thread(found, home, secret) == []
        await asyncio.to_thread(_is_found_where_planted, home, recording, secret, tmp_path / secret)


async def _transfers_much(hotline: Hotline, caller: str, phone: Caller) -> str:
    """Transfer so much that a one-time code is asked for; return the code."""
    await phone.press(f"1 2 1 {ACCOUNT}#", in_band=True)
    await hotline.when(caller, _asked_in_secret(1))
    await phone.press(PIN, in_band=True)
    await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
    await phone.press(f"{AMOUNT}# ~1", in_band=True)
    await hotline.when(caller, _asked_in_secret(2))
    code = await _sent(hotline)
    await phone.press(code, in_band=True)
    await hotline.when(caller, _asked_in_secret(3))
    await phone.press(PIN, in_band=True)
    await hotline.when(caller, lambda told: bool(data(told, Kind.TRANSFER_DONE)))
    return code


def _asked_in_secret(times: int) -> Callable[[Story], bool]:
    return lambda told: len(data(told, Kind.MUTED)) == times


async def _sent(hotline: Hotline) -> str:
    """Return the one-time code as whoever delivers it reads it."""
    async with hotline.engine.connect() as connection:
        letters = await open_outbox(hotline.settings).waiting(connection)
    assert letters[-1].topic == TOPIC
    return letters[-1].content["code"]


def _is_found_where_planted(home: Path, recording: Path, secret: str, folder: Path) -> None:
    """Plant the secret in every kind of place, each in a copy of its own, and see that it is found there."""
    database = _copied(home / "hotline.db", folder / "row")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        data = f'{{"keys": "{secret}"}}'
        connection.execute(
            "INSERT INTO session_event (session_id, origin, step, at, kind, data)"
            " SELECT session_id, 'planted', 1, at, kind, ? FROM session_event LIMIT 1",
            (data,),
        )
        connection.commit()
        assert found(folder / "row", secret) == ["hotline.db: table session_event", "hotline.db-wal: bytes"]
    assert found(folder / "row", secret) == ["hotline.db: bytes", "hotline.db: table session_event"]
    for name in ("output", *TEXTS):
        file = _copied(home / name, folder / "line" / Path(name).name)
        with file.open("a") as stream:
            stream.write(f"\nkeys=1600100000001#{secret} more\n")
        assert found(file.parent, secret) == [f"{file.name}: bytes"]
        file.unlink()
    file = _copied(home / "asterisk/log/messages", folder / "keys" / "messages")
    with file.open("a") as stream:
        stream.writelines(f"DTMF[12] channel.c: DTMF begin '{key}' received on PJSIP/x\n" for key in secret)
    assert found(file.parent, secret) == ["messages: keys"]
    for channel in (0, 1):
        file = _copied(recording, folder / f"tones{channel}" / recording.name)
        _add_tones(file, secret, channel)
        assert found(file.parent, secret) == [f"{file.name}: tones"]


def _copied(file: Path, to: Path) -> Path:
    to = to / file.name if to.name == "row" else to
    to.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".db":
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
        return to
    shutil.copyfile(file, to)
    return to


def _add_tones(file: Path, keys: str, channel: int) -> None:
    """Add key tones to a channel of a recording, after its last sound."""
    with wave.open(str(file)) as source:
        both = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2").reshape(-1, 2)
    added = np.zeros((RATE * 3, 2), dtype="<i2")
    sound = (key_tones(keys) * 8000).astype("<i2")
    added[: len(sound), channel] = sound
    with wave.open(str(file), "wb") as target:
        target.setparams((2, 2, RATE, 0, "NONE", "not compressed"))
        target.writeframes(np.concatenate([both, added]).tobytes())
