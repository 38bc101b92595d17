"""Browsers' telephones on a real Asterisk: registered over our own line, rung by queues, gone when left."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import md5
from itertools import count

import aiohttp
import pytest
from aiohttp import web

from asterisk_conf.process import Running
from core.secret import Secret
from pbx.ari.client import AriAddress, ask_once, open_session
from softphone_ui.lines import Lines
from softphone_ui.phones import DEAD, GONE, Phone, Phones, agent, visitor
from tests.softphone_ui.switchboard import serving
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

LI_NA, WANG_QIANG = agent("1001"), agent("1002")


_turns = count(1)


def register(name: str, number: int, more: str = "") -> str:
    """Return a registration as JsSIP writes it, with a branch no other has: else it is taken for that one."""
    branch = f"z9hG4bK{name}{next(_turns)}"
    return (
        f"REGISTER sip:hotline.invalid SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch={branch}\r\n"
        f"Max-Forwards: 69\r\nTo: <sip:{name}@hotline.invalid>\r\n"
        f"From: <sip:{name}@hotline.invalid>;tag=a\r\n"
        f"Call-ID: {name}\r\nCSeq: {number} REGISTER\r\n{more}"
        f"Contact: <sip:u@x.invalid;transport=ws>;expires=120\r\nContent-Length: 0\r\n\r\n"
    )


def proof(name: str, password: Secret, challenge: str, method: str = "REGISTER") -> str:
    """Return the header that shows a password, by what Asterisk asked for."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.partition("WWW-Authenticate:")[2]))
    once = md5(f"{name}:{asked['realm']}:{password.reveal()}".encode(), usedforsecurity=False).hexdigest()
    what = md5(f"{method}:sip:hotline.invalid".encode(), usedforsecurity=False).hexdigest()
    whole = f"{once}:{asked['nonce']}:00000001:c:auth:{what}"
    shown = md5(whole.encode(), usedforsecurity=False).hexdigest()
    return (
        f'Authorization: Digest algorithm=MD5, username="{name}", realm="{asked["realm"]}", '
        f'nonce="{asked["nonce"]}", uri="sip:hotline.invalid", response="{shown}", '
        f'opaque="{asked.get("opaque", "")}", qop=auth, cnonce="c", nc=00000001\r\n'
    )


async def registers(line: aiohttp.ClientWebSocketResponse, name: str, password: Secret) -> str:
    """Register, and return the first line of the final answer."""
    await line.send_str(register(name, 1))
    asked = await _answer(line)
    await line.send_str(register(name, 2, proof(name, password, asked)))
    return (await _answer(line)).partition("\r\n")[0]


async def _answer(line: aiohttp.ClientWebSocketResponse) -> str:
    async with asyncio.timeout(5):  # a limit of `receive_str` would begin anew with every ping
        while True:
            said = await line.receive_str()
            if said.startswith("SIP/2.0") and not said.startswith("SIP/2.0 100"):
                return said


@asynccontextmanager
async def phones(pbx: Running, gone: float = GONE) -> AsyncIterator[Phones]:
    """Make telephones in this Asterisk."""
    here = pbx.plan.http
    where = AriAddress(host=here.host, port=here.port, user=pbx.plan.ari.name, password=pbx.plan.ari.password)
    async with open_session(where) as session:
        made = Phones(partial(ask_once, session, where), host=here.host, language="zh", gone=gone)
        yield made
        await made.close()


@asynccontextmanager
async def line_of(pbx: Running, made: Phones, name: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open the line of one telephone through our own server."""

    @asynccontextmanager
    async def staying(_request: web.Request, _socket: web.WebSocketResponse) -> AsyncIterator[None]:
        yield

    async with aiohttp.ClientSession() as session:
        lines = Lines(session, f"ws://{pbx.plan.http}/ws", made)

        async def carry(request: web.Request) -> web.StreamResponse:
            return await lines.carry(request, name, staying)

        app = web.Application()
        app.router.add_get("/phone/ws", carry)
        async with (
            serving(app) as port,
            session.ws_connect(f"http://127.0.0.1:{port}/phone/ws", protocols=("sip",)) as line,
        ):
            yield line


async def is_in_state(pbx: Running, name: str, state: str) -> None:
    """Return when the fallback queue sees a member so."""

    async def so() -> bool:
        told = await pbx.rx("queue show fallback")
        return any(state in line for line in told.splitlines() if f"PJSIP/{name} " in line)

    await until(so, what=f"{name} {state}")


async def test_a_queue_has_a_browsers_telephone_while_it_is_registered(pbx: Running) -> None:
    await is_in_state(pbx, "1001-web", "Invalid")
    async with phones(pbx) as made:
        phone = await made.make(LI_NA)
        async with line_of(pbx, made, phone.name) as line:
            assert await registers(line, phone.name, phone.password) == "SIP/2.0 200 OK"
            await is_in_state(pbx, "1001-web", "Not in use")
        await is_in_state(pbx, "1001-web", "Unavailable")  # the line is gone, and Asterisk knows
    assert "Unable to find object" in await pbx.rx("pjsip show endpoint 1001-web")


async def test_only_the_newest_password_registers(pbx: Running) -> None:
    async with phones(pbx) as made:
        old, new = await made.make(LI_NA), await made.make(LI_NA)
        async with line_of(pbx, made, new.name) as line:
            assert await registers(line, old.name, old.password) == "SIP/2.0 401 Unauthorized"
        async with line_of(pbx, made, new.name) as line:
            assert await registers(line, new.name, new.password) == "SIP/2.0 200 OK"


async def test_asterisk_itself_lets_nobody_register_anothers_telephone(pbx: Running) -> None:
    async with phones(pbx) as made:
        mine = await made.make(LI_NA)
        theirs = await made.make(WANG_QIANG)
        async with line_of(pbx, made, theirs.name) as line:  # as if our own look at the line had failed
            assert await registers(line, theirs.name, mine.password) == "SIP/2.0 401 Unauthorized"


async def test_a_telephone_is_made_and_removed_over_and_over(pbx: Running) -> None:
    async with phones(pbx) as made:
        for _ in range(5):
            phone = await made.make(LI_NA)
            async with line_of(pbx, made, phone.name) as line:
                assert await registers(line, phone.name, phone.password) == "SIP/2.0 200 OK"
            await made.remove(phone.name)
            assert "Unable to find object" in await pbx.rx(f"pjsip show endpoint {phone.name}")


LONG = "95099"
"""A number whose calls end by themselves only after a long time."""

OFFER = "\r\n".join(
    (
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 8"),
        *("c=IN IP4 127.0.0.1", "a=rtpmap:8 PCMA/8000", "a=ice-ufrag:abcd", f"a=ice-pwd:{'x' * 24}"),
        *(f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}", "a=setup:actpass", "a=mid:0", "a=rtcp-mux", ""),
    )
)


def calling(name: str, method: str, turn: int, more: str = "", *, tag: str = "", body: str = "") -> str:
    """Return what a browser says that calls."""
    typed = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} sip:{LONG}@hotline.invalid SIP/2.0\r\n"
        f"Via: SIP/2.0/WS x.invalid;branch=z9hG4bK{name}{method}{turn}\r\n"
        f"Max-Forwards: 69\r\nTo: <sip:{LONG}@hotline.invalid>{tag}\r\n"
        f"From: <sip:{name}@hotline.invalid>;tag=a\r\n"
        f"Call-ID: call-{name}\r\nCSeq: {turn} {method}\r\n{more}{typed}"
        f"Contact: <sip:u@x.invalid;transport=ws>\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


async def calls(line: aiohttp.ClientWebSocketResponse, phone: Phone) -> None:
    """Call, and return when Asterisk has answered."""
    name = phone.name
    await line.send_str(calling(name, "INVITE", 1, body=OFFER))
    refusal = await _answer(line)
    await line.send_str(calling(name, "ACK", 1, tag=_tag(refusal)))
    shown = proof(name, phone.password, refusal, "INVITE")
    await line.send_str(calling(name, "INVITE", 2, shown, body=OFFER))
    answered = await _answer(line)
    assert answered.startswith("SIP/2.0 200"), answered
    await line.send_str(calling(name, "ACK", 2, tag=_tag(answered)))


def _tag(answer: str) -> str:
    found = re.search(r"^To:.*(;tag=\S+)", answer, re.MULTILINE)
    assert found
    return found[1]


async def test_a_visitor_whose_page_is_gone_is_hung_up_long_before_their_silence_would_end_the_call(
    pbx: Running,
) -> None:
    who = visitor("13800000001")

    async def is_calling() -> bool:
        return f"PJSIP/{who.name}" in await pbx.rx("core show channels concise")

    async def is_gone() -> bool:
        return not await is_calling()

    for step in ("1,Answer", "2,Wait(600)"):
        await pbx.rx(f"dialplan add extension {LONG},{step} into from-trunk")
    async with phones(pbx, gone=0.5) as made:
        phone = await made.make(who)
        async with line_of(pbx, made, phone.name) as line:
            await calls(line, phone)
            await until(is_calling, what="the visitor's call")
        await until(is_gone, seconds=DEAD / 2, what="the call's end")
        assert not made.has(who.name)
    await pbx.rx(f"dialplan remove extension {LONG}@from-trunk")
