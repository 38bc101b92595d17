import asyncio

import numpy as np
import pytest

from bench import wire
from tests.asterisk.audio import RATE, Sound
from tests.calls.caller import Caller, to_ulaw
from tests.calls.hearing import hears, same, until_heard


def speech(seconds: float, seed: int) -> Sound:
    """Return something as unlike everything else as speech is."""
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * RATE))


def test_a_sentence_is_heard_among_others_and_another_is_not() -> None:
    sentence = speech(2, 1)
    around = np.concatenate([speech(1, 2), sentence, speech(1, 3)])
    assert hears(around, sentence)
    assert not hears(around, speech(2, 4))


def test_one_other_digit_makes_another_sentence() -> None:
    sentence, other = speech(3, 1), speech(3, 1)
    other[RATE : RATE + int(0.4 * RATE)] = speech(0.4, 2)
    assert hears(other, sentence)
    assert same(sentence, sentence)
    assert not same(other, sentence)


async def test_when_a_sentence_began_is_told_by_the_packet_that_brought_it() -> None:
    phone, sentence = Caller(), speech(1, 1)
    listening = asyncio.create_task(until_heard(phone, sentence))
    sound = to_ulaw(np.concatenate([speech(2, 2), sentence, speech(2, 3)]))
    for number, start in enumerate(range(0, len(sound), wire.FRAME)):
        phone.heard += sound[start : start + wire.FRAME]
        phone.moments.append(float(number))
        if number % 50 == 0:
            await asyncio.sleep(0.03)
    assert await listening == 2 * RATE / wire.FRAME


async def test_what_is_never_said_is_missed() -> None:
    with pytest.raises(AssertionError, match="Not heard"):
        await until_heard(Caller(), speech(1, 1), within=0.1)
