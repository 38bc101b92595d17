"""The conversations meet every key of every menu, every prompt and every ending; what is covered is printed.

The conversations are held here once more, so that the answer does not depend on which tests ran before, in
which process.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from core.call import Ending
from ivr.map import menus
from ivr.visit import Why
from tests import conversation
from tests.ivr.test_prompts import prompts_in_code

EVERYWHERE = ("0", "*", "#", "other", "silence")


def conversations() -> Iterator[Callable[[], Awaitable[None]]]:
    """Return every conversation test that needs no arguments."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.ivr.{file.stem}")
        for name, test in vars(module).items():
            own = name.startswith("test_") and getattr(test, "__module__", "") == module.__name__
            if own and inspect.iscoroutinefunction(test) and not inspect.signature(test).parameters:
                yield test


async def test_every_key_of_every_menu_every_prompt_and_every_ending_is_met_in_a_conversation(
    record_property: Callable[[str, object], None],
) -> None:
    for met in (
        conversation.taken_branches,
        conversation.heard_prompts,
        conversation.reasons_for_a_person,
        conversation.endings,
    ):
        met.clear()
    tests = list(conversations())
    for test in tests:
        await test()
    branches = {(menu.name, key) for menu in menus() for key in (*menu.options, *EVERYWHERE)}
    prompts = set(prompts_in_code())
    taken, heard = conversation.taken_branches & branches, conversation.heard_prompts & prompts
    record_property(
        "summary",
        f"dialogues: {len(tests)} conversations met {len(taken)} of {len(branches)} menu branches, "
        f"{len(heard)} of {len(prompts)} prompts, {len(conversation.reasons_for_a_person)} of {len(Why)} "
        f"reasons for a person and {len(conversation.endings)} of {len(Ending)} endings",
    )
    assert len(tests) > 80
    assert branches - taken == set()
    assert prompts - heard == set()
    assert conversation.reasons_for_a_person == set(Why)
    assert conversation.endings == set(Ending)
