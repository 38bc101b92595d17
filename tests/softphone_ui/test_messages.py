"""Messages on their page: heard, taken by one person, done with a note; all of it is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from recording.messages import Message, Messages
from tests.asterisk.audio import tone, write_wav
from tests.softphone_ui.browser import Browser, Pages, served
from tests.softphone_ui.chromium import chromium, window
from tests.staff.stage import Stage

CALL = "hl-1.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The pages, and one new message with its sound."""

    pages: Pages
    id: str
    sound: bytes

    async def page(self, browser: Browser) -> str:
        """Return the page."""
        answer = await browser.get("/messages")
        assert answer.status == 200
        return answer.text


@asynccontextmanager
async def one_message(stage: Stage, folder: Path, **known: str) -> AsyncIterator[Here]:
    file = write_wav(folder / f"{CALL}.wav", tone(1000, 3))
    message = Message(
        call=CALL,
        caller=known.get("caller", "13800000001"),
        account="600100000001",
        queue="trading",
        language="yue",
        at=stage.clock(),
        seconds=3.4,
        file=known.get("file", file.name),
    )
    async with stage.engine.begin() as connection:
        await Messages(connection).put(message)
        (kept,) = await Messages(connection).new()
    async with served(stage, messages=folder) as pages:
        yield Here(pages=pages, id=str(kept.id), sound=file.read_bytes())


async def deeds(stage: Stage) -> Sequence[tuple[str, str, str, str]]:
    return [
        (deed.who, deed.what, deed.about, deed.details)
        for deed in await stage.deeds()
        if deed.what.startswith("message-")
    ]


async def test_a_new_message_is_shown_without_its_callers_whole_number(stage: Stage, tmp_path: Path) -> None:
    async with one_message(stage, tmp_path) as here:
        page = await here.page(await here.pages.signed_in("1001"))
        assert "138••••••01" in page
        assert "13800000001" not in page
        assert "600100000001" not in page
        assert page.count("nav-link active") == 1
        for shown in ("Trading", "Cantonese", "3 s", f'src="/messages/{here.id}/sound"'):
            assert shown in page


async def test_a_caller_without_a_number_is_said_to_have_none(stage: Stage, tmp_path: Path) -> None:
    async with one_message(stage, tmp_path, caller="") as here:
        assert "Number withheld" in await here.page(await here.pages.signed_in("1001"))


async def test_every_listening_is_written_down_and_a_part_can_be_asked_for(
    stage: Stage, tmp_path: Path
) -> None:
    async with one_message(stage, tmp_path) as here:
        agent = await here.pages.signed_in("1001")
        there = f"{here.pages.base}/messages/{here.id}/sound"
        async with agent.client.get(there) as whole:
            assert (whole.status, whole.content_type) == (200, "audio/wav")
            assert whole.headers["Cache-Control"] == "no-store"
            assert await whole.read() == here.sound
        async with agent.client.get(there, headers={"Range": "bytes=100-199"}) as part:
            assert part.status == 206
            assert await part.read() == here.sound[100:200]
    assert await deeds(stage) == [("1001", "message-heard", here.id, CALL)] * 2


async def test_what_is_no_message_has_no_sound_and_no_path_leads_elsewhere(
    stage: Stage, tmp_path: Path
) -> None:
    async with one_message(stage, tmp_path) as here:
        agent = await here.pages.signed_in("1001")
        for wanted in ("0", "-1", "99", "x", "9" * 40, "..%2f..%2fetc%2fpasswd", f"{CALL}.wav"):
            assert (await agent.get(f"/messages/{wanted}/sound")).status == 404, wanted
        (tmp_path / f"{CALL}.wav").unlink()
        assert (await agent.get(f"/messages/{here.id}/sound")).status == 404
        assert (await agent.post("/messages/take", {"id": "99"})).status == 404
    assert await deeds(stage) == []


async def test_one_person_takes_it_and_says_what_came_of_it(stage: Stage, tmp_path: Path) -> None:
    async with one_message(stage, tmp_path) as here:
        agent, other = await here.pages.signed_in("1001"), await here.pages.signed_in("1900")
        note = {"id": here.id, "note": "called <b>back</b>"}
        assert (await agent.post("/messages/done", note)).status == 409
        assert (await agent.post("/messages/take", {"id": here.id})).there == "/messages"
        late = await other.post("/messages/take", {"id": here.id})
        assert late.status == 409
        assert "Somebody else was first" in late.text
        assert "not yours" in (await other.post("/messages/done", note)).text
        assert "Say what came of it" in (await agent.post("/messages/done", {"id": here.id})).text
        assert f'data-message="{here.id}"' in await here.page(agent)
        assert f'data-message="{here.id}"' not in await here.page(other)
        assert (await agent.post("/messages/done", note)).there == "/messages"
        page = await here.page(other)
        assert "called &lt;b&gt;back&lt;/b&gt;" in page
        assert "1001, " in page
    assert await deeds(stage) == [
        ("1001", "message-taken", here.id, CALL),
        ("1001", "message-done", here.id, CALL),
    ]


async def test_a_real_browser_plays_it_from_our_own_origin(stage: Stage, tmp_path: Path) -> None:
    async with (
        one_message(stage, tmp_path) as here,
        chromium() as browser,
        window(browser, here.pages.base) as seen,
    ):
        await seen.sign_in("1001")
        await seen.go("/messages")
        seen.troubles.clear()  # on the way here was the desk, which has no queue process
        seconds = await seen.page.locator("audio").evaluate(
            """audio => new Promise((done, failed) => {
                audio.onloadedmetadata = () => done(audio.duration);
                audio.onerror = () => failed(audio.error.message);
                audio.preload = "metadata";
                audio.load();
            })"""
        )
        assert seconds == 3
        assert seen.troubles == []
