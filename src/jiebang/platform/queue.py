"""The outbox as the worker sees it: claim, start, keep, finish, fail. All state of a job is in its row.

A job moves like this: the relay *claims* it (lease of the queue), a worker *starts* it (own lease, `attempts` + 1) and
keeps the lease alive; the handler's unit of work, or `finish`, ends it; `fail` postpones or buries it. Whoever dies on
the way lets a lease expire, and the relay claims the job again. A run that failed for want of an engine, or that a
stopping worker gave back, is *spared*: it costs the job none of its attempts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from traceback import walk_tb
from typing import TYPE_CHECKING, Literal

from jiebang.kernel.errors import Refused
from jiebang.platform.away import is_away
from jiebang.platform.db import ENGINE, Queries, Role
from jiebang.platform.jobs import GiveUp, Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Q = Queries("jiebang.platform", "queue.sql")

RUN_LEASE = timedelta(seconds=15)
"""What a worker holds a job for, three times the pause between its heartbeats."""
QUEUE_LEASE = timedelta(seconds=8)
"""What a ticket holds it for while it waits in Redis. One that waits for longer is pushed again, which changes nothing;
one that was lost, with Redis or in the hands of a worker that died, delays its job by no more than this."""
MAX_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 3600.0
LONGEST_ABSENCE = 15.0
"""Seconds between two looks for an absent engine: its jobs go on that soon after it is back."""
MAX_SPARED = 5000
"""About a day of looks. Then absence counts as failure, and the job is buried where an operator sees it."""
DONE_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=7)


Outcome = Literal["failed", "away", "dead"]
"""How a run that did not succeed ended: it counts, an engine was away, the job is given up."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """A set of job kinds: those named, or (`excepted`) all others."""

    names: frozenset[str] = frozenset()
    excepted: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to start one run of a job: the row's id and the number of runs it had before."""

    id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class State:
    """How the outbox stands: jobs not done, jobs given up, and the age of the oldest that is due (seconds)."""

    waiting: int
    dead: int
    oldest_s: float


async def claim(kinds: Kinds, depth: int) -> list[Ticket]:
    """Lease due jobs to the queue, in fair order; at most `depth` wait there at once."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        rows = await db.fetch(Q.claim, depth, list(kinds.names), not kinds.excepted, QUEUE_LEASE)
    return [Ticket(r["id"], r["attempts"]) for r in sorted(rows, key=lambda r: (r["turn"], r["id"]))]


async def unclaim(tickets: Sequence[Ticket]) -> None:
    """Give back what could not be handed to the queue."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute(Q.unclaim, [t.id for t in tickets])


async def start(ticket: Ticket, owner: str) -> tuple[Job, str | None] | None:
    """Begin a run: the job and the id of the request that wanted it; None when the ticket is used or the job over."""
    rows = await ENGINE.run(Role.WORKER, Q.start, ticket.id, ticket.attempts, owner, RUN_LEASE)
    if not rows:
        return None
    (row,) = rows
    return Job(row["id"], row["kind"], row["payload"], row["attempts"], row["spared"]), row["request_id"]


async def heartbeat(jobs: Iterable[Job], owner: str) -> set[tuple[int, int]]:
    """Extend the leases of running jobs; (id, attempts) of those that are still `owner`'s."""
    ids, attempts = zip(*((j.id, j.attempts) for j in jobs), strict=True)
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        rows = await db.fetch(Q.heartbeat, list(ids), list(attempts), owner, RUN_LEASE)
    return {(r["id"], r["attempts"]) for r in rows}


async def finish(job: Job) -> None:
    """Done, for a handler that had nothing to store: a `job.unit()` has done it already."""
    if job.stored:
        return
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute(Q.finish, job.id, job.attempts)


async def release(job: Job) -> None:
    """Give a run up before its end; the job is due at once."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute(Q.postpone, job.id, job.attempts, timedelta(), None, 1)


async def fail(job: Job, error: BaseException) -> Outcome:
    """Try again after a pause, or bury the job: after the last attempt, or at once for `GiveUp`.

    While an engine is `away` the pause stays short and the run is spared.
    """
    outcome: Outcome = "failed"
    if is_away(error) and job.spared < MAX_SPARED:
        outcome, pause = "away", back_off(job.spared + 1, random.random(), LONGEST_ABSENCE)  # noqa: S311 - jitter, no secret
    else:
        tried = job.attempts - job.spared
        pause = back_off(tried, random.random())  # noqa: S311 - the same
        if isinstance(error, GiveUp) or tried >= MAX_ATTEMPTS:
            outcome = "dead"
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        if outcome == "dead":
            await db.execute(Q.bury, job.id, job.attempts, describe(error))
        else:
            spared = int(outcome == "away")
            await db.execute(Q.postpone, job.id, job.attempts, timedelta(seconds=pause), describe(error), spared)
    return outcome


async def retry_dead(outbox_id: int) -> bool:
    """Give a buried job all its attempts again. False: no such dead job."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        return await db.fetchval(Q.retry_dead, outbox_id) is not None


async def state() -> State:
    """Figures for the operator."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True) as db:
        return State(**dict(await db.fetchrow(Q.state)))


async def forget() -> None:
    """Delete jobs done long ago and stored answers that no client repeats any more."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute(Q.forget_done, DONE_KEPT)
        await db.execute(Q.forget_answers, ANSWERS_KEPT)


def back_off(runs: int, chance: float, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait after the given number of runs: doubling, at most `longest`; `chance` in [0, 1) spreads a crowd.

    At least half of the full pause, so that a retry never comes at once.
    """
    full = min(FIRST_PAUSE * 2.0 ** min(runs - 1, 30), longest)
    return full * (0.5 + chance / 2)


def describe(error: BaseException) -> str:
    """What went wrong, and where in our code; never the message of a foreign error, which may name a person."""
    if isinstance(error, GiveUp):
        return str(error)
    facts = [type(error).__name__]
    if isinstance(error, Refused):
        facts.append(error.rule.code)
    for name in ("sqlstate", "constraint_name", "smtp_code", "errno"):
        value = getattr(error, name, None)
        if value:
            facts.append(f"{name}={value}")
    frames = [(f.f_globals.get("__name__", ""), line) for f, line in walk_tb(error.__traceback__)]
    ours = [f"{module}:{line}" for module, line in frames if module.startswith("jiebang.")]
    return " ".join(facts) + (f" at {ours[-1]}" if ours else "")
