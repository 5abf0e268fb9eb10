"""Large files in parts, so that an upload goes on after a reload or a while without a network.

The store alone knows which uploads are open and what has arrived: nothing of it is kept in the database.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from jiebang.applications import rules
from jiebang.applications.schemas import UploadLink, UploadParts
from jiebang.applications.service import materials
from jiebang.kernel.errors import FieldProblem, Invalid, NotFound, Refused
from jiebang.platform import stores
from jiebang.platform.storage import LONGEST_LINK, Part

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.applications.schemas import Joined, NewPart
    from jiebang.kernel.actor import Actor

PART_BYTES = 8 << 20


def size_of(number: int, size: int) -> int:
    """Bytes of part `number` (from 1) of a file of `size` bytes; 0 or less where it has no such part."""
    return min(PART_BYTES, size - (number - 1) * PART_BYTES)


async def _arrived(key: str, upload_id: str, size: int) -> list[Part]:
    """The parts that have arrived in their right size; none where the upload is no longer open."""
    try:
        found = await stores.storage().parts(key, upload_id)
    except NotFound:
        return []
    return [part for part in found if part.size == size_of(part.number, size)]


async def begin(actor: Actor, material_id: UUID) -> UploadParts:
    """Begin an upload in parts, or go on with the one that was begun: two at once are given the same.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_pending`.
    """
    row = await materials.awaited(actor, material_id)
    store, key = stores.storage(), row["quarantine_key"]
    if await store.head(key) is not None:
        return UploadParts(material_id, None, PART_BYTES, [])
    if not await store.multiparts(key):
        await store.begin_multipart(key, content_type=row["content_type"])
    opened = await store.multiparts(key)
    if not opened:  # joined or deleted at this very moment
        return UploadParts(material_id, None, PART_BYTES, [])
    upload_id = opened[0]
    arrived = [part.number for part in await _arrived(key, upload_id, row["size_bytes"])]
    return UploadParts(material_id, upload_id, PART_BYTES, arrived)


async def link(actor: Actor, material_id: UUID, data: NewPart) -> UploadLink:
    """Sign the PUT of one part. The store refuses an `upload_id` that is not of this file.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_pending`.
        Invalid: `material.no_such_part`.
    """
    row = await materials.awaited(actor, material_id)
    size = size_of(data.number, row["size_bytes"])
    if size <= 0:
        raise Invalid([FieldProblem("/number", rules.NO_SUCH_PART)])
    signed = stores.storage().presign_part(
        row["quarantine_key"], data.upload_id, data.number, size=size, sha256=bytes.fromhex(data.sha256)
    )
    return UploadLink(material_id, signed.method, signed.url, signed.headers, LONGEST_LINK)


async def join(actor: Actor, material_id: UUID, data: Joined) -> None:
    """Make one file of the parts. May be repeated.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_pending`; `material.not_uploaded` where a part is missing or not what was said.
    """
    row = await materials.awaited(actor, material_id)
    store, key, size = stores.storage(), row["quarantine_key"], row["size_bytes"]
    if await store.head(key) is not None:
        return
    parts = await _arrived(key, data.upload_id, size)
    whole = sum(part.size for part in parts) == size and len(parts) == len(data.sha256)
    digests = [bytes.fromhex(digest) for digest in data.sha256]
    with contextlib.suppress(NotFound, Refused):
        if whole:
            await store.complete_multipart(key, data.upload_id, list(zip(parts, digests, strict=True)))
            return
    if await store.head(key) is None:  # else somebody joined them at the same moment
        raise Refused(rules.NOT_UPLOADED)
