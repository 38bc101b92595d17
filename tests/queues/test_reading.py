"""Frozen values are read strictly: whatever is wrong is told in a sentence that says where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import pytest

from queues.reading import Like, Unreadable, plain, read


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    spokes: int
    width: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    owner: Annotated[str, Like("[a-z]+", "a name in small letters")]
    wheels: tuple[Wheel, ...] = ()
    colours: frozenset[Colour] = frozenset()
    loads: Mapping[str, int] = field(default_factory=dict)
    brake: bool = False
    note: str | None = None
    spare: Wheel | None = None


FULL = {
    "owner": "li",
    "wheels": [{"spokes": 8, "width": 2.0}],
    "colours": ["blue", "red"],
    "loads": {"corn": 3},
    "brake": True,
    "note": "old",
    "spare": {"spokes": 5, "width": 1},
}


def test_what_is_left_out_has_its_default() -> None:
    assert read(Cart, {"owner": "li"}) == Cart(owner="li")


def test_everything_is_read_and_written_again() -> None:
    cart = read(Cart, FULL)
    assert cart.wheels == (Wheel(spokes=8, width=2.0),)
    assert cart.spare == Wheel(spokes=5, width=1.0)
    assert read(Cart, plain(cart)) == cart
    assert plain(cart)["colours"] == ["blue", "red"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "this must be a table of values"),
        ({}, "owner is missing"),
        ({"owner": "Li"}, "owner must be a name in small letters"),
        ({"owner": "li\n"}, "owner must be a name in small letters"),
        ({"owner": "li", "horse": 1}, "horse is unknown"),
        ({"owner": "li", "wheels": {}}, "wheels must be a list"),
        ({"owner": "li", "wheels": [{}]}, "wheels[0].spokes is missing"),
        ({"owner": "li", "wheels": [{"spokes": 8.0}]}, "wheels[0].spokes must be a whole number"),
        ({"owner": "li", "wheels": [{"spokes": True}]}, "wheels[0].spokes must be a whole number"),
        (
            {"owner": "li", "wheels": [{"spokes": 1, "width": float("nan")}]},
            "wheels[0].width must be a number",
        ),
        ({"owner": "li", "colours": ["green"]}, "colours[0] must be one of red, blue"),
        ({"owner": "li", "loads": {"corn": "3"}}, "loads.corn must be a whole number"),
        ({"owner": "li", "brake": 1}, "brake must be true or false"),
        ({"owner": "li", "note": 1}, "note must be a text"),
    ],
)
def test_whatever_is_wrong_is_told_in_a_sentence(wrong: object, told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(Cart, wrong)
    assert str(refusal.value) == told
