"""One Piccolo engine for all tables; it routes each query to the connection of the open unit of work.

Closes, by design, what a stock engine does wrong: a failed COMMIT leaks its pooled connection, a nested transaction
is not a savepoint, a swallowed SQL error turns COMMIT into a silent ROLLBACK, and construction connects.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import structlog
from piccolo.engine.postgres import PostgresEngine

from jiebang.platform.db.roles import API_ROLES, Role
from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from piccolo.querystring import QueryString

POOL_MAX = 8
_PATIENCE = {Role.OWNER: None, Role.WORKER: 15.0, **dict.fromkeys(API_ROLES, 20.0)}
"""Seconds until a statement counts as lost (the API: more than its logins' statement_timeout). An answer that has not
come by then never will: the network has forgotten the connection, and told only the server."""
_ONE_STATEMENT = (
    "select q.* from (select set_config('app.token',$1,true) a offset 0) c "
    "cross join lateral (select x.* from ({}) x where c.a is not null offset 0) q"
)


class NoUnitOfWork(RuntimeError):
    """A query ran outside a unit of work."""


class Uncommitted(RuntimeError):
    """Nothing was stored: an SQL error was swallowed inside the unit of work, or the transaction was ended there."""


AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What asyncpg raises while the database is away."""
_DEAD = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # it read the server's farewell, not yet the end of the stream
    OSError,
)
_log = structlog.get_logger("jiebang.db")


@dataclass(slots=True, eq=False)
class _Unit:
    """An open unit of work. A task that outlives it still carries it, and must find it closed."""

    connection: Any
    hooks: dict[Callable[[], None], None] = field(default_factory=dict)
    open: bool = True


_current: ContextVar[_Unit | None] = ContextVar("unit_of_work", default=None)


@lru_cache(1024)  # one text for each statement, so that it is hashed once, and not at every look-up of its plan
def _in_context(sql: str) -> str:
    return _ONE_STATEMENT.format(sql)


async def _keep(_: object) -> None:
    """No reset on release: units reset in the round trips of their own BEGIN and COMMIT."""


def _encode_json(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _gone(connection: Any) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # closed in mid-operation: the pool has taken its place back already
        return True


async def _on_live_connection(pool: asyncpg.Pool, first: Callable[[Any], Awaitable[Any]]) -> tuple[Any, Any]:
    """Acquire a connection and run `first` on it, a BEGIN or a read: (connection, result). The caller releases.

    A connection whose server died while it lay in the pool is found out by its first statement. Nothing has happened
    yet, so that statement runs once more, on a new connection; what befell one has befallen those that lay beside it.
    """
    for again in (True, False):
        connection = await pool.acquire()
        try:
            return connection, await first(connection)
        except BaseException as error:
            gone = _gone(connection)
            dead = gone or isinstance(error, _DEAD)
            if dead and not gone:
                connection.terminate()
            if isinstance(error, _DEAD):
                await pool.expire_connections()
            await pool.release(connection)
            if not (dead and again):
                raise
    raise AssertionError  # not reached


async def _commit(connection: Any) -> None:
    # Deferred constraints speak while the context still stands. RESET ALL keeps a session setting made inside the unit
    # from the statements that follow on this connection (`read` has no BEGIN to reset it), and it fails in a
    # transaction that has failed, where a bare COMMIT would answer ROLLBACK and go on.
    if not connection.is_in_transaction():
        raise Uncommitted("the transaction was ended inside the unit of work")
    try:
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE;RESET ALL;COMMIT")
    except asyncpg.InFailedSQLTransactionError as error:
        raise Uncommitted("a failed statement was swallowed") from error


async def _prepare(connection: Any) -> None:
    # JSON columns take any JSON value, or text that is JSON already (as Piccolo sends), and give Python values.
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_encode_json, decoder=msgspec.json.decode, schema="pg_catalog")


class RoutedEngine(PostgresEngine):
    """Units of work on one pool per login role; everything else raises `NoUnitOfWork`."""

    __slots__ = ("pools",)

    def __init__(self) -> None:
        self.pools: dict[Role, asyncpg.Pool] = {}
        super().__init__(config={})

    async def check_version(self) -> None:
        """Never connect at import."""

    async def prep_database(self) -> None:
        """Extensions are the owner's, by migration."""

    async def start(self, connect: Mapping[Role, Mapping[str, Any]], *, max_size: int = POOL_MAX) -> None:
        """Open one pool per role. `connect` maps a role to asyncpg's connect arguments."""
        for role, arguments in connect.items():
            self.pools[role] = await asyncpg.create_pool(
                **arguments, min_size=1, max_size=max_size, reset=_keep, init=_prepare, command_timeout=_PATIENCE[role]
            )

    @asynccontextmanager
    async def opened(
        self, connect: Mapping[Role, Mapping[str, Any]], *, max_size: int = POOL_MAX
    ) -> AsyncIterator[None]:
        """Other pools for a while, as a command needs them; those that were open wait untouched."""
        kept, self.pools = self.pools, {}
        try:
            await self.start(connect, max_size=max_size)
            yield
        finally:
            await self.stop()
            self.pools = kept

    async def stop(self) -> None:
        """Close every pool."""
        pools, self.pools = self.pools, {}
        for pool in pools.values():
            await pool.close()

    @asynccontextmanager
    async def unit_of_work(self, role: Role, token: bytes = b"", *, read_only: bool = False) -> AsyncIterator[Any]:
        """One transaction on `role`'s login, with the session's token hash as its context; yields the connection.

        Raises:
            RuntimeError: a unit is open in this task already (use `savepoint`).
            Uncommitted: a failed statement was swallowed, so nothing was stored.
        """
        if (outer := _current.get()) is not None and outer.open:
            raise RuntimeError("a unit of work is open: use savepoint()")
        request = REQUEST.get()
        request = request if request.replace("-", "").isalnum() else ""
        begin = (
            f"RESET ALL;BEGIN{' READ ONLY' if read_only else ''};"
            f"SET LOCAL app.token='{token.hex()}';SET LOCAL app.request='{request}'"
        )
        pool = self.pools[role]
        connection, _ = await _on_live_connection(pool, lambda c: c.execute(begin))
        unit = _Unit(connection)
        mark = _current.set(unit)
        try:
            yield connection
            await _commit(connection)
        except BaseException as error:
            if isinstance(error, TimeoutError):
                connection.terminate()  # there may be nobody at the other end to hear ROLLBACK
                await pool.expire_connections()
            elif not _gone(connection) and connection.is_in_transaction():
                await connection.execute("ROLLBACK")
            raise
        finally:
            unit.open = False
            _current.reset(mark)
            await pool.release(connection)  # on every path, COMMIT failures included
        for hook in unit.hooks:
            try:
                hook()
            except Exception:  # noqa: BLE001 - the unit is stored: its hook must not fail the command
                _log.exception("after_commit_failed")

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[Any]:
        """A nested step of the open unit: undone alone when it raises."""
        connection = self.current()
        await connection.execute("SAVEPOINT s")  # one name may nest: PostgreSQL keeps a stack
        try:
            yield connection
        except BaseException:
            if not _gone(connection):
                await connection.execute("ROLLBACK TO s;RELEASE s")
            raise
        else:
            await connection.execute("RELEASE s")

    def current(self) -> Any:
        """The open unit's connection.

        Raises:
            NoUnitOfWork: there is none.
        """
        return self._unit().connection

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Call `hook` once, best effort, after the open unit has committed.

        Raises:
            NoUnitOfWork: there is none.
        """
        self._unit().hooks[hook] = None

    def _unit(self) -> _Unit:
        if (unit := _current.get()) is None or not unit.open:
            raise NoUnitOfWork("query outside a unit of work")
        return unit

    async def read(self, role: Role, sql: str, *args: object, token: bytes | None = None) -> list[Any]:
        """One read in autocommit.

        It may run twice when its connection is lost, and so may the record that it keeps of itself (`audit.read`).
        Signed in (`token` given): the statement carries its own context, and `sql`'s parameters start at $2.
        Public (`token` None): a plain statement, parameters from $1.
        """
        if token is not None:
            sql, args = _in_context(sql), (token.hex(), *args)
        pool = self.pools[role]
        connection, rows = await _on_live_connection(pool, lambda c: c.fetch(sql, *args))
        await pool.release(connection)
        return rows

    async def run(self, role: Role, sql: str, *args: object) -> list[Any]:
        """One statement in a transaction of its own, without context, in one round trip.

        It may run twice when its connection is lost: it must then find nothing left to do.
        """
        connection, rows = await _on_live_connection(self.pools[role], lambda c: c.fetch(sql, *args))
        await self.pools[role].release(connection)
        return rows

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Sequence[Any]:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        """Run a Piccolo query on the open unit's connection."""
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self.current().fetch(sql, *args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Sequence[Any]:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        """Run a Piccolo schema statement on the open unit's connection."""
        return await self.current().fetch(ddl)

    def transaction(self, allow_nested: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        """Piccolo's transactions are savepoints of the open unit."""
        return self.savepoint()


ENGINE = RoutedEngine()
"""The process's engine: Piccolo finds it through `jiebang.piccolo_conf`; the composition root starts its pools."""
