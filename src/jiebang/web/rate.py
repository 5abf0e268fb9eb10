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
from jiebang.web.session import context_of

if TYPE_CHECKING:
    from uuid import UUID

    from litestar.types import Message, Scope, Send

    from jiebang.platform.limits import Limiter


class RateLimit:
    """429 with Retry-After beyond the route's rate; `RateLimit-*` headers below it. Asked after `Sessions.attach`."""

    def __init__(self, limiter: Limiter, trusted: Networks) -> None:
        self._limiter = limiter
        self._trusted = trusted

    async def count(self, scope: Scope, handler: Any, send: Send) -> Send:
        """Count, or raise `TooMany`; how to send an answer with what is left of the rate."""
        rate = handler.opt.get("rate")
        if rate is None or scope.get("method") == "OPTIONS":
            return send
        person = None if handler.opt.get("rate_by") == "client" else _person(scope)
        who = f"person:{person}" if person is not None else f"client:{client_key(scope, self._trusted)}"
        count = self._limiter.require_here if handler.opt.get("rate_in") == "process" else self._limiter.require
        quota = await count(str(rate), "route", str(handler.operation_id), who)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                figures = (("limit", quota.limit), ("remaining", quota.remaining), ("reset", quota.reset_after))
                add_headers(message, [(b"ratelimit-" + name.encode(), b"%d" % n) for name, n in figures])
            await send(message)

        return counted


def _person(scope: Scope) -> UUID | None:
    actor = context_of(scope).actor
    return None if actor is None else actor.person_id
