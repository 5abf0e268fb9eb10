"""Headers on every answer, entity tags, HEAD, pages and cursors, and the request's trace."""

from __future__ import annotations

import io
import json
import logging
from uuid import UUID, uuid4

import pytest
import structlog

from jiebang.platform.telemetry import REDACTED, configure_logging
from jiebang.web.assembly import WebConfig
from jiebang.web.etag import etag_for
from jiebang.web.openapi import document
from jiebang.web.pagination import Cursors
from jiebang.web.problem import Refusal

from .web_app import Versioned, browser, build

TOPIC = "019ab000-0000-7000-8000-000000000000"
ETAG = str(etag_for(Versioned("t", 7)))


@pytest.fixture(scope="module")
def app():
    return build()[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/page"),
        ("GET", "/api/v1/session"),
        ("GET", "/api/v1/nothing"),
        ("PUT", "/api/v1/session"),
        ("GET", "/api/v1/errors/crash"),
        ("OPTIONS", "/api/v1/session"),
    ],
)
async def test_security_headers_are_on_every_answer(app, method, path):
    async with browser(app) as http:
        headers = (await http.request(method, path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "camera=()" in headers["permissions-policy"]
    assert headers["referrer-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert UUID(headers["x-request-id"]).version == 4


async def test_a_page_has_a_fresh_nonce_and_no_unsafe_source():
    app, _, _ = build(config=WebConfig(storage_origin="https://files.example"))
    async with browser(app) as http:
        first, second = [(await http.get("/page")).headers["content-security-policy"] for _ in range(2)]
    assert first != second
    assert "'nonce-" in first
    assert "unsafe" not in first
    assert "connect-src 'self' https://files.example" in first


async def test_an_unchanged_read_is_304_without_a_body(app):
    path = f"/api/v1/topics/{TOPIC}"
    async with browser(app) as http:
        full = await http.get(path)
        assert full.headers["etag"] == ETAG
        for sent in (ETAG, f"W/{ETAG}", f'"other", {ETAG}', "*"):
            for method in ("GET", "HEAD"):
                same = await http.request(method, path, headers={"if-none-match": sent})
                assert (same.status_code, same.content) == (304, b"")
                for name in ("etag", "vary", "cache-control"):
                    assert same.headers[name] == full.headers[name]
                assert "content-length" not in same.headers
        assert "Cookie" in full.headers["vary"]
        for sent in ('"other"', ""):
            assert (await http.get(path, headers={"if-none-match": sent})).status_code == 200
        missing = await http.get("/api/v1/nothing", headers={"if-none-match": "*"})
        assert missing.status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (ETAG, 200, None),
        ('"7-AAAA"', 200, None),
        ('"6-AAAA"', 412, "stale"),
        ("*", 412, "stale"),
        ('"other"', 412, "stale"),
        (f"W/{ETAG}", 412, "stale"),
        (None, 428, "precondition_required"),
        ("", 428, "precondition_required"),
    ],
)
async def test_edits_name_the_version_they_change(app, sent, status, code):
    async with browser(app) as http:
        headers = {} if sent is None else {"if-match": sent}
        response = await http.patch(f"/api/v1/topics/{TOPIC}", headers=headers)
    assert response.status_code == status
    assert response.json().get("code") == code


def test_etags_name_the_version_and_differ_with_the_answer():
    tags = [etag_for(Versioned("a", 1)), etag_for(Versioned("a", 2)), etag_for(Versioned("b", 1))]
    assert len(set(tags)) == 3
    assert str(tags[1]).startswith('"2-')
    assert etag_for(Versioned("a", 1)) == tags[0]
    assert etag_for({"version": 1}) is None


def test_cursors_lead_through_a_list_without_gap_or_repeat():
    cursors, rows, query, seen = Cursors(b"s" * 32), [(n // 3, n) for n in range(10)], {"track": "AI"}, []
    cursor = None
    while True:
        after = cursors.decode(cursor, query)
        page = cursors.page([r for r in rows if after is None or r > tuple(after)][:5], 4, lambda r: r, query)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == rows


def test_a_cursor_is_bound_to_its_query_and_cannot_be_forged():
    cursors = Cursors(b"s" * 32)
    cursor = cursors.encode([3, uuid4()], {"track": "AI", "state": "open"})
    assert cursors.decode(cursor, {"state": "open", "track": "AI"}) is not None
    middle = len(cursor) // 2
    forged = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for wrong, query in [
        (cursor, {"track": "AI"}),
        (forged, {"track": "AI", "state": "open"}),
        ("", {}),
        ("é", {}),
        ("A" * 5000, {}),
        (Cursors(b"t" * 32).encode([3], {}), {}),
    ]:
        with pytest.raises(Refusal) as refused:
            cursors.decode(wrong, query)
        assert refused.value.rule.code == "pagination.cursor_invalid"


@pytest.fixture
def log():
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])


async def test_the_access_line_has_the_template_and_no_personal_data(log):
    app, door, _ = build()
    async with browser(app, door.open()) as http:
        path = f"/api/v1/topics/{TOPIC}?limit=7"
        response = await http.get(path, headers={"x-request-id": "mine", "user-agent": "agent-x"})
        await http.get("/api/v1/someone@example.org")
        await http.request("BREW", "/api/v1/session")
    assert response.headers["x-request-id"] != "mine"
    lines = [line for line in log() if line["event"] == "request"]
    assert [(x["method"], x["route"], x["status"]) for x in lines] == [
        ("GET", "/api/v1/topics/{topic_id}", 200),
        ("GET", "unmatched", 404),
        ("OTHER", "unmatched", 405),
    ]
    assert lines[0]["request_id"] == response.headers["x-request-id"]
    assert len({x["request_id"] for x in lines}) == 3
    assert lines[0]["ms"] > 0
    whole = json.dumps(log())
    for secret in (TOPIC, "example.org", "agent-x", "127.0.0.1", "limit=7", "mine"):
        assert secret not in whole


async def test_a_crash_is_logged_with_its_request_id_and_answered_without_it(log):
    app, _, _ = build()
    async with browser(app) as http:
        response = await http.get("/api/v1/errors/crash")
    (line,) = [x for x in log() if x["event"] == "request_failed"]
    assert line["request_id"] == response.headers["x-request-id"]
    assert "RuntimeError" in line["exception"]
    assert "RuntimeError" not in response.text


def test_logs_are_redacted_at_any_depth(log):
    structlog.get_logger("a").info(
        "sent to 小李 <li@example.org>",
        email="a@example.org",
        full_name="Li",
        token="t",
        nested={"password": "p", "list": [{"phone": "1"}], "n": 3},
        constraint_name="person_email_key",
    )
    logging.getLogger("b").warning(
        "Key failed for %s\nDETAIL:  Key (email)=(b@example.org) already exists.", "c@example.org"
    )
    text = json.dumps(log(), ensure_ascii=False)
    assert "@" not in text
    assert "already exists" not in text
    first = log()[0]
    assert first["email"] == first["full_name"] == first["token"] == REDACTED
    assert first["nested"] == {"password": REDACTED, "list": [{"phone": REDACTED}], "n": 3}
    assert first["constraint_name"] == "person_email_key"


async def test_metrics_count_by_template_and_only_for_those_allowed():
    app, _, _ = build(config=WebConfig(trusted_proxies=("10.0.0.0/8",)))
    async with browser(app) as http:
        await http.get(f"/api/v1/topics/{TOPIC}")
        text = (await http.get("/metrics")).text
        assert 'jiebang_http_requests_total{method="GET",route="/api/v1/topics/{topic_id}",status="200"} 1.0' in text
        assert TOPIC not in text
        # a proxy on this host that nobody declared: the sender is unknown
        assert (await http.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 404
    async with browser(app, client=("203.0.113.9", 1)) as http:
        assert (await http.get("/metrics")).status_code == 404
        assert (await http.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 404


async def test_the_document_names_every_operation_and_its_problems(app):
    async with browser(app) as http:
        served = await http.get("/api/v1/openapi.json")
    assert served.status_code == 200
    schema = served.json()
    assert schema == json.loads(json.dumps(document(app)))
    assert schema["openapi"].startswith("3.1")
    assert "/metrics" not in schema["paths"]
    operations = {
        operation["operationId"]: operation for methods in schema["paths"].values() for operation in methods.values()
    }
    assert {"draft_create", "topic_read", "topic_edit", "session_create"} <= set(operations)
    for operation in operations.values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert response["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
    expected = {"400", "403", "409", "413", "415", "422", "500", "503"}
    assert expected <= set(operations["draft_create"]["responses"])
    assert {"412", "428"} <= set(operations["topic_edit"]["responses"])
    assert {"404"} <= set(operations["topic_read"]["responses"])
    assert operations["me"]["security"] == [{"session": []}]
    body = schema["components"]["schemas"]["Draft"]
    assert body["additionalProperties"] is False
