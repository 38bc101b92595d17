"""What can go wrong around us and is no fault of this program: told in a line, with what to do about it."""

from __future__ import annotations

import errno
import sqlite3
from socket import gaierror

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from asterisk_conf.obtain import NoAsterisk
from asterisk_conf.plan import PlanError
from asterisk_conf.process import DidNotStart
from core.calendar import CalendarError
from core.journal import JournalError
from core.statements import NotConnected
from hotline.database import DatabaseError
from hotline.house import AlreadyOpen, PortTaken
from pbx.manager import ManagerError
from speech.build import BuildError
from speech.catalog import CatalogError

_SPEAK_FOR_THEMSELVES = (
    AlreadyOpen,
    BuildError,
    CalendarError,
    CatalogError,
    DatabaseError,
    DidNotStart,
    JournalError,
    ManagerError,
    NoAsterisk,
    PlanError,
    PortTaken,
)
_ELSEWHERE = "or have the home folder elsewhere (HOTLINE_HOME)"
_REMEDIES = {
    errno.ENOSPC: f"make room, {_ELSEWHERE}",
    errno.EDQUOT: f"make room, {_ELSEWHERE}",
    errno.EROFS: f"let the hotline write there, {_ELSEWHERE}",
    errno.EACCES: f"let the hotline in there, {_ELSEWHERE}",
    errno.EPERM: f"let the hotline in there, {_ELSEWHERE}",
    errno.EADDRINUSE: "end the other program, or choose another port (hotline settings)",
}
_LOOK = "hotline doctor looks further"
_NO_TABLE = ("no such table", 'relation "')


def told(error: Exception) -> str | None:
    """Return what an operator is to read; None for a fault of ours, which deserves its traceback."""
    match error:
        case _ if isinstance(error, _SPEAK_FOR_THEMSELVES):
            return str(error)
        case SQLAlchemyError() | sqlite3.Error() | asyncpg.PostgresError() | NotConnected():
            reason = f"{getattr(error, 'orig', None) or error}".splitlines()[0]
            tables = (
                "hotline db upgrade makes its tables, " if any(words in reason for words in _NO_TABLE) else ""
            )
            return f"The database: {reason}\n→ {tables}{_LOOK}"
        case ConnectionError() | TimeoutError() | gaierror():
            return f"{str(error) or 'No answer in time'}\n→ {_LOOK}"
        case OSError() if error.errno in _REMEDIES:
            where = f": {error.filename}" if error.filename else ""
            return f"{error.strerror}{where}\n→ {_REMEDIES[error.errno]}"
    return None
