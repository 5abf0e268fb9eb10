"""Audit logs for tests and benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from jiebang.platform.audit_chain import GENESIS, Anchor, Row, encoded, entry_digest, link_hash
from jiebang.platform.audit_export import last_line, line_of

if TYPE_CHECKING:
    from pathlib import Path


def export_of(path: Path, count: int) -> None:
    """An honest export of so many entries."""
    head = GENESIS
    with path.open("wb") as file:
        for n in range(1, count + 1):
            entry = {
                "id": n, "at": f"2026-11-22T08:00:00.{n % 1_000_000:06d}Z", "actor_id": str(uuid4()),
                "role_name": "jiebang_member", "org_id": str(uuid4()), "action": "application.submit",
                "object_kind": "application", "object_id": str(uuid4()), "topic_id": str(uuid4()),
                "detail": '{"n": 1, "sha256": "' + "0" * 64 + '", "reason": "集体决策通过"}', "request_id": str(uuid4()),
            }  # fmt: skip
            text = encoded(entry)
            digest = entry_digest(text)
            previous, head = head, link_hash(head, digest)
            file.write(msgspec.json.encode(line_of(Row(n, text, n, previous, digest, head))) + b"\n")
        file.write(last_line(count, Anchor(count, head.hex())) + b"\n")
