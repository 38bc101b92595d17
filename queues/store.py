"""Who works here, what they know, how calls are routed, what agents were last and what was counted today.

The caller owns the transaction, where a method takes a connection; the others open their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Insert, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import utc_now
from core.words import Language
from queues.agents import AgentState, Presence
from queues.model import DEMO_AGENTS
from queues.routing import rules_from, rules_plain
from queues.rules import Profile, Rules
from queues.tables import agent, agent_event, agent_skill, daily_count, routing
from queues.today import AgentCounts, QueueCounts, Today

DEMO_LEVEL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The routing as somebody made it."""

    revision: int
    at: datetime
    by: str
    rules: Rules


class Outdated(Exception):
    """The routing was changed by somebody else meanwhile."""


class Store:
    """The queues' part of the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    # people

    async def profiles(self) -> dict[str, Profile]:
        """Return everybody who works here, by number."""
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            return await _profiles(connection)

    async def save_profile(self, profile: Profile, at: datetime | None = None) -> None:
        """Enter somebody, or change who they are; a training they had keeps its day."""
        async with self._engine.begin() as connection:
            await _save_profile(connection, profile, at or utc_now())

    async def leave(self, number: str) -> None:
        """Have somebody work here no more; what they did stays."""
        async with self._engine.begin() as connection:
            await connection.execute(update(agent).where(agent.c.number == number).values(active=False))

    async def enter_demo(self) -> list[str]:
        """Enter the demo's agents that are not there yet; return their numbers."""
        async with self._engine.begin() as connection:
            known = set((await connection.execute(select(agent.c.number))).scalars())
            missing = [each for each in DEMO_PROFILES if each.number not in known]
            for profile in missing:
                await _save_profile(connection, profile, utc_now())
        return [profile.number for profile in missing]

    # routing

    async def rules(self) -> Rules:
        """Return the routing in force; `Rules.default()` where nobody has changed it."""
        history = await self.history(most=1)
        return history[0].rules if history else Rules.default()

    async def revision(self) -> int:
        """Return the revision in force, 0 where nobody has changed the routing."""
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            newest: int | None = await connection.scalar(select(func.max(routing.c.revision)))
        return newest or 0

    async def save_rules(self, rules: Rules, *, by: str, at: datetime | None = None, since: int = -1) -> int:
        """Put new rules into force; return their revision.

        Raises `Outdated` when they were made `since` another revision than the newest.
        """
        entry = insert(routing).values(rules=rules_plain(rules), by=by, at=at or utc_now())
        async with self._engine.begin() as connection:
            newest = await connection.scalar(select(func.max(routing.c.revision))) or 0
            if since not in (-1, newest):
                raise Outdated
            revision: int = (await connection.execute(entry.returning(routing.c.revision))).scalar_one()
        return revision

    async def history(self, *, most: int = 20) -> list[Revision]:
        """Return who changed the routing when, newest first. Raises `Unreadable` for a newer program's."""
        query = select(routing).order_by(routing.c.revision.desc()).limit(most)
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            rows = (await connection.execute(query)).all()
        return [
            Revision(revision=row.revision, at=row.at, by=row.by, rules=rules_from(row.rules)) for row in rows
        ]

    # what was

    async def last_states(self) -> dict[str, AgentState]:
        """Return what every agent was last, those who were logged out left out."""
        theirs = agent_event.alias()
        newest_first = (theirs.c.at.desc(), theirs.c.id.desc())  # whoever was stopped may write late
        newest = select(theirs.c.id).where(theirs.c.agent == agent.c.number).order_by(*newest_first).limit(1)
        last = newest.correlate(agent).scalar_subquery()
        query = (
            select(agent_event)
            .select_from(agent.join(agent_event, agent_event.c.id == last))
            .where(agent.c.active)
        )
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            states = [_state(row) for row in await connection.execute(query)]
        return {state.number: state for state in states if state.presence is not Presence.LOGGED_OUT}

    async def today(self, day: date) -> Today:
        """Return what was counted on a day."""
        query = select(daily_count).where(daily_count.c.day == day)
        today = Today(day)
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            for row in await connection.execute(query):
                if row.subject == "queue":
                    today.queues[row.name] = QueueCounts(**row.counts)
                else:
                    today.agents[row.name] = AgentCounts(**row.counts)
        return today

    async def save_today(self, today: Today) -> None:
        """Keep what was counted, for the process that comes after this one."""
        counted: list[tuple[str, Mapping[str, QueueCounts] | Mapping[str, AgentCounts]]] = [
            ("queue", today.queues),
            ("agent", today.agents),
        ]
        rows = [
            {"day": today.day, "subject": subject, "name": name, "counts": asdict(counts)}
            for subject, all_counts in counted
            for name, counts in all_counts.items()
        ]
        if rows:
            async with self._engine.begin() as connection:
                await connection.execute(_put(connection, "counts"), rows)


DEMO_PROFILES = tuple(
    Profile(
        number=each.number,
        name=each.name,
        languages=each.languages,
        levels=MappingProxyType({skill.value: DEMO_LEVEL for skill in each.skills}),
        trained=frozenset(skill.value for skill in each.skills),
    )
    for each in DEMO_AGENTS
)
"""The demo's agents: levels of 3 in all their skills, trained in all of them."""


def moment(at: float) -> datetime:
    """Return epoch seconds as the database keeps them."""
    return datetime.fromtimestamp(at, UTC)


def insert_new(connection: AsyncConnection, table: Any) -> Insert:
    """Return an insert that leaves out what is there already."""
    into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return into(table).on_conflict_do_nothing()


def _put(connection: AsyncConnection, changing: str) -> Insert:
    into = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(daily_count)
    return into.on_conflict_do_update(
        index_elements=list(daily_count.primary_key), set_={changing: into.excluded[changing]}
    )


async def _profiles(connection: AsyncConnection) -> dict[str, Profile]:
    skills: dict[str, list[Any]] = {}
    for row in await connection.execute(select(agent_skill)):
        skills.setdefault(row.agent, []).append(row)
    people = await connection.execute(select(agent).where(agent.c.active).order_by(agent.c.number))
    return {row.number: _profile(row, skills.get(row.number, [])) for row in people}


def _profile(row: Any, skills: list[Any]) -> Profile:
    return Profile(
        number=row.number,
        name=row.name,
        languages=frozenset(map(Language, row.languages)),
        levels=MappingProxyType({each.skill: each.level for each in skills}),
        trained=frozenset(each.skill for each in skills if each.trained_at is not None),
    )


async def _save_profile(connection: AsyncConnection, profile: Profile, at: datetime) -> None:
    who = {"name": profile.name, "languages": sorted(profile.languages), "active": True}
    changed = await connection.execute(update(agent).where(agent.c.number == profile.number).values(who))
    if not changed.rowcount:
        await connection.execute(insert(agent).values(number=profile.number, **who))
    mine = agent_skill.c.agent == profile.number
    before = {row.skill: row.trained_at for row in await connection.execute(select(agent_skill).where(mine))}
    await connection.execute(delete(agent_skill).where(mine))
    rows = [
        {
            "agent": profile.number,
            "skill": skill,
            "level": level,
            "trained_at": (before.get(skill) or at) if skill in profile.trained else None,
        }
        for skill, level in profile.levels.items()
    ]
    if rows:
        await connection.execute(insert(agent_skill), rows)


def _state(row: Any) -> AgentState:
    return AgentState(
        number=row.agent,
        presence=Presence(row.presence),
        since=row.at.timestamp(),
        reason=row.reason,
        call=row.call,
        endpoint=row.endpoint,
        idle_since=row.idle_since.timestamp() if row.idle_since else 0.0,
    )
