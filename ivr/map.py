"""All dialogues on one page, drawn from the menus' own dicts, so that it never goes stale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.dialogue import CONFIRM
from ivr.flows.main_menu import MAIN
from ivr.flows.welcome import LANGUAGES
from ivr.menu import Menu
from ivr.visit import ToPerson


def menus() -> list[Menu[Any]]:
    """Return every menu of the house, in the order a caller may meet them."""
    return [LANGUAGES, *_below(MAIN), CONFIRM]


def mermaid() -> str:
    """Return the map as Mermaid text."""
    lines = ["flowchart LR", f"    language{{{{language}}}} -- {_keys(LANGUAGES)} --> main"]
    for menu in _below(MAIN):
        shape = f"{menu.name}{{{{{menu.name}}}}}"
        for key, choice in menu.options.items():
            lines.append(f"    {shape} -- {key} --> {_place(choice.leads, menu)}")
    lines.append("    main -- * --> language")
    return "\n".join(lines) + "\n"


def _below(menu: Menu[Any]) -> Iterator[Menu[Any]]:
    yield menu
    for choice in menu.options.values():
        if isinstance(choice.leads, Menu):
            yield from _below(choice.leads)


def _keys(menu: Menu[Any]) -> str:
    return ", ".join(f"{key} {choice.leads}" for key, choice in menu.options.items())


def _place(lead: object, menu: Menu[Any]) -> str:
    match lead:
        case Menu(name=name):
            return name
        case ToPerson():
            return f"person-{menu.topic}([a person for {menu.topic}])"
        case _:
            name = getattr(lead, "__name__", str(lead))
            return f"{name}[{name.replace('_', ' ')}]"
