"""Two worlds that differ in nothing but who the teams are, each played through the product in a database of its own.

Topic, officers and experts are made once; both databases are copies of that one, down to every id and session. So
whatever differs between the worlds afterwards is a team's doing, or one of the random values that `crawl` declares.
"""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg

from jiebang.matching.record import commit
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.bootstrap import bootstrap
from jiebang.platform.db.clock import set_shift, shift_to
from jiebang.review.schemas import NewDraw
from jiebang.review.service import draws
from support import applications, crawl, people, review, topics
from support.bidders import STYLES, bid, drain
from support.engines import connect_as

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from jiebang.web.assembly import Application
    from support.review import Expert
    from support.topics import PublishedTopic

TEAMS = 3
SEED = hashlib.sha256(b"the draw of both worlds").digest()


@dataclass(frozen=True, slots=True)
class Ground:
    """What both worlds stand on. `sitting` hold the panel's seats, `recused` belongs to a unit of one of the teams."""

    topic: PublishedTopic
    experts: list[Expert]
    recused: Expert
    recused_uscc: str
    tokens: dict[UUID, str]
    """Session tokens by person, good in both worlds."""
    last_job: int
    reviewing: timedelta
    """How far the clock is shifted while experts review."""


@dataclass(slots=True)
class World:
    """A world as played. `canaries` are all strings that tell who its teams are."""

    name: str
    connect: dict[Role, dict[str, Any]]
    canaries: set[str] = field(default_factory=set)
    leads: dict[int, tuple[Actor, str]] = field(default_factory=dict)
    """Each team's lead with his session's token, by the number of the answers that the team hands in."""
    ids: dict[str, list[str]] = field(default_factory=dict)
    """What its objects are called, by path parameter; the n-th belongs to the n-th answers."""
    pools: dict[Role, Any] = field(default_factory=dict)
    panel: list[Expert] = field(default_factory=list)
    released: tuple[datetime, datetime] | None = None
    """When, by the real clock, the blind copies were made."""
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By a released proposal's id: team, filename, sha256, people, submitted_at, object_key of what it was made of."""


async def ground() -> Ground:
    """Topic, officers, experts and their sessions, in the open database."""
    noon = datetime.combine(datetime.now(UTC).date() + timedelta(days=4), time(4, 0), UTC)  # in Shanghai
    topic = await topics.published_topic(closes_in=noon - datetime.now(UTC))
    experts = await review.experts(topic)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for one in experts:  # names that are found again
            name = f"评审{uuid4().hex[:10]}"
            await db.execute("update person set display_name = $2 where id = $1", one.actor.person_id, name)
            await db.execute("update expert set person_name = $2 where id = $1", one.id, name)
    unit = await people.organisation("university", f"回避单位{uuid4().hex[:8]}")
    recused = await review.expert(topic, "technical", org_id=unit)
    staff = [topic.screener, topic.draw_officer, *topic.opening_officers]
    tokens = {
        actor.person_id: (await people.sign_in(actor.person_id, actor.org_id))[1]
        for actor in [*staff, *(one.actor for one in [*experts, recused])]
    }
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        last = await db.fetchval("select coalesce(max(id), 0) from outbox")
    return Ground(
        topic,
        experts,
        recused,
        await applications.uscc_of(unit),
        tokens,
        last,
        noon + timedelta(hours=2) - datetime.now(UTC),
    )


@asynccontextmanager
async def copies(endpoints: Endpoints, connect: dict[Role, dict[str, Any]], *names: str) -> AsyncIterator[list[World]]:
    """A database for each name, copied from the open one, which is open again afterwards."""
    await ENGINE.stop()
    made: list[World] = []
    admin = (endpoints, endpoints.admin_user, endpoints.admin_password)
    try:
        server = await asyncpg.connect(**connect_as(*admin, "postgres"))
        for name in names:
            database = f"world_{name.lower()}_{uuid4().hex[:8]}"
            await server.execute(f"create database {database} template jiebang")
            inside = await asyncpg.connect(**connect_as(*admin, database))
            await bootstrap(inside, {role: arguments["password"] for role, arguments in connect.items()})
            await inside.close()
            world = World(name, {role: arguments | {"database": database} for role, arguments in connect.items()})
            await ENGINE.start(world.connect, max_size=3)
            world.pools, ENGINE.pools = ENGINE.pools, {}
            made.append(world)
        await server.close()
        yield made
    finally:
        for world in made:
            enter(world)
            await ENGINE.stop()
        await ENGINE.start(connect)


def enter(world: World) -> None:
    """From here on the process's engine is the world's."""
    ENGINE.pools = world.pools


async def at(instant: datetime) -> None:
    """Let the world's clock say so."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await shift_to(db, instant)


async def play(app: Application, world: World, base: Ground) -> None:
    """From the first team to the offers and blind copies, through HTTP and the workers' own handlers."""
    style, topic = STYLES[world.name], base.topic
    await at(topic.closes_at - style.starts)
    made: dict[int, dict[str, str]] = {}
    for place, n in enumerate(style.order):
        await at(topic.closes_at - style.starts + timedelta(minutes=17 * place))
        made[n] = await bid(app, world, base, n)
    world.ids = {name: [made[n][name] for n in range(TEAMS)] for name in made[0] if name != "token"}
    world.ids["topic_id"] = [str(topic.id)]
    world.canaries |= {one for ids in made.values() for one in ids.values()} - {str(topic.id)}
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await set_shift(db, base.reviewing)
    for officer in topic.opening_officers:
        async with crawl.browser(app, base.tokens[officer.person_id]) as http:
            await crawl.made(http, f"/topics/{topic.id}/opening")
    async with crawl.browser(app, base.tokens[topic.screener.person_id]) as http:
        for application in world.ids["application_id"]:
            await crawl.made(http, f"/applications/{application}/formal-check", {"decision": "eligible"})
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    await _same_seed(announced.id)
    lead = world.leads[0][0]
    await review.committed(topic, announced.id, lead)
    async with crawl.browser(app, base.tokens[topic.draw_officer.person_id]) as http:
        await crawl.made(http, f"/officer/draws/{announced.id}/freeze")
    await drain(base)
    await review.revealed(topic, announced.id, lead)
    begun = datetime.now(UTC)
    await drain(base)
    world.released = (begun, datetime.now(UTC))
    world.ids["draw_id"] = [str(announced.id)]
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        seats = await db.fetch("select id, expert_id from review_assignment where topic_id = $1", topic.id)
        hidden = await db.fetch(_HIDDEN, topic.id)
    sits = {row["expert_id"]: str(row["id"]) for row in seats}
    world.panel = [one for one in base.experts if one.id in sits]
    world.ids["assignment"] = world.ids["assignment_id"] = [sits[one.id] for one in world.panel]
    world.secrets = {row["id"]: dict(row) for row in hidden}


_HIDDEN = """
    select c.review_application_id::text as id, p.file_key, t.name as team, m.filename, m.sha256, m.object_key,
      s.submitted_at, jsonb_array_length(s.team -> 'people') as people
    from blind_copy c join review_application p on p.id = c.review_application_id
      join submission s on s.id = c.submission_id join team t on t.id = s.team_id
      join material m on m.team_id = t.id and m.part = 'part_b' where c.topic_id = $1
"""


async def _same_seed(draw_id: UUID) -> None:
    """Both worlds draw the same panel; only the tables' owner, with the guards off, can choose a seed."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for table in ("draw_seed", "expert_draw"):
            await db.execute(f"alter table {table} disable trigger user")
        await db.execute("update draw_seed set seed = $2, salt_key = $2 where draw_id = $1", draw_id, SEED)
        await db.execute("update expert_draw set commitment = $2 where id = $1", draw_id, commit(SEED))
        for table in ("draw_seed", "expert_draw"):
            await db.execute(f"alter table {table} enable trigger user")


async def mail_again(base: Ground) -> None:
    """Mail every offer of the topic once more, as it was before the answers."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update review_assignment set status = 'offered' where topic_id = $1", base.topic.id)
        await db.execute(
            "update outbox set done_at = null where kind = 'review.mail_offer' and fairness_key = $1",
            str(base.topic.id),
        )
    await drain(base)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update review_assignment set status = 'locked' where topic_id = $1", base.topic.id)
