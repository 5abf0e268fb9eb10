"""Teams form, fill in, upload and submit; two officers open what was sealed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jiebang.demo.acts import must, refused
from jiebang.demo.pdf import make_pdf
from jiebang.demo.people_online import each
from jiebang.demo.season import identity_sheet

if TYPE_CHECKING:
    from jiebang.demo.caller import Caller
    from jiebang.demo.model import Bid, Team
    from jiebang.demo.people_online import Online

API = "/api/v1"
CHECK_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class _Entry:
    """A team with its bid and its topic in the state."""

    team: Team
    bid: Bid
    topic: dict[str, Any]


def _entries(online: Online, state: dict[str, Any]) -> list[_Entry]:
    teams = {team.key: team for team in online.season.teams}
    return [_Entry(teams[bid.team], bid, state["topics"][teams[bid.team].slot]) for bid in online.season.bids]


async def apply(online: Online, state: dict[str, Any]) -> None:
    """Every lead founds a team, invites the partner, fills the form and uploads two PDFs straight to storage."""

    async def one(entry: _Entry) -> dict[str, Any]:
        lead, member = online.callers[entry.team.lead], online.callers[entry.team.member]
        team = await lead.post(f"{API}/topics/{entry.topic['id']}/teams", {"name": entry.team.name.zh})
        partner = online.organisations[entry.team.partner_org]
        await lead.post(f"{API}/teams/{team['id']}/invitations", {"email": member.email, **online.identifier(partner)})
        token = await online.mailbox.token(member.email, "team-invitations")
        await member.post(f"{API}/teams/invitations/acceptance", {"token": token})
        orgs = (entry.team.lead_org, entry.team.partner_org)
        shares = [
            {"org_id": online.org_ids[org], "work_bp": work, "share_bp": money}
            for org, work, money in zip(orgs, entry.team.work_bp, entry.team.money_bp, strict=True)
        ]
        await lead.edit("PUT", f"{API}/teams/{team['id']}/shares", {"shares": shares}, read=f"{API}/teams/{team['id']}")
        application = f"{API}/applications/{team['application_id']}"
        await lead.edit("PUT", f"{application}/answers", _answers(online, entry), read=application)
        materials = [
            await upload(lead, team["id"], part, name, content)
            for part, name, content in (
                (
                    "part_a",
                    "身份信息表.pdf",
                    make_pdf("身份信息表", identity_sheet(entry.team.key), author=entry.team.lead),
                ),
                ("part_b", f"{entry.team.name.zh}-申请书.pdf", _part_b(online, entry)),
            )
        ]
        return {
            "key": entry.team.key, "topic": entry.topic["id"], "team": team["id"],
            "application": team["application_id"], "materials": materials,
        }  # fmt: skip

    state["teams"] = await each(_entries(online, state), one)


async def submit(online: Online, state: dict[str, Any]) -> None:
    """All submit, one of them twice; strangers, rivals and the agency see counts alone."""
    for mine in state["teams"]:
        await submit_one(online, mine)
    first, rival = state["teams"][0], state["teams"][1]
    again = await _lead(online, first).post(
        f"{API}/applications/{first['application']}/submissions", {"material_ids": first["materials"]}
    )
    must(again["n"] == 2 and again["receipt_no"] != first["receipt"]["receipt_no"], "a later submission replaces")  # noqa: PLR2004
    first["receipt"] = again
    await refused(_lead(online, rival).get(f"{API}/applications/{first['application']}"), "not_found")
    sealed = await online.duty("screener").get(f"{API}/topics/{first['topic']}/applications")
    must(not sealed["items"], "the agency reads no application before the opening")
    count = await rival_count(online, first["topic"])
    must(count == len([t for t in state["teams"] if t["topic"] == first["topic"]]), "everybody learns the count")
    await refused(online.duty("opener").post(f"{API}/topics/{first['topic']}/opening"), "opening.not_closed")


async def submit_one(online: Online, mine: dict[str, Any]) -> None:
    """A lead submits once the files are checked, and keeps the receipt."""
    lead = _lead(online, mine)
    await checked(lead, mine["materials"])
    mine["receipt"] = await lead.post(
        f"{API}/applications/{mine['application']}/submissions", {"material_ids": mine["materials"]}
    )


async def rival_count(online: Online, topic_id: str) -> int:
    """How many applications the public counts."""
    return (await online.duty("lead").get(f"{API}/topics/{topic_id}/application-count"))["count"]


async def close(online: Online, state: dict[str, Any]) -> None:
    """The closing instant has come: a second late is late, and what was submitted stands."""
    for mine in state["teams"][:2]:
        await refused(
            _lead(online, mine).post(
                f"{API}/applications/{mine['application']}/submissions", {"material_ids": mine["materials"]}
            ),
            "application.late",
        )
    topic = await online.duty("lead").get(f"{API}/topics/{state['topics'][0]['id']}")
    must(topic["state"] == "closed", "the topic is closed by the clock alone")


async def open_topics(online: Online, state: dict[str, Any]) -> None:
    """Two people open each topic; one alone opens nothing."""
    first, second = online.duty("opener"), online.duty("opening_witness")
    for topic in state["topics"]:
        path = f"{API}/topics/{topic['id']}/opening"
        must((await first.post(path))["state"] == "first_named", "the first officer only announces the opening")
        await refused(first.post(path), "opening.second_person")
        opened = await second.post(path)
        bids = [t for t in state["teams"] if t["topic"] == topic["id"]]
        must(opened["state"] == "opened" and opened["count"] == len(bids), "the second opens all that was submitted")


async def formal_check(online: Online, state: dict[str, Any]) -> None:
    """The screener reads each opened application and its files against the receipts, and finds it eligible."""
    screener = online.duty("screener")
    for topic in state["topics"]:
        opened = (await screener.get(f"{API}/topics/{topic['id']}/applications"))["items"]
        receipts = {t["application"]: t["receipt"] for t in state["teams"] if t["topic"] == topic["id"]}
        must({o["application_id"] for o in opened} == set(receipts), "what was acknowledged is what was opened")
        for one in opened:
            receipt = receipts[one["application_id"]]
            must(one["receipt_no"] == receipt["receipt_no"], "the last submission counts")
            hashes = {f["sha256"] for f in receipt["files"]}
            must({f["sha256"] for f in one["files"]} == hashes, "the files are those of the receipt")
            link = await screener.post(f"{API}/opened-materials/{one['files'][0]['material_id']}/download")
            content = (await screener.download(link["url"])).content
            must(sha256(content).hexdigest() == one["files"][0]["sha256"], "the stored file is the one submitted")
            await screener.post(f"{API}/applications/{one['application_id']}/formal-check", {"decision": "eligible"})


def _lead(online: Online, mine: dict[str, Any]) -> Caller:
    return online.callers[next(t.lead for t in online.season.teams if t.key == mine["key"])]


def _answers(online: Online, entry: _Entry) -> dict[str, Any]:
    lead = online.people[entry.team.lead]
    bid = entry.bid
    return {
        "part_a": {"contact_name": lead.name.zh, "contact_email": lead.email, "contact_phone": "021-5550-0100"},
        "part_b": {
            "title": bid.title.zh,
            "approach": "\n\n".join(bid.approach),
            "work_plan": "\n\n".join(bid.work_plan),
            "risk": "\n\n".join(bid.risk),
            "budget": "\n\n".join(bid.budget),
            "promised": dict(bid.promised),
        },
    }


def _part_b(online: Online, entry: _Entry) -> bytes:
    # As a word processor would save it: with the author's and the unit's name inside. Reviewers must never see them.
    lead, org = online.people[entry.team.lead], online.organisations[entry.team.lead_org]
    return make_pdf(
        entry.bid.title.zh, entry.bid.part_b, author=lead.name.zh, organisation=org.name.zh, created=online.at("apply")
    )


async def upload(lead: Caller, team_id: str, part: str, name: str, content: bytes, **more: str) -> str:
    """Announce a file, send it straight to storage, ask for its check; the material's id."""
    announced = {
        "part": part, "filename": name, "size_bytes": len(content), "content_type": "application/pdf",
        "sha256": sha256(content).hexdigest(), **more,
    }  # fmt: skip
    grant = await lead.post(f"{API}/teams/{team_id}/materials", announced)
    await lead.upload(grant, content)
    await lead.send("POST", f"{API}/materials/{grant['material_id']}/complete")
    return grant["material_id"]


async def checked(lead: Caller, materials: list[str]) -> None:
    """Wait until a worker has found every file good."""
    deadline = asyncio.get_running_loop().time() + CHECK_PATIENCE
    for material in materials:
        while (seen := await lead.get(f"{API}/materials/{material}"))["status"] == "pending":
            must(asyncio.get_running_loop().time() < deadline, "a worker checks a file within a minute")
            await asyncio.sleep(0.05)
        must(seen["status"] == "checked", f"an honest PDF passes its check: {seen['refusal']}")
