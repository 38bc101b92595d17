"""The main menu: where everything a caller can do begins."""

from __future__ import annotations

from core.words import Prompt
from ivr.flows.account import ACCOUNT
from ivr.flows.complaints import COMPLAINTS
from ivr.flows.transfer import TRANSFER
from ivr.menu import Choice, Menu
from ivr.visit import Lead

FOR_ACCOUNT = Prompt("for-account")
FOR_TRANSFER = Prompt("for-transfer")
FOR_COMPLAINTS = Prompt("for-complaints")
OR_A_PERSON = Prompt("or-a-person")

MAIN: Menu[Lead] = Menu(
    name="main",
    options={
        "1": Choice(FOR_ACCOUNT, ACCOUNT),
        "2": Choice(FOR_TRANSFER, TRANSFER),
        "7": Choice(FOR_COMPLAINTS, COMPLAINTS),
    },
    closing=OR_A_PERSON,
)
