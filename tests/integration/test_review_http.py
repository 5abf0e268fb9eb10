"""The review's routes over HTTP: sessions, versions, keys, and what a stranger gets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import httpx
import pytest
from litestar import Response
from litestar.di import Provide

from jiebang.identity.service import resolve
from jiebang.matching.record import commit
from jiebang.matching.verification import verify
from jiebang.platform.crypto import SIGNER
from jiebang.platform.limits import Limiter
from jiebang.platform.storage import Storage
from jiebang.platform.telemetry import Metrics
from jiebang.review.http import CONTROLLERS
from jiebang.review.service import desk
from jiebang.web.assembly import Application, WebConfig, create_app
from jiebang.web.csrf import csrf_token
from jiebang.web.pagination import Cursors
from jiebang.web.session import SessionCookie
from support import people, review

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jiebang.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("database")

API = "/api/v1"


@pytest.fixture(scope="module")
def app(database: Any) -> Application:
    metrics = Metrics()
    return create_app(
        CONTROLLERS,
        config=WebConfig(),
        resolver=resolve,
        limiter=Limiter(None, metrics),
        metrics=metrics,
        dependencies={"cursors": Provide(lambda: Cursors(SIGNER.derive("cursors", b"")), sync_to_thread=False)},
    )


@asynccontextmanager
async def browser(app: Application, who: Actor | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"accept-language": "en"}
    if who is not None:
        _, token = await people.sign_in(who.person_id, who.org_id)
        response: Response[None] = Response(None)
        SessionCookie().set(response, token)
        headers |= {"cookie": f"{SessionCookie().name}={response.cookies[0].value}", "x-csrf-token": csrf_token(token)}
    transport = httpx.ASGITransport(app=cast("Any", app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://jiebang.example", headers=headers) as http:
        yield http


async def test_pool_and_draw(app: Application, store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    org = await people.organisation("university")
    someone = await people.actor(org, ["member"])
    async with browser(app, someone) as http:
        body = {"agency_id": str(topic.agency_id), "org_id": str(org), "kind": "chef", "tracks": [], "age": 50}
        wrong = await http.post(f"{API}/experts", json=body, headers={"idempotency-key": "1"})
        assert wrong.status_code == 422
        assert {e["pointer"] for e in wrong.json()["errors"]} == {"/kind", "/tracks", "/age"}
        body = {**body, "kind": "technical", "tracks": ["deep_sea"]}
        del body["age"]
        made = await http.post(f"{API}/experts", json=body, headers={"idempotency-key": "2"})
        again = await http.post(f"{API}/experts", json=body, headers={"idempotency-key": "2"})
        assert (made.status_code, again.json()) == (201, made.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert (await http.get(f"{API}/officer/experts")).status_code == 403
    async with browser(app, topic.approver) as http:
        pool = (await http.get(f"{API}/officer/experts", params={"limit": 1})).json()
        assert [e["id"] for e in pool["items"]] == [made.json()["id"]]
        url = f"{API}/officer/experts/{made.json()['id']}/activation"
        active = await http.post(url, headers={"idempotency-key": "3"})
        assert (active.status_code, active.json()["status"]) == (200, "active")
    await review.experts(topic)
    async with browser(app, topic.draw_officer) as http:
        seen = (await http.get(f"{API}/officer/topics/{topic.id}/panel-feasibility")).json()
        assert seen["feasible"] is True
        draws = f"{API}/officer/topics/{topic.id}/draws"
        assert (await http.post(draws, json={})).status_code == 400
        made = await http.post(draws, json={}, headers={"idempotency-key": "4"})
        assert made.status_code == 201
        draw_id = made.json()["id"]
        one = f"{API}/officer/topics/{topic.id}/draws/{draw_id}"
        malformed = await http.post(f"{one}/commitment", json={"commitment": "AB"}, headers={"idempotency-key": "5"})
        assert (malformed.status_code, malformed.json()["errors"][0]["pointer"]) == (422, "/commitment")
        mine = {"commitment": commit(review.SHARES["agency"])}
        committed = await http.post(f"{one}/commitment", json=mine, headers={"idempotency-key": "6"})
        assert [p["party"] for p in committed.json()["parties"]] == ["platform", "agency"]
        early = await http.post(f"{API}/officer/draws/{draw_id}/freeze", headers={"idempotency-key": "7"})
        assert (early.status_code, early.json()["code"]) == (409, "draw.commitments_open")
        lead = world.bids[0].lead
        await review.committed(topic, UUID(draw_id), lead, "supervisor", "applicants")
        ran = await http.post(f"{API}/officer/draws/{draw_id}/freeze", headers={"idempotency-key": "8"})
        assert ran.status_code == 202
        assert (await http.get(f"{API}/officer/draws/{draw_id}")).status_code == 404
        await review.work("review.freeze_draw", topic.id)
        assert (await http.get(f"{API}/officer/draws/{draw_id}")).json()["draw"]["status"] == "frozen"
        late = await http.post(f"{API}/officer/draws/{draw_id}/run", headers={"idempotency-key": "9"})
        assert (late.status_code, late.json()["code"]) == (409, "draw.shares_open")
        mine = {"share": review.SHARES["agency"].hex()}
        shown = await http.post(f"{one}/share", json=mine, headers={"idempotency-key": "10"})
        assert shown.status_code == 200
        await review.revealed(topic, UUID(draw_id), lead, "supervisor", "applicants")
        await review.work("review.run_draw", topic.id)
        assert len((await http.get(f"{API}/officer/topics/{topic.id}/panel")).json()) == 3
        report = (await http.get(f"{API}/officer/draws/{draw_id}")).json()
        assert len(report["seats"]) == 3
        export = await http.get(f"{API}/officer/draws/{draw_id}/export")
        assert export.headers["content-type"].startswith("application/json")
        assert verify(export.content) == []
    async with browser(app) as http:
        (public,) = (await http.get(f"{API}/topics/{topic.id}/draw-commitments")).json()
        assert [p["party"] for p in public["parties"]] == ["platform", "agency", "applicants", "supervisor"]
        record = await http.get(f"{API}/topics/{topic.id}/draws/1/record")
        assert verify(record.content, frozen=public["frozen_sha256"]) == []
        assert b"similarity" not in record.content
        assert (await http.get(f"{API}/topics/{topic.id}/draws/2/record")).status_code == 404
        for path in (draws, f"{API}/officer/topics/{topic.id}/panel", f"{API}/review/assignments"):
            assert (await http.get(path)).status_code == 401


async def test_the_desk(app: Application, store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    experts = await review.experts(world.topic)
    await review.drawn(world.topic)
    await review.work("review.make_blind_copy", world.topic.id)
    drawn = [e for e in experts if await desk.my_assignments(e.actor)]
    async with browser(app, drawn[0].actor) as http:
        (offer,) = (await http.get(f"{API}/review/assignments")).json()
        url = f"{API}/review/assignments/{offer['id']}/answer"
        yes = {"decision": "accept", "no_conflict": True, "statement_sha256": offer["statement"]["sha256"]}
        assert (await http.post(url, json=yes)).status_code == 428
        undeclared = {"decision": "accept", "statement_sha256": offer["statement"]["sha256"]}
        refused = await http.post(url, json=undeclared, headers={"if-match": '"1-x"'})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "assignment.declaration_needed")
        listed = await http.get(f"{API}/review/applications", params={"assignment": offer["id"]})
        assert listed.json() == []
        accepted = await http.post(url, json=yes, headers={"if-match": f'"{offer["version"]}-x"'})
        assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
        listed = await http.get(f"{API}/review/applications", params={"assignment": offer["id"]})
        assert len(listed.json()) == 2
        one = f"{API}/review/applications/{listed.json()[0]['id']}"
        page = await http.get(one)
        assert page.json()["version"] == 0
        assert (await http.get(one, headers={"if-none-match": page.headers["etag"]})).status_code == 304
        link = (await http.get(f"{one}/file")).json()
        async with httpx.AsyncClient(trust_env=False) as browser_of_files:
            assert (await browser_of_files.get(link["url"])).content.startswith(b"%PDF")
        draft = {
            "scores": {"merit": 80, "plan": 70},
            "comments": dict.fromkeys(("merit", "plan"), "论证充分，计划可以核查。"),
        }
        half = {"scores": {"merit": 80.5}, "comments": {}}
        assert (
            await http.put(f"{one}/review", json=half, headers={"if-match": page.headers["etag"]})
        ).status_code == 422
        saved = await http.put(f"{one}/review", json=draft, headers={"if-match": page.headers["etag"]})
        assert (saved.status_code, saved.json()["version"]) == (200, 1)
        stale = await http.put(f"{one}/review", json=draft, headers={"if-match": page.headers["etag"]})
        assert stale.status_code == 412
        done = {"if-match": saved.headers["etag"], "idempotency-key": "submit-1"}
        first = await http.post(f"{one}/review/submit", headers=done)
        assert (first.status_code, first.json()["status"]) == (200, "submitted")
        again = await http.post(f"{one}/review/submit", headers=done)
        assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    listing = f"{API}/review/applications?assignment={offer['id']}"
    async with browser(app, drawn[1].actor) as http:
        for hidden in (one, f"{one}/file"):
            assert (await http.get(hidden)).status_code == 404
        assert (await http.get(listing)).json() == []
    for stranger in (world.bids[0].lead, world.topic.draw_officer):
        async with browser(app, stranger) as http:
            for closed in (one, f"{one}/file", listing):
                assert (await http.get(closed)).status_code == 403, "no reviewer's class"
    async with browser(app, world.topic.draw_officer) as http:
        runs = f"{API}/officer/topics/{world.topic.id}/score-runs"
        early = await http.post(runs, headers={"idempotency-key": "6"})
        assert (early.status_code, early.json()["code"]) == (409, "score_run.reviews_owed")
        assert (await http.get(runs)).json() == []
