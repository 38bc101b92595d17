"""What administrators do about people."""

from __future__ import annotations

import pytest

from core.secret import Secret
from staff import demo
from staff.model import PUBLISHED, Account, Owes, Role, unfit
from staff.office import Refused, new_password
from tests.staff.stage import HERE, RIGHT, WRONG, Stage

NEWCOMER = Account(login="1004", name="新人", roles=frozenset({Role.AGENT, Role.QUALITY}))


async def test_a_newcomer_signs_in_and_chooses_a_password_of_their_own(stage: Stage) -> None:
    password = await stage.office.add(NEWCOMER)
    token = await stage.entrance.sign_in("1004", password, HERE)
    assert token is not None
    session = await stage.entrance.session(token)
    assert session is not None
    assert (session.account.roles, session.owes) == (NEWCOMER.roles, Owes.PASSWORD)
    fresh = await stage.entrance.change_password(session, password, Secret("their own words"), HERE)
    assert isinstance(fresh, Secret)
    session = await stage.entrance.session(fresh)
    assert session is not None
    assert session.owes is None


async def test_a_number_is_given_once(stage: Stage) -> None:
    with pytest.raises(Refused, match="taken"):
        await stage.office.add(Account(login="1001", name="x", roles=frozenset({Role.AGENT})))


async def test_new_roles_count_at_once_in_open_browsers(stage: Stage) -> None:
    token, _ = await stage.signed_in("1001")
    await stage.office.change("1001", name="李娜", roles=frozenset({Role.SUPERVISOR}))
    session = await stage.entrance.session(token)
    assert session is not None
    assert session.account.roles == {Role.SUPERVISOR}


async def test_who_is_locked_is_out_at_once_and_stays_out_until_unlocked(stage: Stage) -> None:
    token, _ = await stage.signed_in("1001")
    await stage.office.lock("1001", locked=True)
    assert await stage.entrance.session(token) is None
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is None
    await stage.office.lock("1001", locked=False)
    assert await stage.entrance.session(token) is None
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is not None


async def test_unlocking_forgets_wrong_tries(stage: Stage) -> None:
    for _ in range(5):
        await stage.entrance.sign_in("1001", WRONG, HERE)
    await stage.office.lock("1001", locked=False)
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is not None


async def test_a_reset_password_signs_out_and_must_be_changed(stage: Stage) -> None:
    token, _ = await stage.signed_in("1001")
    password = await stage.office.reset_password("1001")
    assert await stage.entrance.session(token) is None
    assert await stage.entrance.sign_in("1001", RIGHT, HERE) is None
    assert await stage.entrance.sign_in("1001", password, HERE) is not None


async def test_the_last_administrator_cannot_lock_the_house_behind_them(stage: Stage) -> None:
    with pytest.raises(Refused, match="yourself"):
        await stage.office.lock("admin", locked=True)
    with pytest.raises(Refused, match="yourself"):
        await stage.office.change("admin", name="x", roles=frozenset({Role.AGENT}))


async def test_nobody_is_told_of_as_nobody(stage: Stage) -> None:
    with pytest.raises(Refused, match="unknown"):
        await stage.office.reset_password("9999")
    with pytest.raises(Refused, match="unknown"):
        await stage.office.drop_second("9999")


async def test_every_deed_stands_in_the_audit_log_without_any_password(stage: Stage) -> None:
    password = await stage.office.add(NEWCOMER)
    await stage.office.reset_password("1004")
    await stage.office.lock("1004", locked=True)
    await stage.require_second(Role.ADMINISTRATOR)
    deeds = await stage.deeds()
    assert [(deed.who, deed.what, deed.about, deed.details) for deed in deeds] == [
        ("admin", "person-added", "1004", "agent, quality"),
        ("admin", "password-reset", "1004", ""),
        ("admin", "person-locked", "1004", ""),
        ("admin", "second-factor-required", "", "administrator"),
    ]
    assert password.reveal() not in str(deeds)


async def test_the_demo_s_people_are_entered_once(stage: Stage) -> None:
    assert await demo.load(stage.engine, stage.passwords) == []


async def test_who_still_has_the_published_password_is_known(stage: Stage) -> None:
    await stage.office.reset_password("admin")
    kept = await demo.kept(stage.engine)
    known = await demo.with_published_passwords(stage.passwords, kept)
    assert known == ["1001", "1002", "1003", "1900"]


def test_first_passwords_differ_and_may_be_kept() -> None:
    assert new_password() != new_password()
    assert unfit(new_password(), "1001") is None
    assert unfit(Secret(PUBLISHED), "1001") == "published"
