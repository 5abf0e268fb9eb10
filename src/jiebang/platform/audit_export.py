"""The audit log as a file, and its verification offline: no database, no key, nothing but the file and what was kept.

An export is JSON Lines. A row is a link with its entry; the last line says how many rows there are and the head. A
supervisor's pages (`GET /api/v1/supervision/audit/chain`), one a line, are an export as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.platform.audit_chain import GENESIS, Anchor, Report, Row, Verifier, stored
from jiebang.platform.audit_checkpoint import Checkpoint, check_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


def line_of(row: Row) -> dict[str, Any]:
    """A row as an export's line."""
    return {
        "entry_id": row.entry_id, "seq": row.seq, "pending": row.pending, "withheld": row.withheld,
        "entry": row.entry, "prev_hash": _hex(row.prev_hash), "digest": _hex(row.digest), "hash": _hex(row.hash),
    }  # fmt: skip


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


async def export_audit(connect: Mapping[str, Any], path: Path) -> Anchor:
    """Write the whole log, as the worker's login; returns the head."""
    head, count = Anchor(0, GENESIS.hex()), 0
    with path.open("w", encoding="utf-8") as file:
        async for row in stored(connect):
            count += 1
            file.write(json.dumps(line_of(row), ensure_ascii=False) + "\n")
            if row.seq is not None and row.hash is not None:
                head = Anchor(row.seq, row.hash.hex())
        file.write(json.dumps({"rows": count, "head": {"seq": head.seq, "hash": head.hash}}) + "\n")
    return head


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
            if line is None or "rows" in line:
                last = line
                break
            try:
                verifier.row(_imported(line))
            except (KeyError, TypeError, ValueError):
                verifier.report.found(f"line {count + 1} is no row of an export")
            count += 1
        rest = any(True for _ in file)
    report = verifier.end()
    if last is None or rest or last.get("rows") != count or last.get("head", {}).get("hash") != report.head:
        report.found("the export was cut short or put together")
    return report


def _rows(file: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """Rows, a page's one by one; then the line that ends an export. None: no JSON object."""
    paged = None
    for text in file:
        try:
            line = msgspec.json.decode(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            yield None
        elif "items" in line:
            yield from line["items"]
            paged = (paged or 0) + len(line["items"])
            if line["next"] is None:
                yield {"rows": paged, "head": {"hash": line["head"]}}
        else:
            yield line


def _imported(line: dict[str, Any]) -> Row:
    previous, digest, own = (
        bytes.fromhex(line[name]) if line[name] is not None else None for name in ("prev_hash", "digest", "hash")
    )
    return Row(
        line["entry_id"], line["entry"], line["seq"], previous, digest, own, line["pending"] is True,
        line["withheld"] is True,
    )  # fmt: skip
