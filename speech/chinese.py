"""How numbers are read in Chinese: what Mandarin and Cantonese share, as part names of `speech.parts`.

The rules: a run of zeros inside a number is one 零, also between 亿, 万 and the rest when the place below is
empty; 十 drops its 一 only at the head of a number; 两 stands at the head of a number before 百 (Mandarin
only), 千, 万, 亿 or a measure word, 二 everywhere else (三万二千, 十二, 一元二角).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.words import Unit
from speech.numerals import grouped, money, percentage

Reading = list[str]
"""Names of parts, in the order they are said."""

WAN = 10**4
YI = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class Chinese:
    """What the two Chinese languages say differently."""

    liang_before_hundred: bool
    """两百 (Mandarin) or 二百 (Cantonese) at the head of a number."""
    midnight: int
    """The hour said between 0:00 and 1:00."""

    def number(self, n: int, *, measured: bool = False) -> Reading:
        """Return a whole number from zero up; `measured` when a measure word follows."""
        if n == 0:
            return ["0"]
        head, *rest = _whole(n)
        return [self._head(head, measured=measured, after=rest), *rest]

    def amount(self, cents: int) -> Reading:
        """Return fen as 元, 角 and 分."""
        sign, yuan, fen = money(cents)
        parts = ["minus"] if sign else []
        if yuan or not fen:
            parts += [*self.number(yuan, measured=True), "yuan"]
        jiao, fen = divmod(fen, 10)
        if jiao:
            parts += [_small(jiao, first=not yuan), "jiao"]
        elif fen and yuan:
            parts.append("0")
        if fen:
            parts += [_small(fen, first=not (yuan or jiao)), "fen"]
        return parts

    def count(self, n: int, unit: Unit | None) -> Reading:
        """Return how many there are, with the measure word."""
        parts = ["minus"] if n < 0 else []
        parts += self.number(abs(n), measured=unit is not None)
        return parts if unit is None else [*parts, f"unit-{unit.value}"]

    def percent(self, value: Decimal) -> Reading:
        """Return 百分之…, the sign in front."""
        sign, whole, decimals = percentage(value)
        parts = ["minus"] if sign else []
        parts += ["percent", *self.number(whole)]
        return [*parts, "point", *decimals] if decimals else parts

    def digits(self, text: str) -> Reading:
        """Return digit by digit, in groups of four."""
        return grouped(text)

    def code(self, text: str) -> Reading:
        """Return digit by digit, without a break."""
        return list(text)

    def day(self, day: date) -> Reading:
        """Return the year digit by digit, then month and day."""
        return [*str(day.year), "year", f"month-{day.month}", f"day-{day.day}"]

    def when(self, at: datetime) -> Reading:
        """Return day and time; `at` is the local time to be said."""
        parts = [*self.day(at.date()), _part_of_day(at.hour)]
        parts.append(f"hour-{self.midnight if at.hour == 0 else (at.hour - 1) % 12 + 1}")
        if not at.minute:
            return [*parts, "sharp"]
        return [*parts, *(["0"] if at.minute < 10 else []), str(at.minute), "minute"]  # noqa: PLR2004 -- 零五分

    def _head(self, head: str, *, measured: bool, after: Reading) -> str:
        if head.startswith("inner-"):
            return head.removeprefix("inner-")
        if head == "2" and (after or measured):
            return "liang"
        if head == "2000" or (head == "200" and self.liang_before_hundred):
            return f"liang-{head[1:]}"
        return head


def _whole(n: int) -> Reading:
    """Return a number from one up as it stands inside a larger one: 一十, 二百, 二千."""
    if n < WAN:
        return _below_wan(n)
    unit, name = (YI, "yi") if n >= YI else (WAN, "wan")
    high, low = divmod(n, unit)
    parts = [*_whole(high), name]
    if not low:
        return parts
    return [*parts, *(["0"] if low < unit // 10 else []), *_whole(low)]


def _below_wan(n: int) -> Reading:
    thousands, below = divmod(n, 1000)
    hundreds, rest = divmod(below, 100)
    parts = [f"{thousands}000"] if thousands else []
    if hundreds:
        parts.append(f"{hundreds}00")
    if not rest:
        return parts
    if (hundreds and rest < 10) or (thousands and not hundreds):  # noqa: PLR2004 -- the tens are empty
        parts.append("0")
    return [*parts, f"inner-{rest}" if 10 <= rest < 20 else str(rest)]  # noqa: PLR2004 -- 一十 to 一十九


def _small(digit: int, *, first: bool) -> str:
    return "liang" if digit == 2 and first else str(digit)  # noqa: PLR2004 -- 两角, but 一元二角


def _part_of_day(hour: int) -> str:
    names = ((6, "small-hours"), (12, "morning"), (13, "noon"), (18, "afternoon"), (24, "evening"))
    return next(name for end, name in names if hour < end)


def parts(reading: Chinese, texts: dict[str, str]) -> dict[str, str]:
    """Return all parts of a Chinese language from its own words for the names below.

    `digits` holds 零 to 九; `liang`, `ten`, `hundred`, `thousand`, `month`, `day`, `hour` are the words that
    are recorded together with their number (一百, 三点), so that they sound of one piece.
    """
    own = dict(texts)
    digits, liang = own.pop("digits"), own["liang"]
    ten, hundred, thousand = own.pop("ten"), own.pop("hundred"), own.pop("thousand")
    month, day, hour = own.pop("month"), own.pop("day"), own.pop("hour")

    def tens(n: int) -> str:
        high, low = divmod(n, 10)
        return (digits[high] if high > 1 else "") + (ten if high else "") + (digits[low] if low else "")

    found = {"0": digits[0]} | {str(n): tens(n) for n in range(1, 100)}
    found |= {f"inner-{n}": digits[1] + tens(n) for n in range(10, 20)}
    found |= {f"{n}00": digits[n] + hundred for n in range(1, 10)}
    found |= {f"{n}000": digits[n] + thousand for n in range(1, 10)}
    found |= {"liang-00": liang + hundred} if reading.liang_before_hundred else {}
    found |= {"liang-000": liang + thousand}
    found |= {f"month-{n}": tens(n) + month for n in range(1, 13)}
    found |= {f"day-{n}": tens(n) + day for n in range(1, 32)}
    found |= {
        f"hour-{n}": {0: digits[0], 2: liang}.get(n, tens(n)) + hour
        for n in {*range(1, 13), reading.midnight}
    }
    return found | own
