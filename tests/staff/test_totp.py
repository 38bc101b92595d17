"""One-time codes: RFC 6238's own examples, and what a telephone's clock may do."""

import base64

import pytest

from core.secret import Secret
from staff import totp

KEY = Secret(base64.b32encode(b"12345678901234567890").decode())
NOW = 1_111_111_111.0
STEP = int(NOW) // totp.STEP


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(at: int, shown: str) -> None:
    assert totp.code(KEY, at // totp.STEP, digits=8) == shown


@pytest.mark.parametrize(("off", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(off: int, counts: bool) -> None:
    assert totp.step_of(KEY, totp.code(KEY, STEP + off), NOW) == (STEP + off if counts else None)


def test_a_code_counts_once_and_none_before_it_counts_any_more() -> None:
    assert totp.step_of(KEY, totp.code(KEY, STEP), NOW, after=STEP) is None
    assert totp.step_of(KEY, totp.code(KEY, STEP - 1), NOW, after=STEP) is None
    assert totp.step_of(KEY, totp.code(KEY, STEP + 1), NOW, after=STEP) == STEP + 1


@pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "0000000", "abcdef"])
def test_what_is_no_code_is_not_right(typed: str) -> None:
    assert totp.step_of(KEY, typed, NOW) is None


def test_an_app_reads_the_key_and_whose_it_is() -> None:
    address = totp.address(KEY, "1001", "Hotline").reveal()
    assert address.startswith(
        "otpauth://totp/Hotline%3A1001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hotline"
    )


def test_keys_differ_and_are_as_long_as_the_digest() -> None:
    assert totp.new_key() != totp.new_key()
    assert len(base64.b32decode(totp.new_key().reveal())) == 20
