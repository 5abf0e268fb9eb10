"""Encrypted files: AES-256-GCM in chunks, so that any size streams and no change, cut or swap passes unseen.

Layout: "JBK1", 16 bytes of salt, then chunks of at most 1 MiB of plain text, each with its tag. The file's own key is
HKDF-SHA-256(backup key, salt, name). A chunk's nonce is its number; its associated data says whether it is the last.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jiebang.backup import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAGIC = b"JBK1"
CHUNK = 1 << 20
_SALT, _TAG = 16, 16


def seal(key: bytes, name: str, chunks: Iterable[bytes], path: Path) -> None:
    """Write `chunks` to `path`, whole or not at all. `name` binds the content to its place in the backup."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    salt = secrets.token_bytes(_SALT)
    cipher = _cipher(key, salt, name)
    try:
        with fresh.open("xb") as file:
            fresh.chmod(0o600)
            file.write(MAGIC + salt)
            for number, (chunk, last) in enumerate(_even(chunks)):
                file.write(cipher.encrypt(_nonce(number), chunk, b"last" if last else b"more"))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)


def opened(key: bytes, name: str, path: Path) -> Iterator[bytes]:
    """The plain text of a sealed file, chunk by chunk; a chunk is given out only when its tag is right.

    Raises:
        Damaged: changed, cut short, of another name, or sealed with another key.
    """
    with path.open("rb") as file:
        head = file.read(len(MAGIC) + _SALT)
        if head[: len(MAGIC)] != MAGIC:
            raise Damaged(f"{path.name} is no file of a backup")
        cipher = _cipher(key, head[len(MAGIC) :], name)
        number, chunk = 0, file.read(CHUNK + _TAG)
        while True:
            ahead = file.read(CHUNK + _TAG)
            try:
                yield cipher.decrypt(_nonce(number), chunk, b"more" if ahead else b"last")
            except InvalidTag:
                raise Damaged(f"{path.name} was changed or cut short, or the key is another") from None
            if not ahead:
                return
            number, chunk = number + 1, ahead


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """A stream in chunks."""
    while chunk := file.read(CHUNK):
        yield chunk


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, f"jiebang backup {name}".encode()).derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _even(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in chunks of exactly CHUNK but the last, each with whether it is the last; never none."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) > CHUNK:
            yield bytes(kept[:CHUNK]), False
            del kept[:CHUNK]
    yield bytes(kept), True
