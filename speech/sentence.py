"""From words to the names of the recordings that say them, and to a line for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import assert_never

from core.clock import SHANGHAI
from core.voice import MissingWord
from core.words import Amount, Count, Day, Digits, Language, Percent, Phrase, Prompt, StockCode, When, Word
from speech.catalog import Catalog, Segment, Slot, Stop, Template
from speech.numerals import PAUSE, groups, percentage
from speech.parts import PARTS
from speech.reading import Value, read

PARTS_FOLDER = "parts"
"""Below each language's folder, so that a part and a prompt may have the same name."""

NOON = 12


def sounds(words: Sequence[Word], language: Language, catalog: Catalog) -> list[str]:
    """Return the names of the recordings that say `words`, as file names below the folder of all sounds.

    A prompt with a language of its own is said in that one.

    Raises `MissingWord` for an unknown prompt, an unfilled placeholder, or a value that cannot be said.
    """
    names: list[str] = []
    for word in words:
        match word:
            case Prompt():
                names += _phrase(Phrase(word), language, catalog)
            case Phrase():
                names += _phrase(word, language, catalog)
            case _:
                names += [f"{language}/{PARTS_FOLDER}/{part}" for part in read(word, language)]
    return names


def text(words: Sequence[Word], language: Language, catalog: Catalog) -> str:
    """Return `words` as a line of text, numbers as numerals; raises `MissingWord` as `sounds` does."""
    return " ".join(_text(word, language, catalog) for word in words)


def template(prompt: Prompt, language: Language, catalog: Catalog) -> Template:
    """Return a prompt's text, or raise `MissingWord`."""
    try:
        return catalog[language][prompt.name]
    except KeyError:
        raise MissingWord(f"No prompt {prompt.name!r} in {language}") from None


def _phrase(phrase: Phrase, language: Language, catalog: Catalog) -> Iterator[str]:
    language = phrase.prompt.language or language
    for piece in template(phrase.prompt, language, catalog).pieces:
        match piece:
            case Segment(name):
                yield f"{language}/{name}"
            case Stop():
                yield f"{language}/{PARTS_FOLDER}/{PAUSE}"
            case Slot(name):
                yield from sounds([_value(phrase, name)], language, catalog)


def _value(phrase: Phrase, slot: str) -> Word:
    try:
        return phrase.values[slot]
    except KeyError:
        raise MissingWord(f"Prompt {phrase.prompt.name!r} was said without {{{slot}}}") from None


def _text(word: Word, language: Language, catalog: Catalog) -> str:
    match word:
        case Prompt():
            return _text(Phrase(word), language, catalog)
        case Phrase(prompt):
            language = prompt.language or language
            found = template(prompt, language, catalog)
            return found.text.format(
                **{slot: _text(_value(word, slot), language, catalog) for slot in found.slots}
            )
        case _:
            read(word, language)  # what cannot be said is not written either
            return _numeral(word, language)


def _numeral(value: Value, language: Language) -> str:  # noqa: PLR0911 -- one return a kind of word
    match value:
        case Amount(cents):
            return f"{'-' if cents < 0 else ''}¥{abs(cents) // 100:,}.{abs(cents) % 100:02}"
        case Digits(digits):
            return " ".join(groups(digits))
        case StockCode(code):
            return code
        case Percent(number):
            sign, whole, decimals = percentage(number)
            return f"{'-' if sign else ''}{whole}{'.' if decimals else ''}{decimals}%"
        case Count(number, unit):
            return f"{number:,}" + ("" if unit is None else _counted(number, unit.value, language))
        case Day(day):
            return _day(day, language)
        case When(at):
            return _moment(at.astimezone(SHANGHAI), language)
        case _:
            assert_never(value)


def _counted(number: int, unit: str, language: Language) -> str:
    if language is Language.EN:
        return " " + PARTS[language][f"unit-{unit}" if abs(number) == 1 else f"units-{unit}"]
    return PARTS[language][f"unit-{unit}"]


def _day(day: date, language: Language) -> str:
    if language is Language.EN:
        return f"{PARTS[language][f'month-{day.month}']} {day.day}, {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _moment(at: datetime, language: Language) -> str:
    if language is Language.EN:
        half = "AM" if at.hour < NOON else "PM"
        return f"{_day(at.date(), language)}, {(at.hour - 1) % 12 + 1}:{at.minute:02} {half}"
    return f"{_day(at.date(), language)} {at.hour}:{at.minute:02}"
