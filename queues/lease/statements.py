"""What the lease asks of PostgreSQL; each is atomic. `clock_timestamp()` is the database's own clock."""

from __future__ import annotations

import zlib

APPLICATION = "hotline lease"
"""What PostgreSQL calls the sessions of those who lead or stand by."""

LOCK_CLASS = 0x686F746C
"""The advisory locks of the hotline (`hotl`), first half; the second is made of the lease's name."""

LOOK = """
SELECT token, holder, backend, holder = '' AS released, until < clock_timestamp() AS expired
FROM lease WHERE name = $1"""

TAKE = """
INSERT INTO lease AS held (name, token, holder, backend, until)
VALUES ($1, $2::bigint + 1, $3, pg_backend_pid(), clock_timestamp() + make_interval(secs => $4))
ON CONFLICT (name) DO UPDATE
SET token = held.token + 1, holder = excluded.holder, backend = excluded.backend, until = excluded.until
WHERE held.token = $2 AND (held.until < clock_timestamp() OR held.holder = '' OR $5)
RETURNING token"""
"""Take the lease from the holder just seen ($2), if it has expired, was released, or its holder is dead."""

RENEW = """
UPDATE lease SET until = clock_timestamp() + make_interval(secs => $4), backend = pg_backend_pid()
WHERE name = $1 AND token = $2 AND holder = $3
RETURNING token"""

RELEASE = """
UPDATE lease SET until = clock_timestamp(), holder = '' WHERE name = $1 AND token = $2 AND holder = $3"""

_HAS_LOCK = f"""
locktype = 'advisory' AND granted AND classid = {LOCK_CLASS} AND objid::bigint = $1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""  # noqa: S608  made of constants

LOCK = f"""
SELECT CASE
    WHEN EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND {_HAS_LOCK}) THEN true
    ELSE pg_try_advisory_lock({LOCK_CLASS}, $1::bigint::integer)
END"""  # noqa: S608  made of constants
"""Take the advisory lock, if this session does not have it."""

UNLOCK = f"SELECT pg_advisory_unlock({LOCK_CLASS}, $1::bigint::integer)"

END_HOLDER = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = '{APPLICATION}' AND pid <> pg_backend_pid()
AND (pid = $2 OR pid IN (SELECT pid FROM pg_locks WHERE {_HAS_LOCK}))"""  # noqa: S608  made of constants
"""End the sessions of a holder whose lease has expired; a process number may be somebody else's by now."""


def lock_number(name: str) -> int:
    """Return the second half of a lease's advisory lock."""
    return zlib.crc32(name.encode()) >> 1
