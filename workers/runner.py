"""Runs jobs: start by ticket, keep the lease, call the handler, finish or fail."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from jiebang.platform import queue
from jiebang.platform.jobs import AlreadyDone, GiveUp, Job
from jiebang.platform.queue import MAX_ATTEMPTS, Ticket
from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.platform.jobs import Handler
    from jiebang.workers.metrics import WorkerMetrics


class Overrun(Exception):
    """A run took longer than its lane allows."""


BEAT = 5.0
_log = structlog.get_logger(__name__)


class Runner:
    """All jobs that run in this process. `owner` names it in the leases."""

    def __init__(self, handlers: Mapping[str, Handler], metrics: WorkerMetrics) -> None:
        self.owner = f"worker-{uuid4()}"
        self._handlers = handlers
        self._metrics = metrics
        self._running: dict[tuple[int, int], tuple[Job, asyncio.Task[None]]] = {}

    async def run(self, seconds: float, outbox_id: int, attempts: int) -> None:
        """One run of one job, for at most `seconds`. Raises nothing but cancellation, which releases the job.

        Where the database cannot be told how the run went, the lease expires and the job runs again.
        """
        try:
            started = await queue.start(Ticket(outbox_id, attempts), self.owner)
        except Exception as error:  # noqa: BLE001 - any fault of the database
            _log.warning("job.not_started", job=outbox_id, error=queue.describe(error))
            return
        if started is None:
            return
        job, request = started
        REQUEST.set(request or "")
        structlog.contextvars.bind_contextvars(job=job.id, kind=job.kind)
        began = time.perf_counter()
        try:
            outcome = await self._attempt(job, seconds)
        except Exception as error:  # noqa: BLE001 - the same
            _log.warning("job.not_recorded", error=queue.describe(error))
            outcome = "not_recorded"
        self._metrics.job(job.kind if job.kind in self._handlers else "unknown", outcome, time.perf_counter() - began)

    async def _attempt(self, job: Job, seconds: float) -> str:
        # A task of its own: a lost lease cancels it without touching whoever called us.
        task = asyncio.create_task(self._handle(job, seconds))
        self._running[job.id, job.attempts] = job, task
        try:
            await asyncio.shield(task)
        except AlreadyDone:
            return "done_elsewhere"
        except asyncio.CancelledError:
            if task.cancelled():  # the heartbeat found the lease lost: another run has taken over
                return "lease_lost"
            await self._abandon(job, task)
            raise
        except Exception as error:  # noqa: BLE001 - handlers may raise anything
            outcome = await queue.fail(job, error)
            _log.warning(f"job.{outcome}", attempts=job.attempts, error=queue.describe(error))
            return outcome
        finally:
            self._running.pop((job.id, job.attempts), None)
        await queue.finish(job)
        return "done"

    async def _handle(self, job: Job, seconds: float) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            raise GiveUp(f"no handler for jobs of kind {job.kind!r}")
        if job.attempts - job.spared > MAX_ATTEMPTS:
            raise GiveUp(f"its worker died or lost it {MAX_ATTEMPTS} times")
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await handler(job)
        except TimeoutError as error:
            if limit.expired():
                raise Overrun from error
            raise
        except SystemExit as error:  # would end the event loop, not the job
            raise RuntimeError("a handler asked the process to exit") from error

    async def _abandon(self, job: Job, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait({task})
        if task.cancelled() or task.exception() is not None:
            await queue.release(job)
            _log.info("job.released")

    async def keep_leases(self) -> None:
        """Extend all leases once; a run that lost its own is cancelled."""
        if not self._running:
            return
        before = dict(self._running)
        kept = await queue.heartbeat((job for job, _ in before.values()), self.owner)
        for key, (_, task) in before.items():
            if key not in kept and not task.done():
                task.cancel()
