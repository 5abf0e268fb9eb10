"""An attacker who runs statements of his own on a login, as through an injected statement, with his own session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor

REFUSED = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.CheckViolationError,
    asyncpg.ForeignKeyViolationError,
)
"""How the database says no. A statement that changes nothing is no refusal: `stopped` counts it apart."""


async def run(role: Role, actor: Actor | None, *statements: tuple[str, *tuple[Any, ...]]) -> list[str]:
    """Run the statements in one transaction and commit it; each one's command tag."""
    async with ENGINE.unit_of_work(role, actor.token_hash if actor else b"") as db:
        return [await db.execute(sql, *args) for sql, *args in statements]


async def stopped(role: Role, actor: Actor | None, *statements: tuple[str, *tuple[Any, ...]]) -> bool:
    """Whether the transaction was refused, or its last statement reached no row."""
    try:
        tags = await run(role, actor, *statements)
    except REFUSED:
        return True
    return tags[-1].endswith(" 0")


async def owner(sql: str, *args: Any) -> Any:
    """One value, read past every policy."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        return await db.fetchval(sql, *args)
