"""Review's statements. The definer functions they call are `migrations/review/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.platform.db import ENGINE, Queries
from jiebang.review.facts import ScoreRunFacts

if TYPE_CHECKING:
    from uuid import UUID

Q = Queries("jiebang.review")


async def latest_score_run(topic_id: UUID) -> ScoreRunFacts | None:
    """The latest run, or None."""
    row = await ENGINE.current().fetchrow(Q.latest_score_run, topic_id)
    return None if row is None else msgspec.convert(dict(row), ScoreRunFacts)
