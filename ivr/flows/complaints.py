"""Complaints and suggestions: in the first menu, and never far from a person."""

from __future__ import annotations

from core.words import Prompt
from ivr.dialogue import BACK_OR_PERSON
from ivr.menu import Choice, Menu
from ivr.visit import Lead, ToPerson
from queues.model import Queue

COMPLAINTS_MENU = Prompt("complaints-menu")
FOR_COMPLAINT_TO_PERSON = Prompt("for-complaint-to-person")

COMPLAINTS: Menu[Lead] = Menu(
    name="complaints",
    opening=COMPLAINTS_MENU,
    options={"1": Choice(FOR_COMPLAINT_TO_PERSON, ToPerson())},
    closing=BACK_OR_PERSON,
    topic=Queue.COMPLAINTS,
)
