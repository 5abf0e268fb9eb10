"""Two worlds that differ in nothing but who the teams are, each played through the product in a database of its own.

Topic, officers and experts are made once; both databases are copies of that one, down to every id and session. So
whatever differs between the worlds afterwards is a team's doing, or one of the random values that `crawl` declares.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pikepdf

from jiebang.applications.schemas import UploadLink
from jiebang.demo.pdf import make_pdf
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.bootstrap import bootstrap
from jiebang.platform.db.clock import set_shift, shift_to
from jiebang.review.schemas import NewDraw
from jiebang.review.service import draws
from jiebang.workers.handlers import HANDLERS
from support import applications, crawl, files, handlers, people, review, topics
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


@dataclass(frozen=True, slots=True)
class Style:
    """How a world's teams differ from the other's, beyond their names."""

    starts: timedelta
    """Before the topic closes."""
    order: tuple[int, ...]
    """In which the teams come and submit, by their answers."""
    partners: tuple[int, ...]
    locale: str
    foreign: int
    """The team that is led from abroad."""
    with_recused: int
    """The team that the recused expert's unit is part of."""
    linearize: bool


STYLES = {
    "A": Style(timedelta(hours=50), (0, 1, 2), (1, 1, 1), "zh-CN", 2, 0, linearize=False),
    "B": Style(timedelta(hours=3), (2, 0, 1), (2, 1, 3), "en", 0, 1, linearize=True),
}


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
    return Ground(topic, experts, recused, await applications.uscc_of(unit), tokens, last,
                  noon + timedelta(hours=2) - datetime.now(UTC))


@asynccontextmanager
async def copies(
    endpoints: Endpoints, connect: dict[Role, dict[str, Any]], *names: str
) -> AsyncIterator[list[World]]:
    """A database for each name, copied from the open one, which is open again afterwards."""
    await ENGINE.stop()
    made: list[World] = []
    admin = connect_as(endpoints, endpoints.admin_user, endpoints.admin_password, "postgres")
    try:
        server = await asyncpg.connect(**admin)
        for name in names:
            database = f"world_{name.lower()}_{uuid4().hex[:8]}"
            await server.execute(f"create database {database} template jiebang")
            inside = await asyncpg.connect(**(admin | {"database": database}))
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


async def drain(base: Ground) -> None:
    """Run every job of this world as a worker would, and those that they lead to."""
    done: set[int] = set()  # a handler that found nothing to store leaves it to its worker to say so
    while True:
        jobs = [job for kind in HANDLERS for job in await handlers.waiting(kind)]
        jobs = [job for job in jobs if job.id > base.last_job and job.id not in done]
        if not jobs:
            return
        for job in sorted(jobs, key=lambda job: job.id):
            await HANDLERS[job.kind](job)
            done.add(job.id)


async def play(app: Application, world: World, base: Ground) -> None:
    """From the first team to the offers and blind copies, through HTTP and the workers' own handlers."""
    style, topic = STYLES[world.name], base.topic
    await at(topic.closes_at - style.starts)
    made: dict[int, dict[str, str]] = {}
    for place, n in enumerate(style.order):
        await at(topic.closes_at - style.starts + timedelta(minutes=17 * place))
        made[n] = await _bid(app, world, base, n)
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
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw(), seed=SEED)
    async with crawl.browser(app, base.tokens[topic.draw_officer.person_id]) as http:
        await crawl.made(http, f"/officer/draws/{announced.id}/run")
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
    from blind_copy c join review_application p on p.id = c.review_application_id join submission s on s.id = c.submission_id join team t on t.id = s.team_id
      join material m on m.team_id = t.id and m.part = 'part_b' where c.topic_id = $1
"""


async def _person(app: Application, world: World, label: str, org: dict[str, Any] | UUID) -> tuple[Actor, str]:
    """A person, signed in to act for an organisation that he registers himself unless it is there already."""
    secret = uuid4().hex[:10]
    name, email = f"{label}人员{secret}", f"{label.lower()}.{secret}@{label.lower()}-{secret}.example"
    world.canaries |= {name, email, secret}
    person = await people.person(name, email=email)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update person set locale = $2 where id = $1", person, STYLES[world.name].locale)
    world.canaries.add(str(person))
    if isinstance(org, UUID):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(
                "insert into org_role (person_id, person_name, org_id, role, granted_at)"
                " values ($1, $2, $3, 'member', now())",
                person, name, org,
            )  # fmt: skip
        return await people.sign_in(person, org)
    _, token = await people.sign_in(person)
    async with crawl.browser(app, token) as http:
        registered = await crawl.made(http, "/organisations", org)
    world.canaries |= {registered["id"], org["name_zh"], org["name_en"], org.get("uscc") or org["registry_id"]}
    return await people.sign_in(person, UUID(registered["id"]))


def _organisation(label: str, *, foreign: bool) -> dict[str, Any]:
    secret = uuid4().hex[:10]
    names = {"kind": "enterprise", "name_zh": f"{label}公司{secret}", "name_en": f"{label} {secret} Robotics"}
    if foreign:
        return names | {"country": "DE", "registry": "Handelsregister", "registry_id": f"HRB {secret}"}
    return names | {"uscc": people.valid_uscc()}


def _pdf(world: World, n: int, part: str) -> tuple[str, bytes]:
    """A file with the n-th visible text; whatever a word processor adds tells who wrote it."""
    style, secret = STYLES[world.name], uuid4().hex[:10]
    author, software = f"作者{secret}", f"Writer {secret}"
    text = [f"第 {n} 份方案的正文：先建立误差预算，再以样机迭代。"] * 60
    when = datetime(2026, 3, 1 + n + 10 * style.linearize, tzinfo=UTC)
    plain = make_pdf(f"方案{n}", text, author=author, organisation=f"{author}的单位", created=when)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        pdf.docinfo[pikepdf.Name.Creator] = software
        pdf.docinfo[pikepdf.Name.Producer] = f"{software} PDF"
        page = pdf.pages[0].obj
        page.PieceInfo = pikepdf.Dictionary(Owner=pikepdf.Dictionary(Private=pikepdf.String(author)))
        page.LastModified = pikepdf.String(when.strftime("D:%Y%m%d%H%M%SZ"))
        pdf.save(out, linearize=style.linearize, deterministic_id=True)
    filename = f"{author}-{part}.pdf"
    made = hashlib.sha256(out.getvalue()), hashlib.md5(out.getvalue(), usedforsecurity=False)
    world.canaries |= {author, software, secret, filename, when.strftime("D:%Y%m%d"), *(one.hexdigest() for one in made)}
    return filename, out.getvalue()


async def _bid(app: Application, world: World, base: Ground, n: int) -> dict[str, str]:
    """A team with its partners founds, joins, fills in, uploads and submits the n-th answers."""
    style, label, secret = STYLES[world.name], f"{world.name}{n}", uuid4().hex[:10]
    lead, token = await _person(app, world, label, _organisation(label, foreign=style.foreign == n))
    guests: list[tuple[Actor, str, dict[str, Any]]] = []
    for m in range(style.partners[n]):
        org = _organisation(f"{label}P{m}", foreign=False)
        guests.append((*await _person(app, world, f"{label}P{m}", org), org))
    if style.with_recused == n:
        guests.append((*await _person(app, world, f"{label}R", base.recused.org_id), {"uscc": base.recused_uscc}))
    name, contact = f"联合体{secret}", f"联系人{secret}"
    phone = f"+86 21 {int(secret, 16) % 10**8:08d}"
    form = applications.answers({"depth": str(4500 + n), "latency": "20"})
    form["part_a"] = {"contact_name": contact, "contact_email": f"{secret}@example.org", "contact_phone": phone}
    form["part_b"]["title"] = f"方案{n}"
    world.canaries |= {name, contact, phone, secret}
    async with crawl.browser(app, token) as http:
        team = await crawl.made(http, f"/topics/{base.topic.id}/teams", {"name": name})
        for guest, guest_token, org in reversed(guests) if style.linearize else guests:
            by = {k: v for k, v in org.items() if k in {"uscc", "country", "registry", "registry_id"}}
            sent = await crawl.made(http, f"/teams/{team['id']}/invitations", by | {"email": guest.email})
            async with crawl.browser(app, guest_token) as theirs:
                proof = {"token": SIGNER.token("team_invitation", UUID(sent["id"]))}
                team = await crawl.made(theirs, "/teams/invitations/acceptance", proof)
        units = [one["org_id"] for one in team["orgs"]]
        shares = [{"org_id": one, "work_bp": 10000 // len(units), "share_bp": 10000 // len(units)} for one in units]
        rest = 10000 - sum(one["work_bp"] for one in shares)
        shares[0] = shares[0] | {name: shares[0][name] + rest for name in ("work_bp", "share_bp")}
        version = {"if-match": f'"{team["version"]}-x"'}
        await crawl.put(http, f"/teams/{team['id']}/shares", {"shares": shares}, version)
        bid = f"/applications/{team['application_id']}"
        await crawl.put(http, f"{bid}/answers", form, {"if-match": '"1-x"'})
        uploads = [("part_a", *_pdf(world, n, "A")), ("part_b", *_pdf(world, n, "B"))]
        chosen = {part: await _upload(http, base, team["id"], part, name, body)
                  for part, name, body in (reversed(uploads) if style.linearize else uploads)}  # fmt: skip
        receipt = await crawl.made(http, f"{bid}/submissions", {"material_ids": list(chosen.values())})
    world.canaries.add(receipt["receipt_no"])
    world.leads[n] = (lead, token)
    return {
        "application_id": team["application_id"], "team_id": team["id"], "material_id": chosen["part_b"],
        "org_id": str(lead.org_id), "person_id": str(lead.person_id), "submission_id": receipt["submission_id"],
    }  # fmt: skip


async def _upload(http: Any, base: Ground, team: str, part: str, filename: str, body: bytes) -> str:
    announced = files.announced(body, part) | {"filename": filename}
    link = await crawl.made(http, f"/teams/{team}/materials", announced)
    assert await files.put(UploadLink(**link), body) == 200  # noqa: PLR2004
    await crawl.made(http, f"/materials/{link['material_id']}/complete")
    await drain(base)
    return link["material_id"]
