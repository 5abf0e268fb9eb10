"""`jobs`: outbox to done, jobs a second that do nothing, against raw arq on the same Valkey in the same run.

JOBS (3000) a turn, TURNS (5). Ours: a row in PostgreSQL, the relay, a ticket, start, effect and done in one
transaction. arq's: a key in Valkey, its own worker with as many slots, results not kept.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, func

from support import files
from support import jobs as outbox_jobs
from support.measure import ground, row

if TYPE_CHECKING:
    from jiebang.platform.jobs import Job

JOBS = int(os.environ.get("JOBS", "3000"))
TURNS = int(os.environ.get("TURNS", "5"))
SLOTS = 20


async def jobs() -> list[dict[str, Any]]:
    """Jobs a second from the commit (or the enqueuing) of the first to the end of the last."""
    async with ground() as at:
        url = at.installation.settings.redis_url or ""
        ours, raw = [], []
        store = files.open_store(at.installation.engines.endpoints)  # old uploads are one of a worker's concerns
        async with store, outbox_jobs.working(url, {"notify.bench": _nothing}):
            for _ in range(TURNS + 1):
                began = time.perf_counter()
                await outbox_jobs.add_many("notify.bench", JOBS)
                await outbox_jobs.until(_all_done, 300)
                ours.append(JOBS / (time.perf_counter() - began))
                raw.append(await _raw(url))
        return [row("jobs", ours[1:], raw[1:], unit="jobs/s", jobs=JOBS)]  # the first turn warms


async def _nothing(job: Job) -> None:
    async with job.unit():
        pass


async def _all_done() -> bool:
    return not (await outbox_jobs.run_sql("select 1 from outbox where done_at is null limit 1"))


async def _raw(url: str) -> float:
    pool = await create_pool(RedisSettings.from_dsn(url), default_queue_name="bench")
    ended = asyncio.Event()
    count = 0

    async def nothing(ctx: dict[Any, Any]) -> None:
        nonlocal count
        count += 1
        if count == JOBS:
            ended.set()

    began = time.perf_counter()
    for _ in range(JOBS):
        await pool.enqueue_job("nothing", _queue_name="bench")
    worker = Worker(
        [func(nothing, name="nothing")], redis_pool=pool, queue_name="bench", max_jobs=SLOTS, poll_delay=0.02,
        keep_result=0, handle_signals=False, burst=True,
    )  # fmt: skip
    running = asyncio.create_task(worker.main())
    await ended.wait()
    seconds = time.perf_counter() - began
    await running
    await worker.close()
    return JOBS / seconds
