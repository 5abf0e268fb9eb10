"""Draws: the seed is committed to first, the roster frozen then; a worker draws, once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.challenges import api as challenges
from jiebang.kernel.errors import Forbidden, JiebangError, NotFound, Refused
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import SHANGHAI
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.review import domain, repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import Commitment, DrawView, Feasibility, SeatView, StratumFeasibility
from jiebang.review.service import panel, roster

if TYPE_CHECKING:
    from jiebang.challenges.api import FrozenTopic
    from jiebang.kernel.actor import Actor
    from jiebang.review.schemas import NewDraw


@use_case(Role.OFFICER, read_only=True)
async def feasibility(actor: Actor, topic_id: UUID) -> Feasibility:
    """Whether the pool could fill the topic's open seats now. Before the opening no applicant is known to it.

    Raises:
        NotFound: not a published topic of the acting agency.
    """
    topic = await _own_topic(actor, topic_id)
    inputs, _ = await roster.inputs(topic, await repository.pool(topic.body.track))
    reserves = topic.rules.reserves_per_stratum
    refusal = panel.shortage(inputs, reserves)
    fits = BilingualText(
        zh="专家库足以抽取评审组，并留有备选专家。",
        en="The pool can fill the panel and still holds reserves.",
    )
    return Feasibility(
        feasible=refusal is None,
        verdict=fits if refusal is None else _said(refusal),
        strata=[
            StratumFeasibility(
                kind=kind,
                seats=seats,
                pool=sum(c.kind == kind for c in inputs.roster),
                eligible=inputs.eligible(kind),
                reserves_needed=reserves,
            )
            for kind, seats in inputs.strata.items()
        ],
        recusals=dict(Counter(reason for reasons in inputs.conflicts.values() for reason in reasons)),
    )


@use_case(Role.OFFICER)
async def announce(actor: Actor, topic_id: UUID, data: NewDraw) -> DrawView:
    """Commit to a seed, which the database makes and nobody reads, before any roster stands.

    Raises:
        NotFound: not a topic of the acting agency.
        Forbidden: `topic.role_needed`.
        Refused: `draw.pending`, `score_run.exists`, `draw.no_redraw`, `draw.reason_needed`.
    """
    await challenges.lock(topic_id)
    await challenges.require_role(actor, topic_id, "draw_officer")
    topic = await challenges.frozen(topic_id)
    before = await repository.rows(Q.topic_draws, topic_id)
    if pending := [d["n"] for d in before if d["status"] == "seed_committed"]:
        raise Refused(rules.DRAW_PENDING, n=pending[0])
    if before:
        if await repository.latest_score_run(topic_id) is not None:
            raise Refused(rules.ALREADY_SCORED)
        if not await _seat_without_reserve(topic):
            raise Refused(rules.NO_REDRAW)
        if data.reason is None:
            raise Refused(rules.REASON_NEEDED)
    draw_id = await repository.value(Q.announce_draw, topic_id, data.reason)
    made = DrawView(**dict((await repository.rows(Q.topic_draws, topic_id))[-1]))
    await audit.record(
        "draw.announced", "expert_draw", draw_id, topic_id=topic_id, n=made.n, commitment=made.commitment,
        reason=made.reason, rules=topic.sha256,
    )  # fmt: skip
    return made


@use_case(Role.OFFICER)
async def run(actor: Actor, draw_id: UUID) -> DrawView:
    """Freeze roster, conflicts and seats, and let a worker draw. There is no second time.

    Raises:
        NotFound: not a draw of the acting agency.
        Forbidden: `topic.role_needed`, `draw.pool_editor`.
        Refused: `draw.inputs_frozen`, `draw.not_opened`, `draw.not_screened`,
            `draw.too_few_applications`, `draw.reserves_short`, `draw.stratum_short`, `topic.not_now`.
    """
    draw = await repository.row(Q.draw, draw_id)
    if draw is None:
        raise NotFound
    topic_id = draw["topic_id"]
    row = await challenges.lock(topic_id)
    await challenges.require_role(actor, topic_id, "draw_officer")
    if draw["inputs"] is not None:
        raise Refused(rules.INPUTS_FROZEN)  # a panel that is complete by now has no seats to compute with
    topic = await challenges.frozen(topic_id)
    inputs, bids = await roster.inputs(topic, await repository.pool(topic.body.track))
    waiting = sum(bid.status == "submitted" for bid in bids)
    if row.opened_at is None:
        raise Refused(rules.NOT_OPENED)
    if waiting:
        raise Refused(rules.NOT_SCREENED, open=waiting)
    judged = roster.judged(bids)
    awards = topic.body.award_count
    if not topic.rules.enough_competition(len(judged), awards):
        raise Refused(rules.TOO_FEW_APPLICATIONS, eligible=len(judged), awards=awards)
    verified = {expert.verified_by for expert in await repository.pool(topic.body.track)}
    if str(actor.person_id) in verified:
        raise Forbidden(rules.POOL_EDITOR)
    if refusal := panel.shortage(inputs, topic.rules.reserves_per_stratum if draw["n"] == 1 else 0):
        raise refusal
    frozen = await repository.row(Q.freeze_inputs, draw_id, {**inputs.stored(), "applications": judged})
    if frozen is None:
        raise Refused(rules.INPUTS_FROZEN)
    await audit.record(
        "draw.frozen", "expert_draw", draw_id, topic_id=topic_id, n=draw["n"], roster=len(inputs.roster),
        recused=len(inputs.conflicts), rules=topic.sha256,
    )  # fmt: skip
    await emit("review.run_draw", {"draw_id": str(draw_id)}, fairness_key=str(topic_id))
    return DrawView(**dict(frozen))


async def draws(actor: Actor, topic_id: UUID) -> list[DrawView]:
    """Every draw of a topic of the acting agency, by number."""
    return [DrawView(**dict(r)) for r in await ENGINE.read(Role.OFFICER, Q.draws, topic_id, token=actor.token_hash)]


async def export(actor: Actor, draw_id: UUID) -> dict[str, Any]:
    """A finished draw with seed, roster and conflicts, for `jiebang verify-draw`; ids alone.

    Raises:
        NotFound: not a finished draw of the acting agency.
    """
    found = await ENGINE.read(Role.OFFICER, Q.draw_export, draw_id, token=actor.token_hash)
    if not found or found[0]["output"] is None:
        raise NotFound
    return found[0]["output"]


async def commitments(topic_id: UUID) -> list[Commitment]:
    """What everybody may know of a topic's draws: numbers, seeds' hashes, instants."""
    found = await ENGINE.read(Role.PUBLIC, Q.draw_commitments, topic_id)
    return [Commitment(**dict(r)) for r in found]


async def progress(actor: Actor, topic_id: UUID) -> list[SeatView]:
    """Who sits on a topic's panel and owes what: the acting agency alone reads it."""
    found = await ENGINE.read(Role.OFFICER, Q.progress, topic_id, token=actor.token_hash)
    return [SeatView(**dict(r)) for r in found]


@use_case(Role.OFFICER)
async def lapse(actor: Actor, assignment_id: UUID) -> None:
    """Give an offer up that was not answered in time; a reserve steps in.

    Raises:
        NotFound: not an assignment of the acting agency.
        Forbidden: `topic.role_needed`.
        Refused: `assignment.not_overdue`, `assignment.not_now`.
    """
    found = await repository.row(Q.offered, assignment_id)
    if found is None:
        raise NotFound
    await challenges.require_role(actor, found["topic_id"], "draw_officer")
    domain.ASSIGNMENT.next(found["status"], "decline")
    today = (await repository.clock()).astimezone(SHANGHAI).date()
    if today <= found["answer_by"]:
        raise Refused(rules.NOT_OVERDUE, answer_by=found["answer_by"].isoformat())
    if await repository.row(Q.lapse, assignment_id) is None:
        raise NotFound
    await audit.record(
        "assignment.lapsed", "review_assignment", assignment_id, topic_id=found["topic_id"], reason="no_response"
    )
    await emit("review.next_reserve", {"assignment_id": str(assignment_id)}, fairness_key=str(found["topic_id"]))


async def _own_topic(actor: Actor, topic_id: UUID) -> FrozenTopic:
    topic = await challenges.frozen(topic_id)
    if topic.agency_id != actor.org_id:
        raise NotFound
    return topic


async def _seat_without_reserve(topic: FrozenTopic) -> bool:
    """Whether a seat is open that no drawn reserve can take."""
    seats = await repository.seats(topic.topic_id)
    held = sum(seat.status in domain.HOLDS_A_SEAT for seat in seats)
    outputs = [r["output"] for r in await repository.rows(Q.outputs, topic.topic_id)]
    return held < topic.rules.panel_size and panel.next_in_line(outputs, seats, topic.rules.strata) is None


def _said(refusal: JiebangError) -> BilingualText:
    assert isinstance(refusal, Refused)  # noqa: S101 - `shortage` gives no other
    return BilingualText(zh=refusal.rule.zh.format(**refusal.facts), en=refusal.rule.en.format(**refusal.facts))
