"""Security headers on every answer: pages, JSON, errors, unknown addresses.

Pages get a strict content security policy with a nonce per request (`nonce(scope)`); a script, which runs
under its own answer's policy where it is a worker, may load scripts of ours and speak to us and the store; everything
else may do nothing at all. What a signed-in person reads is stored nowhere.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, cast

from jiebang.web.requestlog import add_headers, scope_state

if TYPE_CHECKING:
    from litestar.types import Message, Scope

_KEY = "jiebang.nonce"
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


def nonce(scope: Scope) -> str:
    """This request's nonce, to be written on each script and style of the page."""
    return scope_state(scope).setdefault(_KEY, secrets.token_urlsafe(16))


class SecurityHeaders:
    """`https`: also HSTS and upgrades. `storage_origin`: where pages upload to and read files from."""

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
        self._script_policy = _DATA_POLICY + f"; script-src 'self'; connect-src 'self'{storage}".encode()
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

    def add(self, message: Message, scope: Scope) -> None:
        """Add the headers to the start of the answer to `scope`."""
        headers = cast("dict[str, Any]", message).get("headers", ())
        policy = self._policy(next((v for k, v in headers if k == b"content-type"), b""), scope)
        if scope["path"].startswith("/api/"):
            _cache(message, has_session=any(k == b"cookie" and self._cookie in v for k, v in scope["headers"]))
        add_headers(message, [*self._fixed, (b"content-security-policy", policy)])

    def _policy(self, content_type: bytes, scope: Scope) -> bytes:
        if content_type.startswith(b"text/html"):
            return self._page_policy.format(nonce=nonce(scope)).encode()
        return self._script_policy if content_type.startswith(b"text/javascript") else _DATA_POLICY


def _cache(message: Message, *, has_session: bool) -> None:
    """API answers vary by session: those to one are never stored, others revalidated unless they say more."""
    headers: list[tuple[bytes, bytes]] = []
    vary = cache = b""
    for header in cast("dict[str, Any]", message).get("headers", ()):
        name, value = header
        if name == b"vary":
            vary = vary + b", " + value if vary else value
        elif name == b"cache-control":
            cache = value
        else:
            headers.append(header)
            has_session = has_session or name == b"set-cookie"
    if b"cookie" not in (name.strip().lower() for name in vary.split(b",")):
        vary = vary + b", Cookie" if vary else b"Cookie"
    headers += (b"vary", vary), (b"cache-control", b"no-store" if has_session else cache or b"no-cache")
    cast("dict[str, Any]", message)["headers"] = headers
