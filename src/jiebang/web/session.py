"""The session cookie and who is behind it. The session itself is a row; identity owns it.

A token is 32 random bytes, made here at sign-in and never taken from a client: a cookie that no session knows
stays anonymous, so a planted one cannot become a session (fixation). Only its SHA-256 is stored.
"""

from __future__ import annotations

import binascii
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from jiebang.kernel.errors import Unauthenticated
from jiebang.web.requestlog import scope_state

if TYPE_CHECKING:
    from litestar import Request, Response
    from litestar.handlers import BaseRouteHandler
    from litestar.types import ASGIApp, Receive, Scope, Send

TOKEN_BYTES = 32
_KEY = "jiebang.session"
_MAX_CACHED = 4096
_MAX_TTL = 5.0


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a request may know about its session. `roles` are login classes: member, officer, reviewer."""

    person_id: UUID
    roles: frozenset[str]
    org_id: UUID | None = None
    org_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks. `facts` is None for the anonymous; `token` is then None too, whatever cookie was sent."""

    token: bytes | None = field(default=None, repr=False)
    facts: SessionFacts | None = None

    @property
    def token_hash(self) -> bytes | None:
        """SHA-256 of the token, as stored."""
        return None if self.token is None else hash_token(self.token)

    @property
    def person_id(self) -> UUID | None:
        """The person signed in."""
        return None if self.facts is None else self.facts.person_id


class SessionResolver(Protocol):
    """Looks a session up by its token's hash; None when there is none, it ended or was revoked."""

    async def __call__(self, token_hash: bytes, /) -> SessionFacts | None:
        """Look it up."""
        ...


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The cookie's form. `secure=False` is for http://127.0.0.1 alone: no Secure, no `__Host-` prefix."""

    secure: bool = True

    @property
    def name(self) -> str:
        """`__Host-` binds the cookie to this origin: no subdomain can plant one."""
        return "__Host-jiebang" if self.secure else "jiebang"

    def set(self, response: Response[Any], token: bytes, max_age: int | None = None) -> None:
        """Give the client a new session's token; `max_age` in seconds, None for while the browser runs."""
        if len(token) != TOKEN_BYTES:
            message = "a session token has 32 bytes"
            raise ValueError(message)
        response.set_cookie(self._cookie(urlsafe_b64encode(token).rstrip(b"=").decode(), max_age))

    def clear(self, response: Response[Any]) -> None:
        """Take the cookie away."""
        response.set_cookie(self._cookie("", 0))

    def read(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bytes | None:
        """The token that the client sent, if it has a token's form."""
        value = connection.cookies.get(self.name, "")
        try:
            token = urlsafe_b64decode(value.encode("ascii") + b"=")
        except (UnicodeEncodeError, binascii.Error):
            return None
        return token if len(token) == TOKEN_BYTES else None

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


def new_token() -> bytes:
    """A fresh session token: one at every sign-in and step-up, which also ends the session it came with."""
    return secrets.token_bytes(TOKEN_BYTES)


def hash_token(token: bytes) -> bytes:
    """What the database keeps of a token."""
    return sha256(token).digest()


class Sessions(ASGIMiddleware):
    """Puts a `RequestContext` on every routed request; the resolver's answers are kept `ttl` seconds (≤ 5).

    The database resolves the token again in its own policies, so a revoked session reads nothing meanwhile.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, cookie: SessionCookie, resolver: SessionResolver, ttl: float = 0.5) -> None:
        if not 0 <= ttl <= _MAX_TTL:
            message = "a session may be cached for 5 s at most"
            raise ValueError(message)
        self.cookie = cookie
        self._resolver = resolver
        self._ttl = ttl
        self._known: OrderedDict[bytes, tuple[float, SessionFacts | None]] = OrderedDict()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Resolve, attach, pass on."""
        token = self.cookie.read(ASGIConnection(scope))
        facts = None if token is None else await self._resolve(hash_token(token))
        scope_state(scope)[_KEY] = RequestContext() if facts is None else RequestContext(token, facts)
        await next_app(scope, receive, send)

    def forget(self, token_hash: bytes) -> None:
        """Drop a session from the cache, after sign-out or a change of roles in this process."""
        self._known.pop(token_hash, None)

    async def _resolve(self, token_hash: bytes) -> SessionFacts | None:
        now = time.monotonic()
        cached = self._known.get(token_hash)
        if cached is not None and cached[0] > now:
            return cached[1]
        facts = await self._resolver(token_hash)
        self._known[token_hash] = (now + self._ttl, facts)
        self._known.move_to_end(token_hash)
        if len(self._known) > _MAX_CACHED:
            self._known.popitem(last=False)
        return facts


def context_of(scope: Scope) -> RequestContext:
    """Who asks, from the scope; anonymous when no route matched."""
    return scope_state(scope).get(_KEY) or RequestContext()


def provide_context(request: Request[Any, Any, Any]) -> RequestContext:
    """Litestar dependency: declare `context: NamedDependency[RequestContext]`."""
    return context_of(request.scope)


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: a session, or `Unauthenticated`."""
    if context_of(connection.scope).facts is None:
        raise Unauthenticated
