"""Who is left alone in Stasis when the queue process is gone."""

from __future__ import annotations

from hotline.watchdog import Alone, alone
from pbx.ari import events
from pbx.ari.events import Bridge, Channel
from tests.pbx.ari_side import a_channel

WAITS, TALKS, HELD = "hl-1.1", "hl-1.2", "hl-1.3"
WAIT = "hotline,wait,consulting"


def _channel(id_: str, data: str) -> Channel:
    return events.channel(a_channel(id_, data=data))


def test_conversations_go_on_and_who_is_alone_is_told_apart_by_what_they_are() -> None:
    channels = [
        *(_channel(call, WAIT) for call in (WAITS, TALKS, HELD)),
        *(_channel(f"{call}-1001-1790000000000", "hotline,leg") for call in (TALKS, HELD)),
        _channel("hl-1.9", ""),
        _channel("other", "somebody-else,wait"),
    ]
    bridges = [
        Bridge(id=f"talk-{TALKS}", channels=(TALKS, f"{TALKS}-1001-1790000000000")),
        Bridge(id=f"talk-{HELD}", channels=(f"{HELD}-1001-1790000000000",)),
    ]
    assert alone(channels, bridges, "hotline") == Alone(
        callers=(f"PJSIP/{WAITS}", f"PJSIP/{HELD}"), legs=(f"{HELD}-1001-1790000000000",)
    )
