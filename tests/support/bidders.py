"""The teams of the two worlds: each founds, joins, fills in, uploads and submits through HTTP, and is a team of its own."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pikepdf

from jiebang.applications.schemas import UploadLink
from jiebang.demo.pdf import make_pdf
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.workers.handlers import HANDLERS
from support import applications, crawl, files, handlers, people

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor
    from jiebang.web.assembly import Application
    from support.worlds import Ground, World


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
    world.canaries |= {
        author,
        software,
        secret,
        filename,
        when.strftime("D:%Y%m%d"),
        *(one.hexdigest() for one in made),
    }
    return filename, out.getvalue()


async def bid(app: Application, world: World, base: Ground, n: int) -> dict[str, str]:
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
        path = f"/applications/{team['application_id']}"
        await crawl.put(http, f"{path}/answers", form, {"if-match": '"1-x"'})
        uploads = [("part_a", *_pdf(world, n, "A")), ("part_b", *_pdf(world, n, "B"))]
        chosen = {part: await _upload(http, base, team["id"], part, name, body)
                  for part, name, body in (reversed(uploads) if style.linearize else uploads)}  # fmt: skip
        receipt = await crawl.made(http, f"{path}/submissions", {"material_ids": list(chosen.values())})
    world.canaries.add(receipt["receipt_no"])
    world.leads[n] = (lead, token)
    return {
        "application_id": team["application_id"], "team_id": team["id"], "material_id": chosen["part_b"],
        "org_id": str(lead.org_id), "person_id": str(lead.person_id), "submission_id": receipt["submission_id"],
    }  # fmt: skip


async def _upload(http: Any, base: Ground, team: str, part: str, filename: str, body: bytes) -> str:
    announced = files.announced(body, part) | {"filename": filename}
    link = await crawl.made(http, f"/teams/{team}/materials", announced)
    assert await files.put(UploadLink(**link), body) == 200
    await crawl.made(http, f"/materials/{link['material_id']}/complete")
    await drain(base)
    return link["material_id"]
