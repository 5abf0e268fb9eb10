"""What our own API answers to an anonymous reader, asked in this process: a page can say it before its script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

if TYPE_CHECKING:
    from litestar.types import Message, Scope

_PASSED_ON = {b"host", b"x-forwarded-for"}  # by these limits count


async def read(scope: Scope, target: str) -> tuple[int, bytes]:
    """GET `target`, a path with its query, as the client of `scope` without its cookies; the status and the body.

    All that holds for requests from outside holds for this one: limits, log, problems.
    """
    path, _, query = target.partition("?")
    asked: dict[str, Any] = {
        "type": "http",
        "asgi": scope["asgi"],
        "http_version": "1.1",
        "method": "GET",
        "scheme": scope["scheme"],
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [header for header in scope["headers"] if header[0] in _PASSED_ON],
        "client": scope["client"],
        "server": scope["server"],
        "state": {},
        "extensions": {},
    }
    status, body = 500, b""

    async def receive() -> Message:
        return cast("Message", {"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body += message["body"]

    await scope["litestar_app"](cast("Any", asked), cast("Any", receive), cast("Any", send))
    return status, body
