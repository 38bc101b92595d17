"""Browsers' telephones in Asterisk's memory: a fresh password each time, and none left behind."""

from __future__ import annotations

import pytest

from pbx.ari.wire import Unreachable
from softphone_ui.phones import Phones, agent, visitor
from tests.softphone_ui.switchboard import Memory
from tests.waiting import until

LI_NA = agent("1001")


def phones(memory: Memory, *, host: str = "127.0.0.1", unused: float = 60, gone: float = 60) -> Phones:
    return Phones(memory.ask, host=host, language="zh", unused=unused, gone=gone)


async def test_an_agents_telephone_shows_their_number_and_calls_from_their_seat() -> None:
    memory = Memory()
    made = await phones(memory).make(LI_NA)
    endpoint = memory.kept["endpoint", "1001-web"]
    assert made.name == "1001-web"
    assert endpoint["callerid"] == "<1001>"
    assert endpoint["context"] == "from-seat"
    assert endpoint["trust_id_inbound"] == "no"
    assert endpoint["webrtc"] == "yes"
    assert endpoint["allow"] == "alaw,ulaw"
    assert memory.kept["auth", "1001-web"]["password"] == made.password.reveal()
    assert memory.kept["aor", "1001-web"]["max_contacts"] == "1"


async def test_a_visitors_telephone_is_anybodys_and_calls_from_outside() -> None:
    memory = Memory()
    one, two = visitor("13800000001"), visitor("13800000001")
    assert one.name != two.name
    await phones(memory).make(one)
    endpoint = memory.kept["endpoint", one.name]
    assert endpoint["callerid"] == "<13800000001>"
    assert endpoint["context"] == "from-trunk"


async def test_the_password_is_new_each_time_and_nobody_reads_it_by_accident() -> None:
    memory = Memory()
    all_phones = phones(memory)
    first, second = await all_phones.make(LI_NA), await all_phones.make(LI_NA)
    assert first.password != second.password
    assert len(second.password) >= 32
    assert memory.kept["auth", "1001-web"]["password"] == second.password.reveal()
    assert second.password.reveal() not in repr(second)


async def test_sound_goes_where_signalling_listens() -> None:
    memory = Memory()
    await phones(memory, host="192.0.2.1").make(LI_NA)
    assert memory.kept["endpoint", "1001-web"]["media_address"] == "192.0.2.1"
    await phones(memory, host="0.0.0.0").make(LI_NA)
    assert "media_address" not in memory.kept["endpoint", "1001-web"]


async def test_a_telephone_that_no_browser_came_for_is_removed() -> None:
    memory = Memory()
    await phones(memory, unused=0.05).make(LI_NA)

    async def gone() -> bool:
        return not memory.kept

    await until(gone)


async def test_a_telephone_stays_while_a_browser_holds_it_and_for_a_while_after() -> None:
    memory = Memory()
    all_phones = phones(memory, unused=0.05)
    await all_phones.make(LI_NA)
    all_phones.hold("1001-web")
    await all_phones.make(LI_NA)  # with another password, the browser still there
    await all_phones.make(visitor("13800000001"))  # which nobody comes for: it is due after the other

    async def only_hers() -> bool:
        return memory.names() == ["1001-web"]

    async def gone() -> bool:
        return not memory.kept

    await until(only_hers)
    all_phones.let_go("1001-web")
    all_phones.hold("1001-web")
    all_phones.let_go("1001-web")
    await until(gone)


async def test_a_visitor_whose_line_is_gone_is_hung_up_and_an_agent_is_not() -> None:
    memory = Memory()
    all_phones, one = phones(memory, gone=0.05), visitor("13800000001")
    for owner in (LI_NA, one):
        await all_phones.make(owner)
        all_phones.hold(owner.name)
        memory.calls[owner.name] = [f"{owner.name}.1", f"{owner.name}.2"]
    all_phones.let_go(LI_NA.name)
    all_phones.let_go(one.name)

    async def ended() -> bool:
        return not memory.calls[one.name] and memory.names() == [LI_NA.name]

    await until(ended)
    assert not all_phones.has(one.name)
    assert len(memory.calls[LI_NA.name]) == 2


async def test_a_visitor_who_comes_back_in_time_goes_on() -> None:
    memory = Memory()
    all_phones, one, other = phones(memory, gone=0.05), visitor("13800000001"), visitor("13800000002")
    for owner in (one, other):
        await all_phones.make(owner)
        all_phones.hold(owner.name)
        memory.calls[owner.name] = [f"{owner.name}.1"]
        all_phones.let_go(owner.name)
    all_phones.hold(one.name)

    async def only_one() -> bool:
        return memory.names() == [one.name]

    await until(only_one)
    assert memory.calls[one.name] == [f"{one.name}.1"]


async def test_removing_what_is_not_there_is_no_trouble() -> None:
    memory = Memory()
    all_phones = phones(memory)
    await all_phones.remove("1001-web")
    await all_phones.make(LI_NA)
    memory.kept.clear()  # Asterisk was started anew
    await all_phones.remove("1001-web")
    memory.away = True
    await all_phones.remove("1001-web")


async def test_without_asterisk_there_is_no_telephone() -> None:
    with pytest.raises(Unreachable):
        await phones(Memory(away=True)).make(LI_NA)


async def test_when_the_house_closes_no_telephone_is_left() -> None:
    memory = Memory()
    all_phones = phones(memory)
    await all_phones.make(LI_NA)
    all_phones.hold("1001-web")
    await all_phones.make(visitor("13800000001"))
    await all_phones.close()
    assert memory.kept == {}
