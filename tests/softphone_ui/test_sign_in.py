"""Signing in with a browser: cookies, refusals, the second factor, and how long it lasts."""

from __future__ import annotations

import pytest

from core.secret import Secret
from softphone_ui.keys import Site
from staff import totp
from staff.model import Role
from tests.softphone_ui.browser import Browser, Pages, served
from tests.staff.stage import Stage


async def test_a_cookie_scripts_cannot_read_and_other_sites_cannot_send(pages: Pages) -> None:
    got = await pages.browser().sign_in("1001")
    assert got.status == 303
    cookie = got.headers["Set-Cookie"]
    assert all(word in cookie for word in ("hotline=", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_never_travels_without(stage: Stage) -> None:
    async with served(stage, site=Site(origin="https://hotline.bank.example")) as pages:
        browser = pages.browser()
        form = {"login": "1001", "password": "hotline-demo"}
        got = await browser.post("/sign-in", form, origin="https://hotline.bank.example")
        cookie = got.headers["Set-Cookie"]
        assert cookie.startswith("__Host-hotline=")
        assert "Secure" in cookie
        assert got.headers["Strict-Transport-Security"]
        assert (await browser.post("/sign-in", form)).status == 403


async def test_whoever_is_refused_reads_the_same_whatever_the_reason(pages: Pages) -> None:
    await pages.stage.office.lock("1002", locked=True)
    wrong, locked, nobody = (
        await pages.browser().sign_in("1001", "no such password"),
        await pages.browser().sign_in("1002"),
        await pages.browser().sign_in("9999", "no such password"),
    )
    assert {got.status for got in (wrong, locked, nobody)} == {401}
    texts = {
        got.text.replace(login, "") for got, login in ((wrong, "1001"), (locked, "1002"), (nobody, "9999"))
    }
    assert len(texts) == 1
    for login in ("1001", "9999"):
        for _ in range(5):
            last = await pages.browser().sign_in(login, "no such password")
        texts.add(last.text.replace(login, ""))
    assert len(texts) == 1


async def test_after_signing_in_the_page_asked_for_comes_and_none_of_another_site(pages: Pages) -> None:
    form = {"login": "admin", "password": "hotline-demo"}
    for to, there in (
        ("/audit", "/audit"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
    ):
        assert (await pages.browser().post("/sign-in", form | {"to": to})).there == there


async def test_signed_out_is_signed_out_also_for_whoever_kept_the_cookie(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    token = browser.cookie()
    assert token
    assert (await browser.post("/sign-out")).there == "/sign-in"
    assert browser.cookie() is None
    assert (await browser.get("/me", Cookie=f"hotline={token}")).there == "/sign-in?to=/me"


async def test_who_signs_in_where_somebody_was_signed_in_takes_their_place(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    token = browser.cookie()
    assert (await browser.sign_in("admin")).status == 303
    assert (await browser.get("/people")).status == 200
    assert (await pages.browser().get("/me", Cookie=f"hotline={token}")).status == 303


async def test_after_half_an_hour_of_nothing_one_signs_in_again(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    pages.stage.clock.turn(minutes=29)
    assert (await browser.get("/me")).status == 200
    pages.stage.clock.turn(minutes=30)
    assert (await browser.get("/me")).there == "/sign-in?to=/me"


async def test_a_new_password_signs_every_other_browser_out(pages: Pages) -> None:
    here, elsewhere = await pages.signed_in("1001"), await pages.signed_in("1001")
    form = {"old": "hotline-demo", "new": "my own words", "again": "my own words"}
    assert (await here.post("/me/password", form | {"again": "others"})).status == 422
    assert (await here.post("/me/password", form)).there == "/me"
    assert (await here.get("/me")).status == 200
    assert (await elsewhere.get("/me")).status == 303


async def test_a_password_others_know_is_changed_before_anything_else(pages: Pages) -> None:
    password = await pages.stage.office.reset_password("admin")
    browser = pages.browser()
    await browser.sign_in("admin", password.reveal())
    assert (await browser.get("/people")).there == "/me"
    assert (await browser.post("/people")).status == 403
    got = await browser.get("/me")
    assert "that only you know" in got.text
    assert 'href="/people"' not in got.text
    form = {"old": password.reveal(), "new": "my own words", "again": "my own words"}
    await browser.post("/me/password", form)
    assert (await browser.get("/people")).status == 200


async def set_up(pages: Pages, browser: Browser) -> str:
    """Set a second factor up as somebody with an app would; return its key."""
    page = await browser.get("/me/second")
    assert "<svg" in page.text
    key = page.text.split("<code>")[1].split("</code>")[0].replace(" ", "")
    form = {"sealed": page.hidden("sealed").replace("&#43;", "+"), "code": code(pages, key)}
    assert (await browser.post("/me/second", form)).there == "/me/second"
    pages.stage.clock.turn(seconds=totp.STEP)
    return key


def code(pages: Pages, key: str) -> str:
    """Return what an app shows now."""
    return totp.code(Secret(key), int(pages.stage.clock().timestamp()) // totp.STEP)


async def test_with_a_second_factor_nothing_is_shown_before_its_code(pages: Pages) -> None:
    key = await set_up(pages, await pages.signed_in("admin"))
    browser = await pages.signed_in("admin")
    assert (await browser.get("/people")).there == "/sign-in/code"
    assert (await browser.post("/people")).status == 403
    assert (await browser.get("/me")).there == "/sign-in/code"
    assert (await browser.post("/sign-in/code", {"code": "000000"})).status == 401
    half_way = browser.cookie()
    assert (await browser.post("/sign-in/code", {"code": code(pages, key)})).there == "/"
    assert browser.cookie() != half_way
    assert (await browser.get("/people")).status == 200


async def test_a_code_is_used_once_also_by_another_browser(pages: Pages) -> None:
    key = await set_up(pages, await pages.signed_in("admin"))
    one, other = await pages.signed_in("admin"), await pages.signed_in("admin")
    form = {"code": code(pages, key)}
    assert (await one.post("/sign-in/code", form)).status == 303
    assert (await other.post("/sign-in/code", form)).status == 401


async def test_a_role_that_needs_a_second_factor_comes_to_its_page_first(pages: Pages) -> None:
    await pages.stage.require_second(Role.ADMINISTRATOR)
    browser = await pages.signed_in("admin")
    assert (await browser.get("/people")).there == "/me/second"
    await set_up(pages, browser)
    assert (await browser.get("/people")).status == 200


async def test_a_key_that_is_none_of_ours_is_not_taken(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    for sealed in ("", "AAAA", "no base 64"):
        assert (await browser.post("/me/second", {"sealed": sealed, "code": "123456"})).status == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_form_of_another_site_changes_nothing(pages: Pages, origin: str | None) -> None:
    browser = await pages.signed_in("admin")
    assert (await browser.post("/people/1001/lock", origin=origin)).status == 403
    assert (await browser.post("/sign-in", {"login": "1001"}, origin=origin)).status == 403
    assert [deed.what for deed in await pages.stage.deeds()] == ["signed-in"]


async def test_only_forms_are_read_and_none_that_is_too_long(pages: Pages) -> None:
    browser = await pages.signed_in("admin")
    json = {"Content-Type": "application/json"}
    assert (await browser.post("/people", "{}", **json)).status == 415
    assert (await browser.post("/people", {"name": "x" * 70_000})).status == 413
    assert (await browser.post("/people", {"login": "1004", "name": "x" * 300})).status == 400
    assert (await browser.post("/people", {"name": "a\nb", "login": "1004"})).status == 400


async def test_behind_a_proxy_wrong_tries_count_for_the_browser_s_address(stage: Stage) -> None:
    origin = "https://hotline.bank.example"
    async with served(stage, site=Site(origin=origin)) as pages:
        form = {"login": "1001", "password": "no such password"}
        forwarded = {"X-Forwarded-For": "203.0.113.9, 192.0.2.77"}
        await pages.browser().post("/sign-in", form, origin=origin, **forwarded)
        await pages.browser().post("/sign-in", form, origin=origin, **{"X-Forwarded-For": "nonsense"})
    async with served(stage) as pages:
        await pages.browser().post("/sign-in", form, **forwarded)
    async with served(stage, site=Site(origin=origin, tls=True)) as pages:  # there is no proxy
        await pages.browser().post("/sign-in", form, origin=origin, **forwarded)
    assert [deed.address for deed in await stage.deeds()] == ["192.0.2.77", *["127.0.0.1"] * 3]
