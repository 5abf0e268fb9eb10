"""A bid over HTTP: from the team to the formal check, with every refusal as a problem."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from litestar.di import Provide

from jiebang.applications.http import CONTROLLERS
from jiebang.applications.jobs import HANDLERS
from jiebang.applications.schemas import UploadLink
from jiebang.identity.service import resolve
from jiebang.platform.crypto import SIGNER
from jiebang.web.assembly import WebConfig
from jiebang.web.pagination import Cursors
from support import files, people, topics
from support.applications import answers, uscc_of
from support.topics import published_topic

from .web_app import browser, build

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("database", "open_store")
V1 = "/api/v1"


@pytest.fixture(scope="module")
async def open_store(endpoints: Endpoints) -> AsyncIterator[None]:
    async with files.open_store(endpoints):
        yield


@pytest.fixture(scope="module")
def app() -> Any:
    cursors = Cursors(b"thirty-two bytes for the cursors")
    return build(
        routes=list(CONTROLLERS),
        config=WebConfig(session_cache=0),
        resolver=resolve,
        dependencies={"cursors": Provide(lambda: cursors, sync_to_thread=False)},
    )[0]


@asynccontextmanager
async def signed_in(app: Any, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    _, token = await people.sign_in(actor.person_id, actor.org_id)
    async with browser(app, token) as client:
        yield client


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


async def made(http: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await http.post(V1 + path, json=body, headers=key())
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def uploaded(http: httpx.AsyncClient, team_id: str, part: str) -> str:
    body = files.pdf(f"{part} of {team_id}")
    link = await made(http, f"/teams/{team_id}/materials", files.announced(body, part))
    assert await files.put(UploadLink(**link), body) == 200
    answer = await http.post(f"{V1}/materials/{link['material_id']}/complete")
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    await files.work(HANDLERS, "applications.check_material", team_id)
    return link["material_id"]


async def test_a_bid_from_the_team_to_the_formal_check(app: Any) -> None:
    topic = await published_topic()
    lead = await people.actor(await people.organisation(), ["member"], name="负责人")
    async with signed_in(app, lead) as http:
        path, sent = f"{V1}/topics/{topic.id}/teams", key()
        assert (await http.post(path, json={"name": "测试联合体"})).status_code == 400, "no key"
        first = await http.post(path, json={"name": "测试联合体"}, headers=sent)
        again = await http.post(path, json={"name": "测试联合体"}, headers=sent)
        assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
        team = first.json()
        bid = f"{V1}/applications/{team['application_id']}"
        read = await http.get(bid)
        form = answers({"depth": "4500", "latency": "20.5"})
        assert (await http.put(f"{bid}/answers", json=form)).status_code == 428
        stale = await http.put(f"{bid}/answers", json=form, headers={"if-match": '"7-x"'})
        assert stale.status_code == 412
        wrong = {
            "part_a": {"contact_email": "no address", "age": 40},
            "part_b": {"title": 3, "promised": {"depth": "1e9"}},
        }
        answer = await http.put(f"{bid}/answers", json=wrong, headers={"if-match": read.headers["etag"]})
        assert answer.status_code == 422
        assert {error["pointer"] for error in answer.json()["errors"]} == {
            "/part_a/contact_email", "/part_a/age", "/part_b/title", "/part_b/promised/depth",
        }  # fmt: skip
        part_a, part_b = await uploaded(http, team["id"], "part_a"), await uploaded(http, team["id"], "part_b")
        incomplete = await http.post(f"{bid}/submissions", json={"material_ids": [part_a]}, headers=key())
        assert incomplete.status_code == 422
        assert len(incomplete.json()["errors"]) == 11, "eight fields, two promises, part B"
        saved = await http.put(f"{bid}/answers", json=form, headers={"if-match": read.headers["etag"]})
        assert (saved.status_code, saved.json()["version"]) == (200, 2)
        sent = key()
        chosen = {"material_ids": [part_a, part_b]}
        receipt = await http.post(f"{bid}/submissions", json=chosen, headers=sent)
        assert receipt.status_code == 201
        assert "object_key" not in receipt.text
        await topics.close(topic.id)
        replay = await http.post(f"{bid}/submissions", json=chosen, headers=sent)
        assert replay.content == receipt.content, "a retry after the close gets the receipt that was given before it"
        late = await http.post(f"{bid}/submissions", json=chosen, headers=key())
        assert (late.status_code, late.json()["code"]) == (409, "application.late")
        assert "{" not in late.json()["detail"]
        mine = (await http.get(f"{V1}/teams/mine", params={"limit": 1})).json()
        assert [row["receipt_no"] for row in mine["items"]] == [receipt.json()["receipt_no"]]
        count = await http.get(f"{V1}/topics/{topic.id}/application-count")
        assert count.json()["count"] == 1
        link = (await http.post(f"{V1}/materials/{part_b}/download")).json()
        assert (await files.get(link["url"])).content.startswith(b"%PDF-")

    listing = f"{V1}/topics/{topic.id}/applications"
    async with signed_in(app, topic.screener) as http:
        assert (await http.get(listing)).json()["items"] == []
        sealed = await http.post(f"{V1}/opened-materials/{part_b}/download")
        missing = await http.post(f"{V1}/opened-materials/{uuid4()}/download")
        assert sealed.status_code == missing.status_code == 404
        assert sealed.content == missing.content, "sealed and missing look the same"
    first, second = topic.opening_officers
    async with signed_in(app, first) as http:
        assert (await made(http, f"/topics/{topic.id}/opening"))["state"] == "first_named"
    async with signed_in(app, second) as http:
        opened = await made(http, f"/topics/{topic.id}/opening")
    assert (opened["state"], opened["count"]) == ("opened", 1)
    async with signed_in(app, topic.screener) as http:
        (shown,) = (await http.get(listing)).json()["items"]
        assert [file["material_id"] for file in shown["files"]] == [part_a, part_b]
        assert "object_key" not in str(shown)
        assert (await http.get(f"{listing}/{shown['application_id']}")).json() == shown
        assert (await http.post(f"{V1}/opened-materials/{part_b}/download")).status_code == 200
        check = f"{V1}/applications/{shown['application_id']}/formal-check"
        unreasoned = await http.post(check, json={"decision": "ineligible"}, headers=key())
        assert unreasoned.status_code == 422
        decided = await http.post(check, json={"decision": "eligible"}, headers=key())
        assert (decided.status_code, decided.json()["status"]) == (200, "eligible")
        twice = await http.post(check, json={"decision": "eligible"}, headers=key())
        assert (twice.status_code, twice.json()["code"]) == (409, "application.not_now")


async def test_partners_join_and_leave_over_http(app: Any) -> None:
    topic = await published_topic()
    lead = await people.actor(await people.organisation(), ["member"], name="负责人")
    partner = await people.actor(await people.organisation(), ["member"], name="合作人")
    async with signed_in(app, lead) as http, signed_in(app, partner) as other:
        team = await made(http, f"/topics/{topic.id}/teams", {"name": "测试联合体"})
        path = f"{V1}/teams/{team['id']}"
        assert (await other.get(path)).status_code == 404
        both = {"email": partner.email, "uscc": people.valid_uscc(), "country": "DE"}
        assert (await http.post(f"{path}/invitations", json=both, headers=key())).status_code == 422
        invited = await made(
            http, f"/teams/{team['id']}/invitations",
            {"email": partner.email, "uscc": await uscc_of(partner.org_id)},
        )  # fmt: skip
        token = SIGNER.token("team_invitation", UUID(invited["id"]))
        bad = await other.post(f"{V1}/teams/invitations/acceptance", json={"token": "x" * 43})
        assert (bad.status_code, bad.json()["code"]) == (409, "team.invitation_invalid")
        joined = await other.post(f"{V1}/teams/invitations/acceptance", json={"token": token})
        assert [org["role"] for org in joined.json()["orgs"]] == ["lead", "partner"]
        shares = {"shares": [{"org_id": o["org_id"], "work_bp": 5000, "share_bp": 5000} for o in joined.json()["orgs"]]}
        refused = await other.put(f"{path}/shares", json=shares, headers={"if-match": joined.headers["etag"]})
        assert (refused.status_code, refused.json()["code"]) == (403, "team.not_lead")
        current = await http.get(path)
        set_ = await http.put(f"{path}/shares", json=shares, headers={"if-match": current.headers["etag"]})
        assert set_.status_code == 200
        left = await http.delete(f"{path}/orgs/{partner.org_id}", headers={"if-match": set_.headers["etag"]})
        assert [org["role"] for org in left.json()["orgs"]] == ["lead"]
        assert (await other.get(path)).status_code == 404
    async with browser(app) as anonymous:
        assert (await anonymous.get(path)).status_code == 401
