"""The audit log as a file, and its verification offline: no database, no key, nothing but the file and what was kept.

An export is JSON Lines. A row is a link with its entry; the last line says how many rows there are and the head. A
supervisor's pages (`GET /api/v1/supervision/audit/chain`), one a line, are an export as well.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.platform.audit_chain import GENESIS, Anchor, Report, Row, Verifier, encoded, entry_digest, stored
from jiebang.platform.audit_checkpoint import Checkpoint, check_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class Line(msgspec.Struct):
    """A row as an export has it: hashes in hexadecimal, the entry in its hashed form."""

    entry_id: int
    seq: int | None
    pending: bool
    withheld: bool
    entry: msgspec.Raw
    prev_hash: str | None
    digest: str | None
    hash: str | None


_NOTHING = b"null"
_lines = msgspec.json.Decoder(Line)


def line_of(row: Row) -> Line:
    """A row as an export's line."""
    return Line(
        row.entry_id, row.seq, row.pending, row.withheld, msgspec.Raw(row.entry or _NOTHING), _hex(row.prev_hash),
        _hex(row.digest), _hex(row.hash),
    )  # fmt: skip


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


async def export_audit(connect: Mapping[str, Any], path: Path) -> Anchor:
    """Write the whole log, as the worker's login; returns the head."""
    head, count = Anchor(0, GENESIS.hex()), 0
    with path.open("wb") as file:
        async for row in stored(connect):
            count += 1
            file.write(msgspec.json.encode(line_of(row)) + b"\n")
            if row.seq is not None and row.hash is not None:
                head = Anchor(row.seq, row.hash.hex())
        file.write(last_line(count, head) + b"\n")
    return head


def last_line(count: int, head: Anchor) -> bytes:
    """What ends an export."""
    return msgspec.json.encode({"rows": count, "head": {"seq": head.seq, "hash": head.hash}})


def verify_export(
    path: Path, anchors: Iterable[Anchor] = (), checkpoints: Iterable[Checkpoint] = (), public_key: bytes | None = None
) -> Report:
    """Check an export against heads that were kept elsewhere: anchors, and the signed checkpoints of the public feed.

    `public_key` (Ed25519, 32 bytes) is the key that signed them, as it was noted before; without it, the feed's own.
    """
    checkpoints = list(checkpoints)
    verifier = Verifier([*anchors, *(Anchor(one.seq, one.hash) for one in checkpoints)])
    for wrong in check_signatures(checkpoints, public_key):
        verifier.report.found(wrong)
    count, last = 0, None
    with path.open("rb") as file:
        for line in _rows(file):
            if not isinstance(line, Line):
                last = line
                break
            try:
                verifier.row(_imported(line))
            except ValueError:
                verifier.report.found(f"line {count + 1} is no row of an export")
            count += 1
        rest = any(True for _ in file)
    report = verifier.end()
    if last is None or rest or last.get("rows") != count or last.get("head", {}).get("hash") != report.head:
        report.found("the export was cut short or put together")
    return report


class _Page(msgspec.Struct):
    items: list[Line]
    next: int | None
    head: str


_pages = msgspec.json.Decoder(_Page)


def _rows(file: Iterable[bytes]) -> Iterator[Line | dict[str, Any] | None]:
    """Rows, a page's one by one; then the line that ends an export. None: neither."""
    paged = 0
    for text in file:
        with suppress(msgspec.MsgspecError):
            yield _lines.decode(text)
            continue
        with suppress(msgspec.MsgspecError):
            page = _pages.decode(text)
            yield from page.items
            paged += len(page.items)
            if page.next is None:
                yield {"rows": paged, "head": {"hash": page.head}}
            continue
        try:
            line = msgspec.json.decode(text)
        except msgspec.MsgspecError:
            line = None
        yield line if isinstance(line, dict) else None


def _imported(line: Line) -> Row:
    previous, digest, own = (
        None if value is None else bytes.fromhex(value) for value in (line.prev_hash, line.digest, line.hash)
    )
    entry: bytes | None = bytes(line.entry)
    if entry == _NOTHING:
        entry = None
    elif entry_digest(entry) != digest:  # the same, perhaps, but written by another hand
        entry = encoded(msgspec.json.decode(entry))
    return Row(line.entry_id, entry, line.seq, previous, digest, own, line.pending, line.withheld)
