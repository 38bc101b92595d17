"""A person at a browser: headless Chromium, one page, a microphone that plays a file, and ears.

What a page hears is taken from its connection to Asterisk by the browser's own recorder, so that it is what
its loudspeaker would play.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.async_api import ConsoleMessage, Page, async_playwright

from tests.asterisk.audio import RATE, Sound, tone, write_wav

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--mute-audio",
)

EARS = """
(() => {
  const Native = window.RTCPeerConnection;
  window.ears = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...how) {
      super(...how);
      this.addEventListener("track", (event) => {
        const recorder = new MediaRecorder(new MediaStream([event.track]), {
          mimeType: "audio/webm;codecs=opus", audioBitsPerSecond: 128000,
        });
        const pieces = [];
        recorder.ondataavailable = (piece) => pieces.push(piece.data);
        recorder.start(100);
        window.ears.push(pieces);
      });
    }
  };
  window.microphones = [];
  const media = navigator.mediaDevices;
  const ask = media?.getUserMedia.bind(media);
  if (ask) {
    media.getUserMedia = async (wish) => {
      const stream = await ask(wish);
      window.microphones.push(stream.getAudioTracks()[0].getSettings().deviceId);
      return stream;
    };
  }
  window.rings = window.rang = 0;
  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.rings += 1;
    window.rang += 1;
    start.apply(this, when);
  };
  AudioBufferSourceNode.prototype.stop = function (...when) {
    window.rings -= 1;
    stop.apply(this, when);
  };
})();
"""
HEARD = """
async () => {
  const pieces = window.ears.at(-1) ?? [];
  if (!pieces.some((piece) => piece.size)) return "";
  const bytes = await new Blob(pieces).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  const clipped = sound.getChannelData(0).map((sample) => Math.max(-1, Math.min(1, sample)));
  const samples = Int16Array.from(clipped, (sample) => 32767 * sample);
  const raw = new Uint8Array(samples.buffer);
  let text = "";
  for (let at = 0; at < raw.length; at += 8192) text += String.fromCharCode(...raw.subarray(at, at + 8192));
  return btoa(text);
}
"""


@dataclass(kw_only=True)
class Window:
    """One page; `complaints` is what the browser found wrong with it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def said(self, said: ConsoleMessage) -> None:
        """Remember what the browser complains about."""
        if said.type == "error":
            self.complaints.append(said.text)

    async def click(self, id_: str) -> None:
        """Press a button once it can be pressed."""
        await self.page.click(f"#{id_}")

    async def shows(self, id_: str, name: str, value: str, *, seconds: float = 30) -> None:
        """Return once a part of the page is as wanted (`data-<name>`)."""
        await self.page.wait_for_selector(f"#{id_}[data-{name}='{value}']", timeout=seconds * 1000)

    async def keys(self, keys: str) -> None:
        """Press keys of the page's keypad, one after another."""
        for key in keys:
            await self.page.click(f"#keypad button[value='{key}']")

    async def rings(self) -> bool:
        """Tell whether a ring sounds."""
        return bool(await self.page.evaluate("window.rings > 0"))

    async def heard(self) -> Sound:
        """Return everything heard in the last call until now, at 8 kHz."""
        raw = base64.b64decode(await self.page.evaluate(HEARD))
        return np.frombuffer(raw, dtype="<i2") / 32768

    async def hears(self, what: Callable[[Sound], bool], *, seconds: float = 30) -> Sound:
        """Return what was heard as soon as it is as `what` wants it."""
        sound: Sound = np.zeros(0)
        try:
            async with asyncio.timeout(seconds):
                while not what(sound):
                    await asyncio.sleep(0.3)
                    sound = await self.heard()
        except TimeoutError:
            raise AssertionError(f"Not in {len(sound) / RATE:.1f} s that were heard") from None
        return sound


@asynccontextmanager
async def window(url: str, *, speaks: Sound) -> AsyncIterator[Window]:
    """Open a page in a browser of its own whose microphone hears `speaks`, over and over."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(prefix="browser-") as folder:
        file = write_wav(Path(folder, "speaks.wav"), speaks)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*FLAGS, f"--use-file-for-fake-audio-capture={file}"]
            )
            try:
                context = await browser.new_context(permissions=["microphone"], locale="en-GB", base_url=url)
                page = await context.new_page()
                opened = Window(page=page)
                page.on("pageerror", lambda error: opened.complaints.append(str(error)))
                page.on("console", opened.said)
                await page.add_init_script(EARS)
                await page.goto(url)
                yield opened
            finally:
                await browser.close()


def pulses(hertz: float, seconds: float = 4.0) -> Sound:
    """Return a tone that comes and goes like speech: a steady one is taken for noise and suppressed."""
    sound = tone(hertz, seconds, loudness=0.5)
    return np.where((np.arange(len(sound)) // (RATE // 4)) % 2 == 0, sound, 0.0)


def hears_tone(sound: Sound, hertz: float) -> bool:
    """Tell whether the tone was heard in the last two seconds, for a good part of them."""
    size = RATE // 10
    latest = sound[-2 * RATE :]
    pieces = [latest[start : start + size] for start in range(0, len(latest) - size + 1, size)]
    return sum(_is_tone(piece, hertz) for piece in pieces) >= 4


def _is_tone(piece: Sound, hertz: float) -> bool:
    energy = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(piece), 1 / RATE) - hertz) < 50
    return bool(np.sqrt(np.mean(piece**2)) > 0.01 and energy[near].sum() > 0.6 * energy.sum())
