"""The line on Asterisk: what people do becomes what is asked of Asterisk, and the other way round."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.switch import Known, NotPossible
from tests.pbx.ari_side import AriSide, a_channel
from tests.queues.switch.stage import CALLER, RULES, SECOND, profile, stage

TALK = f"bridges/talk-{CALLER}"
LATELY = round(time.time()) - 30.0
P = Presence


async def test_with_nobody_at_work_a_caller_goes_back_to_the_dialplan_at_once() -> None:
    async with stage() as here:
        await here.arrives()
        await here.side.was_asked(f"POST channels/{CALLER}/continue")
        assert here.asked(f"POST channels/{CALLER}") == [
            f"POST channels/{CALLER}/variable?variable=HOTLINE_BACK&value=nobody",
            f"POST channels/{CALLER}/continue",
        ]


async def test_who_waits_hears_where_they_stand_and_then_music() -> None:
    async with stage() as here:
        await here.act("sign-in")
        await here.arrives()
        await here.side.was_asked(f"POST channels/{CALLER}/play?media=sound:/sounds/zh/you-are-next")
        assert not here.asked(f"POST channels/{CALLER}/moh")
        await here.side.told("PlaybackFinished", playback={"id": f"say-{CALLER}-1"})
        await here.side.was_asked(f"POST channels/{CALLER}/moh?mohClass=default")


async def test_an_agent_who_is_ready_is_called_and_brought_together_with_the_caller() -> None:
    async with stage() as here:
        await here.at_work("1001")
        await here.arrives()
        leg = await here.offered()
        (call,) = here.asked("POST channels?")
        assert call == (
            f"POST channels?endpoint=PJSIP/1001-web&app=hotline&appArgs=leg&channelId={leg}&timeout=20"
            f"&callerId=13800000001&originator={CALLER}"
        )
        await here.side.was_asked(f"POST channels/{CALLER}/moh")
        await here.rings(leg)
        await here.is_(P.RINGING)
        await here.answers(leg)
        await here.is_(P.TALKING)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER},{leg}")
        last = here.asked()[-3:]
        assert last == [
            f"DELETE channels/{CALLER}/moh",
            f"POST {TALK}?type=mixing",
            f"POST {TALK}/addChannel?channel={CALLER},{leg}",
        ]


async def test_when_the_agent_hangs_up_the_caller_goes_on_and_the_agent_writes_notes() -> None:
    async with stage() as here:
        leg = await here.talking()
        await here.gone(leg)
        await here.side.was_asked(f"POST channels/{CALLER}/continue")
        assert here.asked(f"POST channels/{CALLER}/variable") == [
            f"POST channels/{CALLER}/variable?variable=HOTLINE_BACK&value=talked"
        ]
        assert here.asked("DELETE") == [f"DELETE channels/{CALLER}/moh", f"DELETE {TALK}"]
        await here.is_(P.WRAP_UP)


async def test_when_the_caller_hangs_up_the_agent_is_let_go() -> None:
    async with stage() as here:
        leg = await here.talking()
        await here.gone(CALLER)
        await here.side.was_asked(f"DELETE channels/{leg}")
        await here.is_(P.WRAP_UP)
        assert not here.asked(f"POST channels/{CALLER}/continue")


async def test_a_caller_who_hangs_up_while_an_agent_is_called_is_offered_to_nobody() -> None:
    async with stage() as here:
        await here.at_work("1001")
        await here.arrives()
        leg = await here.offered()
        await here.gone(CALLER)
        await here.side.was_asked(f"DELETE channels/{leg}")
        await here.is_(P.READY)
        await here.answers(leg)  # in the same moment
        await here.side.was_asked(f"DELETE channels/{leg}", count=2)


@pytest.mark.parametrize(
    ("cause", "reason"), [(17, "busy"), (19, "no-answer"), (21, "declined"), (0, "no-answer")]
)
async def test_a_missed_call_goes_to_the_next_agent(cause: int, reason: str) -> None:
    async with stage() as here:
        await here.at_work("1001", "1002")
        await here.arrives()
        await here.gone(await here.offered("1001"), cause)
        await here.is_(P.AWAY)
        assert here.exchange.line.roster.state("1001").reason == reason
        await here.offered("1002")


async def test_a_telephone_that_cannot_be_called_is_a_missed_call() -> None:
    async with stage() as here:
        here.side.refuses = {"POST channels?endpoint=PJSIP/1001": (500, "Allocation failed")}
        await here.at_work("1001", "1002")
        await here.arrives()
        await here.offered("1002")
        assert here.exchange.line.roster.state("1001").reason == "unreachable"


async def test_on_hold_only_the_caller_hears_music() -> None:
    async with stage() as here:
        leg = await here.talking()
        before = len(here.asked())
        await here.act("hold")
        await here.side.was_asked(f"POST channels/{CALLER}/moh", count=2)
        assert here.asked()[before:] == [
            f"POST {TALK}/removeChannel?channel={CALLER}",
            f"POST channels/{CALLER}/moh?mohClass=default",
        ]
        assert here.presence() is P.ON_HOLD
        await here.act("resume")
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER}", count=2)
        assert here.presence() is P.TALKING
        assert not here.asked(f"DELETE channels/{leg}")


async def test_an_attended_transfer_leaves_the_caller_with_the_colleague() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        await here.act("consult", to="1002")
        asked = await here.leg("1002")
        await here.is_(P.OCCUPIED, "1002")
        await here.answers(asked)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={asked}")
        await here.act("complete")
        await here.side.was_asked(f"DELETE channels/{lead}")
        assert f"POST {TALK}/addChannel?channel={CALLER}" in here.asked()
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        assert not here.asked(f"POST channels/{CALLER}/continue")
        await here.gone(asked)
        await here.side.was_asked(f"POST channels/{CALLER}/continue")
        await here.so(lambda: here.presence("1002") is not P.OCCUPIED, what="1002 free")


async def test_a_consultation_that_is_cancelled_brings_the_caller_back() -> None:
    async with stage() as here:
        await here.talking()
        await here.at_work("1002")
        await here.act("consult", to="1002")
        asked = await here.leg("1002")
        await here.answers(asked)
        await here.act("cancel")
        await here.side.was_asked(f"DELETE channels/{asked}")
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER}", count=2)
        await here.is_(P.TALKING)


async def test_in_a_conference_all_three_are_together_until_the_last_of_us_leaves() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        await here.act("consult", to="1002")
        with pytest.raises(NotPossible, match="not answered yet"):
            await here.act("conference")
        asked = await here.leg("1002")
        await here.answers(asked)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={asked}")
        await here.act("conference")
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER}", count=2)
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        assert not here.asked(f"POST channels/{CALLER}/continue")
        await here.gone(asked)
        await here.side.was_asked(f"POST channels/{CALLER}/continue")


async def test_a_blind_transfer_nobody_takes_ends_in_the_line_where_the_caller_stood() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        place = here.exchange.line.talks[CALLER].caller.place[0]
        await here.act("transfer", to="1002")
        asked = await here.leg("1002")
        await here.gone(lead)
        await here.gone(asked, 19)
        await here.so(lambda: CALLER in here.exchange.line.waiting, what="in line again")
        caller = here.exchange.line.waiting.get(CALLER)
        assert caller is not None
        assert caller.place[0] == pytest.approx(place, abs=0.01)


async def test_a_transfer_to_a_queue_puts_the_caller_into_it() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        await here.act("transfer", to="queue:vip")
        await here.side.was_asked(f"DELETE channels/{lead}")
        leg = await here.offered("1002")
        await here.answers(leg)
        await here.side.was_asked(f"POST {TALK}~1?type=mixing")  # the one before goes in its own time
        await here.side.was_asked(f"POST {TALK}~1/addChannel?channel={CALLER},{leg}")
        assert here.exchange.line.talks[CALLER].caller.queue == "vip"
        assert f"POST channels/{CALLER}/variable?variable=HOTLINE_QUEUE&value=vip" in here.asked()


async def test_when_the_agents_browser_is_gone_the_caller_is_first_in_line_again_with_music() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.act("phone-lost")
        await here.side.was_asked(f"DELETE channels/{lead}")
        assert CALLER in here.exchange.line.waiting
        await here.gone(lead)
        assert here.presence() is P.UNREACHABLE
        await here.at_work("1002")
        await here.offered("1002")


async def test_a_caller_may_ask_to_be_called_back_and_is_when_an_agent_answers() -> None:
    async with stage(trunk=True) as here:
        await here.act("sign-in")
        await here.arrives(HOTLINE_JOINED=str(here.exchange.clock() - 100))
        await here.side.was_asked(f"POST channels/{CALLER}/play?media=sound:/sounds/zh/you-are-next")
        press = {"channel": a_channel(CALLER), "digit": "1", "duration_ms": 100}
        await here.side.told("ChannelDtmfReceived", **press)
        await here.side.was_asked(f"POST channels/{CALLER}/play?media=sound:/sounds/zh/call-you-at")
        await here.side.told("ChannelDtmfReceived", **press)
        await here.side.was_asked(f"POST channels/{CALLER}/play?media=sound:/sounds/zh/call-you-back")
        await here.side.told("PlaybackFinished", playback={"id": f"say-{CALLER}-3"})
        await here.side.was_asked(f"POST channels/{CALLER}/continue")
        await here.gone(CALLER)
        await here.act("ready")
        leg = await here.offered()
        await here.answers(leg)
        customer = await here.leg("13800000001")
        assert (
            f"endpoint=PJSIP/13800000001@trunk&app=hotline&appArgs=leg&channelId={customer}"
            in here.asked("POST channels?")[-1]
        )
        await here.answers(customer)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={customer}")
        await here.gone(customer)
        await here.side.was_asked(f"DELETE channels/{leg}")
        await here.is_(P.WRAP_UP)


async def test_a_supervisor_listens_whispers_barges_in_and_takes_over() -> None:
    async with stage() as here:
        lead = await here.talking()

        async def supervise(act: str) -> None:
            await here.exchange.act({"act": act, "by": "1900", "agent": "1001", "phone": "1900"})

        await supervise("listen")
        (watch,) = here.exchange.watches
        await here.side.was_asked(
            f"POST channels?endpoint=PJSIP/1900&app=hotline&appArgs=leg&channelId={watch.channel}"
        )
        assert here.side.bodies[-1]["variables"]["PJSIP_HEADER(add,Call-Info)"].endswith("answer-after=0")
        await here.answers(watch.channel)
        await here.side.was_asked(f"POST channels/{lead}/snoop")
        assert here.asked(f"POST channels/{lead}/snoop")[0].endswith("&spy=both&whisper=none")
        await here.answers(watch.snoop, "snoop")
        heard_in = watch.snoop.replace("snoop", "bridges/watch")
        await here.side.was_asked(f"POST {heard_in}/addChannel?channel={watch.channel},{watch.snoop}")
        await supervise("whisper")
        await here.side.was_asked(f"POST {heard_in}/removeChannel?channel={watch.channel}")
        await here.side.was_asked(f"DELETE {heard_in}")
        await here.side.was_asked(f"POST channels/{lead}/snoop", count=2)
        assert here.asked(f"POST channels/{lead}/snoop")[1].endswith("&spy=both&whisper=out")
        await supervise("barge")
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={watch.channel}")
        await supervise("take-over")
        await here.side.was_asked(f"DELETE channels/{lead}")
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        assert not here.asked(f"POST channels/{CALLER}/continue")
        await here.exchange.act({"act": "stop", "by": "1900"})
        await here.side.was_asked(f"DELETE channels/{watch.channel}")


async def test_what_cannot_be_done_is_said_in_a_sentence() -> None:
    async with stage() as here:
        for request, why in (
            ({"act": "fly", "by": "1001"}, "Nobody knows how to fly"),
            ({"act": "ready", "by": "1001"}, "It is not said which agent"),
            ({"act": "ready", "by": "1001", "agent": "1001"}, "1001 is not at work"),
            ({"act": "hold", "by": "1001", "agent": "1001"}, "You are in no conversation"),
            ({"act": "listen", "by": "1900", "agent": "1001"}, "1001 is in no conversation"),
            ({"act": "move", "by": "1900", "call": "x", "queue": "vip"}, "The caller does not wait any more"),
        ):
            with pytest.raises(NotPossible, match=why):
                await here.exchange.act(request)


def known(number: str, presence: Presence) -> Known:
    found = profile(number)
    assert found is not None
    return Known(profile=found, state=AgentState(number=number, presence=presence, endpoint=f"{number}-web"))


def going_on(side: AriSide) -> None:
    """Two conversations, one of them on hold, a caller who waits, and an agent who is being called."""
    talking, held, waiting, lonely = (f"hl-1790000000.{number}" for number in (1, 2, 3, 4))
    wait = "hotline,wait,consulting"
    side.channels = [
        *(a_channel(call, data=f"{wait},{LATELY},vip,,") for call in (talking, held)),
        a_channel(waiting, data=f"{wait},{LATELY + 4.25}"),
        a_channel(lonely, data=wait),
        a_channel(f"{talking}-1001-1790000001000", data="hotline,leg"),
        a_channel(f"{held}-1002-1790000001000", data="hotline,leg"),
        a_channel(f"{waiting}-1003-1790000001000", state="Ringing"),
    ]
    side.queues = {waiting: "vip"}
    side.bridges = [
        {"id": f"talk-{talking}", "channels": [talking, f"{talking}-1001-1790000001000"]},
        {"id": f"talk-{held}", "channels": [f"{held}-1002-1790000001000"]},
        {"id": f"talk-{lonely}", "channels": [lonely]},
        {"id": "watch-1900", "channels": []},
    ]


async def test_after_a_restart_conversations_go_on_and_who_waits_keeps_their_place() -> None:
    agents = [known("1001", P.TALKING), known("1002", P.ON_HOLD), known("1003", P.RINGING)]
    async with stage(known=agents, found=going_on) as here:
        assert (here.presence("1001"), here.presence("1002")) == (P.TALKING, P.ON_HOLD)
        assert here.asked("DELETE") == [
            "DELETE channels/hl-1790000000.3-1003-1790000001000",
            "DELETE bridges/talk-hl-1790000000.4",
            "DELETE bridges/watch-1900",
        ]
        assert here.asked("POST channels/hl-1790000000.4")[-1].endswith("/continue")
        await here.offered("1003", "hl-1790000000.3")
        caller = here.exchange.line.waiting.get("hl-1790000000.3")
        assert isinstance(caller, Caller)
        assert (caller.arrived, caller.queue) == (LATELY + 4.25, "vip")
        await here.act("resume", "1002")
        await here.gone("hl-1790000000.1-1001-1790000001000")
        await here.side.was_asked("POST channels/hl-1790000000.1/continue")


async def test_a_lost_connection_is_no_lost_caller() -> None:
    async with stage() as here:
        await here.at_work("1001")
        await here.arrives()
        leg = await here.offered()
        await here.arrives(SECOND)
        wait = "hotline,wait,consulting"
        here.side.channels = [a_channel(call, data=wait) for call in (CALLER, SECOND)]
        here.side.channels.append(a_channel(leg, state="Ringing"))
        await here.side.hang_up()
        await here.side.connected(2)
        await here.side.was_asked(f"DELETE channels/{leg}")
        await here.so(lambda: here.exchange.is_ready, what="ready")
        assert await here.offered() != leg
        assert [one.id for one in here.exchange.line.waiting] == [CALLER, SECOND]


async def test_while_asterisk_is_away_nothing_is_promised() -> None:
    async with stage() as here:
        here.exchange.is_ready = False
        with pytest.raises(NotPossible, match="away"):
            await here.act("sign-in")


async def test_whoever_was_replaced_by_another_process_does_nothing_more() -> None:
    async with stage() as here:
        await here.at_work("1001")
        await here.side.told("ApplicationReplaced")
        await here.so(lambda: not here.exchange.is_ready, what="replaced")
        said = len(here.asked("POST asterisk/variable"))
        await here.arrives()
        await asyncio.sleep(0.7)  # longer than between two signs of life
        assert len(here.asked("POST asterisk/variable")) == said
        assert not here.asked("POST channels")


async def test_why_this_agent_and_why_nobody_yet_is_said_in_a_sentence() -> None:
    async with stage() as here:
        await here.talking()
        await here.arrives(SECOND)
        await here.so(lambda: SECOND in here.exchange.line.waiting, what="waiting")
        for call in (CALLER, SECOND):
            answer = await here.exchange.act({"act": "explain", "by": "1900", "call": call, "language": "en"})
            assert "1001" in answer["sentence"]
        with pytest.raises(NotPossible, match="Nothing is known"):
            await here.exchange.act({"act": "explain", "by": "1900", "call": "x"})


async def test_an_agent_who_leaves_before_the_customer_answers_ends_the_calling() -> None:
    async with stage(trunk=True) as here:
        await here.act("sign-in")
        await here.arrives()
        await here.so(lambda: CALLER in here.exchange.line.waiting, what="waiting")
        assert here.exchange._wants_callback(CALLER, "13800000001")
        await here.gone(CALLER)
        await here.act("ready")
        leg = await here.offered()
        await here.answers(leg)
        customer = await here.leg("13800000001")
        await here.gone(leg)
        await here.side.was_asked(f"DELETE channels/{customer}")
        await here.so(lambda: CALLER in here.exchange.line.waiting, what="to be called back later")


async def test_a_caller_keys_something_in_a_dialogue_and_is_back_with_their_agent() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.act("dialogue", flow="identify")
        await here.side.was_asked(f"POST channels/{CALLER}/continue")
        assert here.asked()[-7:] == [
            f"POST {TALK}/removeChannel?channel={CALLER}",
            f"POST {TALK}/removeChannel?channel={lead}",
            f"POST channels/{lead}/moh?mohClass=default",
            f"POST applications/hotline/subscription?eventSource=channel:{CALLER}",
            f"POST channels/{CALLER}/variable?variable=HOTLINE_FLOW&value=identify",
            f"POST channels/{CALLER}/variable?variable=HOTLINE_BACK&value=dialogue",
            f"POST channels/{CALLER}/continue",
        ]
        await here.side.told("StasisEnd", channel=a_channel(CALLER))
        await here.is_(P.ON_HOLD)
        await here.arrives(HOTLINE_RESULT="identified")
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER},{lead}", count=2)
        await here.is_(P.TALKING)
        assert here.results == [(CALLER, "identified")]


async def test_a_caller_who_hangs_up_in_a_dialogue_leaves_the_agent_free() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.act("dialogue", flow="identify")
        await here.side.told("StasisEnd", channel=a_channel(CALLER))
        await here.side.told("ChannelDestroyed", channel=a_channel(CALLER), cause=16, cause_txt="")
        await here.side.was_asked(f"DELETE channels/{lead}")
        await here.is_(P.WRAP_UP)


async def test_a_transfer_to_a_telephone_that_cannot_be_called_loses_nobody() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        here.side.refuses = {"POST channels?endpoint=PJSIP/1002": (500, "Allocation failed")}
        await here.act("transfer", to="1002")
        await here.so(lambda: CALLER in here.exchange.line.waiting, what="in line again")
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        assert not here.asked(f"POST channels/{CALLER}/continue")


async def test_who_is_left_with_a_caller_on_hold_has_them_back() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.exchange.act({"act": "barge", "by": "1900", "agent": "1001"})
        (watch,) = here.exchange.watches
        await here.answers(watch.channel)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={watch.channel}")
        await here.act("hold")
        await here.side.was_asked(f"POST {TALK}/removeChannel?channel={CALLER}")
        await here.gone(lead)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER}", count=2)


async def test_a_supervisor_who_leaves_does_not_take_a_caller_off_hold() -> None:
    async with stage() as here:
        await here.talking()
        await here.exchange.act({"act": "barge", "by": "1900", "agent": "1001"})
        (watch,) = here.exchange.watches
        await here.answers(watch.channel)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={watch.channel}")
        await here.act("hold")
        await here.is_(P.ON_HOLD)
        await here.gone(watch.channel)
        await here.so(lambda: not list(here.exchange.watches), what="the supervisor gone")
        assert here.presence() is P.ON_HOLD


async def test_a_caller_back_from_a_dialogue_meets_the_supervisor_when_the_agent_has_left() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.act("dialogue", flow="identify")
        await here.exchange.act({"act": "barge", "by": "1900", "agent": "1001"})
        (watch,) = here.exchange.watches
        await here.answers(watch.channel)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={watch.channel}")
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        await here.arrives()
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={CALLER}", count=2)


async def test_nobody_is_sent_into_a_queue_that_is_closed() -> None:
    rules = replace(RULES, queues={**RULES.queues, "vip": replace(RULES.queues["vip"], hours="never")})
    async with stage(rules=rules, is_open=lambda hours, _at: hours != "never") as here:
        lead = await here.talking()
        with pytest.raises(NotPossible, match="closed"):
            await here.act("transfer", to="queue:vip")
        assert here.presence() is P.TALKING
        await here.arrives(SECOND)
        await here.so(lambda: SECOND in here.exchange.line.waiting, what="waiting")
        with pytest.raises(NotPossible, match="closed"):
            await here.act("move", call=SECOND, queue="vip")
        assert not here.asked(f"POST channels/{SECOND}/variable")
        assert not here.asked(f"DELETE channels/{lead}")


async def test_asterisk_that_would_not_say_what_goes_on_is_asked_again() -> None:
    async with stage() as here:
        here.side.refuses = {"GET channels": (500, "Not now")}
        await here.side.hang_up()
        await here.side.connected(2)
        await here.so(lambda: len(here.asked("GET channels")) > 1, what="refused")
        here.side.refuses = {}
        await here.so(lambda: here.exchange.is_ready, what="ready")


async def test_the_head_of_the_line_is_kept_by_a_restart() -> None:
    async with stage() as here:
        await here.talking()
        await here.act("phone-lost")
        await here.side.was_asked(f"POST channels/{CALLER}/variable?variable=HOTLINE_AGAIN")
        since = here.exchange.line.waiting[CALLER].again_since
        noted = here.asked(f"POST channels/{CALLER}/variable")[-1].rpartition("=")[2]
        wait = f"hotline,wait,consulting,{LATELY}"
        here.side.channels = [a_channel(SECOND, data=f"hotline,wait,consulting,{LATELY - 60}")]
        here.side.channels.append(a_channel(CALLER, data=wait))
        here.side.again = {CALLER: noted}
        await here.act("sign-in", "1002")
        await here.side.hang_up()
        await here.side.connected(2)
        await here.so(lambda: here.exchange.is_ready, what="ready")
        assert here.exchange.line.waiting[CALLER].again_since == pytest.approx(since, abs=0.01)
        await here.act("ready", "1002")
        await here.offered("1002", CALLER)


async def test_a_caller_from_the_head_of_the_line_has_all_the_time_in_their_next_queue() -> None:
    async with stage() as here:
        await here.talking()
        await here.act("phone-lost")
        who = here.exchange.line.waiting[CALLER]
        later = who.anew(who.again_since + 3600)
        assert later.place[0] == pytest.approx(who.place[0])
        assert later.waits_since == who.again_since + 3600


async def test_whom_a_caller_was_handed_to_leads_the_conversation() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        await here.act("consult", to="1002")
        asked = await here.leg("1002")
        await here.answers(asked)
        await here.act("complete")
        await here.gone(lead)
        await here.is_(P.WRAP_UP)
        await here.act("hold", "1002")
        await here.act("resume", "1002")
        await here.exchange.act({"act": "listen", "by": "1900", "agent": "1002"})
        (watch,) = here.exchange.watches
        await here.answers(watch.channel)
        await here.side.was_asked(f"POST channels/{asked}/snoop")
        await here.act("transfer", "1002", to="queue:vip")
        await here.side.was_asked(f"DELETE channels/{asked}")
        await here.is_(P.WRAP_UP, "1002")
        await here.act("ready", "1002")
        await here.offered("1002")  # who knows such matters


async def test_whom_a_caller_was_handed_to_blindly_leads_the_conversation() -> None:
    async with stage() as here:
        lead = await here.talking()
        await here.at_work("1002")
        await here.act("transfer", to="1002")
        asked = await here.leg("1002")
        await here.gone(lead)
        await here.answers(asked)
        await here.side.was_asked(f"POST {TALK}/addChannel?channel={asked}")
        await here.is_(P.TALKING, "1002")
        await here.act("hold", "1002")
        await here.is_(P.ON_HOLD, "1002")
        await here.gone(asked)
        await here.is_(P.WRAP_UP, "1002")
        await here.side.was_asked(f"POST channels/{CALLER}/continue")


@pytest.mark.parametrize("act", ["transfer", "phone-lost"])
async def test_a_colleague_who_is_being_asked_is_free_when_the_caller_waits_again(act: str) -> None:
    async with stage() as here:
        await here.talking()
        await here.at_work("1002")
        await here.act("consult", to="1002")
        await here.answers(await here.leg("1002"))
        await here.act(act, to="queue:vip")
        await here.so(lambda: here.presence("1002") is not P.OCCUPIED, what="1002 free")


async def test_a_caller_in_a_dialogue_whose_agents_telephone_is_lost_waits_when_they_are_back() -> None:
    async with stage() as here:
        await here.talking()
        await here.act("dialogue", flow="identify")
        with pytest.raises(NotPossible, match="dialogue"):
            await here.act("hold")
        await here.act("phone-lost")
        assert CALLER not in here.exchange.line.waiting
        await here.at_work("1002")
        await here.arrives()
        await here.offered("1002")


async def test_whom_an_agent_called_is_let_go_when_nobody_takes_them() -> None:
    async with stage(trunk=True) as here:
        await here.at_work("1001", "1002")
        await here.act("dial", number="13900000001")
        lead = await here.leg("1001", "own-1001")
        await here.answers(lead)
        customer = await here.leg("13900000001", "own-1001")
        await here.answers(customer)
        await here.side.was_asked(f"POST bridges/talk-own-1001/addChannel?channel={customer}")
        await here.act("transfer", to="1002")
        asked = await here.leg("1002", "own-1001")
        await here.gone(lead)
        await here.gone(asked, 19)
        await here.side.was_asked(f"DELETE channels/{customer}")
        assert here.exchange.talks.get("own-1001") is None
