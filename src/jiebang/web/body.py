"""Request bodies: pydantic models read with JSON's own types, naming every mistake at once.

Litestar's pydantic plugin coerces ("5" becomes 5), and lists either the body's mistakes or the parameters', of the
body then only the first. So bodies are decoded here, strictly (UUIDs, instants and enums from their strings), and the
full list kept for `problem`. That each model refuses unknown fields is checked when the application starts.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pydantic
from litestar.datastructures import Headers
from litestar.exceptions import HTTPException
from litestar.plugins.pydantic import PydanticInitPlugin
from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from litestar.types import Scope
    from pydantic_core import ErrorDetails

_errors: ContextVar[list[ErrorDetails]] = ContextVar("body_errors")


class BodyPlugin(PydanticInitPlugin):
    """Litestar's pydantic support, with our decoder of models before its own."""

    @classmethod
    def decoders(
        cls,
        validate_strict: bool = False,  # noqa: FBT001, FBT002
    ) -> list[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]]]:
        """Ours first: the first that matches decodes."""
        return [(is_model, _decode), *super().decoders(validate_strict)]


def body_errors() -> list[ErrorDetails]:
    """All mistakes of the body that was refused last in this context."""
    return _errors.get([])


def require_json(scope: Scope) -> None:
    """A body is plain JSON, else 415. Cross-site HTML forms cannot send this type."""
    given = scope["headers"]
    if not any((name == b"content-length" and n != b"0") or name == b"transfer-encoding" for name, n in given):
        return
    headers = Headers.from_scope(scope)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(status_code=415, headers={"accept": "application/json"})


def is_model(annotation: Any) -> bool:
    """Whether it is a pydantic model."""
    return isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)


def _decode(model: type[pydantic.BaseModel], value: object) -> pydantic.BaseModel:
    text = to_json(value)
    errors: list[Any] = []
    if b"\\u0000" in text:  # PostgreSQL cannot store U+0000 in text
        errors += [{"type": "string_nul", "loc": at, "msg": "", "input": None} for at in _nuls(value, ())]
    try:
        body = model.model_validate_json(text, strict=True)
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
