"""What holds for every answer: its method's form, its line in the log, and whom and what it was for."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from litestar import Request, get
from litestar.response import Stream

from jiebang.platform.request import REQUEST
from jiebang.platform.telemetry import configure_logging
from jiebang.web.etag import etag_for
from jiebang.web.inner import read
from jiebang.web.session import ASKING

from .web_app import ROUTES, Versioned, browser, build, served

TOPIC = "/api/v1/topics/019ab000-0000-7000-8000-000000000000"


@get("/parts", operation_id="parts")
async def parts() -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    return Stream(pieces())


@get("/outer", operation_id="outer")
async def outer(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Asks in the midst of its own work what an anonymous reader is told."""
    before = REQUEST.get(), ASKING.get()
    _, body = await read(request.scope, "/api/v1/session")
    return {"kept": (REQUEST.get(), ASKING.get()) == before, "inner": json.loads(body)["person"]}


@get("/same", operation_id="same", opt={"sessionless": True})
async def same() -> bool:
    return ASKING.get().actor is None


@get("/by-address", operation_id="by_address", opt={"rate": "1/minute", "rate_by": "client"})
async def by_address() -> bool:
    return True


@pytest.fixture
def built():
    return build(routes=[*ROUTES, parts, outer, same, by_address])


async def _sent(app: Any, method: str, path: str) -> list[dict[str, Any]]:
    """The messages of an answer as a server gets them."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [(b"host", b"a")],
        "client": ("127.0.0.1", 9), "server": ("a", 443), "state": {}, "extensions": {},
    }  # fmt: skip
    messages: list[dict[str, Any]] = []
    answered = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(dict(message))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    await app(cast("Any", scope), cast("Any", receive), cast("Any", send))
    return messages


async def test_a_connection_goes_on_after_head_and_options(built):
    app, _, _ = built
    asked = [("HEAD", TOPIC), ("OPTIONS", TOPIC), ("HEAD", "/parts"), ("HEAD", "/api/v1/nothing")]
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for method, path in asked:
                writer.write(f"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
                assert head.startswith(b"HTTP/1.1 "), "no body before it"
            writer.write(b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
        finally:
            writer.close()
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b"<!doctype html>"


@pytest.mark.parametrize("path", ["/page", TOPIC, "/api/v1/nothing", "/parts"])
async def test_head_is_get_without_its_body(built, path):
    app, _, _ = built
    (whole, *bodies), (head, *rest) = [await _sent(app, method, path) for method in ("GET", "HEAD")]
    told = [[(k, v) for k, v in m["headers"] if k not in (b"x-request-id", b"content-security-policy")]
            for m in (whole, head)]  # fmt: skip
    assert head["status"] == whole["status"]
    if path != "/api/v1/nothing":  # whose body says which request it answers
        assert told[1] == told[0]
    assert any(m["body"] for m in bodies)
    assert [m["body"] for m in rest] == [b""]
    assert not rest[0].get("more_body")


async def test_what_is_logged_and_counted_is_the_method_that_was_sent(built):
    app, _, metrics = built
    stream = io.StringIO()
    configure_logging("INFO", stream)
    try:
        for method in ("HEAD", "OPTIONS", "GET"):
            await _sent(app, method, TOPIC)
    finally:
        configure_logging("WARNING")
    assert [json.loads(line)["method"] for line in stream.getvalue().splitlines()] == ["HEAD", "OPTIONS", "GET"]
    assert b'jiebang_http_requests_total{method="HEAD",route="/api/v1/topics/{topic_id}",status="200"} 1' in (
        metrics.exposition()
    )


async def test_what_an_edit_changed_is_told_whatever_its_sender_has(built):
    app, _, _ = built
    edited = str(etag_for(Versioned("edited", 8)))
    async with browser(app) as http:
        mine = str(etag_for(Versioned("t", 7)))
        answer = await http.patch(TOPIC, headers={"if-match": mine, "if-none-match": edited})
    assert (answer.status_code, answer.headers["etag"]) == (200, edited)


async def test_a_question_asked_within_leaves_who_asks_and_which_request_as_they_were(built):
    app, door, _ = built
    async with browser(app, door.open()) as http:
        assert (await http.get("/outer")).json() == {"kept": True, "inner": "None"}


async def test_a_route_that_is_the_same_for_everybody_looks_nobody_up(built):
    app, door, _ = built
    async with browser(app, door.open()) as http:
        assert (await http.get("/same")).json() is True
    assert door.looked_up == 0


async def test_a_rate_by_address_counts_the_signed_in_too(built):
    app, door, _ = built
    first, second = door.open(), door.open()
    async with browser(app, first) as one, browser(app, second) as other:
        assert [(await http.get("/by-address")).status_code for http in (one, other)] == [200, 429]
