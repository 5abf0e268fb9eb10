"""The database's word: a connection of the reviewer's login is refused every identity, by the catalogue's own list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from jiebang.platform.db import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CLASSES = """
    select c.relname as name, split_part(obj_description(c.oid, 'pg_class'), ':', 1) as class,
      (select array_agg(quote_ident(a.attname) order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') order by 1
"""
CALLABLE = {
    "audit", "clock", "emit", "idempotency_begin", "idempotency_complete", "me", "my_barred_topics", "my_org", "my_places", "now",
}  # fmt: skip
"""What the reviewer's login may call. None of these answers with anybody else's identity."""


async def _tables(connection: Any, *classes: str) -> dict[str, list[str]]:
    return {r["name"]: r["columns"] for r in await connection.fetch(CLASSES) if r["class"] in classes}


async def _refused(connection: Any, sql: str) -> bool:
    try:
        await connection.fetch(sql)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


@pytest.fixture
async def reviewer(database: dict[Role, dict[str, Any]]) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(**database[Role.REVIEWER])
    yield connection
    await connection.close()


async def test_every_identity_and_plumbing_column_is_refused(reviewer: Any) -> None:
    tables = await _tables(reviewer, "identity", "plumbing")
    assert {"person", "organisation", "session", "team", "application", "submission", "expert"} <= tables.keys()
    assert {"blind_copy", "draw_seed", "outbox", "audit_entry"} <= tables.keys()
    for table, columns in tables.items():
        statements = [f"select {c} from app.{table}" for c in [*columns, "*", "count(*)", "1", "xmin", "ctid"]]
        statements += [f"update app.{table} set {c} = {c}" for c in columns]
        statements += [f"delete from app.{table}", f"insert into app.{table} default values"]
        assert [s for s in statements if not await _refused(reviewer, s)] == []


async def test_blind_tables_give_named_columns_alone(reviewer: Any) -> None:
    tables = await _tables(reviewer, "blind")
    hidden = {
        table: {c for c in columns if await _refused(reviewer, f"select {c} from app.{table}")}
        for table, columns in tables.items()
    }
    assert hidden == {
        "review": {"agency_id"},
        "review_application": {"agency_id"},
        "review_assignment": {"agency_id", "draw_id", "expert_id", "n", "rank", "answered_at"},
    }
    for table in tables:
        for column in ("xmin", "ctid", "tableoid", "*"):
            assert await _refused(reviewer, f"select {column} from app.{table}"), f"{table}.{column}"
        assert await reviewer.fetch(f"select id from app.{table}") == [], "a login without a session sees nothing"


async def test_what_the_login_may_call_is_known(reviewer: Any) -> None:
    rows = await reviewer.fetch(
        "select distinct p.proname from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prokind = 'f'"
        " and has_function_privilege(p.oid, 'execute') and p.prorettype <> 'trigger'::regtype"
    )
    assert {r["proname"] for r in rows} == CALLABLE


async def test_the_login_cannot_become_another(reviewer: Any) -> None:
    for role in set(Role) - {Role.REVIEWER}:
        assert await _refused(reviewer, f"set role {role.value}")
        assert await _refused(reviewer, f"set session authorization {role.value}")
