"""Migrations: all that are missing, in one transaction of the owner, under a lock."""

from __future__ import annotations

import contextlib
import io
from importlib.resources import files
from typing import TYPE_CHECKING

from piccolo.apps.migrations.commands.forwards import run_forwards

from jiebang.platform.db.engine import ENGINE
from jiebang.platform.db.roles import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOCK = 7419002


def sql_file(slice_name: str, filename: str = "rules.sql") -> Callable[[], Awaitable[None]]:
    """A migration step that runs a whole SQL file of `migrations/<slice>/`: what Piccolo has no word for."""

    async def run() -> None:
        text = (files("jiebang.migrations") / slice_name / filename).read_text(encoding="utf-8")
        await ENGINE.current().execute(text)

    return run


async def migrate() -> str:
    """Run what is missing; returns Piccolo's report. The engine must hold the owner's pool.

    Raises:
        RuntimeError: a migration reported failure.
    """
    report = io.StringIO()
    async with ENGINE.unit_of_work(Role.OWNER) as connection:
        await connection.execute(f"select pg_advisory_xact_lock({LOCK})")
        with contextlib.redirect_stdout(report):
            result = await run_forwards("all")
        if not result.success:
            raise RuntimeError(f"migration failed: {result.message}\n{report.getvalue()}")
    return report.getvalue()
