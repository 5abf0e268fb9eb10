"""What a client may send before there is a request, against a real socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jiebang.web import wire

from .web_app import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = b"Host: jiebang.example\r\n"


async def _hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-size", b"%d" % size)]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(_hello) as port:
        yield port


async def _sent(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b"cut"
    finally:
        writer.close()


async def test_a_header_without_an_end_is_cut_off(port: int) -> None:
    endless = [b"GET / HTTP/1.1\r\n" + HOST + b"X: ", *([b"a" * 65536] * 64)]
    answer = await _sent(port, *endless, pause=0.001)
    assert answer == b"cut" or answer.startswith(b"HTTP/1.1 431 ")
    many = [b"GET / HTTP/1.1\r\n" + HOST, *(b"X-%d: " % n + b"a" * 8000 + b"\r\n" for n in range(100))]
    answer = await _sent(port, *many, pause=0.001)
    assert answer == b"cut" or answer.startswith(b"HTTP/1.1 431 ")


async def test_whoever_is_slow_with_his_head_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.2)
    assert await _sent(port) == b"", "he says nothing"
    dripping = [b"GET / HTTP/1.1\r\n", *(b"X-%d: a\r\n" % n for n in range(8))]
    assert await _sent(port, *dripping, pause=0.1) in {b"", b"cut"}


async def test_what_is_no_request_is_answered_like_any_other_error(port: int) -> None:
    for nonsense in (
        b"CONNECT x HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    ):
        head, _, body = (await _sent(port, nonsense)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"x-content-type-options: nosniff" in head
        assert b"default-src 'none'" in head
        assert b"request.malformed" in body
        assert b"HTTP/1.1" not in body, "one answer"


async def test_honest_requests_pass(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.5)
    body = b"b" * 400_000
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
    last = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer = await _sent(port, post + body[:1000], body[1000:200_000], body[200_000:] + post, body + last, pause=0.2)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.count(b"x-size: 400000") == 2, "a body takes its time, and is no head"
