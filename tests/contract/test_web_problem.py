"""Every error is problem+json in the reader's language, names all fields and says nothing of our insides."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import uuid4

import pydantic
import pytest
from litestar import get, post
from litestar.params import FromPath, JSONBody

from .web_app import BOOM, ROUTES, browser, build

DRAFT = {"title": "量子", "agency": str(uuid4()), "closes_at": "2026-03-02T09:00:00Z", "open": True}


@pytest.fixture(scope="module")
def app():
    return build()[0]


def problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    if status == 404:
        assert "instance" not in body
    else:
        assert body["instance"] == f"urn:uuid:{response.headers['x-request-id']}"
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("refused", 409, "application.late"),
        ("forbidden", 403, "application.late"),
        ("not_found", 404, "not_found"),
        ("unauthenticated", 401, "unauthenticated"),
        ("stale", 412, "stale"),
        ("invalid", 422, "request.invalid"),
        ("too_many", 429, "too_many"),
        ("unique", 409, "conflict"),
        ("foreign", 409, "conflict"),
        ("check", 409, "conflict"),
        ("privilege", 409, "conflict"),
        ("data", 422, "request.unstorable"),
        ("deadlock", 503, "unavailable"),
        ("serialization", 503, "unavailable"),
        ("lost", 503, "unavailable"),
        ("closed", 503, "unavailable"),
        ("timeout", 503, "unavailable"),
        ("unavailable", 503, "unavailable"),
        ("crash", 500, "internal"),
        ("syntax", 500, "internal"),
        ("msgspec", 422, "request.invalid"),
    ],
)
async def test_each_error_has_its_status_and_code_and_tells_no_secret(app, kind, status, code):
    async with browser(app) as http:
        response = await http.get(f"/api/v1/errors/{kind}")
    problem(response, status, code)
    for secret in (BOOM, "person", "Traceback", "agency 4", "asyncpg"):
        assert secret not in response.text
    if status == 503:
        assert int(response.headers["retry-after"]) > 0


async def test_too_many_says_when_to_retry(app):
    async with browser(app) as http:
        response = await http.get("/api/v1/errors/too_many")
    assert response.headers["retry-after"] == "7"
    assert "7" in response.json()["detail"]


@pytest.mark.parametrize(
    ("accept", "language", "sentence"),
    [
        ("en", "en", "Submission closed at 17:00."),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "申报已于 17:00 截止。"),
        ("en-GB;q=0.5, zh-TW;q=0.4", "en", "Submission closed at 17:00."),
        ("fr", "zh-CN", "申报已于 17:00 截止。"),
        ("en;q=broken", "zh-CN", "申报已于 17:00 截止。"),
        ("zh;q=0, en;q=0.1", "en", "Submission closed at 17:00."),
    ],
)
async def test_the_rule_speaks_the_readers_language(app, accept, language, sentence):
    async with browser(app, accept_language=accept) as http:
        response = await http.get("/api/v1/errors/refused")
    assert response.json()["detail"] == sentence
    assert response.headers["content-language"] == language
    assert "Accept-Language" in response.headers["vary"]


async def test_the_kernels_field_problems_are_all_named(app):
    async with browser(app) as http:
        body = problem(await http.get("/api/v1/errors/invalid"), 422, "request.invalid")
    assert [(e["pointer"], e["code"], e["message"]) for e in body["errors"]] == [
        ("/a", "topic.odd", "Must be even."),
        ("/b/0", "application.late", "Submission closed at {closed}."),
    ]


async def test_all_fields_and_parameters_are_named_at_once(app):
    body = {
        "title": "",
        "agency": "not-a-uuid",
        "closes_at": "tomorrow",
        "even": 3,
        "bonus/~x": 1,
        "indicators": [{"name": "x", "unit": "kg", "threshold": 0}, {"name": "abcdef", "threshold": "5"}],
    }
    async with browser(app) as http:
        answer = problem(await http.post("/api/v1/drafts?dry=perhaps", json=body), 422, "request.invalid")
    assert {(e["in"], e["pointer"], e["code"]) for e in answer["errors"]} == {
        ("query", "/dry", "field.bool_parsing"),
        ("body", "/title", "field.string_too_short"),
        ("body", "/agency", "field.uuid_parsing"),
        ("body", "/closes_at", "field.datetime_parsing"),
        ("body", "/open", "field.missing"),
        ("body", "/even", "topic.odd"),
        ("body", "/bonus~1~0x", "field.extra_forbidden"),
        ("body", "/indicators/0/name", "field.string_too_short"),
        ("body", "/indicators/0/unit", "field.enum"),
        ("body", "/indicators/0/threshold", "field.greater_than"),
        ("body", "/indicators/1/name", "field.string_too_long"),
        ("body", "/indicators/1/unit", "field.missing"),
        ("body", "/indicators/1/threshold", "field.int_type"),
    }
    messages = {e["pointer"]: e["message"] for e in answer["errors"]}
    assert messages["/indicators/1/name"] == "Must have at most 5 characters."
    assert messages["/indicators/0/unit"] == "Must be one of: 'm' or 's'."


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"open": 1}, "/open", "field.bool_type"),
        ({"open": "true"}, "/open", "field.bool_type"),
        ({"even": "2"}, "/even", "field.int_type"),
        ({"even": 2.5}, "/even", "field.int_type"),
        ({"even": 10**30 + 1}, "/even", "topic.odd"),
        ({"title": 5}, "/title", "field.string_type"),
        ({"title": "a\0b"}, "/title", "field.string_nul"),
        ({"indicators": {}}, "/indicators", "field.tuple_type"),
        ({"indicators": [5]}, "/indicators/0", "field.model_type"),
    ],
)
async def test_types_are_json_types(app, change, pointer, code):
    async with browser(app) as http:
        answer = problem(await http.post("/api/v1/drafts", json=DRAFT | change), 422, "request.invalid")
        assert [(e["pointer"], e["code"]) for e in answer["errors"]] == [(pointer, code)]
        assert (await http.post("/api/v1/drafts", json=DRAFT)).status_code == 201


@pytest.mark.parametrize("text", ["{", "", "[1,", '{"a": 1}}', "{'a': 1}", "NaN", '"\\ud800"', "[" * 100_000, "\xff"])
async def test_what_is_not_json_is_400_and_an_empty_body_is_missing(app, text):
    async with browser(app, content_type="application/json") as http:
        response = await http.post("/api/v1/drafts", content=text.encode("latin-1"))
    if text:
        problem(response, 400, "request.malformed_json")
    else:
        answer = problem(response, 422, "request.invalid")
        assert [(e["pointer"], e["code"]) for e in answer["errors"]] == [("", "field.missing")]


@pytest.mark.parametrize("text", ["[]", "null", "5", '"x"'])
async def test_json_that_is_no_object_is_named(app, text):
    async with browser(app, content_type="application/json") as http:
        answer = problem(await http.post("/api/v1/drafts", content=text), 422, "request.invalid")
    assert [(e["pointer"], e["code"]) for e in answer["errors"]] == [("", "field.model_type")]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {},
    ],
)
async def test_only_plain_json_bodies(app, headers):
    async with browser(app) as http:
        response = await http.post("/api/v1/drafts", content=json.dumps(DRAFT), headers=headers)
    problem(response, 415, "request.media_type")
    assert response.headers["accept"] == "application/json"


async def test_an_oversize_body_is_refused_by_length_and_by_count(app):
    async def drip():
        for _ in range(40):
            yield b" " * 32_768

    async with browser(app, content_type="application/json") as http:
        problem(await http.post("/api/v1/drafts", content=b" " * (1024 * 1024 + 1)), 413, "request.too_large")
        problem(await http.post("/api/v1/drafts", content=drip()), 413, "request.too_large")


async def test_parameters_are_checked(app):
    async with browser(app) as http:
        answer = problem(await http.get(f"/api/v1/topics/{uuid4()}?limit=101"), 422, "request.invalid")
        assert [(e["in"], e["pointer"], e["code"]) for e in answer["errors"]] == [
            ("query", "/limit", "field.less_than_equal")
        ]
        assert answer["errors"][0]["message"] == "Must be at most 100."
        answer = problem(await http.get(f"/api/v1/topics/{uuid4()}?limit=x"), 422, "request.invalid")
        assert answer["errors"][0]["code"] == "field.int_parsing"


async def test_unknown_malformed_and_hidden_are_one_answer(app):
    async with browser(app) as http:
        bodies = {
            (await http.get(path)).content
            for path in (
                "/api/v1/nothing",
                "/api/nothing",
                "/api",
                "/nothing",
                "/api/v1/topics/17",
                "/api/v1/errors/not_found",
                "/-/schema/x",
                "/-/schema/openapi.json",
            )
        }
        assert len(bodies) == 1
        problem(await http.get("/api/v1/nothing"), 404, "not_found")


async def test_405_keeps_allow_and_head_and_options_work(app):
    path = f"/api/v1/topics/{uuid4()}"
    async with browser(app) as http:
        refused = await http.put(path)
        problem(refused, 405, "request.method")
        assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
        options = await http.options(path)
        assert options.status_code == 204
        assert options.headers["allow"] == refused.headers["allow"]
        got, head = await http.get(path), await http.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(got.content))
        assert head.headers["etag"] == got.headers["etag"]
        assert (await http.head("/api/v1/nothing")).status_code == 404
        post_only = await http.head("/api/v1/drafts")
        assert post_only.status_code == 405
        assert post_only.headers["allow"] == "OPTIONS, POST"


async def test_a_page_for_every_address_does_not_swallow_the_apis():
    @get("/{path:path}", operation_id="spa", media_type="text/html", sync_to_thread=False)
    def spa(path: FromPath[str]) -> str:
        return f"<!doctype html><!-- {len(path)} -->"

    app = build(routes=[*ROUTES, spa])[0]
    async with browser(app) as http:
        assert (await http.get("/topics/17")).headers["content-type"].startswith("text/html")
        for path in ("/api/v1/nothing", "/api/nothing", "/api", "/api/v1/topics/17"):
            problem(await http.get(path), 404, "not_found")


async def test_every_type_that_a_form_uses_is_read_from_json():
    class Form(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="forbid", str_strip_whitespace=True)
        email: pydantic.EmailStr
        password: pydantic.SecretStr
        on: date
        amount: Decimal
        kinds: frozenset[Literal["a", "b"]]
        site: pydantic.HttpUrl | None = None

    async def read(data: JSONBody[Form]) -> str:
        return f"{data.email} {data.password.get_secret_value()} {data.on} {data.amount} {sorted(data.kinds)}"

    read.__annotations__["data"] = JSONBody[Form]
    app = build(routes=[post("/api/v1/forms", operation_id="form")(read)])[0]
    form = {"email": " a@example.org ", "password": "p", "on": "2026-03-02", "amount": "1.50", "kinds": ["b", "a"]}
    async with browser(app) as http:
        good = await http.post("/api/v1/forms", json=form)
        assert (good.status_code, good.text) == (201, "a@example.org p 2026-03-02 1.50 ['a', 'b']")
        wrong = {**form, "email": "nobody", "on": "2026-02-30", "kinds": ["c"], "site": "gopher://x"}
        answer = problem(await http.post("/api/v1/forms", json=wrong), 422, "request.invalid")
    assert {(e["pointer"], e["code"]) for e in answer["errors"]} == {
        ("/email", "field.value_error"),
        ("/on", "field.date_parsing"),
        ("/kinds/0", "field.literal_error"),
        ("/site", "field.url_scheme"),
    }
