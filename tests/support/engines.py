"""Real engines for a test process, and a migrated database on them."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from jiebang.platform.db import ENGINE, Role, RoutedEngine
from jiebang.platform.db.bootstrap import bootstrap
from jiebang.platform.db.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints


def connect_as(endpoints: Endpoints, user: str, password: str | None, database: str = "jiebang") -> dict[str, Any]:
    """asyncpg's connect arguments."""
    return {
        "host": endpoints.database_host, "port": endpoints.database_port, "user": user, "password": password,
        "database": database, "ssl": False,
    }  # fmt: skip


@asynccontextmanager
async def migrated(endpoints: Endpoints) -> AsyncIterator[dict[Role, dict[str, Any]]]:
    """Bootstrap and migrate the engines' database, open every pool of this process; yields each role's arguments."""
    admin = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
    passwords = {role: secrets.token_hex(16) for role in Role}
    try:
        await bootstrap(admin, passwords)
    finally:
        await admin.close()
    connect = {role: connect_as(endpoints, role.value, passwords[role]) for role in Role}
    await ENGINE.start(connect)
    try:
        await migrate()
        yield connect
    finally:
        await ENGINE.stop()


@asynccontextmanager
async def own_engine(connect: dict[Role, dict[str, Any]], role: Role, size: int) -> AsyncIterator[RoutedEngine]:
    """An engine apart from the process's, with one pool of at most `size` connections."""
    engine = RoutedEngine()
    await engine.start({role: connect[role]}, max_size=size)
    try:
        yield engine
    finally:
        await asyncio.wait_for(engine.stop(), 10)
