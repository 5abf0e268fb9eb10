"""Opaque identifiers."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_bytes
from uuid import UUID

Entropy = Callable[[int], bytes]
"""Gives n random bytes."""


def new_id(entropy: Entropy = token_bytes) -> UUID:
    """A random UUIDv4 (RFC 9562).

    Never a version that holds the time: an identifier that a reviewer sees would tell in which order teams
    registered.
    """
    return UUID(bytes=entropy(16), version=4)


def new_token(entropy: Entropy = token_bytes) -> str:
    """256 random bits as 64 hexadecimal digits: object keys, session tokens, seeds."""
    return entropy(32).hex()
