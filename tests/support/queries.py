"""Every named query of every package, and its plan under the wrapper of a signed-in read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import asyncpg

import jiebang
from jiebang.platform.db import API_ROLES, ENGINE, Queries, Role
from jiebang.platform.db.engine import _ONE_STATEMENT

_ROOT = Path(jiebang.__file__).parent


def named_queries() -> dict[str, str]:
    """Reads that leave $1 to the context, by `package.name`: what `ENGINE.read` may wrap."""
    found: dict[str, str] = {}
    for file in sorted(_ROOT.rglob("*.sql")):
        if {"migrations", "workers"} & set(file.relative_to(_ROOT).parts):
            continue
        package = ".".join(("jiebang", *file.parent.relative_to(_ROOT).parts))
        for name, sql in vars(Queries(package, file.name)).items():
            if re.match(r"(--.*\n|\s)*(select|with)\b", sql) and not re.search(
                r"\$1\b|\bfor (no key )?update|\bfor (key )?share", sql
            ):
                found[f"{package}.{name}"] = sql
    return found


async def plan_of(sql: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The generic plan's outer (context) and inner (query) side, as the first login that may run it.

    Raises:
        AssertionError: no login may, or the plan is no nested loop.
    """
    for role in (*API_ROLES, Role.WORKER):
        async with ENGINE.unit_of_work(role, read_only=True) as db:
            await db.execute("set local plan_cache_mode = force_generic_plan")
            await db.execute(f"prepare probe as {_ONE_STATEMENT.format(sql)}")
            n = await db.fetchval(
                "select cardinality(parameter_types) from pg_prepared_statements where name = 'probe'"
            )
            try:
                async with ENGINE.savepoint():
                    rows = await db.fetchval(
                        f"explain (format json, costs off) execute probe({', '.join(['null'] * n)})"
                    )
            except asyncpg.InsufficientPrivilegeError:
                continue
            finally:
                await db.execute("deallocate probe")
        plan = rows[0]["Plan"]
        while plan["Node Type"] != "Nested Loop":
            (plan,) = plan["Plans"]
        outer, inner = (p for p in plan["Plans"] if p["Parent Relationship"] in {"Outer", "Inner"})
        return outer, inner
    raise AssertionError(f"no login may run: {sql}")
