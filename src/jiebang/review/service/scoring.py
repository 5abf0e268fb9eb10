"""Scores: the review is closed, locked and aggregated by the frozen rule, once."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec

from jiebang.challenges import api as challenges
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import NotFound, Refused
from jiebang.matching.scores import Criterion, Review, ScoreRule, score_run
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.review import repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import ScoreRunView
from jiebang.review.service import panel

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor


@use_case(Role.OFFICER)
async def close_review(actor: Actor, topic_id: UUID) -> ScoreRunView:
    """Lock every review and store the ranking by the topic's frozen rule. Awards follow in their own slice.

    Raises:
        NotFound: not a topic of the acting agency.
        Forbidden: `topic.role_needed`.
        Refused: `score_run.reviews_owed`, `score_run.exists`, or a rule of `matching.scores`.
    """
    row = await challenges.lock(topic_id)
    await challenges.require(topic_id, "panel.draw")
    topic = await challenges.frozen(topic_id)
    by = topic.rules
    if await repository.latest_score_run(topic_id) is not None:
        raise Refused(rules.ALREADY_SCORED)
    seats = await repository.seats(topic_id)
    owed = sum(seat.status in {"offered", "accepted"} for seat in seats)
    if owed or not seats:
        raise Refused(rules.REVIEWS_OWED, owed=owed or topic.rules.panel_size)
    first = (await repository.rows(Q.finished, topic_id))[0]
    reviews = [
        Review(str(r["id"]), r["version"], str(r["application_id"]), str(r["assignment_id"]), r["scores"])
        for r in await repository.rows(Q.submitted_reviews, topic_id)
    ]
    run = score_run(
        first["inputs"]["applications"],
        reviews,
        [Criterion(c.code, c.weight) for c in topic.body.criteria],
        ScoreRule(by.aggregation, by.min_valid_reviews, by.tie_chain, by.score_max),
        # Committed to before any roster or score stood: nobody chooses how a tie falls.
        hmac.digest(bytes.fromhex(first["output"]["record"]["seed"]), b"jiebang joint lot", "sha256"),
    )
    inputs, output = panel.stored_run(run)
    run_id, sha256 = uuid4(), digest(run.export())
    await repository.run(Q.lock_reviews, topic_id)
    await repository.run(Q.lock_assignments, topic_id)
    await repository.run(Q.insert_score_run, run_id, topic_id, row.agency_id, inputs, output, sha256)
    await audit.record(
        "score_run.computed", "score_run", run_id, topic_id=topic_id, sha256=sha256, reviews=len(reviews),
        rules=topic.sha256,
    )  # fmt: skip
    facts, codes = await repository.latest_score_run(topic_id), await repository.value(Q.panel_codes, topic_id)
    return msgspec.convert(msgspec.to_builtins(facts) | {"panel_codes": codes}, ScoreRunView)


async def score_runs(actor: Actor, topic_id: UUID) -> list[ScoreRunView]:
    """The score runs of a topic of the acting agency."""
    found = await ENGINE.read(Role.OFFICER, Q.score_runs, topic_id, token=actor.token_hash)
    return [msgspec.convert(dict(r), ScoreRunView) for r in found]


async def export(actor: Actor, run_id: UUID) -> dict[str, Any]:
    """A run's inputs and output, for `matching.scores.verify`; ids alone.

    Raises:
        NotFound: not a run of the acting agency.
    """
    found = await ENGINE.read(Role.OFFICER, Q.score_run_export, run_id, token=actor.token_hash)
    if not found:
        raise NotFound
    await audit.note_read(Role.OFFICER, actor, "score_run.exported", "score_run", run_id)
    return {**found[0]["inputs"], **found[0]["output"]}
