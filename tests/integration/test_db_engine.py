"""The engine's cures, each on a real pool; a private schema `probe` keeps the product's catalogue untouched."""

# ruff: noqa: PT012 - a whole unit of work is the statement under test

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

import asyncpg
import pytest
from piccolo.columns import Integer
from piccolo.table import Table

from jiebang.platform.db import ENGINE, RECORDER, NoUnitOfWork, Role, RoutedEngine, Uncommitted, use_case
from jiebang.platform.db.engine import _on_live_connection
from support import people
from support.engines import connect_as, own_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor

Connect = dict[Role, dict[str, Any]]

GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Row(Table, tablename="row", schema="probe", db=ENGINE):
    """A Piccolo table over the probe."""

    id = Integer(primary_key=True)


@pytest.fixture(scope="module")
async def admin(endpoints: Endpoints) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
async def probe(database: Connect, admin: Any) -> AsyncIterator[None]:
    """`probe.row(id, twin)`: a deferred foreign key to itself, written by members."""
    await admin.execute(
        "drop schema if exists probe cascade; create schema probe; grant usage on schema probe to jiebang_member;"
        "create table probe.row (id int primary key,"
        " twin int references probe.row deferrable initially deferred);"
        "grant select, insert, delete on probe.row to jiebang_member"
    )
    yield
    await admin.execute("drop schema probe cascade")


@pytest.fixture
async def small(database: Connect) -> AsyncIterator[RoutedEngine]:
    """A member pool of at most three connections."""
    async with own_engine(database, Role.MEMBER, 3) as three:
        yield three


@pytest.fixture
async def single(database: Connect) -> AsyncIterator[RoutedEngine]:
    """A member pool of one connection: whatever a unit leaves behind, the next one meets."""
    async with own_engine(database, Role.MEMBER, 1) as one:
        yield one


async def ids(admin: Any) -> list[int]:
    return [r["id"] for r in await admin.fetch("select id from probe.row order by id")]


async def alive(own: RoutedEngine, size: int) -> None:
    """All of the pool's places serve at the same time, each a clean transaction."""
    all_in = asyncio.Barrier(size)

    async def one() -> int:
        async with own.unit_of_work(Role.MEMBER) as db:
            await all_in.wait()
            return await db.fetchval("select 1")

    async with asyncio.timeout(10):
        assert await asyncio.gather(*(one() for _ in range(size))) == [1] * size


def test_construction_never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("connected")

    monkeypatch.setattr(asyncpg, "connect", refuse)
    monkeypatch.setattr(asyncpg, "create_pool", refuse)
    assert RoutedEngine().pools == {}


async def test_failed_commits_give_their_connections_back(small: RoutedEngine, admin: Any) -> None:
    for n in range(20):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with asyncio.timeout(10), small.unit_of_work(Role.MEMBER) as db:
                await db.execute("insert into probe.row values ($1, -1)", n)
        with pytest.raises(NoUnitOfWork):
            small.current()
    await alive(small, 3)
    assert await ids(admin) == []


async def test_a_nested_transaction_is_a_savepoint(admin: Any) -> None:
    async with ENGINE.unit_of_work(Role.MEMBER) as db:
        await db.execute("insert into probe.row values (1)")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with Row._meta.db.transaction():
                await db.execute("insert into probe.row values (2)")
                async with ENGINE.savepoint():
                    await db.execute("insert into probe.row values (1)")
        async with Row._meta.db.transaction():
            async with ENGINE.savepoint():
                await db.execute("insert into probe.row values (3)")
            with pytest.raises(LookupError):
                async with ENGINE.savepoint():
                    await db.execute("insert into probe.row values (4)")
                    raise LookupError
        assert await Row.count() == 2
    assert await ids(admin) == [1, 3]


async def test_an_exception_undoes_everything(admin: Any) -> None:
    complaints: list[Any] = []  # asyncpg rolls back what is given back open, but complains to the loop
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with pytest.raises(LookupError):
        async with ENGINE.unit_of_work(Role.MEMBER) as db:
            async with ENGINE.savepoint():
                await db.execute("insert into probe.row values (1)")
            raise LookupError
    asyncio.get_running_loop().set_exception_handler(None)
    assert complaints == []
    assert await ids(admin) == []


async def test_a_swallowed_error_is_not_a_commit(single: RoutedEngine, admin: Any) -> None:
    with pytest.raises(Uncommitted):
        async with single.unit_of_work(Role.MEMBER) as db:
            await db.execute("insert into probe.row values (1)")
            with pytest.raises(asyncpg.DivisionByZeroError):
                await db.execute("select 1/0")
    with pytest.raises(Uncommitted):
        async with single.unit_of_work(Role.MEMBER) as db:
            await db.execute("insert into probe.row values (2)")
            await db.execute("ROLLBACK")
    assert await ids(admin) == []
    await alive(single, 1)


async def test_cancellations_at_any_point_leave_no_trace(small: RoutedEngine, admin: Any) -> None:
    async def work(n: int) -> None:
        async with small.unit_of_work(Role.MEMBER) as db:
            await db.execute("insert into probe.row values ($1)", n)
            await db.execute("select pg_sleep(30)")

    cancelled = 0
    for n in range(60):
        task = asyncio.create_task(work(n))
        for _ in range(n % 20):
            await asyncio.sleep(0)  # a turn of the loop: each task is cut at another point
        if n >= 40:  # … and these in mid-query
            while not await admin.fetchval("select count(*) from pg_stat_activity where query = 'select pg_sleep(30)'"):
                assert not task.done()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=10)
        assert done == {task}
        cancelled += task.cancelled()
    assert cancelled == 60
    await alive(small, 3)
    assert await ids(admin) == []
    idle = "select count(*) from pg_stat_activity where usename = 'jiebang_member' and state like 'idle in%'"
    assert await admin.fetchval(idle) == 0


@pytest.mark.parametrize("when", ["within", "between"])
async def test_a_killed_backend_is_replaced(single: RoutedEngine, endpoints: Endpoints, admin: Any, when: str) -> None:
    async def terminate(pid: int) -> None:
        own = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
        await own.execute("select pg_terminate_backend($1)", pid)
        async with asyncio.timeout(10):
            while await own.fetchval("select 1 from pg_stat_activity where pid = $1", pid):
                pass
        await own.close()

    def kill(pid: int) -> None:
        """On a loop of its own while ours stands still: nobody has told our pool when the next statement goes out."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, terminate(pid)).result()

    async with single.unit_of_work(Role.MEMBER) as db:
        first = await db.fetchval("select pg_backend_pid()")
    if when == "within":
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError)):
            async with single.unit_of_work(Role.MEMBER) as db:
                await db.execute("insert into probe.row values (1)")
                async with single.savepoint():
                    kill(first)
                    await db.execute("insert into probe.row values (2)")
    else:
        kill(first)
        second = (await single.read(Role.MEMBER, "select pg_backend_pid() as pid"))[0]["pid"]
        assert second != first
        kill(second)
    async with asyncio.timeout(10), single.unit_of_work(Role.MEMBER) as db:
        assert await db.fetchval("select pg_backend_pid()") != first
    assert await ids(admin) == []


async def test_a_connection_in_an_unknown_state_is_not_used_again(single: RoutedEngine) -> None:
    pids: list[int] = []

    async def first(connection: Any) -> int:
        pids.append(await connection.fetchval("select pg_backend_pid()"))
        if len(pids) == 1:
            raise asyncpg.InternalClientError("the server's farewell is read, the end of the stream is not")
        return len(pids)

    connection, result = await _on_live_connection(single.pools[Role.MEMBER], first)
    await single.pools[Role.MEMBER].release(connection)
    assert result == 2
    assert pids[0] != pids[1]


async def test_when_one_connection_is_lost_none_that_lay_beside_it_is_used_again(small: RoutedEngine) -> None:
    pool, lost = small.pools[Role.MEMBER], []

    async def never_answers(connection: Any) -> int:
        lost.append(connection.get_server_pid())
        if len(lost) == 1:
            raise TimeoutError
        return lost[-1]

    await alive(small, 3)
    idle = [await pool.acquire() for _ in range(3)]
    before = {connection.get_server_pid() for connection in idle}
    for connection in idle:
        await pool.release(connection)
    connection, _ = await _on_live_connection(pool, never_answers)
    others = [await pool.acquire() for _ in range(2)]
    after = {one.get_server_pid() for one in (connection, *others)}
    for one in (connection, *others):
        await pool.release(one)
    assert lost[0] in before
    assert not after & before


async def test_a_query_outside_a_unit_is_refused() -> None:
    for query in (Row.select(), Row.raw("select 1"), Row.create_table()):
        with pytest.raises(NoUnitOfWork):
            await query
    with pytest.raises(NoUnitOfWork):
        async with ENGINE.savepoint():
            pass
    with pytest.raises(NoUnitOfWork):
        ENGINE.after_commit(lambda: None)
    async with ENGINE.unit_of_work(Role.MEMBER):
        with pytest.raises(RuntimeError, match="savepoint"):
            async with ENGINE.unit_of_work(Role.MEMBER):
                pass


async def test_the_wrong_pool_has_no_permission() -> None:
    for role in (Role.PUBLIC, Role.OFFICER, Role.REVIEWER, Role.WORKER):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(role):
                await Row.select()
    with pytest.raises(KeyError):  # a process has the pools of its own classes alone
        async with RoutedEngine().unit_of_work(Role.OWNER):
            pass


async def test_a_read_only_unit_writes_nothing() -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with ENGINE.unit_of_work(Role.MEMBER, read_only=True) as db:
            await db.execute("insert into probe.row values (1)")


_SETTINGS = (
    "select current_setting('app.token', true) as token, current_setting('statement_timeout') as timeout,"
    " current_setting('search_path') as path, current_setting('plan_cache_mode') as plans"
)


@pytest.mark.parametrize("fails", [False, True])
async def test_settings_end_with_their_unit(single: RoutedEngine, fails: bool) -> None:
    async def leave(statement: str) -> None:
        async with single.unit_of_work(Role.MEMBER, b"\x01") as db:
            await db.execute(statement)
            if fails:
                raise LookupError

    for statement in (
        "select set_config('app.token', 'ab', false), set_config('statement_timeout', '1', false)",
        "set search_path = probe; set plan_cache_mode = force_generic_plan",
        "select set_config('app.token', 'ab', true)",
    ):
        try:
            await leave(statement)
        except LookupError:
            assert fails
        clean = ("", "15s", "app", "auto")
        assert tuple((await single.read(Role.MEMBER, _SETTINGS))[0]) == clean
        async with single.unit_of_work(Role.MEMBER) as db:
            assert tuple(await db.fetchrow(_SETTINGS)) == clean


async def test_tasks_that_share_a_unit_fail_and_the_next_unit_works(single: RoutedEngine, admin: Any) -> None:
    with pytest.raises(asyncpg.InterfaceError):
        async with asyncio.timeout(10), single.unit_of_work(Role.MEMBER) as db:
            await asyncio.gather(*(db.execute("insert into probe.row values ($1)", n) for n in range(3)))
    await alive(single, 1)
    assert await ids(admin) == []


async def test_a_task_that_outlives_its_unit(single: RoutedEngine) -> None:
    committed = asyncio.Event()

    async def later() -> int:
        await committed.wait()
        with pytest.raises(NoUnitOfWork):
            single.current()
        async with single.unit_of_work(Role.MEMBER) as db:  # it may open one of its own
            return await db.fetchval("select count(*) from probe.row")

    async with single.unit_of_work(Role.MEMBER) as db:
        task = asyncio.create_task(later())
        await db.execute("insert into probe.row values (1)")
    committed.set()
    assert await asyncio.wait_for(task, 10) == 1


async def test_hooks_run_after_commit_alone(admin: Any) -> None:
    seen: list[str] = []

    def hook() -> None:
        with pytest.raises(NoUnitOfWork):
            ENGINE.current()
        seen.append("ran")

    def broken() -> NoReturn:
        raise OSError("the queue is away")

    with pytest.raises(LookupError):
        async with ENGINE.unit_of_work(Role.MEMBER):
            ENGINE.after_commit(hook)
            raise LookupError
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with ENGINE.unit_of_work(Role.MEMBER) as db:
            ENGINE.after_commit(hook)
            await db.execute("insert into probe.row values (1, 2)")
    assert seen == []
    async with ENGINE.unit_of_work(Role.MEMBER) as db:
        ENGINE.after_commit(broken)  # best effort: what is stored stays a success
        ENGINE.after_commit(hook)
        ENGINE.after_commit(hook)
        await db.execute("insert into probe.row values (3)")
        assert seen == []
    assert seen == ["ran"]
    assert await ids(admin) == [3]


class Note:
    """A recorder that writes what it sees beside the effect."""

    def __init__(self, stored: int | None = None) -> None:
        self.stored = stored

    async def begin(self) -> None:
        await ENGINE.current().execute("insert into probe.row values (100)")
        if self.stored is not None:
            raise LookupError(self.stored)

    async def complete(self, result: int) -> None:
        await ENGINE.current().execute("insert into probe.row values ($1)", 100 + result)


@use_case(Role.MEMBER)
async def insert(actor: Actor | None, n: int, twin: int | None = None) -> int:
    await ENGINE.current().execute("insert into probe.row values ($1, $2)", n, twin)
    if n < 0:
        raise ValueError(n)
    return n


async def test_a_use_case_and_its_recorder_are_one_transaction(admin: Any) -> None:
    async def run(recorder: Note, *args: Any) -> int:
        mark = RECORDER.set(recorder)
        try:
            return await insert(*args)
        finally:
            RECORDER.reset(mark)

    with pytest.raises(ValueError, match="-1"):
        await run(Note(), None, -1)  # refused
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await run(Note(), None, 1, -9)  # fails at COMMIT, after the answer was recorded
    with pytest.raises(LookupError):
        await run(Note(stored=7), None, 1)  # answered before
    with pytest.raises(asyncpg.UniqueViolationError):
        await run(Note(), None, 0)  # the answer cannot be stored: 100 is there
    assert await ids(admin) == []
    assert await run(Note(), None, 1) == 1
    assert await insert(None, 2) == 2
    assert await ids(admin) == [1, 2, 100, 101]
    assert insert.__name__ == "insert"


async def test_a_use_case_runs_in_its_actors_context() -> None:
    someone = await people.actor(await people.organisation(), ["agency_officer"])

    @use_case(Role.OFFICER)
    async def me(actor: Actor | None) -> Any:
        return await ENGINE.current().fetchval("select app.me()")

    assert await me(someone) == someone.person_id
    assert await me(None) is None
