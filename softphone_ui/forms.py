"""What a form brought, read with care: single lines, of a length we chose."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aiohttp import web
from multidict import MultiDictProxy

from core.secret import Secret

LONGEST_LINE = 200
FORM = "application/x-www-form-urlencoded"


class Form:
    """The fields of a form; one that is missing is empty."""

    def __init__(self, fields: MultiDictProxy[Any]) -> None:
        self._fields = fields

    def text(self, name: str, most: int = LONGEST_LINE) -> str:
        """Return a field without the space around it; what is too long, or no line, is a bad request."""
        value = self._raw(name).strip()
        if len(value) > most or not value.isprintable():
            raise web.HTTPBadRequest
        return value

    def secret(self, name: str) -> Secret:
        """Return a field exactly as it was typed."""
        return Secret(self._raw(name))

    def chosen(self, name: str, known: Collection[str]) -> frozenset[str]:
        """Return which of the boxes of this name were ticked; one we never showed is a bad request."""
        ticked = frozenset(str(value) for value in self._fields.getall(name, []))
        if not ticked <= set(known):
            raise web.HTTPBadRequest
        return ticked

    def _raw(self, name: str) -> str:
        value = self._fields.get(name, "")
        if not isinstance(value, str):
            raise web.HTTPBadRequest
        return value


async def read_json(request: web.Request) -> Any:
    """Read the JSON that came with a request; what is none, or has no end of brackets, is a bad request."""
    try:
        return await request.json()
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest from error


async def read(request: web.Request) -> Form:
    """Read the form that came with a request."""
    if request.content_type != FORM:
        raise web.HTTPUnsupportedMediaType
    return Form(await request.post())
