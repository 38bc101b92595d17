"""The door: greet the caller in their language, or ask for one."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from bank.port import Customer, Unavailable
from core.call import Back, Call
from core.log import Kind
from core.words import Language, Prompt, Word
from ivr.dialogue import Manners, choose
from ivr.flows.main_menu import MAIN
from ivr.menu import Choice, Menu
from ivr.services import Services, ask_bank
from ivr.visit import Visit, elder, manners_for

COUNTRY_CODE = re.compile(r"^(?:00)?86(?=1\d{10}$)")
"""China's, before a mobile number of eleven digits."""

WELCOME = Prompt("welcome")
WELCOME_BACK = Prompt("welcome-back")
PERSON_FIRST = Prompt("person-first")
RECORDED = Prompt("call-is-recorded")
FOR_MANDARIN = Prompt("for-mandarin", Language.ZH)
FOR_CANTONESE = Prompt("for-cantonese", Language.YUE)
FOR_ENGLISH = Prompt("for-english", Language.EN)

LANGUAGES = Menu(
    name="language",
    options={
        "1": Choice(FOR_MANDARIN, Language.ZH),
        "2": Choice(FOR_CANTONESE, Language.YUE),
        "3": Choice(FOR_ENGLISH, Language.EN),
    },
)


async def welcome(call: Call, services: Services, visit: Visit) -> Visit:
    """Greet whoever calls and show them in; say that the call is recorded."""
    known = await recognise(call, services)
    if known is None:
        await choose_language(call, WELCOME, manners=services.manners)
        return visit.entered(MAIN, RECORDED)
    visit = replace(visit, known=known)
    await speak(call, known.language)
    first = (PERSON_FIRST,) if elder(visit, services) else ()
    return visit.entered(MAIN, *first, WELCOME_BACK, RECORDED)


async def change_language(call: Call, services: Services, visit: Visit) -> Visit:
    """Let a caller who went back to the door change the language."""
    await choose_language(call, manners=manners_for(visit, services))
    return visit.entered(MAIN)


async def choose_language(call: Call, *news: Word, manners: Manners) -> None:
    """Go on in the language the caller chooses; `*` leaves it as it is."""
    try:
        language = await choose(call, LANGUAGES, *news, manners=manners)
    except Back:
        return
    await speak(call, language)


async def speak(call: Call, language: Language) -> None:
    """Go on in `language`; the line is not troubled when it speaks it already."""
    if language is call.language:
        call.log.write(Kind.LANGUAGE, language=language.value)
    else:
        await call.speak(language)


async def recognise(call: Call, services: Services) -> Customer | None:
    """Return whom the calling number belongs to, unless the bank takes too long to say."""
    if call.caller is None:
        return None
    asked = asyncio.wait_for(services.bank.known_caller(national(call.caller)), services.known_within)
    try:
        known = await ask_bank(call, "known_caller", asked)
    except (Unavailable, TimeoutError):
        return None  # a greeting is not worth an apology; the bank is asked again when it matters
    if known is not None:
        call.log.write(Kind.KNOWN, customer=known.account, segment=known.segment.value)
    return known


def national(number: str) -> str:
    """Return a mainland number as it is registered, also when a carrier shows it with its country code.

    >>> national("8613800000001"), national("008613800000001"), national("02161234567")
    ('13800000001', '13800000001', '02161234567')
    """
    return COUNTRY_CODE.sub("", number)
