"""One request id, one access line and one measurement for every request, matched by a route or not.

The line holds the route's template, never the path or the query: they may name a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from jiebang.platform.telemetry import ACCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import Message, Scope

    from jiebang.platform.telemetry import Metrics

_KEY = "jiebang.request_id"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
UNMATCHED = "unmatched"


def scope_state(scope: Scope) -> dict[str, Any]:
    """The request's own state."""
    return cast("dict[str, Any]", scope.setdefault("state", {}))


def request_id(scope: Scope) -> str:
    """The id of this request: always ours, a caller cannot choose it."""
    state = scope_state(scope)
    if _KEY not in state:
        state[_KEY] = str(uuid4())
    return state[_KEY]


def add_headers(message: Message, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Add headers that nobody else sets to the start of an answer; cheaper than a mapping, which decodes them all."""
    cast("dict[str, Any]", message)["headers"] = [*cast("dict[str, Any]", message).get("headers", ()), *headers]


def record(metrics: Metrics, identifier: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request and log its line."""
    method = method if method in _METHODS else "OTHER"  # a made-up one must not make a new time series
    metrics.request(method, route, status, seconds)
    ACCESS.line(identifier, method, route, status, seconds)
