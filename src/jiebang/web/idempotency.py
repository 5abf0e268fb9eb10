"""Idempotency-Key: a retried POST has one effect and one answer.

The answer is stored in the transaction of the effect, so both exist or neither does. A second request with
the key of one still running waits in the database for it, then replays it. Refusals roll back and are not
stored: the same key may be sent again once the cause is gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from litestar import Response

from jiebang.platform.db import ENGINE, RECORDER
from jiebang.web import rules
from jiebang.web.problem import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

T = TypeVar("T")
HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Made:
    """The body of an answer and its headers, such as `etag` and `location`."""

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
    command: Callable[[], Awaitable[T]],
    present: Callable[[T], Made] | None = None,
) -> Response[bytes]:
    """Await `command`, which runs exactly one use case of a signed-in actor, once per key; answer in JSON.

    `present` turns its result into the answer (default: the result itself, a msgspec struct); it runs inside the
    unit of work. The status is the route's. A replay carries `Idempotency-Replayed: true`. Keys are apart by person
    and `operation_id`.
    """
    recorder = _Recorder(request, await request.body(), present or Made)
    mark = RECORDER.set(recorder)
    try:
        await command()
    except _Replay as replay:
        return _response(replay.answer, replayed=True)
    finally:
        RECORDER.reset(mark)
    if recorder.answer is None:
        message = "an idempotent command runs a use case"
        raise RuntimeError(message)
    return _response(recorder.answer)


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class _Replay(Exception):
    def __init__(self, answer: _Answer) -> None:
        super().__init__()
        self.answer = answer


class _Recorder:
    """`platform.db.Recorder` over `app.idempotency_begin` and `…_complete`, which scope keys to the person."""

    def __init__(self, request: Request[Any, Any, Any], body: bytes, present: Callable[[Any], Made]) -> None:
        handler = request.route_handler
        self._key, self._operation = request.headers[HEADER], str(handler.operation_id)
        self._status = int(handler.status_code)
        self._fingerprint = sha256(
            b"\0".join([request.method.encode(), request.url.path.encode(), request.url.query.encode(), body])
        ).digest()
        self._present = present
        self._begun = False
        self.answer: _Answer | None = None

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
        raise _Replay(_Answer(row["status"], row["headers"], row["body"]))

    async def complete(self, result: Any) -> None:
        made = self._present(result)
        self.answer = _Answer(self._status, dict(made.headers), msgspec.json.encode(made.result))
        await ENGINE.current().execute(
            "select app.idempotency_complete($1, $2, $3, $4, $5)",
            self._operation,
            self._key,
            self.answer.status,
            self.answer.headers,
            self.answer.body,
        )


def _response(answer: _Answer, *, replayed: bool = False) -> Response[bytes]:
    headers = answer.headers | ({REPLAYED: "true"} if replayed else {})
    return Response(answer.body, status_code=answer.status, headers=headers, media_type="application/json")
