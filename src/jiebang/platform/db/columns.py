"""Column shapes that every slice uses. Required means NOT NULL without a default: a forgotten value is an error."""

from __future__ import annotations

from typing import Any

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Bytea, Date, Integer, Text, Timestamptz
from piccolo.columns.defaults.uuid import UUID4

_DEFAULT: dict[str, Any] = {"default": None}


def key() -> UUID:
    """An opaque primary key (UUIDv4): carries neither time nor order."""
    return UUID(primary_key=True, default=UUID4())


def ref(*, primary_key: bool = False, null: bool = False) -> UUID:
    """Another row's key."""
    return UUID(primary_key=primary_key, null=null, **_DEFAULT)


def text(*, primary_key: bool = False, null: bool = False) -> Text:
    """Text without a length of its own."""
    return Text(primary_key=primary_key, null=null, **_DEFAULT)


def instant(*, null: bool = False) -> Timestamptz:
    """A UTC instant."""
    return Timestamptz(null=null, **_DEFAULT)


def day(*, null: bool = False) -> Date:
    """A calendar date (Asia/Shanghai unless the column says otherwise)."""
    return Date(null=null, **_DEFAULT)


def json(*, null: bool = False) -> JSONB:
    """A JSON value."""
    return JSONB(null=null, **_DEFAULT)


def number(*, null: bool = False) -> Integer:
    """A 32-bit integer."""
    return Integer(null=null, **_DEFAULT)


def counter() -> Integer:
    """A count, from 0."""
    return Integer(default=0)


def big(*, null: bool = False) -> BigInt:
    """A 64-bit integer: money in minor units, sizes in bytes."""
    return BigInt(null=null, **_DEFAULT)


def raw(*, null: bool = False) -> Bytea:
    """Bytes: hashes and secrets."""
    return Bytea(null=null, **_DEFAULT)


def flag(*, null: bool = False) -> Boolean:
    """True or false."""
    return Boolean(null=null, **_DEFAULT)


def texts() -> Array:
    """A list of texts, empty rather than null."""
    return Array(base_column=Text(), default=list)


def version() -> Integer:
    """The edit counter behind a strong ETag, from 1."""
    return Integer(default=1)
