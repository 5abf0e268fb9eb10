"""Migrations: all that are missing, in one transaction of the owner, under a lock."""

from __future__ import annotations

import contextlib
import io
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import asyncpg
from piccolo.apps.migrations.commands.forwards import run_forwards

from jiebang.kernel.policy import RIGHTS
from jiebang.platform.db.engine import ENGINE
from jiebang.platform.db.roles import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

LOCK = 7419002
LOCK_TIMEOUT = "3s"
_ID = re.compile(r'^ID = "(.+)"$', re.MULTILINE)


def sql_file(slice_name: str, filename: str = "rules.sql") -> Callable[[], Awaitable[None]]:
    """A migration step that runs a whole SQL file of `migrations/<slice>/`: what Piccolo has no word for."""

    async def run() -> None:
        text = (files("jiebang.migrations") / slice_name / filename).read_text(encoding="utf-8")
        await ENGINE.current().execute(text)

    return run


async def pending(connect: Mapping[str, Any]) -> bool:
    """Whether a migration has not run, or the owner cannot even sign in yet. Cheap: asked at every start."""
    try:
        owner = await asyncpg.connect(**connect)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError):
        return True
    try:
        if await owner.fetchval("select to_regclass('app.migration')") is None:
            return True
        ran = {row["name"] for row in await owner.fetch("select name from app.migration")}
        if not ran >= known():
            return True
        written = await owner.fetch("select code, place, roles, kinds from app.access_right")
    finally:
        await owner.close()
    return {tuple(map(_hashable, row)) for row in written} != set(_policy())


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _policy() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    return [(right.code, right.place, right.roles, right.kinds) for right in RIGHTS.values()]


async def write_policy(connection: Any) -> None:
    """Make the database's copy of the policy what the code declares, as the owner."""
    await connection.execute("delete from app.access_right")
    await connection.executemany(
        "insert into app.access_right (code, place, roles, kinds) values ($1, $2, $3, $4)", _policy()
    )


def known() -> set[str]:
    """The ids of all migrations on disk."""
    folders = [entry for entry in files("jiebang.migrations").iterdir() if entry.is_dir()]
    texts = [f.read_text(encoding="utf-8") for d in folders for f in d.iterdir() if f.name.endswith(".py")]
    return {found[1] for text in texts if (found := _ID.search(text))}


async def migrate() -> str:
    """Run what is missing; returns Piccolo's report. The engine must hold the owner's pool.

    Raises:
        RuntimeError: a migration reported failure.
    """
    report = io.StringIO()
    async with ENGINE.unit_of_work(Role.OWNER) as connection:
        await connection.execute(f"select pg_advisory_xact_lock({LOCK})")
        # A lock that waits makes everybody wait who comes after it: under traffic, give up whole and come again.
        await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        with contextlib.redirect_stdout(report):
            result = await run_forwards("all")
        if not result.success:
            raise RuntimeError(f"migration failed: {result.message}\n{report.getvalue()}")
        await write_policy(connection)
    return report.getvalue()
