"""Jobs for tests: emit, look, wait, and a table in which every effect leaves a row."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from jiebang.platform import outbox
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import Job
from jiebang.platform.outbox import emit
from jiebang.workers import worker
from jiebang.workers.lane import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from jiebang.platform.jobs import Handler


async def add(kind: str, *, key: str = "one", **payload: Any) -> int:
    """Commit one job."""
    async with ENGINE.unit_of_work(Role.WORKER):
        return await emit(kind, payload, fairness_key=key)


async def add_many(kind: str, count: int, key: str = "crowd") -> None:
    """Commit many jobs of one key, quickly."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute(
            "insert into outbox (kind, payload, fairness_key, created_at, run_at, attempts)"
            " select $1, '{}', $2, now(), now(), 0 from generate_series(1, $3)",
            kind, key, count,
        )  # fmt: skip


async def row(outbox_id: int) -> Any:
    """The job's row."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        return await db.fetchrow("select *, run_at <= now() as due from outbox where id = $1", outbox_id)


async def run_sql(sql: str, *args: Any) -> Any:
    """One statement of the worker's login."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        return await db.fetch(sql, *args)


async def expire_leases() -> None:
    """As if the lease of every job in flight had run out."""
    await run_sql("update outbox set lease_until = now() - interval '1 second' where lease_until is not null")


async def clear() -> None:
    """Forget the jobs that other tests left open."""
    await run_sql("delete from outbox where done_at is null")


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 15) -> None:
    """Wait for a condition, at most so long."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def done(*outbox_ids: int) -> bool:
    """Whether all these are done."""
    rows = await run_sql("select 1 from outbox where id = any($1::bigint[]) and done_at is not null", outbox_ids)
    return len(rows) == len(set(outbox_ids))


@asynccontextmanager
async def working(
    redis_url: str, handlers: Mapping[str, Handler], long: frozenset[str] = frozenset()
) -> AsyncIterator[asyncio.Event]:
    """A worker's loops in this process; yields the event that stops them."""
    stop, redis = asyncio.Event(), connect(redis_url)
    task = asyncio.create_task(worker.work(redis, handlers, long, stop))
    try:
        yield stop
    finally:
        stop.set()
        await task
        await redis.aclose()
        outbox.on_commit(None)


@asynccontextmanager
async def effects() -> AsyncIterator[None]:
    """A table without any constraint, so that an effect that happens twice is seen twice."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "create table app.test_effect (outbox_id bigint not null);"
            "grant select, insert on app.test_effect to jiebang_worker"
        )
    try:
        yield
    finally:
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("drop table app.test_effect")


async def effect(job: Job) -> None:
    """Handler: leave a row, after as many milliseconds of work as the payload says."""
    await asyncio.sleep(job.payload.get("ms", 0) / 1000)
    async with job.unit() as db:
        await db.execute("insert into test_effect values ($1)", job.id)


async def effect_counts() -> dict[int, int]:
    """How often each job had its effect."""
    rows = await run_sql("select outbox_id, count(*) as n from test_effect group by 1")
    return {r["outbox_id"]: r["n"] for r in rows}
