"""HEAD wherever there is GET, and OPTIONS that tells the truth.

Litestar routes HEAD to explicit handlers only, and its own OPTIONS names just the methods of the handler
that was registered first for a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

# No route has it, so that the router answers 405 with every method that the path does have.
_ASK = "ALLOWED?"
_ROUTED_AS = {"HEAD": "GET", "OPTIONS": _ASK}


class Methods(ASGIMiddleware):
    """Serves HEAD as GET without the body, OPTIONS as 204 with `Allow`, and names HEAD in every `Allow`."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Route, then give the answer its form; the length of a HEAD's body is kept."""
        asked = cast("dict[str, str]", scope)
        method = asked["method"]
        asked["method"] = _ROUTED_AS.get(method, method)
        bodiless = method == "HEAD"

        async def formed(message: Message) -> None:
            nonlocal bodiless
            if message["type"] == "http.response.start":
                if message["status"] == 405:  # noqa: PLR2004
                    headers = MutableScopeHeaders.from_message(message)
                    names = {name.strip() for name in headers.get("allow", "").split(",")}
                    headers["allow"] = ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))
                    if method == "OPTIONS":
                        bodiless = True
                        message["status"] = 204
                        for name in ("content-length", "content-type", "content-language"):
                            del headers[name]
            elif bodiless and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message["body"] = b""
            await send(message)

        try:
            await next_app(scope, receive, formed)
        finally:
            asked["method"] = method
