"""Words and values on their way out: what the session log keeps of a sentence, what a variable may hold."""

from __future__ import annotations

from collections.abc import Iterable

from core.words import Amount, Count, Day, Digits, Percent, Phrase, Prompt, StockCode, When, Word

MOST = 64
"""Characters of a channel variable's value, or of its name's own part."""


def described(words: Iterable[Word]) -> tuple[list[str], list[str]]:
    """Return the names of the prompts among `words`, and the values said."""
    prompts: list[str] = []
    values: list[str] = []
    for word in words:
        match word:
            case Prompt(name=name):
                prompts.append(name)
            case Phrase(prompt=prompt, values=filled):
                prompts.append(prompt.name)
                more_prompts, more_values = described(filled.values())
                prompts += more_prompts
                values += more_values
            case _:
                values.append(_value(word))
    return prompts, values


def _value(word: Amount | Count | Day | Digits | Percent | StockCode | When) -> str:
    match word:
        case Amount(cents=cents):
            return str(cents)
        case Digits(text=text) | StockCode(code=text):
            return text
        case Count(number=number):
            return str(number)
        case Percent(value=value):
            return str(value)
        case When(at=at):
            return at.isoformat()
        case Day(day=day):
            return day.isoformat()


def filtered(text: str, others: str) -> str:
    """Return what the dialplan may safely see of `text`: letters, digits, and the given `others`."""
    return "".join(letter for letter in text[:MOST] if letter.isalnum() or letter in others)
