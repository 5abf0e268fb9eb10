"""Idempotency-Key: a retried POST has one effect and one answer.

The answer is stored in the transaction of the effect, so both exist or neither does. A second request with
the key of one still running waits in the database for it, then replays it. Refusals roll back and are not
stored: the same key may be sent again once the cause is gone.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Headers

from jiebang.platform.db import ENGINE, RECORDER
from jiebang.web import rules
from jiebang.web.etag import etag_for
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from litestar.handlers import BaseRouteHandler
    from litestar.types import ASGIApp, Receive, Scope, Send

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def require_key(scope: Scope, handler: BaseRouteHandler) -> None:
    """Routes with `opt={"idempotent": True}` need a well formed key, else 400; with "optional" they take one."""
    wanted = handler.opt.get("idempotent")
    key = Headers.from_scope(scope).get(HEADER) if wanted else None
    if not wanted or (wanted == "optional" and key is None):
        return
    if key is None:
        raise Refusal(400, rules.KEY_MISSING)
    if _KEY.fullmatch(key) is None:
        raise Refusal(400, rules.KEY_INVALID)


async def run_once(scope: Scope, receive: Receive, send: Send, next_app: ASGIApp, handler: BaseRouteHandler) -> None:
    """Go on with a `Recorder` around the one use case that an idempotent route's handler runs and answers with.

    Only where the caller sent a key.
    """
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    if scope.get("method") != "POST" or HEADER not in request.headers:
        await next_app(scope, receive, send)
        return
    mark = RECORDER.set(_Recorder(request, handler, await request.body()))
    try:
        await next_app(scope, receive, send)
    finally:
        RECORDER.reset(mark)


def replay(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Exception handler of `Replay`: the stored answer, with `Idempotency-Replayed: true`."""
    if not isinstance(error, Replay):
        raise TypeError
    headers = error.answer.headers | {REPLAYED: "true"}
    return Response(error.answer.body, status_code=error.answer.status, headers=headers, media_type="application/json")


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Replay(Exception):
    """The answer exists already; the effect must not happen again."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__()
        self.answer = answer


class _Recorder:
    """`platform.db.Recorder` over `app.idempotency_begin` and `…_complete`, which scope keys to the person."""

    def __init__(self, request: Request[Any, Any, Any], handler: Any, body: bytes) -> None:
        self._key, self._operation = request.headers[HEADER], str(handler.operation_id)
        self._status = int(handler.status_code)
        self._fingerprint = sha256(
            b"\0".join([request.method.encode(), request.url.path.encode(), request.url.query.encode(), body])
        ).digest()
        self._begun = False

    async def begin(self) -> None:
        if self._begun:
            message = "an idempotent command runs one use case"
            raise RuntimeError(message)
        self._begun = True
        row = await ENGINE.current().fetchrow(
            "select * from app.idempotency_begin($1, $2, $3)", self._operation, self._key, self._fingerprint
        )
        if row is None:
            return
        if not row["same"]:
            raise Refusal(422, rules.KEY_REUSED)
        raise Replay(_Answer(row["status"], row["headers"], row["body"]))

    async def complete(self, result: Any) -> None:
        etag = etag_for(result)
        await ENGINE.current().execute(
            "select app.idempotency_complete($1, $2, $3, $4, $5)",
            self._operation,
            self._key,
            self._status,
            {} if etag is None else {"etag": etag},
            msgspec.json.encode(result),
        )
