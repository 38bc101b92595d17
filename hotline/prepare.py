"""Making ready: secrets, database, demo customers, prompts, Asterisk. Each step only does what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing

from asterisk_conf.obtain import Asterisk, obtain
from bank import demo
from bank.ledger import office
from core.db import open_database
from hotline import database, private
from hotline.contradictions import beyond_loopback
from hotline.main import catalog, open_pins
from hotline.secrets import NoSecrets, Secrets, lacks
from hotline.settings import PROJECT, Settings, SettingsError
from queues.store import Store
from speech.build import build
from staff import demo as people
from staff.model import PUBLISHED
from staff.passwords import Passwords

RECORDED = PROJECT / "prompts" / "recorded"
"""An operator's own recordings: `<language>/<name>.wav` takes the place of the built prompt."""

Say = Callable[[str], None]
"""Receives one line of progress."""


async def prepare_money(settings: Settings, say: Say) -> None:
    """Bring secrets, database and (in the demo) customers about: all that `hotline call` needs."""
    await prepare_database(settings, say)
    if settings.demo:
        await load_agents(settings, say)
    if settings.demo and settings.bank.kind == "ledger":
        await load_demo(settings, say)


async def prepare_database(settings: Settings, say: Say) -> None:
    """Bring folders, secrets and the database's tables about."""
    private.folder(settings.home, ours=False)
    before = await database.revision(settings.database_url)
    await database.upgrade(settings.database_url)
    await make_secrets(settings)
    for folder in (settings.asterisk_folder, settings.journal_folder, settings.messages_folder):
        private.folder(folder)
    if before != database.head():
        say(f"Database: at revision {database.head()}")


async def load_agents(settings: Settings, say: Say) -> int:
    """Enter the demo's agents that are not there yet; return how many."""
    async with open_database(settings.database_url, connections=1) as engine:
        entered = await Store(engine).enter_demo()
    if entered:
        say(f"Demo: agents entered: {', '.join(entered)}")
    return len(entered)


async def load_demo(settings: Settings, say: Say) -> int:
    """Enter the demo's customers that are not there yet; return how many. Only a new one's PIN is hashed."""
    async with open_database(settings.database_url) as engine:
        if len(await demo.known(engine)) == len(demo.CUSTOMERS):
            return 0
        with closing(open_pins(settings)) as pins:
            entered = await demo.load(engine, pins)
    say(f"Demo: customers entered: {', '.join(entered)}")
    return len(entered)


async def load_people(settings: Settings, say: Say) -> int:
    """Enter the demo's accounts that are not there yet; return how many."""
    async with open_database(settings.database_url) as engine:
        if len(await people.kept(engine)) == len(people.PEOPLE):
            return 0
        with closing(Passwords()) as passwords:
            entered = await people.load(engine, passwords)
    say(f"Demo: accounts entered: {', '.join(entered)}; password {PUBLISHED}")
    return len(entered)


async def make_secrets(settings: Settings) -> None:
    """Make the secrets that are missing; never a pepper beside customers whose PINs need the old one.

    Raises `SettingsError`.
    """
    customers = await _has_customers(settings)
    try:
        if customers and "pepper" in lacks(
            settings.secrets_file
        ):  # in this order: secrets come before customers
            raise SettingsError(
                f"{settings.secrets_file} is missing or has no pepper, and the PINs in the database can be "
                "checked with it only: bring the file back, from a backup or another machine of this hotline"
            )
        Secrets.made_at(settings.secrets_file)
    except NoSecrets as damage:
        raise SettingsError(str(damage)) from None


async def _has_customers(settings: Settings) -> bool:
    if settings.bank.kind != "ledger":
        return False
    async with open_database(settings.database_url, connections=1) as engine, engine.connect() as connection:
        return await office.has_customers(connection)


async def refuse_published_pins(settings: Settings) -> None:
    """Raise `SettingsError` when strangers could reach a customer whose PIN everybody knows."""
    if settings.bank.kind != "ledger" or not beyond_loopback(settings):
        return
    async with open_database(settings.database_url) as engine:
        kept = await demo.known(engine)
    if not kept:
        return
    with closing(open_pins(settings)) as pins:
        known = await demo.with_published_pins(pins, kept)
    if known:
        raise SettingsError(
            f"{', '.join(beyond_loopback(settings))} is beyond loopback, and the PINs of {', '.join(known)} "
            "are the published ones of the demo: change or remove them first"
        )


async def refuse_published_passwords(settings: Settings) -> None:
    """Raise `SettingsError` when strangers could sign in with a password everybody knows."""
    if not beyond_loopback(settings):
        return
    async with open_database(settings.database_url) as engine:
        kept = await people.kept(engine)
    if not kept:
        return
    with closing(Passwords()) as passwords:
        known = await people.with_published_passwords(passwords, kept)
    if known:
        raise SettingsError(
            f"{', '.join(beyond_loopback(settings))} is beyond loopback, and the passwords of "
            f"{', '.join(known)} are the published ones of the demo: change them first "
            "(hotline staff password LOGIN)"
        )


def prepare_prompts(settings: Settings, say: Say) -> None:
    """Build every prompt that changed."""
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        if (tenth := done * 10 // max(total, 1)) != shown:
            shown = tenth
            say(f"Prompts: {done} of {total} sounds")

    built = build(
        catalog(),
        settings.sounds_folder,
        overrides=RECORDED if RECORDED.exists() else None,
        progress=progress,
    )
    if built.made or built.removed:
        say(f"Prompts: {built.made} made, {built.recorded} recorded by you, {built.kept} unchanged")


async def prepare(settings: Settings, say: Say) -> Asterisk:
    """Bring everything about; return the Asterisk to run."""
    await prepare_money(settings, say)
    if settings.demo:
        await load_people(settings, say)
    await refuse_published_pins(settings)
    await refuse_published_passwords(settings)
    await asyncio.to_thread(prepare_prompts, settings, say)
    return await asyncio.to_thread(obtain, settings.home / settings.asterisk.root, say=say)
