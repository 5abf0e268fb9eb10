"""What reading costs: `list`, `list_growth`, `review_page`, `queue_list`, `overhead`. CPU-ms of one page.

Sizes by environment: TOPICS (10000), APPLICATIONS (1000000, for the growth), ROUNDS (15), REQUESTS a round (200).
"""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import asyncpg

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import people, review, topics
from support.measure import Ground, Subject, cpu_ms, ground, median, row

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


async def list_growth() -> list[dict[str, Any]]:
    """The public page and a member's own list with 10,000 applications in the database, and with APPLICATIONS."""
    async with ground() as small, ground() as large:
        found: dict[str, list[float]] = {}
        sides: list[tuple[Ground, dict[str, Subject]]] = []
        for at, applications in ((small, 10_000), (large, APPLICATIONS)):
            async with ENGINE.opened({role: at.installation.settings.connect(role) for role in Role}):
                first = await _topics(TOPICS)
                person, cookie = await _member()
                await _applications(at, first, person, 0, applications)
            subjects = {
                "list_growth_public": Subject("api-1", at.addresses[0], ["/api/v1/topics"], {}),
                "list_growth_mine": Subject("api-1", at.addresses[0], ["/api/v1/teams/mine"], cookie),
            }
            sides.append((at, subjects))
        # Two installations, so that the sizes take turns: a load beside us that changes is no growth.
        for _ in range(ROUNDS):
            for at, subjects in sides:
                for name, values in (await cpu_ms(at, subjects, rounds=1, per_round=REQUESTS)).items():
                    found.setdefault(f"{name} {at is large}", []).extend(values)
        return [
            row(name, found[f"{name} True"], found[f"{name} False"], applications=APPLICATIONS) for name in sides[0][1]
        ]


async def review_page() -> list[dict[str, Any]]:
    """All calls that open one review: who am I, the topic's proposals, the proposal with my draft, its file's link."""
    async with ground() as at:
        assignment, proposal, _, cookie = await _queue(20)
        paths = [
            "/api/v1/session",
            f"/api/v1/review/applications?assignment={assignment}",
            f"/api/v1/review/applications/{proposal}",
            f"/api/v1/review/applications/{proposal}/file",
        ]
        found = await _measured(
            at,
            review_page=Subject("api-1", at.addresses[0], paths, cookie),
            **{f"review_page {path.rpartition('/')[2][:20]}": Subject("api-1", at.addresses[0], [path], cookie)
               for path in paths},
        )  # fmt: skip
        parts = [median(values) for name, values in found.items() if name != "review_page"]
        return [row("review_page", found["review_page"], calls=len(paths), by_call=parts)]


async def queue_list() -> list[dict[str, Any]]:
    """An expert's list of 200 assignments, against a bare handler with the same rows."""
    async with ground() as at:
        *_, reviewer, cookie = await _queue(200)
        bare = await at.floor("floor")
        found = await _measured(
            at,
            floor=Subject("floor", bare, [f"/queue/{reviewer}"], {}),
            queue_list=Subject("api-1", at.addresses[0], ["/api/v1/review/assignments"], cookie),
        )
        return [row("queue_list", found["queue_list"], found["floor"], assignments=200)]


async def overhead() -> list[dict[str, Any]]:
    """Session, authorization and row-level security of a signed-in read; the worse of one statement and a unit of work.

    The same application without them: the same statements as superuser, in handlers that anybody may call.
    """
    async with ground() as at:
        _, proposal, _, cookie = await _queue(20)
        topic = await topics.published_topic()
        person, mine = await _member()
        await _applications(at, topic, person, 0, 1000)
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            application = await db.fetchval(
                "select a.id from application a join team_member m on m.team_id = a.team_id where m.person_id = $1"
                " order by a.id limit 1", person,
            )  # fmt: skip
        bare = await at.floor("bare", "--http", "jiebang.web.wire:Wire")
        pairs = {
            "read": (f"/api/v1/review/applications/{proposal}", cookie, f"/api/bare/proposals/{proposal}"),
            "unit": (f"/api/v1/applications/{application}", mine, f"/api/bare/applications/{application}"),
        }
        rows = []
        for name, (path, headers, without) in pairs.items():
            found = await _measured(
                at,
                floor=Subject("bare", bare, [without], {}),
                product=Subject("api-1", at.addresses[0], [path], headers),
            )
            differences = [a - b for a, b in zip(found["product"], found["floor"], strict=True)]
            rows.append(
                row(f"overhead_{name}", differences)
                | {"product": median(found["product"]), "floor": median(found["floor"])}
            )
        worse = max(rows, key=lambda one: one["value"])
        return [worse | {"name": "overhead", "worse": worse["name"]}, *rows]


async def _member() -> tuple[UUID, dict[str, str]]:
    org = await people.organisation()
    actor = await people.actor(org, ["member"])
    return actor.person_id, _cookie((await people.sign_in(actor.person_id, org))[1])


def _cookie(token: str) -> dict[str, str]:
    return {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token)}


async def _applications(at: Ground, topic: topics.PublishedTopic, member: UUID, start: int, stop: int) -> None:
    """Applications numbered `start` to `stop` of as many teams, three people each.

    `member` belongs to each 500th of the first 10,000. The triggers and keys of the tables are off meanwhile (superuser): the rows are those of the real flow.
    """
    admin = await asyncpg.connect(**at.installation.settings.connect_admin())
    try:
        await admin.execute("set session_replication_role = replica; set search_path = app")
        ids = "md5('team' || i)::uuid, t.id, t.agency_id"
        of = "from topic t, generate_series($2::int, $3::int - 1) i where t.id = $1"
        arguments = (topic.id, start, stop)
        leader = "md5('lead' || i)::uuid"
        mine = f"case when i < 10000 and i % 500 = 0 then '{member}'::uuid else md5('other' || i % 90000)::uuid end"
        await admin.execute(
            "insert into team (id, topic_id, agency_id, name, lead_person_id, lead_org_id, version, created_at)"
            f" select {ids}, '联合体' || i, {leader}, md5('org' || i % 5000)::uuid, 1, now() - i * interval '1 second' {of}",
            *arguments,
        )
        for role, person in (
            ("lead", leader),
            ("member", "md5('member' || i % 70000)::uuid"),
            ("member", mine),
        ):
            await admin.execute(
                "insert into team_member (team_id, topic_id, agency_id, id, org_id, person_id, person_name, role, joined_at)"
                f" select {ids}, gen_random_uuid(), md5('org' || i % 5000)::uuid, {person}, '成员', '{role}', now() {of}",
                *arguments,
            )
        await admin.execute(
            "insert into application (team_id, topic_id, agency_id, id, status, version, answers, created_at, updated_at)"
            f" select {ids}, md5('application' || i)::uuid, 'draft', 1, '{{\"part_a\": {{}}, \"part_b\": {{}}}}', now(), now() {of}",
            *arguments,
        )
        await admin.execute("analyze team, team_member, application")
    finally:
        await admin.close()


async def _queue(places: int) -> tuple[UUID, UUID, UUID, dict[str, str]]:
    """A reviewer with so many accepted assignments of five proposals each: (assignment, proposal, person, cookie)."""
    desk = await review.desk(await _topics(places))
    _, token = await people.sign_in(desk.expert.actor.person_id, desk.expert.actor.org_id)
    return desk.assignment, desk.proposals[0], desk.expert.actor.person_id, _cookie(token)
