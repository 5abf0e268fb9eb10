"""One request id, one access line and one measurement for every request, matched by a route or not.

The line holds the route's template, never the path or the query: they may name a person.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from jiebang.platform.request import REQUEST
from jiebang.platform.telemetry import ACCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

    from jiebang.platform.telemetry import Metrics

_KEY = "jiebang.request_id"
UNMATCHED = "unmatched"


def scope_state(scope: Scope) -> dict[str, Any]:
    """The request's own state."""
    return cast("dict[str, Any]", scope.setdefault("state", {}))


def request_id(scope: Scope) -> str:
    """The id of this request: always ours, a caller cannot choose it."""
    return scope_state(scope).setdefault(_KEY, str(uuid4()))


def add_headers(message: Message, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Add headers that nobody else sets to the start of an answer; cheaper than a mapping, which decodes them all."""
    cast("dict[str, Any]", message)["headers"] = [*cast("dict[str, Any]", message).get("headers", ()), *headers]


class RequestLog(ASGIMiddleware):
    """Outermost layer: binds the request id to the log context, sends it as `X-Request-Id`, logs, counts."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on, measure, log one line."""
        started = time.perf_counter()
        status = 500
        identifier = request_id(scope)

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(message, [(b"x-request-id", identifier.encode())])
            await send(message)

        mark = REQUEST.set(identifier)
        try:
            await next_app(scope, receive, observed)
        finally:
            REQUEST.reset(mark)
            seconds = time.perf_counter() - started
            method = str(cast("dict[str, Any]", scope)["method"])
            # A made-up method must not make a new time series.
            method = method if method in _METHODS else "OTHER"
            route = str(scope.get("path_template") or UNMATCHED)
            self._metrics.request(method, route, status, seconds)
            ACCESS.line(identifier, method, route, status, seconds)


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
