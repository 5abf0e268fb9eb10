"""What an answer costs at least: bare Litestar, asyncpg, msgspec; superuser, no session, no row-level security."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOPICS = """
select topic_id as id, code, case when status <> 'published' then status when now() < closes_at then 'open' else 'closed' end as state,
  title_zh, title_en, agency_zh, agency_en, field_code, track_code, purse_minor, currency, published_at, closes_at
from app.public_topic order by published_at desc, topic_id desc limit 51"""
QUEUE = """
select a.id, a.topic_id, p.title_zh, p.title_en, p.body -> 'problem' as problem, p.agency_zh, p.agency_en, a.kind, a.status, a.proposals,
  a.offered_on, a.answer_by, a.due_on, a.version
from app.review_assignment a join app.public_topic p on p.topic_id = a.topic_id
where a.reviewer_id = $1 order by a.id"""
STATEMENT = {"zh": "无利益冲突声明" * 10, "en": "I declare no conflict of interest. " * 5, "sha256": "0" * 64}


class Words(msgspec.Struct):
    zh: str
    en: str


class Card(msgspec.Struct):
    id: UUID
    code: str
    state: str
    title: Words
    agency: Words
    field_code: str
    track_code: str
    purse_minor: int
    currency: str
    published_at: datetime
    closes_at: datetime


class Cards(msgspec.Struct):
    items: list[Card]
    next_cursor: str | None


class Place(msgspec.Struct):
    id: UUID
    topic_id: UUID
    title: Words
    problem: Words
    agency: Words
    kind: str
    status: str
    proposals: int
    offered_on: date
    answer_by: date
    due_on: date
    version: int
    statement: dict[str, str]


@get("/health", sync_to_thread=False)
def health() -> str:
    return "ok"


@get("/topics")
async def topics() -> Cards:
    rows = await pools[0].fetch(TOPICS)
    cards = [
        Card(r["id"], r["code"], r["state"], Words(r["title_zh"], r["title_en"]), Words(r["agency_zh"], r["agency_en"]),
             r["field_code"], r["track_code"], r["purse_minor"], r["currency"], r["published_at"], r["closes_at"])
        for r in rows[:50]
    ]  # fmt: skip
    return Cards(cards, str(cards[-1].id))


@get("/queue/{reviewer:uuid}")
async def queue(reviewer: UUID) -> list[Place]:
    rows = await pools[0].fetch(QUEUE, reviewer)
    return [
        Place(r["id"], r["topic_id"], Words(r["title_zh"], r["title_en"]), Words(**r["problem"]),
              Words(r["agency_zh"], r["agency_en"]), r["kind"], r["status"], r["proposals"], r["offered_on"],
              r["answer_by"], r["due_on"], r["version"], STATEMENT)
        for r in rows
    ]  # fmt: skip


pools: list[Any] = []


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", encoder=str, decoder=msgspec.json.decode, schema="pg_catalog")


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["ADMIN_URL"], init=_prepare, min_size=1, max_size=8) as pool:
        pools.append(pool)
        yield


app = Litestar([health, topics, queue], lifespan=[lifespan], openapi_config=None, logging_config=None)
