"""What later slices may ask: plain coroutines that run in the caller's unit of work and open none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.review import repository

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.review.facts import ScoreRunFacts


async def latest_score_run(topic_id: UUID) -> ScoreRunFacts | None:
    """The topic's latest score run with its ranking, first is rank 1 (officer or worker unit); None before it."""
    return await repository.latest_score_run(topic_id)
