"""Score runs, written straight into the database: tests of awards need no review of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.kernel.canonical import digest
from jiebang.matching.scores import Criterion, Review, ScoreRule, score_run
from jiebang.platform.db import ENGINE, Role
from jiebang.review.domain import stored_run

if TYPE_CHECKING:
    from collections.abc import Sequence


async def scored_topic(topic_id: UUID, applications: Sequence[UUID], *, computed_by: UUID | None = None) -> UUID:
    """Put `topic_id` under review and score its opened `applications`, best first as given; the score run's id.

    The topic becomes `reviewing`, the applications `in_review`; the run is a real one over three reviews each.
    """
    reviews = [
        Review(str(uuid4()), 2, str(application), f"reviewer {n}", {"quality": 95 - 7 * place, "impact": 90 - 7 * place + n})
        for place, application in enumerate(applications)
        for n in range(3)
    ]
    run = score_run(
        [str(a) for a in applications], reviews, [Criterion("quality", 60), Criterion("impact", 40)],
        ScoreRule("mean", 3), b"a lot's seed of thirty-two bytes",
    )  # fmt: skip
    inputs, output = stored_run(run)
    run_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        agency = await db.fetchval("update topic set status = 'reviewing' where id = $1 returning agency_id", topic_id)
        await db.execute("update application set status = 'in_review' where id = any($1)", list(applications))
        await db.execute(
            "insert into score_run (id, topic_id, agency_id, n, inputs, output, sha256, computed_by, computed_at)"
            " select $1, $2, $3, coalesce(max(n), 0) + 1, $4, $5, $6, $7, app.now() from score_run where topic_id = $2",
            run_id, topic_id, agency, inputs, output, digest(run.export()), computed_by or uuid4(),
        )  # fmt: skip
    return run_id
