"""The slice's statements. Rows are asyncpg records unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.challenges.lifecycle import Status
from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from collections.abc import Sequence

Q = Queries("jiebang.challenges")


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as its agency works on it; `body` is a draft's JSON."""

    id: UUID
    code: str
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    status: Status
    version: int
    drafter_id: UUID
    legal_reviewer_id: UUID | None
    approver_id: UUID | None
    rule_set_id: UUID
    body: dict[str, Any]
    closes_at: datetime | None
    published_at: datetime | None
    opening_first_id: UUID | None
    opened_by: UUID | None
    opened_at: datetime | None
    created_at: datetime
    updated_at: datetime


async def frozen(topic_id: UUID) -> Any:
    """What the public reads of a topic, or None."""
    return await ENGINE.current().fetchrow(Q.frozen, topic_id)


async def gate(topic_id: UUID) -> Any:
    """Record (agency, closes_at, published, at) under a share lock; agency None when there is no such topic."""
    return await ENGINE.current().fetchrow("select * from app.topic_gate($1)", topic_id)


async def topic(topic_id: UUID, *, lock: bool = False) -> TopicRow | None:
    """A visible topic; locked, none that its reader may not change."""
    row = await ENGINE.current().fetchrow(Q.topic + (" for update" if lock else ""), topic_id)
    return None if row is None else TopicRow(**dict(row))


async def set_status(topic_id: UUID, status: Status) -> None:
    """Move a locked topic; the public projection follows by a trigger."""
    await ENGINE.current().execute(
        "update topic set status = $2, version = version + 1, updated_at = app.now() where id = $1", topic_id, status
    )


async def my_roles(topic_id: UUID) -> Sequence[str]:
    """What the officer is for a topic."""
    return await ENGINE.current().fetchval("select app.my_topic_roles($1)", topic_id)


async def calendars() -> list[Any]:
    """The yearly notices, oldest first."""
    return [r["body"] for r in await ENGINE.current().fetch(Q.calendars)]


async def clock() -> datetime:
    """The instant that counts for a decision."""
    return await ENGINE.current().fetchval("select app.clock()")
