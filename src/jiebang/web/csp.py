"""Security headers on every answer: pages, JSON, errors, unknown addresses.

Pages get a strict content security policy with a nonce per request (`nonce(scope)`); a script, which runs
under its own answer's policy where it is a worker, may load scripts of ours and speak to us and the store; everything
else may do nothing at all. What a signed-in person reads is stored nowhere.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from jiebang.web.requestlog import add_headers, scope_state

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "jiebang.nonce"
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


def nonce(scope: Scope) -> str:
    """This request's nonce, to be written on each script and style of the page."""
    return scope_state(scope).setdefault(_KEY, secrets.token_urlsafe(16))


class SecurityHeaders(ASGIMiddleware):
    """`https`: also HSTS and upgrades. `storage_origin`: where pages upload to and read files from."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, *, https: bool, cookie_name: str, storage_origin: str = "") -> None:
        self._cookie = f"{cookie_name}=".encode("latin-1")
        storage = f" {storage_origin}" if storage_origin else ""
        self._page_policy = (
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
            "style-src 'self' 'nonce-{nonce}'; "
            f"img-src 'self' data: blob:{storage}; font-src 'self'; connect-src 'self'{storage}; "
            f"frame-src 'self'{storage}; worker-src 'self'; manifest-src 'self'; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ) + ("; upgrade-insecure-requests" if https else "")
        self._script_policy = f"{_DATA_POLICY}; script-src 'self'; connect-src 'self'{storage}"
        fixed = {
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "strict-origin-when-cross-origin",
            "permissions-policy": _PERMISSIONS,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if https:
            fixed["strict-transport-security"] = "max-age=63072000; includeSubDomains"
        self._fixed = [(name.encode(), value.encode()) for name, value in fixed.items()]

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Add the headers when the answer starts."""
        has_session = any(k == b"cookie" and self._cookie in v for k, v in scope["headers"])

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                policy = self._policy(headers.get("content-type", ""), scope)
                _cache(headers, api=scope["path"].startswith("/api/"), has_session=has_session)
                add_headers(message, [*self._fixed, (b"content-security-policy", policy.encode())])
            await send(message)

        await next_app(scope, receive, secured)

    def _policy(self, content_type: str, scope: Scope) -> str:
        if content_type.startswith("text/html"):
            return self._page_policy.format(nonce=nonce(scope))
        return self._script_policy if content_type.startswith("text/javascript") else _DATA_POLICY


def _cache(headers: MutableScopeHeaders, *, api: bool, has_session: bool) -> None:
    """API answers vary by session: those to one are never stored, others revalidated unless they say more."""
    if not api:
        return
    vary = [name.strip() for name in headers.get("vary", "").split(",") if name.strip()]
    if "cookie" not in (name.lower() for name in vary):
        headers["vary"] = ", ".join([*vary, "Cookie"])
    if has_session or "set-cookie" in headers:
        headers["cache-control"] = "no-store"
    elif "cache-control" not in headers:
        headers["cache-control"] = "no-cache"
