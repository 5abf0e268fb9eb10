from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.di import Provide

from contract.web_app import browser, build
from jiebang.challenges.content import TopicText
from jiebang.challenges.http import CONTROLLERS
from jiebang.identity.service import resolve
from jiebang.web.assembly import Application
from jiebang.web.pagination import Cursors
from support import people, topics

pytestmark = pytest.mark.usefixtures("database")
DESK = "/api/v1/officer/topics"


@pytest.fixture(scope="module")
def app() -> Application:
    return build(
        routes=CONTROLLERS,
        resolver=resolve,
        dependencies={"cursors": Provide(lambda: Cursors(b"s" * 32), sync_to_thread=False)},
    )[0]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def _agency(app: Application, stack: AsyncExitStack) -> tuple[dict[str, Any], list[httpx.AsyncClient]]:
    """A whole draft as JSON, and the drafter's, the legal reviewer's and the approver's browsers."""
    agency = await people.organisation("agency")
    clients = []
    for role in ("agency_officer", "legal_budget_reviewer", "agency_officer"):
        actor = await people.actor(agency, [role])
        _, token = await people.sign_in(actor.person_id, agency)
        clients.append(await stack.enter_async_context(browser(app, token)))
    work = {
        "funder_id": str(await people.organisation("funder")),
        "end_user_id": str(await people.organisation()),
        "rule_set_id": str(await topics.reference_data()),
        "closes_at": (datetime.now(UTC) + timedelta(days=60)).isoformat(),
        "text": topics.topic_text().model_dump(mode="json"),
    }
    return work, clients


async def test_a_topic_is_published_over_http_and_read_by_nobody_in_particular(
    app: Application, stack: AsyncExitStack
) -> None:
    work, (drafter, legal, approver) = await _agency(app, stack)
    anyone = await stack.enter_async_context(browser(app))
    key = {"idempotency-key": uuid4().hex}
    created = await drafter.post(DESK, json=work, headers=key)
    assert created.status_code == 201, created.text
    again = await drafter.post(DESK, json=work, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (created.json(), "true")
    topic, etag = created.json()["id"], created.headers["etag"]
    assert (await anyone.get(f"/api/v1/topics/{topic}")).status_code == 404
    assert (await drafter.put(f"{DESK}/{topic}", json=work)).status_code == 428
    edited = await drafter.put(f"{DESK}/{topic}", json=work, headers={"if-match": etag})
    assert edited.status_code == 200, edited.text
    assert (await drafter.put(f"{DESK}/{topic}", json=work, headers={"if-match": etag})).status_code == 412
    ready = (await drafter.get(f"{DESK}/{topic}/readiness")).json()
    assert ready["ready"] is True
    answer = edited
    for client, command in (
        (drafter, "submission"),
        (legal, "legal-review"),
        (approver, "approval"),
        (approver, "publication"),
    ):
        answer = await client.post(f"{DESK}/{topic}/{command}", headers={"if-match": answer.headers["etag"]})
        assert answer.status_code == 200, answer.text
    detail = await approver.get(f"{DESK}/{topic}")
    assert detail.headers["etag"].startswith('"6-')
    assert (detail.json()["status"], detail.json()["state"]) == ("published", "open")
    public = (await anyone.get(f"/api/v1/topics/{topic}")).json()
    assert public["text"] == work["text"]
    assert (public["zone"], public["applications"], public["state"]) == ("Asia/Shanghai", None, "open")
    assert public["rules"]["code"] == "pudong_gov"
    listed = (await anyone.get("/api/v1/topics", params={"q": public["code"], "field": "future_space"})).json()
    assert [card["id"] for card in listed["items"]] == [topic]


async def test_pages_lead_through_the_public_list(app: Application, stack: AsyncExitStack) -> None:
    made = [str((await topics.published_topic()).id) for _ in range(3)]
    anyone = await stack.enter_async_context(browser(app))
    seen: list[str] = []
    cursor: str | None = None
    while not set(made) <= set(seen):
        query = {"limit": "2", "state": "open", **({} if cursor is None else {"cursor": cursor})}
        page = (await anyone.get("/api/v1/topics", params=query)).json()
        seen += [card["id"] for card in page["items"]]
        cursor = page["next_cursor"]
        assert cursor is not None or set(made) <= set(seen)
    assert len(seen) == len(set(seen))
    assert (await anyone.get("/api/v1/topics", params={"cursor": cursor or "x", "track": "xr"})).status_code == 400


async def test_every_mistake_is_named_and_strangers_get_one_answer(app: Application, stack: AsyncExitStack) -> None:
    work, (drafter, _, approver) = await _agency(app, stack)
    _, (stranger, *_) = await _agency(app, stack)
    anyone = await stack.enter_async_context(browser(app))
    wrong = {**work, "surprise": 1, "text": {**work["text"], "purse_minor": "7", "currency": "RMB"}}
    answer = await drafter.post(DESK, json=wrong, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code == 422
    pointers = {e["pointer"] for e in answer.json()["errors"]}
    assert pointers == {"/surprise", "/text/purse_minor", "/text/currency"}
    assert (await anyone.post(DESK, json=work, headers={"idempotency-key": uuid4().hex})).status_code in (401, 403)
    assert (await anyone.get(DESK)).status_code == 401
    created = await drafter.post(DESK, json={**work, "text": {}}, headers={"idempotency-key": uuid4().hex})
    topic, etag = created.json()["id"], created.headers["etag"]
    answer = await drafter.post(f"{DESK}/{topic}/submission", headers={"if-match": etag})
    assert answer.status_code == 422
    assert "/text/title" in {e["pointer"] for e in answer.json()["errors"]}
    hidden = await stranger.get(f"{DESK}/{topic}")
    missing = await stranger.get(f"{DESK}/{uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json(), "instance": 0} == {**missing.json(), "instance": 0}
    me = (await drafter.get(f"{DESK}/{topic}")).json()["roles"][0]["person_id"]
    assert (await approver.put(f"{DESK}/{topic}/roles/{me}/opening_officer")).status_code == 200
    assert (await approver.put(f"{DESK}/{topic}/roles/{me}/king")).status_code in (400, 422)
    assert (await approver.delete(f"{DESK}/{topic}/roles/{me}/opening_officer")).status_code == 204


async def test_reference_data_is_public(app: Application, stack: AsyncExitStack) -> None:
    await topics.reference_data()
    anyone = await stack.enter_async_context(browser(app))
    (taxonomy,) = (await anyone.get("/api/v1/taxonomies")).json()
    whole = (await anyone.get(f"/api/v1/taxonomies/{taxonomy['version']}")).json()
    assert sum(len(track["directions"]) for f in whole["fields"] for track in f["tracks"]) == 182
    assert (await anyone.get("/api/v1/taxonomies/none")).status_code == 404
    assert (await anyone.get("/api/v1/rule-sets")).json()[0]["rules"]["notice"] == {
        "n": 5, "unit": "working_days", "roll": "forward",
    }  # fmt: skip
    assert (await anyone.get("/api/v1/calendars")).json()[0]["year"] == 2026


async def test_the_contract_names_every_operation_and_its_types(app: Application, stack: AsyncExitStack) -> None:
    anyone = await stack.enter_async_context(browser(app))
    document = (await anyone.get("/api/v1/openapi.json")).json()
    text = document["components"]["schemas"]["TextView"]
    assert set(text["required"]) == set(TopicText.model_fields)
    assert set(document["components"]["schemas"]["TopicDraft"]["properties"]) == set(TopicText.model_fields)
    operations = {o["operationId"]: o for path in document["paths"].values() for o in path.values()}
    assert {p["name"] for p in operations["list_topics"]["parameters"]} >= {"field", "track", "state", "q", "cursor"}
    assert {p["name"] for p in operations["publish_topic"]["parameters"]} >= {"topic_id", "If-Match"}
