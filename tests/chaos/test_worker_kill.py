"""Workers, queue and database are killed in mid-work: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jiebang.platform.db import Role
from jiebang.workers.lane import connect
from support import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from arq.connections import ArqRedis

    from jiebang.engines.local import Endpoints, LocalEngines

HERE = Path(__file__).parent


class Workers:
    """Real worker processes; each is ended, by its own id, when the test ends."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self.processes: list[asyncio.subprocess.Process] = []

    async def start(self) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(HERE / "worker_process.py"), env=self._environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
        for process in self.processes:
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                await self.kill(process)
                raise


@pytest.fixture
async def workers(tmp_path: Path, endpoints: Endpoints, database: dict[Role, dict[str, Any]]) -> AsyncIterator[Workers]:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    worker = database[Role.WORKER]
    (secrets / "database_worker").write_text(worker["password"])
    (secrets / "secret_key").write_text("a secret of the tests, 32 bytes.")
    assert endpoints.redis_url is not None
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), *sys.path]),
        "DATABASE_URL": f"postgresql://{worker['host']}:{worker['port']}/{worker['database']}?sslmode=disable",
        "REDIS_URL": endpoints.redis_url,
        "JIEBANG_SECRETS_DIR": str(secrets),
        "JIEBANG_DATA_DIR": str(tmp_path),
        "MAIL_DIR": str(tmp_path / "mail"),
    }
    await jobs.clear()
    some = Workers(environment, tmp_path / "worker.log")
    async with jobs.effects():
        try:
            yield some
        finally:
            await some.stop()
    await jobs.clear()


@pytest.fixture
async def redis(endpoints: Endpoints) -> AsyncIterator[ArqRedis]:
    assert endpoints.redis_url is not None
    client = connect(endpoints.redis_url)
    await client.flushall()
    yield client
    await client.aclose()


def _in_flight(outbox_id: int) -> Callable[[], Awaitable[bool]]:
    async def running() -> bool:
        return str((await jobs.row(outbox_id))["lease_owner"]).startswith("worker-")

    return running


async def _once(*ids: int) -> None:
    assert await jobs.effect_counts() == dict.fromkeys(ids, 1)


async def test_a_stopped_worker_ends_its_job_and_leaves_in_good_order(workers: Workers) -> None:
    process = await workers.start()
    job = await jobs.add("t.effect", ms=700)
    await jobs.until(_in_flight(job))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert await jobs.done(job)
    await _once(job)


async def test_the_queue_is_wiped_and_tickets_come_back(workers: Workers, redis: ArqRedis) -> None:
    """The short form: the seconds of the lease are skipped; the long one waits them out."""
    from jiebang.platform.queue import Kinds
    from jiebang.workers.lane import Lane
    from jiebang.workers.relay import Relay

    ids = [await jobs.add("t.effect", key=str(n)) for n in range(20)]
    assert await Relay(redis, [Lane("default", Kinds(excepted=True), 1, 100, 5)]).carry() == 20
    await redis.flushall()
    await jobs.expire_leases()
    await workers.start()
    await jobs.until(lambda: jobs.done(*ids))
    await _once(*ids)


async def test_postgresql_is_killed_and_the_worker_goes_on(
    workers: Workers, engines: LocalEngines, redis: ArqRedis
) -> None:
    process = await workers.start()
    first = await jobs.add("t.effect")
    await jobs.until(lambda: jobs.done(first))
    pid = engines.supervisor.pid("postgres")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    second = await _retried(lambda: jobs.add("t.effect"))
    await _retried(lambda: jobs.until(lambda: jobs.done(second)))
    assert process.returncode is None
    await _once(first, second)


async def _retried(work: Callable[[], Awaitable[Any]], seconds: float = 25) -> Any:
    """What a client does whose database restarts."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await work()
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


@pytest.mark.long
async def test_a_killed_workers_job_restarts_within_30_seconds_with_one_effect(
    workers: Workers, redis: ArqRedis
) -> None:
    victim = await workers.start()
    job = await jobs.add("t.effect", ms=1500)
    await jobs.until(_in_flight(job))
    await workers.kill(victim)
    began = time.monotonic()
    await workers.start()
    await jobs.until(lambda: jobs.done(job), 32)
    assert time.monotonic() - began <= 30
    assert (await jobs.row(job))["attempts"] == 2
    await _once(job)


@pytest.mark.long
async def test_a_wiped_queue_is_whole_again_within_60_seconds(workers: Workers, redis: ArqRedis) -> None:
    await workers.start()
    ids = [await jobs.add("t.effect", key=str(n % 7), ms=200) for n in range(300)]
    await jobs.until(lambda: jobs.done(ids[0]))
    await redis.flushall()
    began = time.monotonic()
    await jobs.until(lambda: jobs.done(*ids), 60)
    assert time.monotonic() - began <= 60
    await _once(*ids)


@pytest.mark.long
async def test_nine_kills_a_wiped_queue_and_a_restart_lose_nothing_and_double_nothing(
    workers: Workers, redis: ArqRedis, engines: LocalEngines
) -> None:
    chance = random.Random(9)  # noqa: S311
    pair = [await workers.start(), await workers.start()]
    ids = [await jobs.add("t.effect", key=str(n % 11), ms=chance.randint(0, 40)) for n in range(2000)]
    for n in range(9):
        before = len(await jobs.effect_counts())

        async def further(before: int = before) -> bool:
            return len(await jobs.effect_counts()) >= min(before + 120, len(ids))

        await jobs.until(further, 60)
        victim = pair[n % 2]
        await workers.kill(victim)
        pair[n % 2] = await workers.start()
        if n == 3:
            await redis.flushall()
        if n == 6:
            pid = engines.supervisor.pid("valkey")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
    await jobs.until(lambda: jobs.done(*ids), 120)
    await _once(*ids)
