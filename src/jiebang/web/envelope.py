"""What holds for every answer, also to what no route matches, which Litestar's own middleware never sees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from jiebang.platform.request import REQUEST
from jiebang.web.etag import known_tags, not_modified
from jiebang.web.methods import allowed, routed_as
from jiebang.web.requestlog import UNMATCHED, add_headers, record, request_id

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

    from jiebang.platform.telemetry import Metrics
    from jiebang.web.csp import SecurityHeaders


class Envelope:
    """Around the application: request id, log and metrics, security headers, 304, HEAD and OPTIONS.

    Each concern has a file of its own; here is their order. One layer, since a layer costs more than most of them.
    """

    def __init__(self, metrics: Metrics, security: SecurityHeaders) -> None:
        self._metrics = metrics
        self._security = security

    async def handle(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp) -> None:
        """Pass a request on, give its answer the form that is due, count it and log one line."""
        started = time.perf_counter()
        method, known, identifier = str(cast("dict[str, Any]", scope)["method"]), known_tags(scope), request_id(scope)
        # The server goes by its own scope's method when it sends: it must not find another one there.
        way = routed_as(method)
        routed = scope if way == method else cast("Scope", {**scope, "method": way})
        status, bodiless = 500, method == "HEAD"

        async def formed(message: Message) -> None:
            nonlocal status, bodiless
            if message["type"] == "http.response.start":
                bodiless |= allowed(message, method) or not_modified(message, known)
                self._security.add(message, scope)
                add_headers(message, [(b"x-request-id", identifier.encode())])
                status = message["status"]
            elif bodiless and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message["body"] = b""
            await send(message)

        mark = REQUEST.set(identifier)
        try:
            await app(routed, receive, formed)
        finally:
            REQUEST.reset(mark)
            route = str(routed.get("path_template") or UNMATCHED)
            record(self._metrics, identifier, method, route, status, time.perf_counter() - started)
