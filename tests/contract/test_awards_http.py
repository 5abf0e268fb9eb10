"""From the award list to the paid tranche over HTTP: routes, entity tags, idempotency keys, problems."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from litestar.di import Provide

from jiebang.awards import jobs as awards_jobs
from jiebang.awards.http import CONTROLLERS as AWARDS
from jiebang.funding import jobs as funding_jobs
from jiebang.funding.http import CONTROLLERS as FUNDING
from jiebang.identity.service import resolve
from jiebang.web.assembly import WebConfig
from jiebang.web.pagination import Cursors
from support import awards, files, funding, people
from support import handlers as support_jobs

from .web_app import browser, build

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
async def app(endpoints: Endpoints) -> AsyncIterator[Any]:
    cursors = Provide(lambda: Cursors(bytes(32)), sync_to_thread=False)
    config, routes = WebConfig(session_cache=0), [*AWARDS, *FUNDING]
    async with files.open_store(endpoints):
        yield build(routes=routes, config=config, resolver=resolve, dependencies={"cursors": cursors})[0]


@asynccontextmanager
async def as_(app: Any, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    _, token = await people.sign_in(actor.person_id, actor.org_id)
    async with browser(app, token) as client:
        yield client


def once() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


async def test_from_the_list_to_the_money(app: Any) -> None:
    s = await awards.scored()
    topic, (winner, _) = s.topic, s.bids
    lead = await awards.administrator(winner.lead.person_id, winner.lead_org)
    async with (
        as_(app, s.officers[0]) as officer,
        as_(app, s.officers[1]) as other,
        as_(app, lead) as team,
        as_(app, topic.end_user) as end_user,
        as_(app, topic.funder_requester) as requester,
        as_(app, topic.funder_approver) as approver,
        browser(app) as anybody,
    ):
        key = once()
        first = await officer.post(f"/api/v1/topics/{topic.id}/award-lists", headers=key)
        made = ok(first, 201)
        again = await officer.post(f"/api/v1/topics/{topic.id}/award-lists", headers=key)
        assert ok(again, 201) == made
        assert (await officer.post(f"/api/v1/topics/{topic.id}/award-lists")).status_code == 400, "no key"
        at = f"/api/v1/award-lists/{made['id']}"
        reason = {"reason": "集体决策通过"}
        assert (await other.post(f"{at}/decision", json=reason)).status_code == 428
        assert (await other.post(f"{at}/decision", json=reason, headers={"if-match": '"9-x"'})).status_code == 412
        tag = {"if-match": first.headers["etag"]}
        refused = await officer.post(f"{at}/decision", json=reason, headers=tag)
        assert refused.status_code == 409
        assert refused.json()["code"] == "award.same_person"
        decided = await other.post(f"{at}/decision", json=reason, headers=tag)
        ok(decided)
        tag = {"if-match": decided.headers["etag"]}
        notice = ok(await officer.post(f"{at}/notice", headers=tag | once()), 201)
        assert ok(await anybody.get(f"/api/v1/notices/{notice['id']}"))["state"] == "running"
        assert notice["id"] in [n["id"] for n in ok(await anybody.get("/api/v1/notices"))["items"]]
        early = await officer.post(f"{at}/confirmation", headers=tag)
        assert early.json()["code"] == "award.notice_running"
        await awards.end_notice(UUID(made["id"]))
        ok(await officer.post(f"{at}/confirmation", headers=tag))

        draw = {"application_id": str(winner.application_id)}
        contract = ok(await officer.post(f"/api/v1/topics/{topic.id}/contracts", json=draw, headers=once()), 201)
        at = f"/api/v1/contracts/{contract['id']}"
        assert (await anybody.get(at)).status_code == 401
        assert (await end_user.get(at)).status_code == 404, "not before it is in force"
        for wanted in contract["wanted"]:
            signer = officer if wanted["party"] == "agency" else team
            form = {name: wanted[name] for name in ("document", "party", "sha256")}
            ok(await signer.post(f"{at}/signatures", json=form, headers=once()), 201)
        await support_jobs.run(awards_jobs.HANDLERS, "awards.signed", contract_id=contract["id"])
        await support_jobs.run(funding_jobs.HANDLERS, "funding.start", contract_id=contract["id"])
        assert ok(await end_user.get(at))["status"] == "effective"
        assert [c["id"] for c in ok(await team.get("/api/v1/contracts"))["items"]] == [contract["id"]]

        milestone = ok(await team.get(f"{at}/milestones"))[0]
        file = await funding.evidence_file(UUID(milestone["id"]), lead.person_id)
        ms = f"/api/v1/milestones/{milestone['id']}"
        read = await team.get(ms)
        form = {"measured": funding.MEASURED, "notes": "实测", "material_ids": [str(file)]}
        wrong = await team.post(
            f"{ms}/evidence",
            json={**form, "measured": {"depth": 1.5}, "x": 1},
            headers={"if-match": read.headers["etag"]},
        )
        assert wrong.status_code == 422
        assert {e["pointer"] for e in wrong.json()["errors"]} == {"/measured/depth", "/x"}
        sent = await team.post(f"{ms}/evidence", json=form, headers={"if-match": read.headers["etag"]})
        ok(sent)
        link = ok(await end_user.get(f"{ms}/evidence/{file}/link"))
        assert (await files.get(link["url"])).status_code == 404, "signed for the store, which has no bytes here"
        yes = {"opinion": "符合要求"}
        ok(await end_user.post(f"{ms}/confirmation", json=yes, headers={"if-match": sent.headers["etag"]}))

        asked = await requester.post(f"{ms}/disbursements", headers=once())
        pay = f"/api/v1/disbursements/{ok(asked, 201)['id']}"
        tag = {"if-match": asked.headers["etag"]}
        own = await requester.post(f"{pay}/approval", headers=tag | once())
        assert own.json()["code"] == "disbursement.same_person"
        approved = await approver.post(f"{pay}/approval", headers=tag | once())
        ok(approved)
        key = once() | {"if-match": approved.headers["etag"]}
        form = {"bank_reference": f"BANK-{uuid4().hex}"}
        settled = ok(await requester.post(f"{pay}/settlement", json=form, headers=key))
        assert ok(await requester.post(f"{pay}/settlement", json=form, headers=key)) == settled, "paid once, told twice"
        for reader in (team, officer, approver):
            books = ok(await reader.get(f"{at}/ledger"))
            assert books["totals"] == {"CNY": 0}
            assert len(books["entries"]) == 4
        assert (await end_user.get(f"{at}/ledger")).status_code == 404
        assert ok(await approver.get("/api/v1/ledger/trial-balance"))["totals"] == {"CNY": 0}
        assert ok(await team.get(f"{at}/disbursements"))[0]["status"] == "settled"
