"""One key, one effect, one answer: on the real database."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import msgspec
import pytest
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from jiebang.identity.service import resolve
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Refused
from jiebang.kernel.forms import Body
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.web.assembly import WebConfig
from support import people

from .web_app import LATE, browser, build

pytestmark = pytest.mark.usefixtures("database")
KIND = "test.web"


class Payment(Body):
    title: str


class Paid(msgspec.Struct):
    title: str
    version: int


@use_case(Role.MEMBER)
async def pay(_actor: Actor, title: str) -> Paid:
    number = await ENGINE.current().fetchval("select app.emit($1, $2, $3, '')", KIND, {"title": title}, title)
    if title.startswith("late"):
        raise Refused(LATE, closed="17:00")
    return Paid(title, number)


@use_case(Role.MEMBER)
async def nothing(_actor: Actor) -> None:
    return None


@post("/api/v1/payments", operation_id="payment_create", opt={"idempotent": True})
async def create(data: JSONBody[Payment], actor: NamedDependency[Actor]) -> Paid:
    return await pay(actor, data.title)


@post("/api/v1/refunds", operation_id="refund_create", opt={"idempotent": True})
async def refund(data: JSONBody[Payment], actor: NamedDependency[Actor]) -> Paid:
    return await pay(actor, data.title)


@post("/api/v1/twice", operation_id="twice", opt={"idempotent": True})
async def twice(actor: NamedDependency[Actor]) -> None:
    await nothing(actor)
    await nothing(actor)


@pytest.fixture(scope="module")
def app():
    return build(routes=[create, refund, twice], config=WebConfig(session_cache=0), resolver=resolve)[0]


@pytest.fixture
async def http(app):
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("insert into job_kind values ($1, '{jiebang_member}') on conflict do nothing", KIND)
    _, token = await people.sign_in(await people.person())
    async with browser(app, token) as client:
        yield client


async def effects(title: str) -> int:
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        return await db.fetchval("select count(*) from outbox where kind = $1 and fairness_key = $2", KIND, title)


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


async def test_a_retry_gets_the_first_answer_and_has_no_second_effect(http):
    title, sent = uuid4().hex, key()
    first = await http.post("/api/v1/payments", json={"title": title}, headers=sent)
    again = await http.post("/api/v1/payments", json={"title": title}, headers=sent)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json()["title"] == title
    assert first.headers["etag"] == again.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await effects(title) == 1


async def test_another_body_under_the_same_key_is_refused_and_changes_nothing(http):
    title, other, sent = uuid4().hex, uuid4().hex, key()
    await http.post("/api/v1/payments", json={"title": title}, headers=sent)
    refused = await http.post("/api/v1/payments", json={"title": other}, headers=sent)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency.key_reused")
    assert await effects(other) == 0


async def test_eight_at_once_have_one_effect_and_one_answer(http):
    title, sent = uuid4().hex, key()
    answers = await asyncio.gather(
        *(http.post("/api/v1/payments", json={"title": title}, headers=sent) for _ in range(8))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotency-replayed" in a.headers for a in answers) == 7
    assert await effects(title) == 1


async def test_a_refusal_rolls_back_and_leaves_the_key_free(http):
    title, sent = f"late{uuid4().hex}", key()
    for _ in range(2):
        refused = await http.post("/api/v1/payments", json={"title": title}, headers=sent)
        assert (refused.status_code, refused.json()["code"]) == (409, "application.late")
    assert await effects(title) == 0
    assert (await http.post("/api/v1/payments", json={"title": uuid4().hex}, headers=sent)).status_code == 201


async def test_keys_are_apart_by_operation_and_by_person(app, http):
    title, sent = uuid4().hex, key()
    _, token = await people.sign_in(await people.person())
    async with browser(app, token) as other:
        for client, path in [(http, "/api/v1/payments"), (http, "/api/v1/refunds"), (other, "/api/v1/payments")]:
            response = await client.post(path, json={"title": title}, headers=sent)
            assert response.status_code == 201
            assert "idempotency-replayed" not in response.headers
    assert await effects(title) == 3


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "idempotency.key_missing"),
        ("", "idempotency.key_invalid"),
        ("with space", "idempotency.key_invalid"),
        ("x" * 129, "idempotency.key_invalid"),
    ],
)
async def test_a_key_is_required_and_well_formed(http, value, code):
    title = uuid4().hex
    headers = {} if value is None else {"idempotency-key": value}
    refused = await http.post("/api/v1/payments", json={"title": title}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert await effects(title) == 0


async def test_two_use_cases_under_one_key_are_a_mistake_of_ours(http):
    assert (
        await http.post("/api/v1/twice", content=json.dumps({}), headers=key() | {"content-type": "application/json"})
    ).status_code == 500
