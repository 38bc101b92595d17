"""Pages from templates: `answer(request, "people.html", everybody=…)`.

Templates say, handlers know: autoescaped, and a name no handler gave is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from core.clock import SHANGHAI
from softphone_ui.keys import ME, TONGUE
from softphone_ui.masked import masked
from softphone_ui.menu import ROUTES, menu
from softphone_ui.texts import tongues

TEMPLATES = Path(__file__).parent / "templates"


def moment(at: datetime) -> str:
    """Return a moment as clocks in Shanghai show it.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 3, 3, 16, 30, tzinfo=UTC))
    '2026-03-04 00:30:00'
    """
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def number(value: float) -> str:
    """Return a number as one types it.

    >>> number(86400.0), number(2.5)
    ('86400', '2.5')
    """
    return str(int(value)) if value == int(value) else str(value)


def yuan(fen: int) -> str:
    """Return an amount as people write it.

    >>> yuan(125050)
    '1,250.50'
    """
    return f"{fen // 100:,}.{fen % 100:02}"


_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["moment"] = moment
_templates.filters["number"] = number
_templates.filters["yuan"] = yuan
_templates.filters["masked"] = masked


def answer(request: web.Request, template: str, *, status: int = 200, **facts: Any) -> web.Response:
    """Return a page."""
    return web.Response(text=_render(request, template, facts), status=status, content_type="text/html")


def see(request: web.Request, name: str, **parts: str) -> web.HTTPSeeOther:
    """Return what sends a browser to a page. Raise it after the transaction, never inside."""
    return web.HTTPSeeOther(url(request, name, **parts))


def url(request: web.Request, name: str, **parts: str) -> str:
    """Return the path of a page."""
    path = next(route.path for route in request.app[ROUTES] if route.name == name)
    for part, value in parts.items():
        path = path.replace(f"{{{part}}}", quote(value, safe=""))
    return path


def _texts(request: web.Request, parts: tuple[str, ...]) -> Markup:
    """Return the element in which a page's script (`web/src/texts.ts`) finds the texts it says."""
    known = htmlsafe_json_dumps(request[TONGUE].below(*parts))
    return Markup('<script type="application/json" id="texts">{}</script>').format(known)


def _render(request: web.Request, template: str, facts: Mapping[str, Any]) -> str:
    session = request.get(ME)
    common = {
        "t": request[TONGUE],
        "languages": list(tongues().values()),
        "me": session.account if session else None,
        "menu": menu(request.app, session),
        "here": request.path,
        "again": request.path if request.method == "GET" else "/",
        "texts_for": lambda *parts: _texts(request, parts),
        "url": lambda name, **parts: url(request, name, **parts),
    }
    return _templates.get_template(template).render(common | dict(facts))
