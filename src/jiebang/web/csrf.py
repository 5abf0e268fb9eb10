"""Cross-site request forgery: unsafe methods must come from our own pages.

Two checks. Every unsafe request, signed in or not (sign-in itself can be forged): what the browser says of
its origin must be ours. Every one with a session: `X-CSRF-Token` must be the value derived from the
session's token, which GET /api/v1/session delivers; nothing is stored.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from litestar.datastructures import Headers

from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import Scope

    from jiebang.web.session import RequestContext

HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(token: str) -> str:
    """The value that a page sends back, derived from its session's token, which it does not reveal."""
    return urlsafe_b64encode(hmac.digest(token.encode(), b"jiebang csrf v1", "sha256")).rstrip(b"=").decode()


class Csrf:
    """Refuses forged requests with 403 `csrf`. `origins` are further origins allowed (`https://host[:port]`).

    `https`: pages that came without it are not ours, whoever on the way wrote them.
    """

    def __init__(self, origins: Iterable[str] = (), *, https: bool = True) -> None:
        self._origins = frozenset(origins)
        self._schemes = ("https",) if https else ("https", "http")

    def check(self, scope: Scope, context: RequestContext) -> None:
        """Raise the refusal of a request that may be forged."""
        if str(scope.get("method")) not in _SAFE:
            headers = Headers.from_scope(scope)
            forged = context.token is not None and not _matches(headers.get(HEADER, ""), context.token)
            if forged or not self._ours(headers):
                raise Refusal(403, rules.CSRF)

    def _ours(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin in self._origins or origin in {
                f"{scheme}://{headers.get('host', '')}" for scheme in self._schemes
            }
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _matches(sent: str, token: str) -> bool:
    return hmac.compare_digest(sent.encode(), csrf_token(token).encode())
