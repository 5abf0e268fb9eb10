"""The worker over real PostgreSQL and Valkey; each arq defect that we could meet (numbers: the stack's notes)."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from arq.constants import in_progress_key_prefix, job_key_prefix, result_key_prefix
from arq.jobs import serialize_job

from jiebang.platform import queue
from jiebang.platform.jobs import GiveUp, Job
from jiebang.platform.queue import MAX_ATTEMPTS, Kinds, Ticket
from jiebang.platform.wake import Wake
from jiebang.workers import handlers as merged
from jiebang.workers.lane import Lane, LaneWorker, connect, push
from jiebang.workers.metrics import WorkerMetrics
from jiebang.workers.relay import Relay
from jiebang.workers.runner import Runner
from support import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from arq.connections import ArqRedis

    from jiebang.engines.local import Endpoints, LocalEngines


@pytest.fixture(autouse=True)
async def quiet(database: object, redis: ArqRedis) -> AsyncIterator[None]:
    await jobs.clear()
    await redis.flushall()
    yield
    await jobs.clear()


@pytest.fixture
async def redis_url(endpoints: Endpoints) -> str:
    assert endpoints.redis_url is not None
    return endpoints.redis_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def table(database: object) -> AsyncIterator[None]:
    async with jobs.effects():
        yield


def _lane(slots: int = 10) -> Lane:
    return Lane(uuid4().hex, Kinds(excepted=True), slots=slots, depth=100, seconds=5)


@asynccontextmanager
async def _polling(
    lane: Lane, redis: ArqRedis, run: Callable[..., Awaitable[None]], **hooks: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """A bare lane worker, without the supervised loop around it: what it survives, it survives by itself."""
    worker = LaneWorker(lane, redis, run)
    for name, hook in hooks.items():
        setattr(worker, name, hook)
    task = asyncio.create_task(worker.async_run())
    try:
        yield task
        assert not task.done(), "the polling loop died"
    finally:
        await worker.drain(0)
        await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 10)


class Calls(list[int]):
    """A run function that notes what it was called with."""

    async def run(self, _: object, outbox_id: int, attempts: int) -> None:
        self.append(outbox_id)

    async def hold(self, *ids: int) -> None:
        async def all_there() -> bool:
            return set(ids) <= set(self)

        await jobs.until(all_there)


async def test_a_job_runs_soon_after_its_commit_and_only_its_id_is_in_redis(
    redis_url: str, redis: ArqRedis, table: None
) -> None:
    gate, seen = asyncio.Event(), []

    async def handler(job: Job) -> None:
        seen.append(await _everything(redis))
        await gate.wait()
        await jobs.effect(job)

    async with jobs.working(redis_url, {"t.x": handler}):
        began = time.monotonic()
        outbox_id = await jobs.add("t.x", secret="藏头露尾")

        async def started() -> bool:
            return bool(seen)

        await jobs.until(started)
        assert time.monotonic() - began < 2
        gate.set()
        await jobs.until(lambda: jobs.done(outbox_id))
    assert await jobs.effect_counts() == {outbox_id: 1}
    assert "藏头露尾".encode() not in seen[0]
    assert f"ob:{outbox_id}:0".encode() in seen[0]


async def _everything(redis: ArqRedis) -> bytes:
    parts = []
    for key in await redis.keys("*"):
        kind = await redis.type(key)
        parts.append(key + (await redis.get(key) or b"" if kind == b"string" else b""))
    return b"\n".join(parts)


async def test_defect_1_an_ordinary_exception_is_retried(
    redis_url: str, table: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIRST_PAUSE", 0.05)

    async def handler(job: Job) -> None:
        if job.attempts < 3:
            raise ValueError
        await jobs.effect(job)

    async with jobs.working(redis_url, {"t.x": handler}):
        outbox_id = await jobs.add("t.x")
        await jobs.until(lambda: jobs.done(outbox_id))
    assert (await jobs.row(outbox_id))["attempts"] == 3
    assert await jobs.effect_counts() == {outbox_id: 1}


async def test_defect_2_a_timeout_is_retried(database: object) -> None:
    async def handler(job: Job) -> None:
        await asyncio.Event().wait()

    outbox_id = await jobs.add("t.x")
    await asyncio.wait_for(Runner({"t.x": handler}, WorkerMetrics()).run(0.05, outbox_id, 0), 10)
    row = await jobs.row(outbox_id)
    assert row["error"].startswith("Overrun")
    assert (row["attempts"], row["dead_at"], row["lease_owner"], row["due"]) == (1, None, None, False)


@pytest.mark.parametrize("hook", ["on_job_start", "on_job_end", "after_job_end"])
async def test_defects_3_and_4_a_raising_hook_does_not_end_the_worker(redis: ArqRedis, hook: str) -> None:
    lane, calls, hooked = _lane(), Calls(), asyncio.Event()

    async def broken(_: object) -> None:
        hooked.set()
        raise RuntimeError

    async with _polling(lane, redis, calls.run, **{hook: broken}) as task:
        await push(redis, lane, [Ticket(1, 0)])
        await asyncio.wait_for(hooked.wait(), 10)
        hooked.clear()
        await push(redis, lane, [Ticket(2, 0)])
        await asyncio.wait_for(hooked.wait(), 10)
        assert not task.done()


async def test_defect_5_an_unknown_function_and_a_lost_ticket_do_not_end_the_worker(redis: ArqRedis) -> None:
    lane, calls = _lane(), Calls()
    data = serialize_job("no_such_function", (), {}, None, 1, serializer=redis.job_serializer)
    await redis.set(job_key_prefix + "strange", data)
    await redis.zadd(lane.queue, {"strange": 1, "lost": 2})
    async with _polling(lane, redis, calls.run):
        await push(redis, lane, [Ticket(7, 0)])
        await calls.hold(7)
    assert await redis.zcard(lane.queue) == 0


async def test_defect_6_the_same_ticket_is_taken_again_and_nothing_is_kept(redis: ArqRedis) -> None:
    lane, calls = _lane(), Calls()

    async def twice() -> bool:
        return calls.count(5) == 2

    async with _polling(lane, redis, calls.run):
        await push(redis, lane, [Ticket(5, 0)])
        await calls.hold(5)
        await jobs.until(lambda: _gone(redis, "ob:5:0"))
        await push(redis, lane, [Ticket(5, 0)])
        await jobs.until(twice)
    assert await redis.keys(result_key_prefix + "*") == []


async def _gone(redis: ArqRedis, ticket: str) -> bool:
    return not await redis.exists(job_key_prefix + ticket)


async def test_defect_7_a_ticket_that_expired_comes_back_from_the_outbox(
    redis_url: str, redis: ArqRedis, table: None
) -> None:
    outbox_id = await jobs.add("t.x")
    lane = Lane("default", Kinds(excepted=True), slots=1, depth=9, seconds=5)
    assert await Relay(redis, [lane]).carry() == 1
    assert await redis.delete(job_key_prefix + f"ob:{outbox_id}:0") == 1  # a day has passed
    async with jobs.working(redis_url, {"t.x": jobs.effect}):

        async def dropped() -> bool:
            return await redis.zcard(lane.queue) == 0

        await jobs.until(dropped)
        await jobs.expire_leases()
        await jobs.until(lambda: jobs.done(outbox_id))
    assert await jobs.effect_counts() == {outbox_id: 1}


async def test_defect_8_jobs_that_run_elsewhere_hide_nobody(redis: ArqRedis) -> None:
    lane, busy, calls, free = _lane(slots=120), Calls(), Calls(), asyncio.Event()

    async def hold(_: object, outbox_id: int, attempts: int) -> None:
        busy.append(outbox_id)
        await free.wait()

    async with _polling(lane, redis, hold):
        await push(redis, lane, [Ticket(n, 0) for n in range(120)])
        await busy.hold(*range(120))
        async with _polling(Lane(lane.name, lane.kinds, 10, 100, 5), redis, calls.run):
            await push(redis, lane, [Ticket(n, 0) for n in range(200, 205)])
            await calls.hold(*range(200, 205))
        assert len(busy) == 120
        free.set()


async def test_a_mail_does_not_wait_behind_long_jobs(redis_url: str, table: None) -> None:
    free = asyncio.Event()

    async def long(job: Job) -> None:
        await free.wait()

    async with jobs.working(redis_url, {"t.long": long, "t.mail": jobs.effect}, frozenset({"t.long"})):
        for n in range(12):
            await jobs.add("t.long", key=f"k{n}")
        mail = await jobs.add("t.mail")
        await jobs.until(lambda: jobs.done(mail))
        free.set()


async def test_defect_9_redis_restarts_and_the_worker_resumes(
    redis_url: str, redis: ArqRedis, engines: LocalEngines, table: None
) -> None:
    async with jobs.working(redis_url, {"t.x": jobs.effect}) as stop:
        before = await jobs.add("t.x")
        await jobs.until(lambda: jobs.done(before))
        pid = engines.supervisor.pid("valkey")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        during = [await jobs.add("t.x", key=str(n)) for n in range(5)]

        async def back() -> bool:
            return engines.supervisor.is_ready("valkey") and engines.supervisor.pid("valkey") != pid

        await jobs.until(back)
        await jobs.until(lambda: jobs.done(*during), 30)
        assert not stop.is_set()
    assert await jobs.effect_counts() == dict.fromkeys([before, *during], 1)


async def test_defect_9_lost_connections_leak_no_slot(redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    lane, calls, running = _lane(slots=2), Calls(), []
    worker = LaneWorker(lane, redis, calls.run)
    await push(redis, lane, [Ticket(1, 0)])
    with monkeypatch.context() as broken:
        broken.setattr(redis, "zpopmin", _refused)
        for _ in range(5):
            with pytest.raises(ConnectionResetError):
                await worker._poll_iteration()
    gate = asyncio.Event()

    async def hold(_: object, outbox_id: int, attempts: int) -> None:
        running.append(outbox_id)
        await gate.wait()

    async with _polling(lane, redis, hold):
        await push(redis, lane, [Ticket(2, 0)])

        async def both() -> bool:
            return len(running) == 2

        await jobs.until(both)
        gate.set()


async def _refused(*_: object) -> None:
    raise ConnectionResetError


class Bomb:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


async def test_defect_10_nothing_is_unpickled(redis: ArqRedis, tmp_path: Path) -> None:
    lane, calls = _lane(), Calls()
    await redis.set(job_key_prefix + "bomb", pickle.dumps(Bomb(tmp_path / "boom")))
    await redis.zadd(lane.queue, {"bomb": 1})
    async with _polling(lane, redis, calls.run):
        await push(redis, lane, [Ticket(3, 0)])
        await calls.hold(3)
    assert not (tmp_path / "boom").exists()


async def test_defect_10_a_killed_worker_leaves_nothing_that_bars_its_jobs(redis: ArqRedis) -> None:
    lane, calls, started = _lane(), Calls(), asyncio.Event()

    async def hang(_: object, outbox_id: int, attempts: int) -> None:
        started.set()
        await asyncio.Event().wait()

    async with _polling(lane, redis, hang):
        await push(redis, lane, [Ticket(4, 0)])
        await asyncio.wait_for(started.wait(), 10)
        # What the dead leave behind: the ticket's keys as they are now, and an in-progress key of stock arq.
        await redis.set(in_progress_key_prefix + "ob:4:0", b"1", ex=310)
        async with _polling(lane, redis, calls.run):
            await push(redis, lane, [Ticket(4, 0)])
            await calls.hold(4)


async def test_defect_10_health_is_short_lived(redis: ArqRedis) -> None:
    lane = _lane()

    async def healthy() -> bool:
        return bool(await redis.exists(lane.queue + ":health-check"))

    async with _polling(lane, redis, Calls().run):
        await jobs.until(healthy)
    assert 0 < await redis.ttl(lane.queue + ":health-check") <= 11


async def test_an_unknown_kind_is_a_dead_letter_that_says_so(redis_url: str, table: None) -> None:
    async with jobs.working(redis_url, {"t.x": jobs.effect}):
        unknown = await jobs.add("t.unknown")

        async def buried() -> bool:
            return (await jobs.row(unknown))["dead_at"] is not None

        await jobs.until(buried)
        after = await jobs.add("t.x")
        await jobs.until(lambda: jobs.done(after))
    assert (await jobs.row(unknown))["error"] == "no handler for jobs of kind 't.unknown'"


async def _bad_exit(job: Job) -> None:
    raise SystemExit(3)


async def _bad_give_up(job: Job) -> None:
    raise GiveUp("never mind")


@pytest.mark.parametrize(
    ("handler", "error", "dead"), [(_bad_exit, "RuntimeError", False), (_bad_give_up, "never mind", True)]
)
async def test_a_handler_cannot_end_the_process(database: object, handler: Any, error: str, *, dead: bool) -> None:
    outbox_id = await jobs.add("t.x")
    await Runner({"t.x": handler}, WorkerMetrics()).run(5, outbox_id, 0)
    row = await jobs.row(outbox_id)
    assert row["error"].startswith(error)
    assert (row["dead_at"] is not None) == dead


async def test_a_job_that_kills_its_worker_every_time_is_given_up(database: object) -> None:
    outbox_id = await jobs.add("t.x")
    await jobs.run_sql("update outbox set attempts = $2 where id = $1", outbox_id, MAX_ATTEMPTS)
    await Runner({"t.x": jobs.effect}, WorkerMetrics()).run(5, outbox_id, MAX_ATTEMPTS)
    assert "died" in (await jobs.row(outbox_id))["error"]


async def test_runs_that_an_absent_engine_cut_short_are_no_deaths(database: object) -> None:
    outbox_id = await jobs.add("t.x")
    await jobs.run_sql("update outbox set attempts = $2, spared = 1 where id = $1", outbox_id, MAX_ATTEMPTS)

    async def nothing(job: Job) -> None:
        pass

    await Runner({"t.x": nothing}, WorkerMetrics()).run(5, outbox_id, MAX_ATTEMPTS)
    assert await jobs.done(outbox_id)


async def test_a_handler_with_nothing_to_store_is_done(database: object) -> None:
    async def nothing(job: Job) -> None:
        pass

    outbox_id = await jobs.add("t.x")
    await Runner({"t.x": nothing}, WorkerMetrics()).run(5, outbox_id, 0)
    assert await jobs.done(outbox_id)


async def test_a_lost_lease_cancels_the_run(database: object) -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(job: Job) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    outbox_id = await jobs.add("t.x")
    runner = Runner({"t.x": hang}, WorkerMetrics())
    task = asyncio.create_task(runner.run(60, outbox_id, 0))
    await asyncio.wait_for(began.wait(), 10)
    await runner.keep_leases()
    assert not cancelled.is_set()
    await jobs.expire_leases()
    assert await queue.start(Ticket(outbox_id, 1), "another") is not None
    await runner.keep_leases()
    await asyncio.wait_for(task, 10)
    assert cancelled.is_set()
    assert (await jobs.row(outbox_id))["lease_owner"] == "another"


async def test_stopping_ends_short_jobs_and_releases_long_ones(
    redis_url: str, table: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jiebang.workers.worker.GRACE", 0.5)
    began: set[int] = set()

    async def work(job: Job) -> None:
        began.add(job.id)
        await (jobs.effect(job) if job.payload else asyncio.Event().wait())

    async with jobs.working(redis_url, {"t.x": work}) as stop:
        short, long = await jobs.add("t.x", ms=200), await jobs.add("t.x")

        async def both() -> bool:
            return began == {short, long}

        await jobs.until(both)
        stop.set()
    assert await jobs.done(short)
    row = await jobs.row(long)
    assert (row["lease_owner"], row["lease_until"], row["due"], row["done_at"]) == (None, None, True, None)


async def test_a_relay_gives_back_what_redis_refuses(redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox_id = await jobs.add("t.x")
    monkeypatch.setattr("jiebang.workers.relay.push", _refused)
    with pytest.raises(ConnectionResetError):
        await Relay(redis, [_lane()]).carry()
    assert (await jobs.row(outbox_id))["lease_until"] is None


async def test_an_api_process_wakes_the_relay(redis_url: str, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jiebang.workers.relay.POLL", 60)
    relay, wake = Relay(redis, [_lane()]), Wake(redis_url)
    stop = asyncio.Event()
    listening = asyncio.create_task(relay.listen(stop))

    async def subscribed() -> bool:
        return dict(await redis.pubsub_numsub("jiebang:wake")) == {b"jiebang:wake": 1}

    await jobs.until(subscribed)
    resting = asyncio.create_task(relay.step())
    while not resting.done():
        wake()
        await asyncio.wait({resting}, timeout=0.05)
    stop.set()
    await asyncio.wait_for(listening, 10)
    await wake.aclose()


async def test_waking_without_redis_neither_raises_nor_waits() -> None:
    wake = Wake("redis://127.0.0.1:1/0")
    wake()
    await wake.aclose()


def test_every_slice_has_its_own_kinds() -> None:
    assert {"identity.mail_verification", "identity.mail_known", "identity.mail_invitation"} <= merged.HANDLERS.keys()
    assert merged.HANDLERS.keys() >= merged.LONG
