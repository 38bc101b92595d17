"""What the queue process is told of agents' telephones in browsers."""

from __future__ import annotations

from hotline.web_process import telephone_gone, telephone_there
from queues.acts import Act, PhoneBack, PhoneLost, PhoneRegistered, Refused
from queues.feed.client import NotConnected


class Ear:
    """The queue process, which hears everything and may refuse it."""

    def __init__(self, refuses: Exception | None = None) -> None:
        self.heard: list[Act] = []
        self._refuses = refuses

    async def tell(self, act: Act) -> None:
        self.heard.append(act)
        if self._refuses:
            raise self._refuses


async def test_a_telephone_that_registers_is_the_agent_s_from_now_on_or_again() -> None:
    ear = Ear()
    await telephone_there(ear.tell, "1001-web")
    assert ear.heard == [
        PhoneRegistered(by="1001", agent="1001", endpoint="1001-web"),
        PhoneBack(by="1001", agent="1001"),
    ]


async def test_a_telephone_that_is_gone_is_lost() -> None:
    ear = Ear()
    await telephone_gone(ear.tell, "1001-web")
    assert ear.heard == [PhoneLost(by="1001", agent="1001")]


async def test_a_visitor_s_telephone_is_no_agent_s() -> None:
    ear = Ear()
    await telephone_there(ear.tell, "try-0123456789abcdef")
    await telephone_gone(ear.tell, "try-0123456789abcdef")
    assert ear.heard == []


async def test_it_is_no_trouble_when_nobody_works_with_it_or_nobody_is_there_to_be_told() -> None:
    for refusal in (Refused("1001 is not signed in"), NotConnected("nobody is there")):
        ear = Ear(refusal)
        await telephone_there(ear.tell, "1001-web")
        await telephone_gone(ear.tell, "1001-web")
        assert len(ear.heard) == 3
