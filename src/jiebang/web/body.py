"""Request bodies: pydantic models read with JSON's own types, refusing unknown fields, naming every mistake.

Litestar's pydantic plugin coerces ("5" becomes 5) and stops at the body when a parameter is wrong too, or at
the first error of the body when a parameter came first. So `Body` is decoded here, strictly, and its full
error list kept for `problem`.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pydantic
from litestar.exceptions import HTTPException
from litestar.plugins.pydantic import PydanticInitPlugin
from pydantic_core import to_json

from jiebang.kernel.forms import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler
    from pydantic_core import ErrorDetails


_errors: ContextVar[list[ErrorDetails]] = ContextVar("body_errors")


class BodyPlugin(PydanticInitPlugin):
    """Litestar's pydantic support, with our decoder for `Body` before its own."""

    @classmethod
    def decoders(
        cls,
        validate_strict: bool = False,  # noqa: FBT001, FBT002
    ) -> list[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]]]:
        """Ours first: the first that matches decodes."""
        return [(_is_body, _decode), *super().decoders(validate_strict)]


def body_errors() -> list[ErrorDetails]:
    """All mistakes of the body that was refused last in this context."""
    return _errors.get([])


async def require_json(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: a body is plain JSON, else 415. Cross-site HTML forms cannot send this type."""
    headers = connection.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(status_code=415, headers={"accept": "application/json"})


def _is_body(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Body)


def _decode(model: type[Body], value: object) -> Body:
    text = to_json(value)
    errors: list[Any] = []
    if b"\\u0000" in text:  # PostgreSQL cannot store U+0000 in text
        errors += [{"type": "string_nul", "loc": at, "msg": "", "input": None} for at in _nuls(value, ())]
    try:
        body = model.model_validate_json(text)
    except pydantic.ValidationError as error:
        errors += error.errors(include_input=False, include_url=False)
    else:
        if not errors:
            return body
    _errors.set(errors)
    raise msgspec.ValidationError("body")


def _nuls(value: object, at: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    if isinstance(value, str):
        if "\0" in value:
            yield at
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _nuls(key, at)
            yield from _nuls(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _nuls(inner, (*at, index))
