"""What reading costs: `list`, `list_growth`, `review_page`, `queue_list`, `overhead`. CPU-ms of one page.

Sizes by environment: TOPICS (10000), APPLICATIONS (1000000, for the growth), ROUNDS (15), REQUESTS a round (200).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import people, topics
from support.measure import Ground, Subject, cpu_ms, ground, median, row, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPICS = int(os.environ.get("TOPICS", "10000"))
APPLICATIONS = int(os.environ.get("APPLICATIONS", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "15"))
REQUESTS = int(os.environ.get("REQUESTS", "200"))


async def list_() -> list[dict[str, Any]]:
    """The public topic list, 50 rows of TOPICS, anonymous, against a bare handler."""
    async with ground() as at:
        await _topics(TOPICS)
        bare = await at.floor("floor")
        found = await _measured(
            at,
            floor=Subject("floor", bare, ["/topics"], {}),
            list=Subject("api-1", at.addresses[0], ["/api/v1/topics"], {}),
        )
        return [row("list", found["list"], found["floor"], topics=TOPICS)]


async def _measured(at: Ground, **subjects: Subject) -> dict[str, list[float]]:
    return await cpu_ms(at, subjects, rounds=ROUNDS, per_round=REQUESTS)


async def _topics(count: int) -> topics.PublishedTopic:
    """So many published topics, a minute apart; the first of them."""
    first = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for table, key in (("topic", "id"), ("public_topic", "topic_id")):
            columns = await db.fetchval(
                "select string_agg(quote_ident(column_name), ',' order by ordinal_position) from information_schema.columns"
                " where table_schema = 'app' and table_name = $1 and column_name <> all($2::text[])",
                table, [key, "code", "published_at"],
            )  # fmt: skip
            await db.execute(
                f"insert into {table} ({key}, code, published_at, {columns})"
                f" select md5('topic' || i)::uuid, 'B-' || i, published_at - i * interval '1 minute', {columns}"
                f" from {table}, generate_series(2, $1) i where {key} = $2",
                count, first.id,
            )  # fmt: skip
    return first
