"""Coming in: who is let in, who is not, for how long, and that neither words nor work tell why."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.secret import Secret
from staff import totp
from staff.attempts import MOST_BY_ACCOUNT, MOST_BY_ADDRESS, PAUSE, forget_old_attempts
from staff.model import IDLE, LONGEST, Owes, Role, WebSession
from staff.sessions import WebSessions
from staff.tables import session as sessions
from tests.staff.stage import ELSEWHERE, HERE, RIGHT, WRONG, Stage

NEW = Secret("a new password")


async def test_who_knows_the_password_is_let_in_in_any_case_of_letters(stage: Stage) -> None:
    token = await stage.entrance.sign_in(" Admin ", RIGHT, HERE)
    assert token is not None
    session = await stage.entrance.session(token)
    assert session is not None
    assert (session.account.login, session.owes) == ("admin", None)


async def test_the_database_knows_no_token(stage: Stage) -> None:
    token, _ = await stage.signed_in()
    async with stage.engine.connect() as connection:
        rows = [tuple(row) for row in await connection.execute(select(sessions))]
    assert len(rows) == 1
    assert token.reveal() not in str(rows)


@pytest.mark.parametrize("login", ["1001", "nobody"])
async def test_after_five_wrong_tries_even_the_right_password_waits_a_quarter_of_an_hour(
    stage: Stage, login: str
) -> None:
    for _ in range(MOST_BY_ACCOUNT):
        assert await stage.entrance.sign_in(login, WRONG, HERE) is None
    assert await stage.entrance.sign_in(login, RIGHT, ELSEWHERE) is None
    stage.clock.turn(seconds=PAUSE.total_seconds() - 1)
    assert await stage.entrance.sign_in(login, RIGHT, ELSEWHERE) is None
    stage.clock.turn(seconds=1)
    assert (await stage.entrance.sign_in(login, RIGHT, ELSEWHERE) is not None) == (login == "1001")


async def test_four_wrong_tries_are_forgotten_by_a_right_one(stage: Stage) -> None:
    for _ in range(3):
        for _ in range(MOST_BY_ACCOUNT - 1):
            assert await stage.entrance.sign_in("1001", WRONG, HERE) is None
        assert await stage.entrance.sign_in("1001", RIGHT, HERE) is not None


async def test_an_address_that_tries_one_account_after_the_other_is_stopped(stage: Stage) -> None:
    for number in range(MOST_BY_ADDRESS):
        assert await stage.entrance.sign_in(f"guess-{number}", WRONG, HERE) is None
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is None
    assert await stage.entrance.sign_in("1001", RIGHT, ELSEWHERE) is not None


async def test_one_s_own_account_makes_no_guess_at_others_free(stage: Stage) -> None:
    for number in range(MOST_BY_ADDRESS - 1):
        await stage.entrance.sign_in(f"guess-{number}", WRONG, HERE)
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is not None
    await stage.entrance.sign_in("guess", WRONG, HERE)
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is None


async def test_of_many_tries_at_once_only_five_are_looked_at(stage: Stage) -> None:
    checked = Counted(stage)
    await asyncio.gather(*(stage.entrance.sign_in("1001", WRONG, HERE) for _ in range(15)))
    assert checked.times == MOST_BY_ACCOUNT


async def test_whoever_is_refused_costs_one_hash_whatever_the_reason(stage: Stage) -> None:
    await stage.office.lock("1002", locked=True)
    checked = Counted(stage)
    for login, password in (("1001", WRONG), ("1002", RIGHT), ("nobody", RIGHT)):
        assert await stage.entrance.sign_in(login, password, HERE) is None
    assert checked.times == 3


class Counted:
    """How often a password is checked from now on."""

    def __init__(self, stage: Stage) -> None:
        self.times = 0
        verify = stage.passwords._verify

        def counting(kept: str, password: str) -> bool:
            self.times += 1
            return verify(kept, password)

        stage.passwords._verify = counting  # type: ignore[method-assign]  # the count is what we look at


async def test_a_session_ends_when_nothing_is_asked_for_half_an_hour(stage: Stage) -> None:
    token, _ = await stage.signed_in()
    for _ in range(3):
        stage.clock.turn(seconds=IDLE.total_seconds() - 1)
        assert await stage.entrance.session(token) is not None
    stage.clock.turn(seconds=IDLE.total_seconds())
    assert await stage.entrance.session(token) is None


async def test_a_session_ends_after_twelve_hours_however_busy(stage: Stage) -> None:
    token, _ = await stage.signed_in()
    for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
        stage.clock.turn(minutes=20)
        assert await stage.entrance.session(token) is not None
    stage.clock.turn(minutes=20)
    assert await stage.entrance.session(token) is None


async def test_a_session_ends_when_its_owner_signs_out(stage: Stage) -> None:
    token, session = await stage.signed_in()
    await stage.entrance.sign_out(session, HERE)
    assert await stage.entrance.session(token) is None


async def test_a_new_password_ends_every_session_and_begins_one(stage: Stage) -> None:
    one, session = await stage.signed_in()
    other, _ = await stage.signed_in()
    fresh = await stage.entrance.change_password(session, RIGHT, NEW, HERE)
    assert isinstance(fresh, Secret)
    assert await stage.entrance.session(one) is None
    assert await stage.entrance.session(other) is None
    assert await stage.entrance.session(fresh) is not None
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is None
    assert await stage.entrance.sign_in("1001", NEW, HERE) is not None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (WRONG, NEW, "wrong"),
        (RIGHT, Secret("short"), "short"),
        (RIGHT, Secret("x" * 201), "long"),
        (RIGHT, RIGHT, "published"),
        (RIGHT, Secret("100110011001"), "login"),
    ],
)
async def test_a_password_that_will_not_do_is_refused_with_the_reason(
    stage: Stage, old: Secret, new: Secret, why: str
) -> None:
    token, session = await stage.signed_in()
    assert await stage.entrance.change_password(session, old, new, HERE) == why
    assert await stage.entrance.session(token) is not None


async def test_the_present_password_cannot_be_guessed_in_an_open_browser(stage: Stage) -> None:
    _, session = await stage.signed_in()
    for _ in range(MOST_BY_ACCOUNT):
        assert await stage.entrance.change_password(session, WRONG, NEW, HERE) == "wrong"
    assert await stage.entrance.change_password(session, RIGHT, NEW, HERE) == "wrong"


async def with_a_second_factor(stage: Stage) -> tuple[Secret, WebSession]:
    """Set one up for 1001; return its key and a session that owes its code."""
    _, session = await stage.signed_in()
    key = totp.new_key()
    sealed = stage.entrance.seal("1001", key)
    assert await stage.entrance.set_up_second(session.account, sealed, shown(stage, key), HERE)
    stage.clock.turn(seconds=totp.STEP)
    _, waiting = await stage.signed_in()
    assert waiting.owes is Owes.CODE
    return key, waiting


def shown(stage: Stage, key: Secret) -> str:
    """Return what an app shows now."""
    return totp.code(key, int(stage.clock().timestamp()) // totp.STEP)


async def test_with_a_second_factor_the_password_alone_opens_nothing(stage: Stage) -> None:
    key, waiting = await with_a_second_factor(stage)
    assert await stage.entrance.pass_second(waiting, "000000", HERE) is None
    spaced = f"{shown(stage, key)[:3]} {shown(stage, key)[3:]}"
    token = await stage.entrance.pass_second(waiting, spaced, HERE)
    assert token is not None
    session = await stage.entrance.session(token)
    assert session is not None
    assert session.owes is None


async def test_a_code_that_was_seen_over_a_shoulder_opens_nothing(stage: Stage) -> None:
    key, waiting = await with_a_second_factor(stage)
    code = shown(stage, key)
    _, thief = await stage.signed_in()
    assert await stage.entrance.pass_second(waiting, code, HERE) is not None
    assert await stage.entrance.pass_second(thief, code, ELSEWHERE) is None


async def test_the_code_that_set_it_up_counts_no_second_time(stage: Stage) -> None:
    _, session = await stage.signed_in()
    key = totp.new_key()
    code = shown(stage, key)
    assert await stage.entrance.set_up_second(session.account, stage.entrance.seal("1001", key), code, HERE)
    _, waiting = await stage.signed_in()
    assert await stage.entrance.pass_second(waiting, code, HERE) is None


async def test_codes_cannot_be_guessed_one_after_the_other(stage: Stage) -> None:
    key, waiting = await with_a_second_factor(stage)
    for _ in range(MOST_BY_ACCOUNT):
        assert await stage.entrance.pass_second(waiting, "000000", HERE) is None
    assert await stage.entrance.pass_second(waiting, shown(stage, key), HERE) is None
    stage.clock.turn(seconds=PAUSE.total_seconds())
    assert await stage.entrance.pass_second(waiting, shown(stage, key), HERE) is not None


async def test_a_key_is_sealed_to_its_owner(stage: Stage) -> None:
    sealed = stage.entrance.seal("1001", totp.new_key())
    assert stage.entrance.unseal("1002", sealed) is None
    assert stage.entrance.unseal("1001", sealed[:-1]) is None
    assert stage.entrance.unseal("1001", b"") is None


async def test_a_second_factor_is_turned_off_with_a_code_of_it_only(stage: Stage) -> None:
    key, waiting = await with_a_second_factor(stage)
    assert not await stage.entrance.drop_second(waiting.account, "000000", HERE)
    assert await stage.entrance.drop_second(waiting.account, shown(stage, key), HERE)
    _, session = await stage.signed_in()
    assert session.owes is None


async def test_a_role_that_needs_a_second_factor_sets_it_up_first(stage: Stage) -> None:
    await stage.require_second(Role.SUPERVISOR)
    _, agent = await stage.signed_in("1001")
    _, supervisor = await stage.signed_in("1900")
    assert (agent.owes, supervisor.owes) == (None, Owes.SECOND)


async def test_the_audit_log_tells_who_came_and_who_did_not(stage: Stage) -> None:
    await stage.entrance.sign_in("a password typed in the wrong field", WRONG, HERE)
    await stage.entrance.sign_in("1001", WRONG, ELSEWHERE)
    _, session = await stage.signed_in()
    await stage.entrance.sign_out(session, HERE)
    assert [(deed.who, deed.what, deed.address) for deed in await stage.deeds()] == [
        ("?", "sign-in-refused", HERE),
        ("1001", "sign-in-refused", ELSEWHERE),
        ("1001", "signed-in", HERE),
        ("1001", "signed-out", HERE),
    ]


@pytest.mark.parametrize("change", ["UPDATE staff_audit SET who = 'x'", "DELETE FROM staff_audit"])
async def test_what_stands_in_the_audit_log_stays_there(stage: Stage, change: str) -> None:
    await stage.signed_in()
    with pytest.raises(DBAPIError, match="staff_audit is append-only"):
        async with stage.engine.begin() as connection:
            await connection.execute(text(change))


async def test_what_is_over_is_dropped(stage: Stage) -> None:
    await stage.signed_in()
    await stage.entrance.sign_in("1001", WRONG, HERE)
    async with stage.engine.begin() as connection:
        assert await WebSessions(connection).forget_old(stage.clock()) == 0
        assert await forget_old_attempts(connection, stage.clock()) == 0
    stage.clock.turn(hours=1)
    async with stage.engine.begin() as connection:
        assert await WebSessions(connection).forget_old(stage.clock()) == 1
        assert await forget_old_attempts(connection, stage.clock()) == 2


async def test_a_new_password_from_a_session_that_has_ended_meanwhile_changes_nothing(stage: Stage) -> None:
    _, session = await stage.signed_in()
    await stage.office.drop_second("1001")  # which ends their sessions
    new = Secret("another password of theirs")
    assert await stage.entrance.change_password(session, RIGHT, new, HERE) == "wrong"
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is not None
    assert await stage.entrance.sign_in("1001", new, HERE) is None


async def test_a_code_after_the_password_was_taken_away_lets_nobody_in(stage: Stage) -> None:
    key, waiting = await with_a_second_factor(stage)
    await stage.office.reset_password("1001")
    assert await stage.entrance.pass_second(waiting, shown(stage, key), HERE) is None
