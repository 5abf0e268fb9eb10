"""Signed heads of the audit chain, one a day, in a public feed: whoever keeps one finds every later change before it.

The signature (Ed25519, RFC 8032) is the installation's: its key is derived from the secret key. It proves who
published a head, not that the log is whole; that is what comparing the heads that others kept is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_DUE = """
select l.seq, l.hash, clock_timestamp() as at from audit_link l
where l.seq > coalesce((select max(c.seq) from audit_checkpoint c), 0)
  and not exists (select from audit_checkpoint c where c.at::date = clock_timestamp()::date)
order by l.seq desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head as it was published: link number, its hash, the instant (UTC), signature and public key (hexadecimal)."""

    seq: int
    hash: str
    at: datetime
    signature: str
    public_key: str

    @property
    def text(self) -> bytes:
        """What is signed."""
        at = self.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"jiebang audit checkpoint v1\n{self.seq}\n{self.hash}\n{at}Z\n".encode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(SIGNER.derive("audit_checkpoint", b""))


async def publish_if_due() -> bool:
    """Sign and publish the present head, if today (UTC) has no checkpoint yet and the log grew; whether it did.

    Worker login. Two workers at once publish one: the second one's row is refused by its number.
    """
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        row = await db.fetchrow(_DUE)
        if row is None:
            return False
        key = _key()
        public = key.public_key().public_bytes_raw()
        unsigned = Checkpoint(row["seq"], row["hash"].hex(), row["at"], "", public.hex())
        await db.execute(
            "insert into audit_checkpoint (id, seq, hash, at, signature, public_key)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5) on conflict (seq) do nothing",
            row["seq"], row["hash"], row["at"], key.sign(unsigned.text), public,
        )  # fmt: skip
    return True


async def published(after: int | None, limit: int) -> list[Checkpoint]:
    """The feed, the newest first, from below `after`. Public login."""
    rows = await ENGINE.read(
        Role.PUBLIC,
        "select seq, hash, at, signature, public_key from audit_checkpoint"
        " where $1::bigint is null or seq < $1 order by seq desc limit $2",
        after,
        limit,
    )
    return [Checkpoint(r["seq"], r["hash"].hex(), r["at"], r["signature"].hex(), r["public_key"].hex()) for r in rows]


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """The feed as it was downloaded: one page of `GET /api/v1/audit/checkpoints`.

    Raises:
        ValueError: it is no such page.
    """
    page = msgspec.json.decode(path.read_bytes())
    return msgspec.convert(page["items"] if isinstance(page, dict) else page, list[Checkpoint])


def check_signatures(checkpoints: Iterable[Checkpoint], public_key: bytes | None = None) -> Iterator[str]:
    """What is wrong with the signatures, one sentence each."""
    for one in checkpoints:
        if public_key is not None and one.public_key != public_key.hex():
            yield f"checkpoint {one.seq} was signed with another key"
            continue
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.public_key)).verify(
                bytes.fromhex(one.signature), one.text
            )
        except (ValueError, InvalidSignature):
            yield f"checkpoint {one.seq} is not signed"
