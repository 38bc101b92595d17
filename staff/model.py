"""Who works here and what they may do: frozen values, no clock, no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.secret import Secret

IDLE = timedelta(minutes=30)
"""A web session that nothing is asked of ends after this; a desk that is open asks by itself."""

LONGEST = timedelta(hours=12)
"""And none lasts longer than this."""

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200

PUBLISHED = "hotline-demo"
"""The password of the demo's accounts: everybody knows it, so nobody may choose it."""


class Role(StrEnum):
    """What somebody may do; one account can have several."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QUALITY = "quality"
    COMPLAINTS = "complaints"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who works here; `login` is an agent's number, or a word."""

    login: str
    name: str
    roles: frozenset[Role]
    language: str = ""
    """`zh` or `en`; empty: what their browser asks for."""
    locked: bool = False
    """An administrator keeps them out."""
    must_change: bool = False
    """Somebody else knows their password: they choose a new one before anything else."""
    second: bool = False
    """They sign in with a code of their telephone, too."""

    def may(self, roles: frozenset[Role]) -> bool:
        """Tell whether one of these roles is theirs."""
        return bool(self.roles & roles)


class Owes(StrEnum):
    """What somebody who gave their password still has to do before anything else."""

    CODE = "code"
    """Give the code of their second factor."""
    PASSWORD = "password"  # noqa: S105 - the word for what is to be done, no password
    """Choose a password nobody else knows."""
    SECOND = "second"
    """Set up a second factor: one of their roles requires it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A browser somebody is signed in with."""

    digest: bytes
    """What is kept of its token."""
    account: Account
    began: datetime
    seen: datetime
    passed: bool
    """There is no second factor, or its code was right."""
    required: frozenset[Role] = frozenset()
    """The roles whose people must have a second factor."""

    @property
    def owes(self) -> Owes | None:
        """Return what comes before anything else."""
        if not self.passed:
            return Owes.CODE
        if self.account.must_change:
            return Owes.PASSWORD
        return Owes.SECOND if self.account.may(self.required) and not self.account.second else None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it was idle for too long, or is too old."""
        return now >= self.seen + IDLE or now >= self.began + LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line of the audit log: `who` did `what`, to whom or what, from where."""

    at: datetime
    who: str
    what: str
    about: str = ""
    address: str = ""
    details: str = ""


LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
"""What somebody signs in with; typed in any case."""


def unfit(password: Secret, login: str) -> str | None:
    """Return why a password cannot be chosen: `short`, `long`, `published` or `login`; None when it can.

    >>> unfit(Secret("letmein"), "1001"), unfit(Secret("correct horse"), "1001")
    ('short', None)
    """
    word = password.reveal()
    if word == PUBLISHED:
        return "published"
    if len(word) < SHORTEST_PASSWORD:
        return "short"
    if len(word) > LONGEST_PASSWORD:
        return "long"
    return "login" if login and word.replace(login, "") == "" else None
