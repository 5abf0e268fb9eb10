"""Idempotency-Key: a retried POST has one effect and one answer.

The answer is stored in the transaction of the effect, so both exist or neither does. A second request with
the key of one still running waits in the database for it, then replays it. Refusals roll back and are not
stored: the same key may be sent again once the cause is gone.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec
from litestar import Response

from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

T = TypeVar("T")
HEADER = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


class Stored(msgspec.Struct, frozen=True):
    """An answer as it was first given."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection(Protocol):
    """What is needed of a unit of work's connection."""

    async def fetchrow(self, query: str, *args: Any) -> Mapping[str, Any] | None:
        """First row."""
        ...

    async def execute(self, query: str, *args: Any) -> Any:
        """No rows."""
        ...


class IdempotencyStore(Protocol):
    """Keys of one person; runs inside the effect's transaction."""

    async def begin(self, key: str, operation: str, fingerprint: bytes) -> Stored | None:
        """Claim the key, waiting for whoever holds it; the stored answer if it is done.

        Raises `Refusal` 422 `idempotency.key_reused` when the key belongs to another request.
        """
        ...

    async def complete(self, key: str, operation: str, stored: Stored) -> None:
        """Keep the answer."""
        ...


class SqlIdempotency:
    """The store in PostgreSQL; the functions scope the key to the session's person themselves.

    `app.idempotency_begin(key text, operation text, fingerprint bytea) -> (fingerprint bytea, response
    bytea)` inserts the claim or waits for it and returns what is stored, `response` null for a new claim;
    `app.idempotency_complete(key text, operation text, response bytea)` fills it in.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, key: str, operation: str, fingerprint: bytes) -> Stored | None:
        """See `IdempotencyStore`."""
        row = await self._connection.fetchrow(
            "select fingerprint, response from app.idempotency_begin($1, $2, $3)", key, operation, fingerprint
        )
        if row is None or row["response"] is None:
            return None
        if not hmac.compare_digest(row["fingerprint"], fingerprint):
            raise Refusal(422, rules.KEY_REUSED)
        return msgspec.msgpack.decode(row["response"], type=Stored)

    async def complete(self, key: str, operation: str, stored: Stored) -> None:
        """See `IdempotencyStore`."""
        await self._connection.execute(
            "select app.idempotency_complete($1, $2, $3)", key, operation, msgspec.msgpack.encode(stored)
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A command's result with headers for the answer, such as `etag` and `location`."""

    result: Any
    headers: Mapping[str, str] = field(default_factory=dict)


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: routes with `opt={"idempotent": True}` need a well formed key, else 400."""
    if not handler.opt.get("idempotent"):
        return
    key = connection.headers.get(HEADER)
    if key is None:
        raise Refusal(400, rules.KEY_MISSING)
    if _KEY.fullmatch(key) is None:
        raise Refusal(400, rules.KEY_INVALID)


async def run_idempotent(
    request: Request[Any, Any, Any],
    unit_of_work: AbstractAsyncContextManager[Any],
    command: Callable[[Any], Awaitable[Any]],
    store: Callable[[Any], IdempotencyStore] = SqlIdempotency,
) -> Response[bytes]:
    """Run `command(connection)` once per key; answer its result (a msgspec struct, or `Made`) as JSON.

    `unit_of_work` is entered here and commits on leaving; the status is the route's own. A replay carries
    `Idempotency-Replayed: true`. The operation is the route's `operation_id`, so one key may serve two
    operations.
    """
    handler = request.route_handler
    key, operation = request.headers[HEADER], str(handler.operation_id)
    fingerprint = sha256(
        b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    ).digest()
    async with unit_of_work as connection:
        keys = store(connection)
        stored = await keys.begin(key, operation, fingerprint)
        replayed = stored is not None
        if stored is None:
            made = await command(connection)
            made = made if isinstance(made, Made) else Made(made)
            stored = Stored(int(handler.status_code), dict(made.headers), msgspec.json.encode(made.result))
            await keys.complete(key, operation, stored)
    headers = {**stored.headers, **({"idempotency-replayed": "true"} if replayed else {})}
    return Response(stored.body, status_code=stored.status, headers=headers, media_type="application/json")
