"""One way into the application, and who may go it. `softphone_ui.routes` lists them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from softphone_ui.keys import Handler
from staff.model import Account, Owes, Role

EVERYBODY = frozenset(Role)
"""Everybody who is signed in, whatever their role."""


class Door(Enum):
    """For pages that ask for no role."""

    OPEN = "open"
    """Strangers come in."""
    FILE = "file"
    """Who asks is not even looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and a path, what answers, and who may ask. Its name is what `url` and the texts know it by."""

    method: str
    path: str
    name: str
    handler: Handler
    who: frozenset[Role] | Door
    icon: str = ""
    """Given: it stands in the navigation, as `menu.<name>`, with this picture of `web/icons.json`."""
    pays: frozenset[Owes] = frozenset()
    """Whoever owes this may come here all the same: here they can do it."""

    def admits(self, account: Account) -> bool:
        """Tell whether somebody who is signed in may come."""
        return isinstance(self.who, Door) or account.may(self.who)


def page(
    path: str,
    name: str,
    handler: Handler,
    who: frozenset[Role] | Door,
    *,
    icon: str = "",
    pays: frozenset[Owes] = frozenset(),
) -> Route:
    """Return the route of a page, or of anything else that is only read; WebSockets begin as one, too."""
    return Route(method="GET", path=path, name=name, handler=handler, who=who, icon=icon, pays=pays)


def act(
    path: str,
    name: str,
    handler: Handler,
    who: frozenset[Role] | Door,
    *,
    pays: frozenset[Owes] = frozenset(),
) -> Route:
    """Return the route of a form or a request that changes something."""
    return Route(method="POST", path=path, name=name, handler=handler, who=who, pays=pays)
