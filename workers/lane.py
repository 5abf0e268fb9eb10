"""arq, held on a short leash: what it forgets, the outbox remembers.

arq gives the polling loop, the running of jobs and the health key. Everything it does badly is done here or switched
off, for the state of a job is its outbox row and nothing in Redis may be missed: tickets are *popped* (no line behind
jobs that run elsewhere, no in-progress key that outlives a killed worker), nothing is retried, kept or pickled, no hook
is set, and neither a lost connection nor a failed task ends the loop or leaks a slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix
from arq.jobs import serialize_job
from arq.worker import Worker, func
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from jiebang.platform.queue import Kinds, Ticket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

RUN = "run"
TICKET_LIFETIME = 600
POLL = 0.02
BURST = 1.0
"""Seconds that a busy lane goes on without a poll's pause, filling slots as they come free."""
HEALTH_EVERY = 10
_HOUR_MS = 3_600_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue and its workers: which kinds, how many at once in a process, and how long one may take (seconds).

    `depth` bounds the tickets that wait in Redis, so that a late stranger still comes early (fairness).
    """

    name: str
    kinds: Kinds
    slots: int
    depth: int
    seconds: float

    @property
    def queue(self) -> str:
        """The sorted set in Redis."""
        return f"jiebang:queue:{self.name}"


def lanes(long: frozenset[str]) -> tuple[Lane, Lane]:
    """Documents and other long work wait apart, so that a mail never stands behind them."""
    return (
        Lane("default", Kinds(long, excepted=True), slots=20, depth=200, seconds=60),
        Lane("documents", Kinds(long), slots=2, depth=8, seconds=600),
    )


def connect(redis_url: str) -> ArqRedis:
    """A client that rides out short faults. No connection is made yet."""
    redis: ArqRedis = ArqRedis.from_url(
        redis_url,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
    )
    redis.job_serializer = msgspec.msgpack.encode
    redis.job_deserializer = msgspec.msgpack.decode
    return redis


async def push(redis: ArqRedis, lane: Lane, tickets: Sequence[Ticket]) -> None:
    """Put tickets into the lane, all in one round trip; harmless for one that is there already."""
    now = time.time_ns() // 1_000_000
    async with redis.pipeline(transaction=False) as pipe:
        for turn, ticket in enumerate(tickets):
            key = f"ob:{ticket.id}:{ticket.attempts}"
            data = serialize_job(RUN, (ticket.id, ticket.attempts), {}, None, now, serializer=redis.job_serializer)
            pipe.delete(in_progress_key_prefix + key, retry_key_prefix + key)
            pipe.set(job_key_prefix + key, data, ex=TICKET_LIFETIME)
            # An hour early: arq compares scores with the worker's own clock, and hosts' clocks differ.
            pipe.zadd(lane.queue, {key: now - _HOUR_MS + turn / (len(tickets) + 1)}, nx=True)
        await pipe.execute()


class _Drained(Exception):
    """Ends the polling loop."""


class LaneWorker(Worker):
    """Runs `run(ctx, outbox_id, attempts)` for the tickets of one lane."""

    def __init__(self, lane: Lane, redis: ArqRedis, run: Callable[..., Awaitable[None]]) -> None:
        super().__init__(
            [func(run, name=RUN)],  # pyright: ignore[reportArgumentType] - arq's protocol names its context
            queue_name=lane.queue,
            redis_pool=redis,
            handle_signals=False,
            max_jobs=lane.slots,
            job_timeout=lane.seconds + 60,  # the run ends itself before
            max_tries=1,
            retry_jobs=False,
            keep_result=0,
            poll_delay=POLL,
            health_check_interval=HEALTH_EVERY,
            job_serializer=redis.job_serializer,
            job_deserializer=redis.job_deserializer,
            log_results=False,
        )
        self._live: set[asyncio.Task[Any]] = set()
        self._picking = asyncio.Lock()
        self._freed = asyncio.Event()
        self._drained = False

    async def async_run(self) -> None:
        """Poll until `drain`, or until Redis fails (which is raised; call it again).

        Ending must not hang on cancellation alone: before Python 3.12 redis-py loses one that comes while it sends.
        """
        with contextlib.suppress(_Drained):
            await super().async_run()

    async def _poll_iteration(self) -> None:
        if self._drained:
            raise _Drained
        burst_ends = self.loop.time() + BURST
        while await self._pick() and self.loop.time() < burst_ends:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._freed.wait()
        await self.heart_beat()

    async def _pick(self) -> bool:
        """Start as many jobs as there are free slots. True: all slots are taken, and more may wait."""
        async with self._picking:
            self._freed.clear()
            free = self.max_jobs - len(self._live)
            if not self.allow_pick_jobs or free <= 0:
                return False
            popped = await self.pool.zpopmin(self.queue_name, free)
            for name, score in popped:
                task = self.loop.create_task(self.run_job(name.decode(), int(score)))
                self._live.add(task)
                task.add_done_callback(partial(self._ended, name.decode()))
            return len(popped) == free

    def _ended(self, name: str, task: asyncio.Task[Any]) -> None:
        self._live.discard(task)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("queue.task_failed", ticket=name, error=type(error).__name__)

    async def drain(self, seconds: float) -> None:
        """Take nothing more, let running jobs end, cancel what is left after `seconds`."""
        self.allow_pick_jobs = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2), self._picking:  # tickets that are being popped start first
                pass
        if self._live:
            await asyncio.wait(self._live, timeout=seconds)
        for task in (left := set(self._live)):
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=2)
        self._drained = True
