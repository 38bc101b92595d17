"""What a transfer does to the books, step by step; the same SQL text for both databases.

PostgreSQL runs all steps as one statement (one round trip, atomic by itself), SQLite one after the other
in a transaction. A step sees an earlier one's result as `{name}`: a bind parameter there, a subquery
here. A step that finds its condition unmet changes nothing, and then neither does any step after it.

The first step locks the row that counts the customer's wrong PINs, whoever asks, so that everything else
about one customer happens in turn and in one order, and each step decides on the newest state of the row
it changes (PostgreSQL re-checks the condition after waiting for a row).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, LargeBinary, String, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from bank.ledger.doors import Doors
from bank.port import OutcomeUnknown
from core.db import Moment
from core.statements import Question

WRONG_PINS = 5
WITHIN = timedelta(hours=24)

_SHARED = {
    "open": "bank_pin_guard.wrong_5 IS NULL OR bank_pin_guard.wrong_5 <= :forgotten",
    "spent_today": "CASE WHEN spent_on = :day THEN spent ELSE 0 END",
}
"""`open`: the fifth newest wrong PIN is so old that it no longer counts (or there is none)."""

_ALLOW = """
INSERT INTO bank_pin_guard (who) VALUES (:who)
ON CONFLICT (who) DO UPDATE SET who = excluded.who WHERE {open} RETURNING 1 AS allowed
"""
_COUNT_WRONG = """
INSERT INTO bank_pin_guard (who, wrong_1) VALUES (:who, :now)
ON CONFLICT (who) DO UPDATE SET wrong_1 = :now, wrong_2 = bank_pin_guard.wrong_1,
wrong_3 = bank_pin_guard.wrong_2, wrong_4 = bank_pin_guard.wrong_3, wrong_5 = bank_pin_guard.wrong_4
WHERE {open} RETURNING 1 AS allowed
"""
_TAKE = """
UPDATE bank_account SET balance = balance - :amount, spent = {spent_today} + :amount, spent_on = :day
WHERE id = :source AND {allowed} = 1 AND NOT frozen
AND balance - held >= :amount AND {spent_today} + :amount <= :daily
AND NOT EXISTS (SELECT 1 FROM bank_account other WHERE other.id = :target AND other.frozen)
RETURNING balance AS taken
"""
_GIVE = """
UPDATE bank_account SET balance = balance + :amount
WHERE id = :target AND {taken} IS NOT NULL RETURNING balance AS given
"""
_WRITE = """
INSERT INTO bank_entry (at, cause, from_account, to_account, amount, from_after, to_after)
SELECT :at, 'transfer', :source, :target, :amount, {taken}, {given}
WHERE {taken} IS NOT NULL RETURNING id AS written
"""
_FINISH = """
INSERT INTO bank_transfer (key, at, entry_id, customer_id, direction, amount)
SELECT :key, :at, {written}, :customer, :direction, :amount
WHERE {written} IS NOT NULL RETURNING entry_id AS finished
"""
_RESULT = "(SELECT {name} FROM step_{name})"
_STEPS = {"allowed": _ALLOW, "taken": _TAKE, "given": _GIVE, "written": _WRITE, "finished": _FINISH}

_TYPES: dict[str, TypeEngine[Any]] = {
    "who": LargeBinary(),
    "key": String(),
    "direction": String(),
    "at": Moment(),
    "day": Date(),
}


def _typed(sql: str) -> TextClause:
    names = text(sql).compile().params
    return text(sql).bindparams(*(bindparam(name, type_=_TYPES.get(name, BigInteger())) for name in names))


def _at_once() -> TextClause:
    words = _SHARED | {name: _RESULT.format(name=name) for name in _STEPS}
    steps = ", ".join(f"step_{name} AS ({sql.format_map(words)})" for name, sql in _STEPS.items())
    return _typed(f"WITH {steps} SELECT finished FROM step_finished")  # noqa: S608 - only constants above


def _one_by_one() -> dict[str, TextClause]:
    words = _SHARED | {name: f":{name}" for name in _STEPS}
    return {name: _typed(sql.format_map(words)) for name, sql in _STEPS.items()}


AT_ONCE = Question(_at_once())
ONE_BY_ONE = _one_by_one()
PASS = Question(ONE_BY_ONE["allowed"])
WRONG = Question(_typed(_COUNT_WRONG.format_map(_SHARED)))


def judging(who: bytes, now: datetime) -> dict[str, Any]:
    """Return the values that counting wrong PINs needs."""
    return {"who": who, "now": _milliseconds(now), "forgotten": _milliseconds(now - WITHIN)}


async def judge(doors: Doors, who: bytes, now: datetime, *, right: bool) -> bool:
    """Count a wrong PIN, or let a right one pass; False when the account is locked: then nothing counts.

    One statement that takes turns with every other for the same number, so that however many guess at
    the same time, five are answered.
    """
    values = judging(who, now)
    if doors.at_once:
        return await doors.row(PASS if right else WRONG, values) is not None
    async with doors.writing() as connection:
        answer = await connection.execute((PASS if right else WRONG).clause, values)
        return answer.scalar() is not None


async def move(doors: Doors, values: dict[str, Any]) -> int | None:
    """Do a transfer; return its entry's id, or None when a condition was not met: nothing moved.

    Raises `Clash` when the key was seen before, `OutcomeUnknown` when the database is lost meanwhile.
    """
    if doors.at_once:
        row = await doors.row(AT_ONCE, values, lost=OutcomeUnknown)
        return None if row is None else int(row["finished"])
    async with doors.writing(lost=OutcomeUnknown) as connection:
        for name, step in ONE_BY_ONE.items():
            values[name] = (await connection.execute(step, values)).scalar()
        finished: int | None = values["finished"]
        if finished is None:
            await connection.rollback()
        return finished


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
