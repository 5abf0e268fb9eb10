"""Rate limits on routes: `@post(opt={"rate": "10/minute"})` counts by person, or by address when anonymous.

`opt={"rate_by": "client"}` counts by address even for the signed in. A limit on another key, such as the
account that someone tries to sign in to, is `await limiter.require("5/minute", "sign_in", digest)` in the
handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from jiebang.web.client import Networks, client_key
from jiebang.web.session import context_of

if TYPE_CHECKING:
    from uuid import UUID

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

    from jiebang.platform.limits import Limiter


class RateLimit(ASGIMiddleware):
    """429 with Retry-After beyond the route's rate; `RateLimit-*` headers below it. Runs after `Sessions`."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limiter: Limiter, trusted: Networks) -> None:
        self._limiter = limiter
        self._trusted = trusted

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count, then pass on or raise `TooMany`."""
        handler = scope["route_handler"]
        rate = handler.opt.get("rate")
        if rate is None or scope.get("method") == "OPTIONS":
            await next_app(scope, receive, send)
            return
        person = None if handler.opt.get("rate_by") == "client" else _person(scope)
        who = f"person:{person}" if person is not None else f"client:{client_key(scope, self._trusted)}"
        quota = await self._limiter.require(str(rate), "route", str(handler), who)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                headers["ratelimit-limit"] = str(quota.limit)
                headers["ratelimit-remaining"] = str(quota.remaining)
                headers["ratelimit-reset"] = str(quota.reset_after)
            await send(message)

        await next_app(scope, receive, counted)


def _person(scope: Scope) -> UUID | None:
    actor = context_of(scope).actor
    return None if actor is None else actor.person_id
