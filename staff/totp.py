"""Time-based one-time codes (RFC 6238) as authenticator apps show them: SHA-1, six digits, 30 seconds."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from core.secret import Secret

STEP = 30
DIGITS = 6
WINDOW = 1
"""How many steps a telephone's clock may be off, either way."""
BYTES = 20


def new_key() -> Secret:
    """Return a fresh key, as a person would type it into an app."""
    return Secret(base64.b32encode(secrets.token_bytes(BYTES)).decode())


def code(key: Secret, step: int, digits: int = DIGITS) -> str:
    """Return the code of one 30-second step since the epoch."""
    digest = hmac.digest(base64.b32decode(key.reveal()), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(key: Secret, typed: str, now: float, after: int | None = None) -> int | None:
    """Return the step whose code was typed, None when it is no code of now.

    A code counts once: only steps later than `after`, the one that counted last, are looked at.
    """
    around = int(now) // STEP
    right = None
    for step in range(around - WINDOW, around + WINDOW + 1):
        same = hmac.compare_digest(code(key, step).encode(), typed.encode())
        if same and (after is None or step > after):
            right = step
    return right


def address(key: Secret, login: str, house: str) -> Secret:
    """Return the `otpauth:` address that an app reads from a picture."""
    facts = {"secret": key.reveal(), "issuer": house, "digits": DIGITS, "period": STEP}
    return Secret(f"otpauth://totp/{quote(f'{house}:{login}')}?{urlencode(facts, quote_via=quote)}")
