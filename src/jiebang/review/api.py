"""What later slices may ask: plain coroutines that run in the caller's unit of work and open none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.review import repository
from jiebang.review.repository import Q
from jiebang.review.service import panel

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.review.facts import ScoreRunFacts


async def latest_score_run(topic_id: UUID) -> ScoreRunFacts | None:
    """The topic's latest score run with its ranking, first is rank 1 (officer or worker unit); None before it."""
    return await repository.latest_score_run(topic_id)


async def wrong_in_run(run_id: UUID) -> list[str]:
    """What a replay of a stored score run does not confirm (worker unit); empty: it holds."""
    row = await repository.row(Q.score_run_stored, run_id)
    return panel.wrong_in({**row["inputs"], **row["output"]})
