"""Chain the audit log, and prove later that nobody touched it.

`hash = SHA-256(previous hash || SHA-256(entry))` over the entries in commit order, by one worker at a time, after the
commit (chaining inside the transaction would serialise every writer). The hash needs no key, so whoever rules the
database could forge or shorten the whole chain: *anchors*, heads of the chain that the worker writes to its log and to
a file outside the database, bind it, and so do the signed heads that everybody may keep (`audit_checkpoint`). The
verifier finds every change before the last head it is given, and every change that does not recompute the chain
without one. A link carries its entry's digest, so that an export may withhold what its reader must not see and still
continue the chain.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK = 7419004
BATCH = 1000
GENESIS = bytes(32)
ANCHORS = "audit-anchors.jsonl"
ANCHOR_EVERY = 10.0
_MOST_FINDINGS = 100
_log = structlog.get_logger(__name__)

_ENTRY = (
    "e.id, e.at, e.actor_id, e.role_name, e.org_id, e.action, e.object_kind, e.object_id, e.topic_id,"
    " e.detail::text as detail, e.request_id"
)
_FIELDS = (
    "id", "at", "actor_id", "role_name", "org_id", "action", "object_kind", "object_id", "topic_id", "detail",
    "request_id",
)  # fmt: skip
_ALL = f"""
select l.seq, l.prev_hash, l.digest, l.hash, coalesce(l.entry_id, e.id, p.entry_id) as entry_id,
  p.entry_id is not null as pending, {_ENTRY}
from audit_link l full join audit_entry e on e.id = l.entry_id
  full join audit_pending p on p.entry_id = coalesce(l.entry_id, e.id)
order by l.seq nulls last, coalesce(l.entry_id, e.id, p.entry_id)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain as it once was: the link's number (from 1) and its hash (hexadecimal)."""

    seq: int
    hash: str


@dataclass(slots=True)
class Row:
    """A link with its entry, as stored; any part may be missing where someone tampered, or not be chained yet.

    `entry` is in its hashed form (`encoded`). `withheld`: an export for somebody who must not see the entry gives its
    digest alone.
    """

    entry_id: int
    entry: bytes | None
    seq: int | None = None
    prev_hash: bytes | None = None
    digest: bytes | None = None
    hash: bytes | None = None
    pending: bool = False
    withheld: bool = False


@dataclass(slots=True)
class Report:
    """What verification found.

    `tail` counts entries that wait to be chained, which are not protected yet; `withheld` those of which an export
    shows the digest alone: that they stand in the chain is verified, what they say is not.
    """

    links: int = 0
    tail: int = 0
    withheld: int = 0
    head: str = GENESIS.hex()
    anchors: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.findings

    def found(self, what: str) -> None:
        """Note a finding; after a hundred, more say nothing new."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(what)


def entry_of(row: Any) -> dict[str, Any]:
    """An entry as it is hashed and exported: texts, numbers and nulls; `detail` is jsonb's own text.

    Not the kernel's canonical form: that evens out Unicode forms, which would hide a change, and refuses numbers with
    a fraction, which would stop the chain.
    """
    return {name: _plain(row[name]) for name in _FIELDS}


class _Number(msgspec.Struct):
    id: int


_numbers = msgspec.json.Decoder(_Number)


def _number(entry: bytes) -> int | None:
    try:
        return _numbers.decode(entry).id
    except msgspec.MsgspecError:
        return None


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case UUID():
            return str(value)
        case _:
            return value


def row_of(row: Any) -> Row:
    """A record of the verifier's query."""
    entry = encoded(entry_of(row)) if row["id"] is not None else None
    return Row(row["entry_id"], entry, row["seq"], row["prev_hash"], row["digest"], row["hash"], row["pending"])


def encoded(entry: dict[str, Any]) -> bytes:
    """An entry as JSON: sorted keys, no white space, UTF-8."""
    return msgspec.json.encode(entry, order="sorted")


def entry_digest(entry: bytes) -> bytes:
    """SHA-256 over an encoded entry."""
    return hashlib.sha256(entry).digest()


def link_hash(previous: bytes, digest: bytes) -> bytes:
    """SHA-256 over the previous link's hash and the entry's digest (32 bytes each)."""
    return hashlib.sha256(previous + digest).digest()


async def chain_batch() -> tuple[int, Anchor | None]:
    """Chain up to a thousand entries; (how many, the new head). Nothing while another worker chains."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        if not await db.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return 0, None
        taken = await db.fetch(
            "delete from audit_pending where entry_id in"
            " (select entry_id from audit_pending order by entry_id limit $1) returning entry_id",
            BATCH,
        )
        if not taken:
            return 0, None
        entries = await db.fetch(
            f"select {_ENTRY} from audit_entry e where e.id = any($1::bigint[]) order by e.id",  # noqa: S608
            [r["entry_id"] for r in taken],
        )
        last = await db.fetchrow("select seq, hash from audit_link order by seq desc limit 1")
        seq, head = (last["seq"], last["hash"]) if last else (0, GENESIS)
        links = []
        for number, row in enumerate(entries, seq + 1):
            digest = entry_digest(encoded(entry_of(row)))
            previous, head = head, link_hash(head, digest)
            links.append((number, row["id"], previous, digest, head))
        await db.executemany(
            "insert into audit_link (seq, entry_id, prev_hash, digest, hash) values ($1, $2, $3, $4, $5)", links
        )
    return len(taken), Anchor(seq + len(links), head.hex())


async def lag() -> float:
    """Age of the oldest entry that waits to be chained, in seconds (0: none waits)."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True) as db:
        return await db.fetchval(
            "select coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0)::float8"
            " from audit_pending p join audit_entry e on e.id = p.entry_id"
        )


class Chain:
    """The chaining loop's body. `anchors` is a file outside the database (None: the log alone)."""

    def __init__(self, anchors: Path | None = None) -> None:
        self._anchors = anchors
        self._unwritten: Anchor | None = None
        self._next = 0.0

    async def step(self) -> None:
        """Chain all that waits; every ten seconds at most, anchor the head."""
        while True:
            count, head = await chain_batch()
            self._unwritten = head or self._unwritten
            if count < BATCH:
                break
        if time.monotonic() >= self._next:
            self._anchor()

    async def last_step(self) -> None:
        """Chain all that waits and anchor it, before the process ends."""
        await self.step()
        self._anchor()

    def _anchor(self) -> None:
        if self._unwritten is None:
            return
        head, self._unwritten = self._unwritten, None
        self._next = time.monotonic() + ANCHOR_EVERY
        _log.info("audit.head", seq=head.seq, hash=head.hash)
        if self._anchors is not None:
            with self._anchors.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"seq": head.seq, "hash": head.hash, "at": _plain(datetime.now(UTC))}) + "\n")


def read_anchors(path: Path) -> list[Anchor]:
    """The anchors of a file that `Chain` wrote; a last line that was cut short by a crash is left out."""
    anchors = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            one = json.loads(line)
            anchors.append(Anchor(int(one["seq"]), str(one["hash"])))
        except (ValueError, KeyError, TypeError):
            continue
    return anchors


class Verifier:
    """Follows the chain row by row; `report` is complete after `end`."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self.report = Report()
        self._head = GENESIS
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.seq, set()).add(anchor.hash)

    def row(self, row: Row) -> None:
        """Take the next row: links by number, then entries without one."""
        if row.seq is None:
            self._unlinked(row)
            return
        report = self.report
        report.links += 1
        if row.seq != report.links:
            report.found(f"link {report.links} is missing: link {row.seq} stands in its place")
            report.links = row.seq
        if row.prev_hash != self._head:
            report.found(f"link {row.seq} does not continue the one before it")
        if row.pending:
            report.found(f"entry {row.entry_id} is chained and waits to be chained")
        if link_hash(row.prev_hash or b"", row.digest or b"") != row.hash:
            report.found(f"link {row.seq} does not have its own hash")
        self._entry(row)
        self._head = row.hash or b""
        report.head = self._head.hex()
        for wanted in self._anchors.pop(row.seq, ()):
            report.anchors += 1
            if wanted != report.head:
                report.found(f"link {row.seq} is not the one that was anchored")

    def _entry(self, row: Row) -> None:
        if row.entry is None and row.withheld:
            self.report.withheld += 1
        elif row.entry is None:
            self.report.found(f"entry {row.entry_id} of link {row.seq} is missing")
        elif entry_digest(row.entry) != row.digest or _number(row.entry) != row.entry_id:
            self.report.found(f"entry {row.entry_id} of link {row.seq} was changed")

    def _unlinked(self, row: Row) -> None:
        if row.entry is None:
            self.report.found(f"entry {row.entry_id} waits to be chained, but is missing")
        elif row.pending:
            self.report.tail += 1
        else:
            self.report.found(f"entry {row.entry_id} is neither chained nor waits to be")

    def end(self) -> Report:
        """No more rows: anchored links that never came were cut off."""
        for seq in sorted(self._anchors):
            self.report.found(f"link {seq} was anchored and is missing")
        return self.report


def verify(rows: Iterable[Row], anchors: Iterable[Anchor] = ()) -> Report:
    """Check rows in the order of their links (entries without a link last). Pure."""
    verifier = Verifier(anchors)
    for row in rows:
        verifier.row(row)
    return verifier.end()


async def stored(connect: Mapping[str, Any]) -> AsyncIterator[Row]:
    """Every row in one snapshot, in the verifier's order; on the worker's login."""
    connection = await asyncpg.connect(**connect)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for r in connection.cursor(_ALL, prefetch=BATCH):
                yield row_of(r)
    finally:
        await connection.close()


async def verify_database(connect: Mapping[str, Any], anchors: Iterable[Anchor] = ()) -> Report:
    """Check the log of a database in one snapshot. `connect`: asyncpg's arguments of the worker's login."""
    verifier = Verifier(anchors)
    async for row in stored(connect):
        verifier.row(row)
    return verifier.end()
