"""The worker process: relay, jobs, audit chain, housekeeping, each kept running until the process is asked to stop.

Needs PostgreSQL (login `jiebang_worker`) and Redis; survives the loss and return of either at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from jiebang.identity import api as identity
from jiebang.platform import audit_chain, audit_checkpoint, outbox, queue, stores, workspace
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.mail import MAILER, Mailer
from jiebang.settings import Settings, SettingsError
from jiebang.workers.handlers import HANDLERS, LONG
from jiebang.workers.lane import Lane, LaneWorker, connect, lanes
from jiebang.workers.metrics import WorkerMetrics
from jiebang.workers.relay import Relay
from jiebang.workers.runner import BEAT, Runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from arq.connections import ArqRedis

    from jiebang.platform.jobs import Handler

GRACE = 7.0
"""Seconds that running jobs get to end after SIGTERM; the rest is released to other workers."""
POOL = 32
"""Connections: one for each slot of the lanes, and enough for leases never to wait behind handlers."""
_RETRY_FIRST, _RETRY_MOST = 0.1, 2.0
_CHAIN_EVERY, _LOOK_EVERY, _CLEAN_EVERY, _CHECKPOINT_EVERY = 0.2, 5.0, 600.0, 60.0
_UPLOADS_LIVE, _UPLOADS_EVERY = timedelta(days=7), 3600.0
_log = structlog.get_logger(__name__)


async def run_worker(
    settings: Settings,
    *,
    stop: asyncio.Event,
    handlers: Mapping[str, Handler] | None = None,
    long: frozenset[str] = LONG,
    metrics: tuple[str, int] | None = None,
) -> None:
    """Everything a worker does, until `stop` is set; running jobs then end or are released.

    Args:
        settings: needs `redis_url`, the worker's database secret, the installation's secret key and a way for mail.
        stop: set it on SIGTERM and SIGINT.
        handlers: instead of the slices' own (tests).
        long: kinds for the lane of long jobs.
        metrics: host and port where Prometheus is answered.

    Raises:
        SettingsError: a setting is missing; nothing was started.
    """
    logging.getLogger("arq").setLevel(logging.WARNING)  # two lines for each job say nothing that metrics do not
    SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
    start_mailer(settings)
    workspace.sweep()
    figures = WorkerMetrics()
    if metrics is not None:
        figures.serve(*metrics)
    async with _connected(settings, stop) as redis:
        if redis is not None:
            anchors = settings.data_dir / audit_chain.ANCHORS if settings.data_dir else None
            await work(redis, HANDLERS if handlers is None else handlers, long, stop, figures, anchors)


def start_mailer(settings: Settings, mailer: Mailer = MAILER) -> None:
    """Let this process send mail as the settings say.

    Raises:
        SettingsError: they say no usable way.
    """
    try:
        mailer.start(
            smtp_url=settings.smtp_url,
            mail_dir=settings.mail_dir,
            sender=settings.mail_from,
            base_url=settings.base_url,
        )
    except ValueError as unusable:
        raise SettingsError(str(unusable)) from None


async def run_relay(settings: Settings, *, stop: asyncio.Event, metrics: tuple[str, int] | None = None) -> None:
    """The relay alone, for deployments that scale it apart from the workers; `metrics` as of `run_worker`.

    Raises:
        SettingsError: a setting is missing.
    """
    figures = WorkerMetrics()
    if metrics is not None:
        figures.serve(*metrics)
    async with _connected(settings, stop) as redis:
        if redis is not None:
            relay = Relay(redis, lanes(LONG))
            async with asyncio.TaskGroup() as group:
                group.create_task(_keep("relay", relay.step, stop))
                group.create_task(_listening(relay, stop))
                group.create_task(_keep("figures", lambda: _look(figures), stop, _LOOK_EVERY))


async def work(
    redis: ArqRedis,
    handlers: Mapping[str, Handler],
    long: frozenset[str],
    stop: asyncio.Event,
    metrics: WorkerMetrics | None = None,
    anchors: Path | None = None,
) -> None:
    """The loops of a worker over an open engine and a Redis client."""
    metrics = metrics or WorkerMetrics()
    both = lanes(long)
    runner = Runner(handlers, metrics)
    relay = Relay(redis, both)
    chain = audit_chain.Chain(anchors)
    outbox.on_commit(relay.wake)
    leases_end = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep("leases", runner.keep_leases, leases_end, BEAT))
        group.create_task(_keep("relay", relay.step, stop))
        group.create_task(_listening(relay, stop))
        group.create_task(_keep("audit chain", chain.step, stop, _CHAIN_EVERY))
        group.create_task(_keep("checkpoints", _publish, stop, _CHECKPOINT_EVERY))
        group.create_task(_keep("figures", lambda: _look(metrics), stop, _LOOK_EVERY))
        group.create_task(_keep("housekeeping", _clean, stop, _CLEAN_EVERY))
        group.create_task(_keep("uploads", _forget_uploads, stop, _UPLOADS_EVERY))
        try:
            async with asyncio.TaskGroup() as jobs:
                for lane in both:
                    jobs.create_task(_serve(lane, redis, runner, stop))
        finally:
            leases_end.set()
    outbox.on_commit(None)
    with contextlib.suppress(Exception):  # best effort: the next worker chains and anchors as well
        await chain.last_step()


async def _serve(lane: Lane, redis: ArqRedis, runner: Runner, stop: asyncio.Event) -> None:
    async def run(_: dict[str, object], outbox_id: int, attempts: int) -> None:
        await runner.run(lane.seconds, outbox_id, attempts)

    worker = LaneWorker(lane, redis, run)
    polling = asyncio.create_task(_keep(f"lane {lane.name}", worker.async_run, stop))
    try:
        await stop.wait()
        await worker.drain(GRACE)
        await asyncio.wait({polling}, timeout=2)  # it ends by itself, unless Redis is away
    finally:
        polling.cancel()


async def _listening(relay: Relay, stop: asyncio.Event) -> None:
    await _until(stop, _keep("wake-up", lambda: relay.listen(stop), stop))


async def _look(metrics: WorkerMetrics) -> None:
    state = await queue.state()
    metrics.waiting.set(state.waiting)
    metrics.dead.set(state.dead)
    metrics.oldest.set(state.oldest_s)
    metrics.audit_lag.set(await audit_chain.lag())


async def _publish() -> None:
    await audit_checkpoint.publish_if_due()


async def _clean() -> None:
    await queue.forget()
    async with ENGINE.unit_of_work(Role.WORKER):
        await identity.forget_expired()


async def _forget_uploads() -> None:
    await stores.storage().forget_quarantine(datetime.now(UTC) - _UPLOADS_LIVE)


async def _keep(name: str, step: Callable[[], Awaitable[None]], stop: asyncio.Event, every: float = 0.0) -> None:
    """Run `step` again and again until `stop`; a fault is logged once, and tried again after a growing pause."""
    pause = 0.0
    while not stop.is_set():
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - whatever it is, a loop of a worker goes on
            if not pause:
                _log.warning("worker.fault", loop=name, error=queue.describe(error))
            pause = min(pause * 2 or _RETRY_FIRST, _RETRY_MOST)
        else:
            if pause:
                _log.info("worker.recovered", loop=name)
            pause = 0.0
        if pause or every:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause or every):
                    await stop.wait()


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it ends or `stop` is set, which cancels it."""
    task, asked = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (task, asked):
            one.cancel()
        await asyncio.wait({task, asked}, timeout=2)


@asynccontextmanager
async def _connected(settings: Settings, stop: asyncio.Event) -> AsyncIterator[ArqRedis | None]:
    """The worker's pool and a Redis client; None when `stop` came before the database answered."""
    if settings.redis_url is None:
        raise SettingsError("REDIS_URL is not set")
    arguments = settings.connect(Role.WORKER)
    redis = connect(settings.redis_url)
    up = asyncio.Event()

    async def open_pool() -> None:
        await ENGINE.start({Role.WORKER: arguments}, max_size=POOL)
        up.set()
        stop_or_up.set()

    stop_or_up = asyncio.Event()
    waiting = asyncio.create_task(_forward(stop, stop_or_up))
    try:
        await _keep("database", open_pool, stop_or_up)
        yield redis if up.is_set() else None
    finally:
        waiting.cancel()
        await ENGINE.stop()
        await redis.aclose()


async def _forward(one: asyncio.Event, other: asyncio.Event) -> None:
    await one.wait()
    other.set()
