"""The session cookie and who is behind it. The session itself is a row; identity owns it.

A token is made at sign-in (`platform.crypto.new_token`) and never taken from a client: a cookie that no session
knows stays anonymous, so a planted one cannot become a session (fixation). Only its SHA-256 is stored.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from litestar.datastructures import Cookie

from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Unauthenticated
from jiebang.platform.crypto import token_hash

if TYPE_CHECKING:
    from litestar import Response
    from litestar.handlers import BaseRouteHandler
    from litestar.types import Scope

    from jiebang.kernel.actor import Actor

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes, base64url
_COOKIE = re.compile(rb"([A-Za-z0-9_-]{43})(?:\.[0-9a-f]{8})?")
_MAX_CACHED = 4096
_MAX_TTL = 5.0


class RequestContext:
    """Who asks. `token` and `actor` are None for the anonymous, whatever cookie was sent."""

    # No dataclass: msgspec would look into it, and so into the kernel's annotations, at every injection.
    __slots__ = ("actor", "token")

    def __init__(self, token: str | None = None, actor: Actor | None = None) -> None:
        self.token = token
        self.actor = actor

    @property
    def signed_in(self) -> Actor:
        """The actor, or `Unauthenticated`."""
        if self.actor is None:
            raise Unauthenticated
        return self.actor


NOBODY = RequestContext()
ASKING: ContextVar[RequestContext] = ContextVar("asking", default=NOBODY)
"""Who asks, while a handler answers. (A provider that takes the request would have it parsed for each answer.)"""


class SessionResolver(Protocol):
    """Looks a session up by its token's hash; None when there is none, it ended or was revoked."""

    async def __call__(self, token_hash: bytes, /) -> Actor | None:
        """Look it up."""
        ...


@dataclass(frozen=True)
class SessionCookie:
    """The cookie's form: the token, and a mark that is new whenever what the session means has changed.

    Processes keep a session by both, as they were sent, so a change that one of them made is seen by all at once.
    `secure=False` is for http://127.0.0.1 alone: no Secure, no `__Host-` prefix.
    """

    secure: bool = True

    @cached_property
    def _prefix(self) -> bytes:
        return f"{self.name}=".encode()

    @property
    def name(self) -> str:
        """`__Host-` binds the cookie to this origin: no subdomain can plant one."""
        return "__Host-jiebang" if self.secure else "jiebang"

    def set(self, response: Response[Any], token: str, max_age: int | None = None) -> None:
        """Give the client a new session's token; `max_age` in seconds, None for while the browser runs."""
        if _TOKEN.fullmatch(token) is None:
            message = "not a session token"
            raise ValueError(message)
        response.set_cookie(self._cookie(f"{token}.{secrets.token_hex(4)}", max_age))

    def clear(self, response: Response[Any]) -> None:
        """Take the cookie away."""
        response.set_cookie(self._cookie("", 0))

    def sent(self, scope: Scope) -> bytes:
        """What the client sent under this name, empty where nothing; the last one, where there are several."""
        ours, sent = self._prefix, b""
        for header, value in scope["headers"]:
            if header == b"cookie":
                for one in value.split(b";"):
                    if (pair := one.strip()).startswith(ours):
                        sent = pair.removeprefix(ours)
        return sent

    def _cookie(self, value: str, max_age: int | None) -> Cookie:
        return Cookie(
            key=self.name,
            value=value,
            path="/",
            max_age=max_age,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )


class Sessions:
    """Finds the `RequestContext` of every routed request; the resolver's answers are kept `ttl` seconds (≤ 5).

    The database resolves the token again in its own policies, so a revoked session reads nothing meanwhile. A route
    with `opt={"sessionless": True}` is the same for everybody: nobody is looked up.
    """

    def __init__(self, cookie: SessionCookie, resolver: SessionResolver, ttl: float = 0.5) -> None:
        if not 0 <= ttl <= _MAX_TTL:
            message = "a session may be cached for 5 s at most"
            raise ValueError(message)
        self.cookie = cookie
        self._resolver = resolver
        self._ttl = ttl
        self._known: OrderedDict[bytes, tuple[float, RequestContext]] = OrderedDict()

    async def asking(self, scope: Scope, handler: BaseRouteHandler) -> RequestContext:
        """Who sent this, where the route asks who that is."""
        if handler.opt.get("sessionless"):
            return NOBODY
        sent = self.cookie.sent(scope)
        known = self._known.get(sent)
        if known is None or known[0] <= time.monotonic():
            return await self._resolve(sent)
        return known[1]

    def forget(self, token_hash: bytes) -> None:
        """Drop a session from this process's cache, after sign-out."""
        for sent, (_, context) in list(self._known.items()):
            if context.actor is not None and context.actor.token_hash == token_hash:
                del self._known[sent]

    async def _resolve(self, sent: bytes) -> RequestContext:
        found = _COOKIE.fullmatch(sent)
        if found is None:  # and not kept: it may be of any length
            return NOBODY
        until, token = time.monotonic() + self._ttl, found[1].decode()
        actor = await self._resolver(token_hash(token))
        context = NOBODY if actor is None else RequestContext(token, actor)
        self._known[sent] = (until, context)
        self._known.move_to_end(sent)
        if len(self._known) > _MAX_CACHED:
            self._known.popitem(last=False)
        return context


def provide_context() -> RequestContext:
    """Litestar dependency `context`: who asks, signed in or not."""
    return ASKING.get()


def provide_actor() -> Actor:
    """Litestar dependency `actor`: who is signed in, or `Unauthenticated`."""
    return ASKING.get().signed_in


def provide_maybe_actor() -> Actor | None:
    """Litestar dependency `maybe_actor`: who is signed in, or None."""
    return ASKING.get().actor


def admit(context: RequestContext, handler: BaseRouteHandler) -> None:
    """Asked of every route: a session, or `Unauthenticated`, unless `opt={"public": True}` lets everybody in.

    `opt={"role": "officer"}` wants a session of that privilege class, or `Forbidden`.
    """
    if handler.opt.get("public"):
        return
    actor = context.signed_in
    if (role := handler.opt.get("role")) is not None:
        actor.require(f"jiebang_{role}")
