"""Understand what was said: a parser of spoken numbers, written without a look at how they are made."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile

from core.clock import SHANGHAI

_SIMPLE = str.maketrans("兩萬億負點筆鐘時隻两", "二万亿负点笔钟时只二")
_DIGITS = "零一二三四五六七八九"
_PLACES = {"十": 10, "百": 100, "千": 1000}
_EVENING = 12


class Chinese:
    """Hears Mandarin and Cantonese."""

    def number(self, said: str) -> int:
        said = said.translate(_SIMPLE)
        if said.startswith("负"):
            return -self.number(said[1:])
        for place, size in (("亿", 10**8), ("万", 10**4)):
            if place in said:
                high, _, low = said.rpartition(place)
                return self.number(high) * size + (self.number(low) if low else 0)
        total = digit = 0
        for character in said:
            if character in _PLACES:
                total += (digit or 1) * _PLACES[character]
                digit = 0
            else:
                digit = _DIGITS.index(character)
        return total + digit

    def amount(self, said: str) -> int:
        heard = re.fullmatch(r"([负負]?)(?:(.+)元)?零?(?:(.)角)?零?(?:(.)分)?", said)
        assert heard, said
        sign, *coins = heard.groups()
        yuan, jiao, fen = (self.number(coin) if coin else 0 for coin in coins)
        return (-1 if sign else 1) * (yuan * 100 + jiao * 10 + fen)

    def count(self, said: str) -> int:
        return self.number(said.translate(_SIMPLE).rstrip("股笔只分钟小时天日位"))

    def percent(self, said: str) -> Decimal:
        heard = re.fullmatch(r"([负負]?)百分之([^点點]+)(?:[点點](.+))?", said)
        assert heard, said
        number = Decimal(f"{self.number(heard[2])}.{self.digits(heard[3] or '零')}")
        return -number if heard[1] else number

    def digits(self, said: str) -> str:
        return "".join(str(_DIGITS.index(character)) for character in said.replace("，", ""))

    def day(self, said: str) -> date:
        heard = re.fullmatch("(.{1,4})年(.+)月(.+)日", said)
        assert heard, said
        return date(int(self.digits(heard[1])), self.number(heard[2]), self.number(heard[3]))

    def when(self, said: str) -> datetime:
        heard = re.fullmatch(
            "(.+日)(凌晨|上午|中午|下午|晚上)(.+)点(?:[整正]|(.+)分)", said.translate(_SIMPLE)
        )
        assert heard, said
        hour = self.number(heard[3]) % 12 + (_EVENING if heard[2] in {"中午", "下午", "晚上"} else 0)
        day, minute = self.day(heard[1]), self.number(heard[4]) if heard[4] else 0
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


_WORDS = {
    word: value
    for value, word in [
        *enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()),  # noqa: SIM905 -- shorter
        *enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13),  # noqa: SIM905 -- shorter
        *((ten * 10, word) for ten, word in enumerate("twenty thirty forty fifty".split(), 2)),  # noqa: SIM905 -- shorter
        *((ten * 10, word) for ten, word in enumerate("sixty seventy eighty ninety".split(), 6)),  # noqa: SIM905 -- shorter
    ]
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_IRREGULAR = {"first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight"}
_IRREGULAR |= {"ninth": "nine", "twelfth": "twelve", "twentieth": "twenty", "thirtieth": "thirty"}


class English:
    """Hears English."""

    def number(self, said: str) -> int:
        if said.startswith("minus "):
            return -self.number(said.removeprefix("minus "))
        total = below = 0
        for word in said.replace("-", " ").split():
            if word == "hundred":
                below *= 100
            elif word in _SCALES:
                total += below * _SCALES[word]
                below = 0
            else:
                below += _WORDS[word]
        return total + below

    def amount(self, said: str) -> int:
        heard = re.fullmatch(r"(minus )?(?:(.+) yuan)?(?: and )?(?:(.+) fen)?", said)
        assert heard, said
        yuan, fen = (self.number(coin) if coin else 0 for coin in heard.groups()[1:])
        return (-1 if heard[1] else 1) * (yuan * 100 + fen)

    def count(self, said: str) -> int:
        known = {"hundred", "minus", *_WORDS, *_SCALES}
        return self.number(" ".join(takewhile(lambda word: word.split("-")[0] in known, said.split())))

    def percent(self, said: str) -> Decimal:
        heard = re.fullmatch(r"(minus )?(.+?)(?: point (.+))? percent", said)
        assert heard, said
        number = Decimal(f"{self.number(heard[2])}.{self.digits(heard[3] or 'zero')}")
        return -number if heard[1] else number

    def digits(self, said: str) -> str:
        return "".join(str(_WORDS[word]) for word in said.replace(",", "").split())

    def day(self, said: str) -> date:
        heard = re.fullmatch(r"(\w+) (\S+), (.+)", said)
        assert heard, said
        *tens, last = heard[2].split("-")
        day = self.number(" ".join([*tens, _IRREGULAR.get(last, last.removesuffix("th"))]))
        return date(self._year(heard[3]), _MONTHS.index(heard[1][:3]) + 1, day)

    def _year(self, said: str) -> int:
        words = said.replace(" oh ", " ").split()
        if "thousand" in words or "hundred" in words or len(words) == 1:
            return self.number(said)
        high, low = words
        return self.number(high) * 100 + self.number(low)

    def when(self, said: str) -> datetime:
        heard = re.fullmatch(r"(.+), (\S+)(?: (?:oh )?(\S+))? (a\.m\.|p\.m\.|noon|midnight)", said)
        assert heard, said
        day, hour = self.day(heard[1]), self.number(heard[2]) % 12
        hour += _EVENING if heard[4] in {"p.m.", "noon"} else 0
        minute = self.number(heard[3]) if heard[3] else 0
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
