"""The database's clock: derived, shifted by its owner alone, and usable by an index."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.clock import set_shift, shift_of, shift_to
from support import people
from support.catalogue import APPLICATION_LOGINS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connect = dict[Role, dict[str, Any]]
NONE = timedelta(0)


@pytest.fixture
async def owner(database: Connect) -> AsyncIterator[Any]:
    """The owner's connection; real time returns afterwards."""
    connection = await asyncpg.connect(**database[Role.OWNER])
    try:
        yield connection
    finally:
        await set_shift(connection, NONE)
        await connection.close()


@pytest.fixture
async def member(database: Connect) -> AsyncIterator[Any]:
    """A member's connection, with statements prepared before any shift."""
    connection = await asyncpg.connect(**database[Role.MEMBER])
    yield connection
    await connection.close()


@pytest.mark.parametrize("shift", [NONE, timedelta(days=9, microseconds=1), timedelta(days=-265, seconds=-1)])
async def test_both_clocks_move_by_the_shift(owner: Any, member: Any, shift: timedelta) -> None:
    ours = await member.prepare("select app.now() - statement_timestamp(), app.clock() - clock_timestamp()")
    assert await ours.fetchval() == NONE
    await set_shift(owner, shift)
    for _ in range(2):
        now, clock = await ours.fetchrow()
        assert now == shift  # to the microsecond, in a plan that was made before
        assert shift - timedelta(seconds=1) < clock <= shift  # app.clock() was read just before clock_timestamp()
    assert await shift_of(member) == shift
    await set_shift(owner, NONE)
    assert await shift_of(member) == NONE


async def test_a_demo_begins_at_its_instant_and_runs_on(owner: Any, member: Any) -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    before = await owner.fetchval("select clock_timestamp()")
    await shift_to(owner, start)
    first = await member.fetchval("select app.clock()")
    elapsed = await owner.fetchval("select clock_timestamp()") - before
    assert start <= first <= start + elapsed
    assert first < await member.fetchval("select app.clock()")
    await shift_to(owner, start + timedelta(days=30))  # a later shift is from real time, not on top
    assert (
        timedelta(0) <= await member.fetchval("select app.clock()") - start - timedelta(days=30) < timedelta(seconds=9)
    )


async def test_now_stands_in_a_statement_and_the_clock_runs(member: Any) -> None:
    row = await member.fetchrow(
        "select count(distinct app.now()) as nows, count(distinct app.clock()) as clocks from generate_series(1, 9999)"
    )
    assert row["nows"] == 1
    assert row["clocks"] > 1
    async with member.transaction():  # not the transaction's start, as a bare now() is
        a, real = await member.fetchrow("select app.now(), pg_catalog.now()")
        b, again = await member.fetchrow("select app.now(), pg_catalog.now()")
    assert real == again
    assert a < b


async def test_the_real_clock_stays_for_sessions(owner: Any) -> None:
    someone = await people.actor(await people.organisation(), ["member"])
    await set_shift(owner, timedelta(days=400))  # the session lives two hours
    async with ENGINE.unit_of_work(Role.MEMBER, someone.token_hash) as db:
        assert await db.fetchval("select app.me()") == someone.person_id
        await db.execute("select app.audit('session.acts_for', 'person', $1, null, '{}', '')", someone.person_id)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        at = "select at - clock_timestamp() from app.audit_entry where object_id = $1"
        assert abs(await db.fetchval(at, someone.person_id)) < timedelta(minutes=1)


@pytest.mark.parametrize("login", APPLICATION_LOGINS)
async def test_only_the_owner_moves_it(database: Connect, login: Role) -> None:
    connection = await asyncpg.connect(**database[login])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await set_shift(connection, timedelta(days=1))
        for statement in (
            "alter function app.now() rename to moved",
            "drop function app.now()",
            "alter function app.now() set timezone = 'Asia/Shanghai'",
            "create function app.now(shift interval) returns timestamptz language sql return pg_catalog.now() + shift",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.execute("select set_config('app.shift', '9 days', false)")
        assert await shift_of(connection) == NONE  # no setting moves it
    finally:
        await connection.close()


@pytest.mark.parametrize("shift", [NONE, timedelta(days=-265)])
async def test_an_index_is_searched_by_now(owner: Any, shift: timedelta) -> None:
    transaction = owner.transaction()
    await transaction.start()
    try:
        await set_shift(owner, shift)
        await owner.execute(
            "create table app.instant as"
            " select app.now() + n * interval '1 minute' as at from generate_series(-20000, 20000) n;"
            "create index on app.instant (at); analyze app.instant"
        )
        search = (
            "explain (costs off) select count(*) from instant where at between app.now() and app.now() + interval '5m'"
        )
        plan = "\n".join(row[0] for row in await owner.fetch(search))
        assert re.search(r"Index Cond: .*statement_timestamp\(\)", plan), plan  # inlined, and no filter
        assert "Filter" not in plan
        slow = "\n".join(row[0] for row in await owner.fetch(search.replace("app.now()", "app.clock()")))
        assert "Index Cond" not in slow  # what VOLATILE costs, and why reads use now()
    finally:
        await transaction.rollback()


async def test_definitions_are_what_production_has(owner: Any) -> None:
    bodies = await owner.fetch(
        "select proname, provolatile::text as v, pg_get_function_sqlbody(oid) as body, proowner::regrole::text as o"
        " from pg_proc where proname in ('now', 'clock') and pronamespace = 'app'::regnamespace order by 1"
    )
    assert [tuple(row) for row in bodies] == [
        ("clock", "v", "RETURN clock_timestamp()", "jiebang_owner"),
        ("now", "s", "RETURN statement_timestamp()", "jiebang_owner"),
    ]
