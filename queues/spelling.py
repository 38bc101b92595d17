"""How numbers, telephones and calls are written: types for values that come from outside."""

from __future__ import annotations

from typing import Annotated

from queues.reading import Like

Number = Annotated[str, Like(r"\+?[0-9]{1,24}", "a number to call")]
Endpoint = Annotated[str, Like(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "the name of a telephone")]
Phone = Annotated[str, Like(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})?", "the name of a telephone, or empty")]
Target = Annotated[
    str, Like(r"\+?[0-9]{1,24}|queue:[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "a number, or queue:<name>")
]
Call = Annotated[str, Like(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "the id of a call")]
