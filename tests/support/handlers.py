"""Run jobs as a worker would, without one: outbox rows straight to their handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import Job

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler


async def waiting(kind: str, **payload: object) -> list[Job]:
    """The unfinished jobs of a kind whose payload contains `payload`, the oldest first."""
    wanted = {name: str(value) for name, value in payload.items()}
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        rows = await db.fetch(
            "select id, kind, payload, attempts from outbox where kind = $1 and payload @> $2 and done_at is null"
            " order by id",
            kind, wanted,
        )  # fmt: skip
    return [Job(row["id"], row["kind"], row["payload"], row["attempts"] + 1) for row in rows]


async def run(handlers: dict[str, Handler], kind: str, **payload: object) -> int:
    """Run them all; how many there were."""
    jobs = await waiting(kind, **payload)
    for job in jobs:
        await handlers[kind](job)
    return len(jobs)
