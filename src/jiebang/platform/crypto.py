"""Secrets that the product makes: derived single-use tokens, session tokens, password digests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import anyio
from argon2.low_level import Type, hash_secret_raw

if TYPE_CHECKING:
    from uuid import UUID

SALT_BYTES = 16
# OWASP Password Storage Cheat Sheet: 46 MiB, one pass, one lane, the first of its equal choices.
_TIME_COST, _MEMORY_KIB, _LANES, _DIGEST_BYTES = 1, 47104, 1, 32


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """A fresh session token: 256 random bits, base64url."""
    return secrets.token_urlsafe(32)


class Signer:
    """Derives values from the installation's one secret key, so that they need not be stored."""

    def __init__(self) -> None:
        self._key = b""

    def start(self, key: bytes) -> None:
        """Take the installation's secret (at least 32 bytes)."""
        if len(key) < 32:  # noqa: PLR2004 - 256 bits
            raise ValueError("the secret key needs at least 32 bytes")
        self._key = key

    def derive(self, purpose: str, value: bytes) -> bytes:
        """HMAC-SHA-256 over purpose and value (32 bytes).

        Raises:
            RuntimeError: the secret key was never given.
        """
        if not self._key:
            raise RuntimeError("no secret key")
        return hmac.digest(self._key, purpose.encode() + b"\0" + value, "sha256")

    def token(self, purpose: str, row: UUID) -> str:
        """The single-use token of a row (verification, invitation): mailed, never stored."""
        return base64.urlsafe_b64encode(self.derive(purpose, row.bytes)).rstrip(b"=").decode()


SIGNER = Signer()
_argon_slots = anyio.CapacityLimiter(2)


async def password_digest(password: str, salt: bytes) -> bytes:
    """argon2id (RFC 9106) of a password, 32 bytes, off the event loop, two at a time."""
    return await anyio.to_thread.run_sync(
        lambda: hash_secret_raw(password.encode(), salt, _TIME_COST, _MEMORY_KIB, _LANES, _DIGEST_BYTES, Type.ID),
        limiter=_argon_slots,
    )
