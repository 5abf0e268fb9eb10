"""Reads in one statement: the context comes first, in every named query's plan, and nothing of it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from jiebang.platform.db import ENGINE, Role, RoutedEngine
from support import people
from support.engines import connect_as, own_engine
from support.queries import named_queries, plan_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def single(database: dict[Role, dict[str, Any]]) -> AsyncIterator[RoutedEngine]:
    """A member pool of one connection: whatever a read leaves behind, the next one meets."""
    async with own_engine(database, Role.MEMBER, 1) as one:
        yield one


async def test_a_signed_in_read_carries_its_context_and_leaves_none(single: RoutedEngine) -> None:
    org = await people.organisation()
    someone = await people.actor(org, ["member"])
    count = "select count(*) as n, app.me() as me from organisation"
    mine = await single.read(Role.MEMBER, count, token=someone.token_hash)
    assert [tuple(r) for r in mine] == [(1, someone.person_id)]
    assert [tuple(r) for r in await single.read(Role.MEMBER, count)] == [(0, None)]
    assert [tuple(r) for r in await single.read(Role.MEMBER, count, token=b"\x00" * 32)] == [(0, None)]
    wrapped = await single.read(Role.MEMBER, "select id from organisation where id = $2", org, token=someone.token_hash)
    assert [r["id"] for r in wrapped] == [org]


async def test_a_public_read_is_autocommit(endpoints: Endpoints) -> None:
    rows = await ENGINE.read(Role.PUBLIC, "select pg_backend_pid() as pid, $1::int + 1 as n", 1)
    assert rows[0]["n"] == 2
    admin = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
    assert await admin.fetchval("select state from pg_stat_activity where pid = $1", rows[0]["pid"]) == "idle"
    await admin.close()


@pytest.mark.parametrize("name", sorted(named_queries()))
async def test_the_context_is_set_before_a_named_query_reads(name: str) -> None:
    context, query = await plan_of(named_queries()[name])
    assert "One-Time Filter" in query
    assert query["Node Type"] == "Result"
    assert context["Node Type"] in {"Subquery Scan", "Result"}
    assert "Plans" not in context or context["Plans"][0]["Node Type"] == "Result"


def test_named_queries_are_found() -> None:
    assert "jiebang.identity.organisation_people" in named_queries()
    assert "jiebang.identity.mail_verification" not in named_queries()  # $1 is its own: it runs in a unit
