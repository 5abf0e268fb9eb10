"""Rate limits on routes: `@post(opt={"rate": "10/minute"})` counts by person, or by address when anonymous.

`opt={"rate_by": "client"}` counts by address even for the signed in. `opt={"rate_in": "process"}` counts in this
process alone, without a round trip: for reads of what is public, where a rate guards capacity and not a secret. A limit
on another key, such as the account that someone tries to sign in to, is `await limiter.require("5/minute", "sign_in",
digest)` in the handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.web.client import Networks, client_key
from jiebang.web.requestlog import add_headers

if TYPE_CHECKING:
    from litestar.types import Message, Scope, Send

    from jiebang.platform.limits import Limiter
    from jiebang.web.session import RequestContext


class RateLimit:
    """429 with Retry-After beyond the route's rate; `RateLimit-*` headers below it."""

    def __init__(self, limiter: Limiter, trusted: Networks) -> None:
        self._limiter = limiter
        self._trusted = trusted

    async def count(self, scope: Scope, handler: Any, context: RequestContext, send: Send) -> Send:
        """Count, or raise `TooMany`; how to send an answer with what is left of the rate."""
        rate = handler.opt.get("rate")
        if rate is None or scope.get("method") == "OPTIONS":
            return send
        if context.actor is None or handler.opt.get("rate_by") == "client":
            who = f"client:{client_key(scope, self._trusted)}"
        else:
            who = f"person:{context.actor.person_id}"
        count = self._limiter.require_here if handler.opt.get("rate_in") == "process" else self._limiter.require
        quota = await count(str(rate), "route", str(handler.operation_id), who)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                left = (b"ratelimit-remaining", b"%d" % quota.remaining)
                reset = (b"ratelimit-reset", b"%d" % quota.reset_after)
                add_headers(message, ((b"ratelimit-limit", b"%d" % quota.limit), left, reset))
            await send(message)

        return counted
