"""Review's statements. The definer functions they call are `migrations/review/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.platform.db import ENGINE, Queries
from jiebang.review.domain import Placed, PoolExpert, Seat
from jiebang.review.facts import ScoreRunFacts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

Q = Queries("jiebang.review")


async def row(sql: str, *args: object) -> Any:
    """The first record, or None."""
    return await ENGINE.current().fetchrow(sql, *args)


async def rows(sql: str, *args: object) -> list[Any]:
    """All records."""
    return await ENGINE.current().fetch(sql, *args)


async def run(sql: str, *args: object) -> None:
    """A statement without an answer."""
    await ENGINE.current().execute(sql, *args)


async def value(sql: str, *args: object) -> Any:
    """The first column of the first record, or None."""
    return await ENGINE.current().fetchval(sql, *args)


async def clock() -> datetime:
    """The instant that counts for a decision."""
    return await value("select app.clock()")


async def activate(expert_id: UUID) -> bool:
    """Verify an expert of the acting agency's pool; False if he does not wait for it."""
    return await value("select app.activate_expert($1)", expert_id)


async def latest_score_run(topic_id: UUID) -> ScoreRunFacts | None:
    """The latest run, or None."""
    found = await row(Q.latest_score_run, topic_id)
    return None if found is None else msgspec.convert(dict(found), ScoreRunFacts)


async def pool(track: str) -> list[PoolExpert]:
    """The officer's active experts of a track, with everything they are tied to."""
    return _experts(await rows(Q.pool, track))


async def pool_of(agency_id: UUID, track: str) -> list[PoolExpert]:
    """An agency's active experts of a track, with everything they are tied to (worker)."""
    return _experts(await rows(Q.pool_of, agency_id, track))


def _experts(found: list[Any]) -> list[PoolExpert]:
    return [
        PoolExpert(
            id=str(r["id"]),
            person_id=str(r["person_id"]),
            kind=r["kind"],
            org_id=str(r["org_id"]),
            orgs=frozenset(str(o) for o in r["orgs"]),
            verified_by=str(r["verified_by"]),
            region=r["region"],
            directions=tuple(r["directions"]),
            publications=tuple(r["publications"]),
        )
        for r in found
    ]


async def seats(topic_id: UUID) -> list[Seat]:
    """Every place that was ever offered on a topic's panel."""
    return [
        Seat(str(r["expert_id"]), str(r["org_id"]), r["kind"], r["status"], r["region"])
        for r in await rows(Q.seats, topic_id)
    ]


async def placed(topic_id: UUID) -> list[Placed]:
    """Every place that is held, by application."""
    return [
        Placed(str(r["application_id"]), str(r["expert_id"]), str(r["org_id"]), r["kind"], r["region"])
        for r in await rows(Q.placed, topic_id)
    ]
