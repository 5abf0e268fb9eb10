"""The first milestone: evidence, the end user's confirmation, and a payment by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.demo.acts import must, refused
from jiebang.demo.acts.bids import checked, upload
from jiebang.demo.acts.verdicts import winner_of
from jiebang.demo.pdf import make_pdf
from jiebang.demo.people_online import each

if TYPE_CHECKING:
    from jiebang.demo.caller import Caller
    from jiebang.demo.people_online import Online

API = "/api/v1"


async def evidence(online: Online, state: dict[str, Any]) -> None:
    """Each winner hands in what it measured, with a PDF that shows it."""

    async def one(topic: dict[str, Any]) -> None:
        lead = winner_of(online, state, topic)
        slot = state["topics"].index(topic)
        shown = online.season.evidence[slot]
        first = (await lead.get(f"{API}/contracts/{topic['contract']}/milestones"))[0]
        topic["milestone"] = first["id"]
        team = next(t for t in state["teams"] if t["application"] == topic["winner"])
        pdf = make_pdf(shown.title.zh, shown.paragraphs)
        material = await upload(lead, team["team"], "evidence", "里程碑证明材料.pdf", pdf, milestone_id=first["id"])
        await checked(lead, [material])
        path = f"{API}/milestones/{first['id']}"
        body = {"measured": dict(shown.measured), "notes": shown.title.zh, "material_ids": [material]}
        await refused(_end_user(online, slot).edit("POST", f"{path}/evidence", body, read=path), *NOT_THE_LEAD)
        await lead.edit("POST", f"{path}/evidence", body, read=path)

    await each(state["topics"], one)


async def confirm(online: Online, state: dict[str, Any]) -> None:
    """The end user reads the evidence and confirms; nobody pays before."""
    for slot, topic in enumerate(state["topics"]):
        path = f"{API}/milestones/{topic['milestone']}"
        await refused(online.duty("funding_requester").post(f"{path}/disbursements"), "disbursement.not_passed")
        user = _end_user(online, slot)
        seen = await user.get(path)
        link = await user.get(f"{path}/evidence/{seen['evidence']['files'][0]['material_id']}/link")
        must((await user.download(link["url"])).is_success, "the end user opens the evidence")
        opinion = {"opinion": "现场试用结果与所报测量值一致，同意通过本里程碑。"}
        await user.edit("POST", f"{path}/confirmation", opinion, read=path)


async def request(online: Online, state: dict[str, Any]) -> None:
    """A finance officer requests the tranche, and cannot approve it."""
    requester = online.duty("funding_requester")
    for topic in state["topics"]:
        made = await requester.post(f"{API}/milestones/{topic['milestone']}/disbursements")
        topic["disbursement"] = made["id"]
        path = f"{API}/disbursements/{made['id']}"
        await refused(requester.edit("POST", f"{path}/approval", None, read=path), *SAME_PERSON)


async def approve(online: Online, state: dict[str, Any]) -> None:
    """A second finance officer approves; only then is anything owed."""
    second = online.duty("funding_approver")
    for topic in state["topics"]:
        path = f"{API}/disbursements/{topic['disbursement']}"
        await second.edit("POST", f"{path}/approval", None, read=path)


async def settle(online: Online, state: dict[str, Any]) -> None:
    """The payment is recorded with its bank reference, and the books balance."""
    officer = online.duty("funding_requester")
    for n, topic in enumerate(state["topics"], 1):
        path = f"{API}/disbursements/{topic['disbursement']}"
        paid = await officer.edit("POST", f"{path}/settlement", {"bank_reference": f"DEMO-2026-08-{n:04d}"}, read=path)
        must(paid["status"] == "settled", "the first milestone is paid")
        books = await officer.get(f"{API}/contracts/{topic['contract']}/ledger")
        must(set(books["totals"].values()) == {0}, "debits equal credits")
        topic["paid_minor"] = paid["amount_minor"]
        topic["ledger"] = {b["account"]: b["amount_minor"] for b in books["balances"]}
        first = online.season.topics[n - 1].milestones[0].tranche_minor
        must(paid["amount_minor"] == first, "the tranche is the one that was published")
        team = winner_of(online, state, topic)
        seen = await team.get(f"{API}/contracts/{topic['contract']}/ledger")
        must(seen["totals"] == books["totals"], "the team reads the same books")


def _end_user(online: Online, slot: int) -> Caller:
    return online.of(online.season.topics[slot].end_user, "end_user")


NOT_THE_LEAD = ("not_found", "team.not_lead")
SAME_PERSON = ("disbursement.same_person",)
