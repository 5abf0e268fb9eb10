"""HEAD wherever there is GET, and OPTIONS that tells the truth.

Litestar routes HEAD to explicit handlers only, and its own OPTIONS names just the methods of the handler
that was registered first for a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.datastructures import MutableScopeHeaders

if TYPE_CHECKING:
    from litestar.types import HTTPResponseStartEvent

# No route has it, so that the router answers 405 with every method that the path does have.
_ASK = "ALLOWED?"
_ROUTED_AS = {"HEAD": "GET", "OPTIONS": _ASK}


def routed_as(method: str) -> str:
    """The method by which a request is routed: HEAD as GET, OPTIONS as one that no path has."""
    return _ROUTED_AS.get(method, method)


def allowed(message: HTTPResponseStartEvent, method: str) -> bool:
    """Name HEAD in the `Allow` of a 405, and make 204 of it for OPTIONS; whether it did, and no body may follow."""
    if message["status"] != 405:  # noqa: PLR2004
        return False
    headers = MutableScopeHeaders.from_message(message)
    names = {name.strip() for name in headers.get("allow", "").split(",")}
    headers["allow"] = ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))
    if method != "OPTIONS":
        return False
    message["status"] = 204
    for name in ("content-length", "content-type", "content-language"):
        del headers[name]
    return True
