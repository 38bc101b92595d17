"""What can go wrong around us and is no fault of this program: told in a line, with what to do about it."""

from __future__ import annotations

from socket import gaierror

from sqlalchemy.exc import SQLAlchemyError

from asterisk_conf.obtain import NoAsterisk
from asterisk_conf.plan import PlanError
from asterisk_conf.process import DidNotStart
from core.calendar import CalendarError
from core.journal import JournalError
from hotline.database import DatabaseError
from hotline.house import AlreadyOpen
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
    PermissionError,
)


def told(error: Exception) -> str | None:
    """Return what an operator is to read; None for a fault of ours, which deserves its traceback."""
    match error:
        case SQLAlchemyError():
            reason = f"{getattr(error, 'orig', None) or type(error).__name__}".splitlines()[0]
            return (
                f"The database: {reason}\n→ hotline db upgrade makes its tables, hotline doctor looks further"
            )
        case ConnectionError() | TimeoutError() | gaierror():
            return f"{str(error) or 'No answer in time'}\n→ hotline doctor looks what is not there"
        case _ if isinstance(error, _SPEAK_FOR_THEMSELVES):
            return str(error)
    return None
