"""Use cases of supervision: the audit log for those who watch, its signed heads for everybody."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import structs

from jiebang.challenges import repository
from jiebang.challenges.lifecycle import NOT_SUPERVISOR
from jiebang.challenges.oversight_schemas import AuditState, AuditView, ChainPage, ChainRow, CheckpointView
from jiebang.kernel.errors import Forbidden
from jiebang.kernel.policy import holds
from jiebang.platform import audit, audit_checkpoint
from jiebang.platform.audit_chain import GENESIS, row_of
from jiebang.platform.audit_export import line_of
from jiebang.platform.db import Role, use_case

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None is anything. `action` is how it begins; `since` and `until` are instants, half-open."""

    action: str | None = None
    actor_id: UUID | None = None
    object_id: UUID | None = None
    topic_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self) -> dict[str, str]:
        """What of it was given, for a cursor's signature."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


@use_case(Role.OFFICER, reads=True)
async def search(actor: Actor, found: Search, before: int | None, limit: int) -> list[AuditView]:
    """Entries of the acting authority and its topics, the newest first.

    Nothing that tells of a sealed bid before the opening. That the supervisor looked, and for what, is on record.

    Raises:
        Forbidden: `audit.not_supervisor`.
    """
    _require_supervisor(actor)
    rows = await repository.search_audit(before, limit, *asdict(found).values())
    await audit.record("audit.read", "organisation", actor.org_id, search=found.query())
    return [AuditView(**dict(r)) for r in rows]


@use_case(Role.OFFICER, reads=True)
async def chain(actor: Actor, after: int, limit: int) -> ChainPage:
    """A page of the chain from link `after` on.

    Raises:
        Forbidden: `audit.not_supervisor`.
    """
    _require_supervisor(actor)
    rows = await repository.audit_chain(after, limit + 1)
    items = [_row(r) for r in rows[:limit]]
    if after == 0:
        await audit.record("audit.exported", "organisation", actor.org_id)
    head = items[-1].hash if items else GENESIS.hex()
    return ChainPage(items, rows[limit - 1]["seq"] if len(rows) > limit else None, head)


async def state(actor: Actor) -> AuditState:
    """How far the chain is, what waits for it, and its newest signed head.

    Raises:
        Forbidden: `audit.not_supervisor`.
    """
    _require_supervisor(actor)
    newest = await checkpoints(None, 1)
    return await _state(actor, newest[0] if newest else None)


@use_case(Role.OFFICER, read_only=True)
async def _state(_: Actor, checkpoint: CheckpointView | None) -> AuditState:
    row = await repository.audit_state()
    head = GENESIS if row["head"] is None else row["head"]
    return AuditState(row["links"] or 0, head.hex(), row["waiting"], row["lag"], checkpoint)


async def checkpoints(after: int | None, limit: int) -> list[CheckpointView]:
    """Signed heads, the newest first."""
    found = await audit_checkpoint.published(after, limit)
    return [CheckpointView(one.seq, one.hash, one.at, one.signature, one.public_key) for one in found]


def _row(record: Any) -> ChainRow:
    row = row_of({**dict(record), "pending": False})
    if not record["shown"]:
        row.entry, row.withheld = None, True
    return ChainRow(**structs.asdict(line_of(row)))


def _require_supervisor(actor: Actor) -> None:
    if not holds(actor.org_roles, "audit.read"):
        raise Forbidden(NOT_SUPERVISOR)
