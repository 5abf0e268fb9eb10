"""Write a job in the open unit of work. A relay carries its id to the queue after the commit (ARCHITECTURE §3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.platform.db.engine import ENGINE
from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

_wake: list[Callable[[], None]] = []


def on_commit(wake: Callable[[], None] | None) -> None:
    """Set (None: remove) the best-effort wake-up of the relay: called once after each unit that wrote a job."""
    _wake[:] = [wake] if wake is not None else []


async def emit(kind: str, payload: dict[str, Any], *, fairness_key: str) -> int:
    """Add a job of `kind` with ids in `payload` (never personal data); returns its outbox id.

    Args:
        fairness_key: whose jobs wait in one line (a topic, a team, a person), so that one crowd cannot starve others.
    """
    outbox_id = await ENGINE.current().fetchval(
        "select app.emit($1, $2, $3, $4)", kind, payload, fairness_key, REQUEST.get()
    )
    for wake in _wake:
        ENGINE.after_commit(wake)
    return outbox_id
