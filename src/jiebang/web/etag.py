"""Strong entity tags: lost updates are refused (If-Match), unchanged reads not sent again (If-None-Match)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from jiebang.kernel.errors import Stale
from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_NOT_IN_304 = ("content-length", "content-type", "content-encoding", "content-language", "transfer-encoding")


def etag_of(*parts: object) -> str:
    """A strong ETag, quotes included, of what identifies a representation: id and version, or the bytes."""
    digest = sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return f'"{urlsafe_b64encode(digest.digest()[:16]).rstrip(b"=").decode()}"'


def require_if_match(request: ASGIConnection[Any, Any, Any, Any], current_etag: str) -> None:
    """Raise unless the caller edits the stored version: 428 without If-Match, 412 (`Stale`) on a mismatch.

    Comparison is strong (RFC 9110 §8.8.3.2): a weak tag never matches. Call it with the row locked.
    """
    header = request.headers.get("if-match")
    if header is None or not header.strip():
        raise Refusal(428, rules.PRECONDITION_REQUIRED)
    tags = _tags(header)
    if "*" not in tags and current_etag not in tags:
        raise Stale


class NotModified(ASGIMiddleware):
    """Answers 304 to a GET or HEAD whose If-None-Match names the ETag of a 200 response."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Watch the start of the response; drop the body when the client has it."""
        known = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"if-none-match"), None)
        if known is None or scope.get("method") not in ("GET", "HEAD"):
            await next_app(scope, receive, send)
            return
        tags = {tag.removeprefix("W/") for tag in _tags(known)}
        unchanged = False

        async def conditional(message: Message) -> None:
            nonlocal unchanged
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004
                headers = MutableScopeHeaders.from_message(message)
                etag = headers.get("etag")
                if etag is not None and ("*" in tags or etag.removeprefix("W/") in tags):
                    unchanged = True
                    message["status"] = 304
                    for name in _NOT_IN_304:
                        if name in headers:
                            del headers[name]
            elif unchanged and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message["body"] = b""
            await send(message)

        await next_app(scope, receive, conditional)


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}
