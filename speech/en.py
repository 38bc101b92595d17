"""English: one thousand two hundred fifty yuan and fifty fen; November twenty-third, twenty twenty-six."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from core.words import Unit
from speech.numerals import PAUSE, grouped, money, percentage

_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
""".split()  # noqa: SIM905 -- words read better in a line than in a column
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905 -- likewise
_MONTHS = """
January February March April May June July August September October November December
""".split()  # noqa: SIM905 -- likewise
_ORDINALS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third
twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first
""".split()  # noqa: SIM905 -- likewise
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_PLURALS = {Unit.SECURITY: "securities", Unit.PERSON: "people"}


class English:
    """How English reads numbers, as part names."""

    def number(self, n: int) -> list[str]:
        """Return a whole number from zero up."""
        if n == 0:
            return ["0"]
        parts = []
        for size, name in _SCALES:
            high, n = divmod(n, size)
            if high:
                parts += [*_below_thousand(high), name]
        return parts + _below_thousand(n)

    def amount(self, cents: int) -> list[str]:
        """Return fen as yuan and fen."""
        sign, yuan, fen = money(cents)
        parts = ["minus"] if sign else []
        if yuan or not fen:
            parts += [*self.number(yuan), "yuan"]
        if yuan and fen:
            parts.append("and")
        return [*parts, str(fen), "fen"] if fen else parts

    def count(self, n: int, unit: Unit | None) -> list[str]:
        """Return how many there are, with the noun in singular or plural."""
        parts = ["minus"] if n < 0 else []
        parts += self.number(abs(n))
        if unit is None:
            return parts
        return [*parts, f"unit-{unit.value}" if abs(n) == 1 else f"units-{unit.value}"]

    def percent(self, value: Decimal) -> list[str]:
        """Return "minus one point two five percent"."""
        sign, whole, decimals = percentage(value)
        parts = ["minus"] if sign else []
        parts += self.number(whole)
        return [*parts, *(["point", *decimals] if decimals else []), "percent"]

    def digits(self, text: str) -> list[str]:
        """Return digit by digit, in groups of four."""
        return grouped(text)

    def code(self, text: str) -> list[str]:
        """Return digit by digit, without a break."""
        return list(text)

    def day(self, day: date) -> list[str]:
        """Return month, day and year."""
        return [f"month-{day.month}", f"day-{day.day}", PAUSE, *self._year(day.year)]

    def when(self, at: datetime) -> list[str]:
        """Return day and time; `at` is the local time to be said."""
        parts = [*self.day(at.date()), PAUSE, str((at.hour - 1) % 12 + 1)]
        if not at.minute and at.hour in (0, 12):
            return [*parts, "noon" if at.hour else "midnight"]
        if at.minute:
            parts += [*(["oh"] if at.minute < 10 else []), str(at.minute)]  # noqa: PLR2004 -- three oh five
        return [*parts, "am" if at.hour < 12 else "pm"]  # noqa: PLR2004 -- noon

    def _year(self, year: int) -> list[str]:
        """Return twenty twenty-six, nineteen oh five, nineteen hundred, two thousand five."""
        century, rest = divmod(year, 100)
        if century % 10 == 0 and rest < 10:  # noqa: PLR2004 -- two thousand five, but twenty ten
            return self.number(year)
        if not rest:
            return [str(century), "hundred"]
        return [str(century), *(["oh"] if rest < 10 else []), str(rest)]  # noqa: PLR2004 -- nineteen oh five


def _below_thousand(n: int) -> list[str]:
    hundreds, rest = divmod(n, 100)
    return [*([f"{hundreds}00"] if hundreds else []), *([str(rest)] if rest else [])]


def _tens(n: int) -> str:
    if n < len(_ONES):
        return _ONES[n]
    high, low = divmod(n, 10)
    return _TENS[high - 2] + (f"-{_ONES[low]}" if low else "")


reading = English()
"""How English reads numbers."""

PARTS = (
    {str(n): _tens(n) for n in range(100)}
    | {f"{n}00": f"{_ONES[n]} hundred" for n in range(1, 10)}
    | {name: name for name in ("hundred", "thousand", "million", "billion", "trillion")}
    | {f"month-{n}": name for n, name in enumerate(_MONTHS, 1)}
    | {f"day-{n}": name for n, name in enumerate(_ORDINALS, 1)}
    | {f"unit-{unit.value}": unit.value for unit in Unit}
    | {f"units-{unit.value}": _PLURALS.get(unit, f"{unit.value}s") for unit in Unit}
    | {name: name for name in ("minus", "point", "percent", "yuan", "and", "fen", "oh", "noon", "midnight")}
    | {"am": "a.m.", "pm": "p.m.", "pause": ","}
)
"""Every part of English and its text."""
