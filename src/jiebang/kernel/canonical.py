"""One byte string per value: what is frozen, hashed and replayed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class NotCanonicalError(ValueError):
    """The value has no single canonical form; the message names the place."""


def canonical_json(obj: object) -> bytes:
    """`obj` as canonical JSON: UTF-8, strings in NFC, keys sorted by code point, no white space.

    Takes None, bool, int, str, mappings with string keys, lists and tuples, dataclasses, pydantic models,
    UUIDs, dates and aware datetimes (written in UTC with six decimals). Raises `NotCanonicalError` for
    anything else, above all for floats, whose text depends on who writes them.
    """
    text = json.dumps(_plain(obj, "$"), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonicalError("a lone surrogate is no text") from error


def digest(obj: object) -> str:
    """SHA-256 of the canonical JSON, 64 lower-case hexadecimal digits."""
    return sha256(canonical_json(obj)).hexdigest()


def _plain(obj: object, at: str) -> Any:  # noqa: C901, PLR0911 -- one case per kind of value
    match obj:
        case None | bool():
            return obj
        case int():
            return int(obj)
        case str():
            return unicodedata.normalize("NFC", obj)
        case UUID():
            return str(obj)
        case datetime():
            if obj.tzinfo is None:
                raise NotCanonicalError(f"{at}: an instant without a zone")
            return f"{obj.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        case date():
            return obj.isoformat()
        case BaseModel():
            return _object({name: getattr(obj, name) for name in type(obj).model_fields}, at)
        case Mapping():
            return _object(obj, at)
        case list() | tuple():
            return [_plain(item, f"{at}[{i}]") for i, item in enumerate(obj)]
        case _ if is_dataclass(obj) and not isinstance(obj, type):
            return _object({f.name: getattr(obj, f.name) for f in fields(obj)}, at)
        case _:
            raise NotCanonicalError(f"{at}: {type(obj).__name__} has no canonical form")


def _object(items: Mapping[Any, object], at: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in items.items():
        if not isinstance(key, str):
            raise NotCanonicalError(f"{at}: the key {key!r} is no string")
        name = unicodedata.normalize("NFC", key)
        if name in result:
            raise NotCanonicalError(f"{at}: two keys read {name!r}")
        result[name] = _plain(value, f"{at}.{name}")
    return result
