"""Keyset pagination: every list is bounded, and a page is reached by an opaque cursor, never by an offset.

A cursor is the last row's position, signed together with the query that it belongs to: it can neither be
forged nor be carried over to other filters.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast

import msgspec
from litestar.params import QueryParameter

from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
_TAG = 16
_MAX_CURSOR = 1024

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the previous page, of the same query.")]
DEFAULT_LIMIT = 50


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page. `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


class Cursors:
    """Makes and reads cursors. `secret` (≥ 32 bytes) is the same in all processes."""

    def __init__(self, secret: bytes) -> None:
        self._key = sha256(b"jiebang cursor v1" + secret).digest()

    def encode(self, position: Sequence[Any], query: Mapping[str, Any]) -> str:
        """Sign `position`, the sort key of the last row (JSON values, UUIDs, instants), for `query`."""
        payload = msgspec.json.encode(list(position))
        return urlsafe_b64encode(self._tag(payload, query) + payload).rstrip(b"=").decode()

    def decode(self, cursor: str | None, query: Mapping[str, Any]) -> list[Any] | None:
        """The position to go on from, as JSON values; None at the start. 400 if not ours for `query`."""
        if cursor is None:
            return None
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raw = b""
        tag, payload = raw[:_TAG], raw[_TAG:]
        if len(cursor) > _MAX_CURSOR or not hmac.compare_digest(tag, self._tag(payload, query)):
            raise Refusal(400, rules.CURSOR_INVALID)
        return cast("list[Any]", msgspec.json.decode(payload))

    def page(
        self, rows: Sequence[T], limit: int, position: Callable[[T], Sequence[Any]], query: Mapping[str, Any]
    ) -> Page[T]:
        """The page from `rows`, of which the caller asked for `limit + 1` to learn whether more follow."""
        items = list(rows[:limit])
        more = len(rows) > limit
        return Page(items, self.encode(position(items[-1]), query) if more else None)

    def _tag(self, payload: bytes, query: Mapping[str, Any]) -> bytes:
        filters = msgspec.json.encode(dict(query), order="deterministic")
        return blake2b(b"%d:%b%b" % (len(filters), filters, payload), key=self._key, digest_size=_TAG).digest()
