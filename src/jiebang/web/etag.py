"""Strong entity tags: lost updates are refused (If-Match), unchanged reads not sent again (If-None-Match)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import MutableScopeHeaders

from jiebang.kernel.errors import Stale
from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from litestar.types import HTTPResponseStartEvent, Scope

_OURS = re.compile(r'"(\d{1,9})-[A-Za-z0-9_-]{1,32}"')
_NOT_IN_304 = ("content-length", "content-type", "content-encoding", "content-language", "transfer-encoding")


def etag_for(result: object) -> str | None:
    """The strong ETag, quotes included, of an answer with a `version`: `"<version>-<digest of the answer>"`.

    The version is what If-Match compares; the digest keeps 304 honest where something derived has changed.
    """
    version = getattr(result, "version", None)
    if not isinstance(version, int):
        return None
    digest = sha256(msgspec.json.encode(result)).digest()[:12]
    return f'"{version}-{urlsafe_b64encode(digest).decode()}"'


async def tag(response: Response[Any]) -> Response[Any]:
    """Hook after every handler: an answer with a version carries its ETag."""
    if (etag := etag_for(response.content)) is not None:
        response.headers.setdefault("etag", etag)
    return response


def provide_if_match(request: Request[Any, Any, Any]) -> int:
    """Litestar dependency `if_match`: the version that the caller edits. 428 without If-Match; 412 for none of ours.

    Comparison is strong (RFC 9110 §8.8.3.2): a weak tag never matches, and neither does `*`, which names no version.
    """
    header = request.headers.get("if-match", "").strip()
    if not header:
        raise Refusal(428, rules.PRECONDITION_REQUIRED)
    if (found := _OURS.fullmatch(header)) is None:
        raise Stale
    return int(found[1])


def known_tags(scope: Scope) -> set[str]:
    """The entity tags that a GET or HEAD says it has, without their weakness; `*` for any."""
    for name, value in scope["headers"]:
        if name == b"if-none-match" and scope.get("method") in ("GET", "HEAD"):
            return {tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")}
    return set()


def not_modified(message: HTTPResponseStartEvent, known: set[str]) -> bool:
    """Make 304 of the start of a 200 whose entity tag is `known`; whether it did, and no body may follow."""
    if not known or message["status"] != 200:  # noqa: PLR2004
        return False
    headers = MutableScopeHeaders.from_message(message)
    etag = headers.get("etag")
    if etag is None or not known & {"*", etag.removeprefix("W/")}:
        return False
    message["status"] = 304
    for name in _NOT_IN_304:
        if name in headers:
            del headers[name]
    return True
