"""Migrations drift: is the migrated schema what the Piccolo tables say?

Two databases on one embedded PostgreSQL: one migrated, one made by Piccolo straight from the tables. Every column's
type, nullability, default and key must agree. Constraints, policies and functions are SQL that tables do not know.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import asyncpg
from piccolo.conf.apps import Finder
from piccolo.table import create_db_tables

from jiebang.engines import LocalEngines
from jiebang.local import temporary_folder
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.bootstrap import bootstrap
from jiebang.platform.db.migrate import migrate

if TYPE_CHECKING:
    from jiebang.engines import Endpoints

_COLUMNS = """
select c.table_name, c.column_name, c.data_type, c.is_nullable,
       regexp_replace(coalesce(c.column_default, ''), 'app\\.', '') as column_default,
       exists (select from information_schema.key_column_usage k
                 join information_schema.table_constraints t using (constraint_schema, constraint_name)
                where t.constraint_type = 'PRIMARY KEY' and k.table_schema = 'app'
                  and k.table_name = c.table_name and k.column_name = c.column_name) as is_key
from information_schema.columns c
where c.table_schema = 'app' and c.table_name <> 'migration'
"""


async def drift() -> list[str]:
    """Every difference in one sentence; empty when there is none."""
    with temporary_folder("jiebang-drift-") as folder:
        async with LocalEngines(folder / "data", valkey=False, s3=False, durable=False) as engines:
            migrated = await _columns_of(engines.endpoints, "jiebang", by_migrations=True)
            declared = await _columns_of(engines.endpoints, "declared", by_migrations=False)
    return [
        f"{table}.{column}: migrations say {migrated.get((table, column))}, the tables {declared.get((table, column))}"
        for table, column in sorted(migrated.keys() | declared.keys())
        if migrated.get((table, column)) != declared.get((table, column))
    ]


async def _columns_of(at: Endpoints, name: str, *, by_migrations: bool) -> dict[tuple[str, str], tuple[Any, ...]]:
    where: dict[str, Any] = {"host": at.database_host, "port": at.database_port, "ssl": False}
    admin = {**where, "user": at.admin_user, "password": at.admin_password}
    if name != at.database_name:
        connection = await asyncpg.connect(**admin, database=at.database_name)
        await connection.execute(f"create database {name}")
        await connection.close()
    passwords = {role: secrets.token_hex(16) for role in Role}
    connection = await asyncpg.connect(**admin, database=name)
    try:
        await bootstrap(connection, passwords)
        owner = {**where, "user": Role.OWNER.value, "password": passwords[Role.OWNER], "database": name}
        async with ENGINE.opened({Role.OWNER: owner}, max_size=1):
            if by_migrations:
                await migrate()
            else:
                async with ENGINE.unit_of_work(Role.OWNER):
                    await create_db_tables(*Finder().get_table_classes())
        rows = await connection.fetch(_COLUMNS)
    finally:
        await connection.close()
    return {(r["table_name"], r["column_name"]): tuple(r)[2:] for r in rows}
