"""Award list, public notice, contract and pledge; and, at the end, what must hold over everything."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from jiebang.demo.acts import must, refused
from jiebang.demo.acts.judging import until
from jiebang.demo.people_online import each
from jiebang.demo.season import instant
from jiebang.platform.audit_chain import verify_database
from jiebang.platform.db import Role

if TYPE_CHECKING:
    from jiebang.demo.caller import Caller
    from jiebang.demo.people_online import Online
    from jiebang.local import Installation

API = "/api/v1"


async def award_list(online: Online, state: dict[str, Any]) -> None:
    """One officer proposes, another records the collective decision; never the same."""
    proposer, decider = online.duty("drafter"), online.duty("approver")
    for topic in state["topics"]:
        made = await proposer.post(f"{API}/topics/{topic['id']}/award-lists")
        topic["award_list"] = made["id"]
        path = f"{API}/award-lists/{made['id']}"
        decision = {"reason": "经集体审议，同意按评审排序提出拟立项名单。"}
        await refused(proposer.edit("POST", f"{path}/decision", decision, read=path), "award.same_person")
        await decider.edit("POST", f"{path}/decision", decision, read=path)
        winner = next(e for e in made["entries"] if e["outcome"] == "recommended")
        must(winner["application_id"] == topic["ranking"][0]["application_id"], "the first of the ranking is proposed")
        topic["winner"] = winner["application_id"]


async def notice(online: Online, state: dict[str, Any]) -> None:
    """The notice is public and runs five working days by the official calendar."""
    officer = online.duty("approver")
    for topic in state["topics"]:
        path = f"{API}/award-lists/{topic['award_list']}"
        given = await officer.edit("POST", f"{path}/notice", None, read=path)
        if not online.offset:  # the season's own dates: five working days round Labour Day, one of them a Saturday
            ends = datetime.fromisoformat(given["ends_at"])
            must(ends == instant("notice_end"), "the notice runs five working days")
        topic["notice"] = given["id"]
        seen = await online.duty("lead").get(f"{API}/notices/{given['id']}")
        must(seen["state"] == "running", "everybody reads the running notice")
        await refused(officer.edit("POST", f"{path}/confirmation", None, read=path), "award.notice_running")


async def confirm(online: Online, state: dict[str, Any]) -> None:
    """The notice has ended by the clock; the award is confirmed."""
    officer = online.duty("approver")
    for topic in state["topics"]:
        path = f"{API}/award-lists/{topic['award_list']}"
        await officer.edit("POST", f"{path}/confirmation", None, read=path)
        must((await officer.get(f"{API}/notices/{topic['notice']}"))["state"] == "ended", "the notice has ended")


async def contract(online: Online, state: dict[str, Any]) -> None:
    """Both sides sign contract and pledge by the digest of what they read; the last signature puts it in force."""
    officer = online.duty("approver")

    async def one(topic: dict[str, Any]) -> None:
        made = await officer.post(f"{API}/topics/{topic['id']}/contracts", {"application_id": topic["winner"]})
        topic["contract"] = made["id"]
        lead = winner_of(online, state, topic)
        path = f"{API}/contracts/{made['id']}"
        wrong = {"document": "contract", "party": "agency", "sha256": "0" * 64}
        await refused(officer.post(f"{path}/signatures", wrong), "contract.other_text")
        for wanted in made["wanted"]:
            signer = officer if wanted["party"] == "agency" else lead
            signed = {k: wanted[k] for k in ("document", "party", "sha256")}
            await signer.post(f"{path}/signatures", signed)

        async def effective() -> bool:
            return (await officer.get(path))["status"] == "effective" and bool(await lead.get(f"{path}/milestones"))

        await until(effective, "the last signature puts the contract in force")
        topic["contract_number"] = made["number"]

    await each(state["topics"], one)


def winner_of(online: Online, state: dict[str, Any], topic: dict[str, Any]) -> Caller:
    """The lead of the winning team."""
    key = next(t["key"] for t in state["teams"] if t["application"] == topic["winner"])
    return online.callers[next(t.lead for t in online.season.teams if t.key == key)]


async def invariants(installation: Installation, online: Online, state: dict[str, Any]) -> None:
    """Nothing lost, nothing twice, nothing out of balance, no job given up, the audit chain whole."""
    settings = installation.settings
    worker = await asyncpg.connect(**settings.connect(Role.WORKER))
    try:

        async def quiet() -> bool:
            return not await worker.fetchval(
                "select count(*) from app.outbox where done_at is null and dead_at is null"
            )

        await until(quiet, "every job is done")
        dead = await worker.fetch("select kind, error from app.outbox where dead_at is not null")
        must(not dead, f"no job was given up: {[tuple(d) for d in dead]}")

        async def chained() -> bool:
            return not await worker.fetchval("select count(*) from app.audit_pending")

        await until(chained, "every audit entry is chained")
        entries = await worker.fetchval("select count(*) from app.audit_entry")
    finally:
        await worker.close()
    report = await verify_database(settings.connect(Role.WORKER))
    must(report.ok and report.links == entries, f"the audit log is whole: {report.findings}")
    state["audit_links"] = report.links
    owner = await asyncpg.connect(**settings.connect(Role.OWNER))
    try:
        twice = await owner.fetchval("select count(*) from (select application_id from submission where current"
                                     " group by application_id having count(*) <> 1) x")  # fmt: skip
        must(twice == 0, "one current submission for each application")
        statuses = await owner.fetch("select t.code, t.status, array_agg(a.status order by a.status) as applications"
                                     " from topic t join application a on a.topic_id = t.id group by t.code, t.status"
                                     " order by t.code")  # fmt: skip
        state["states"] = {r["code"]: {"topic": r["status"], "applications": r["applications"]} for r in statuses}
        unbalanced = await owner.fetchval("select count(*) from (select entry_id from ledger_posting group by entry_id"
                                          " having sum(amount_minor) <> 0) x")  # fmt: skip
        must(unbalanced == 0, "debits equal credits in every entry")
    finally:
        await owner.close()
    must(len(state["states"]) == len(state["topics"]), "every topic is accounted for")
    must(online.season.topics, "the season had topics")
