"""Questions about one call's story, as the session log tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.log import Kind
from reporting.sessions import Story


def kinds(told: Story) -> list[str]:
    """Return what happened, in order."""
    return [event.kind for event in told.events]


def heard(told: Story) -> list[str]:
    """Return every prompt that was played, in order."""
    return [name for event in told.events for name in event.data.get("prompts", ())]


def data(told: Story, kind: Kind) -> list[Mapping[str, Any]]:
    """Return what every event of a kind carries."""
    return [event.data for event in told.events if event.kind == kind]


def why_person(told: Story) -> list[str]:
    """Return why the caller was brought to a person, every time."""
    return [each["why"] for each in data(told, Kind.PERSON)]


def results(told: Story, operation: str) -> list[str]:
    """Return how the bank answered, each time it was asked that."""
    return [each["result"] for each in data(told, Kind.BANK) if each["operation"] == operation]


def is_whole(told: Story) -> bool:
    """Tell whether no step of any writer is missing."""
    steps: dict[str, list[int]] = {}
    for event in told.events:
        steps.setdefault(event.origin, []).append(event.step)
    return all(sorted(taken) == list(range(1, len(taken) + 1)) for taken in steps.values())
