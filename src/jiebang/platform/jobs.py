"""A job as its handler sees it. Run at least once, done exactly once: effect and `done_at` commit together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jiebang.platform.db.engine import ENGINE
from jiebang.platform.db.roles import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


class GiveUp(Exception):
    """A handler knows that no retry will help: the job becomes a dead letter at once.

    The message is stored and shown to operators: say what is wrong without personal data.
    """


class AlreadyDone(RuntimeError):
    """Another run finished this job first; there is nothing left to do."""


@dataclass(slots=True)
class Job:
    """One run of an outbox row. `payload` holds ids; `attempts` counts this run.

    `spared` of the runs before it say nothing about the job: an absent engine or a stopping worker cut them short.
    A handler does long work first, then stores its effect in `unit()`. Returning finishes the job as well, for a
    handler that found nothing to store; raising runs it again later (`GiveUp`: never).
    """

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    spared: int = 0
    stored: bool = field(default=False, init=False)
    """Whether a unit has committed, and the job is done with it."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Any]:
        """The worker's unit of work that also finishes the job. Long work belongs before it.

        Raises:
            AlreadyDone: a twin was faster; the effect must not happen again.
        """
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            # Done first: it locks the row against twins, and holds once the effect is committed with it.
            if not await db.fetchval(
                "update outbox set done_at = clock_timestamp(), lease_until = null, lease_owner = null, error = null"
                " where id = $1 and done_at is null and dead_at is null returning true",
                self.id,
            ):
                raise AlreadyDone(self.kind)
            yield db
        self.stored = True


if TYPE_CHECKING:
    Handler = Callable[[Job], Awaitable[None]]
