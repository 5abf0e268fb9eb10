"""Write an audit entry in the open unit of work. The database names the actor itself, from the session's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.platform.db.engine import ENGINE
from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.kernel.actor import Actor
    from jiebang.platform.db.roles import Role


async def record(
    action: str, object_kind: str, object_id: UUID | None, *, topic_id: UUID | None = None, **detail: Any
) -> None:
    """Append who did `action` (`topic.published`) to which object, with its reason and facts in `detail`."""
    await ENGINE.current().execute(
        "select app.audit($1, $2, $3, $4, $5, $6)", action, object_kind, object_id, topic_id, detail, REQUEST.get()
    )


async def read(role: Role, actor: Actor, sql: str, object_id: UUID, *, action: str, object_kind: str) -> Any:
    """One record (with a `topic_id`) of the object that `sql` finds by `$2`, or None; that it was read is on record.

    One statement does both: no answer without its record, and none of what is not found.
    """
    noted = (
        f"with found as materialized ({sql})"  # noqa: S608 - a statement of a slice's file
        " select f.*, app.audit($3, $4, $2::uuid, f.topic_id, '{}', $5) is null as recorded from found f"
    )
    rows = await ENGINE.read(role, noted, object_id, action, object_kind, REQUEST.get(), token=actor.token_hash)
    return rows[0] if rows else None


async def note_read(
    role: Role, actor: Actor, action: str, object_kind: str, object_id: UUID | None, *, topic_id: UUID | None = None
) -> None:
    """Record what was read and is about to be answered, in a unit of its own: no answer without its record."""
    async with ENGINE.unit_of_work(role, actor.token_hash):
        await record(action, object_kind, object_id, topic_id=topic_id)
