"""Draws as their officer leads them: announced, frozen once all have committed, drawn once all have revealed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.challenges import api as challenges
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import SHANGHAI
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.review import domain, repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import CopyView, DrawView, Feasibility, ReviewProgress, SeatView, StratumFeasibility
from jiebang.review.service import panel, roster, views

if TYPE_CHECKING:
    from datetime import datetime

    from jiebang.challenges.api import FrozenTopic
    from jiebang.kernel.actor import Actor
    from jiebang.kernel.errors import Rule
    from jiebang.review.domain import Party
    from jiebang.review.schemas import NewDraw


@use_case(Role.OFFICER, read_only=True)
async def feasibility(actor: Actor, topic_id: UUID) -> Feasibility:
    """Whether the pool could fill the topic's open seats now. Before the opening no applicant is known to it.

    Raises:
        NotFound: not a published topic of the acting agency.
    """
    topic = await _own_topic(actor, topic_id)
    inputs, bids = await roster.inputs(topic, await repository.pool(topic.body.track))
    reserves = topic.rules.reserves_per_stratum
    together = topic.rules.draw.mode == "topic"
    ready = together or bool(roster.judged(bids))
    found = panel.shortage(await roster.case(topic, inputs, bids, reserves)) if inputs.strata and ready else []
    fits = BilingualText(
        zh="专家库足以抽取评审组，并留有备选专家。",
        en="The pool can fill the panel and still holds reserves.",
    )
    return Feasibility(
        feasible=not found,
        verdict=views.block(found[0]).sentence if found else fits,
        strata=[
            StratumFeasibility(
                kind=kind,
                seats=count,
                pool=sum(c.kind == kind for c in inputs.roster),
                eligible=inputs.eligible(kind),
                reserves_needed=reserves,
            )
            for kind, count in inputs.strata.items()
        ],
        recusals=dict(Counter(reason for reasons in inputs.conflicts.values() for reason in reasons)),
        blocks=[views.block(one) for one in found],
    )


@use_case(Role.OFFICER)
async def announce(actor: Actor, topic_id: UUID, data: NewDraw) -> DrawView:
    """Open a draw for commitments; the platform's own, which the database makes and nobody reads, is the first.

    Raises:
        NotFound: not a topic of the acting agency.
        Forbidden: `topic.role_needed`, `draw.pool_editor`.
        Refused: `draw.pending`, `score_run.exists`, `draw.no_redraw`, `draw.reason_needed`.
    """
    await challenges.lock(topic_id)
    await challenges.require(topic_id, "panel.draw")
    topic = await challenges.frozen(topic_id)
    if await repository.value(Q.verified_some):
        raise Forbidden(rules.POOL_EDITOR)
    before = await repository.rows(Q.topic_draws, topic_id)
    if pending := [d["n"] for d in before if d["status"] != "drawn"]:
        raise Refused(rules.DRAW_PENDING, n=pending[0])
    if await repository.latest_score_run(topic_id) is not None:
        raise Refused(rules.ALREADY_SCORED)
    if before:
        if not await _seat_without_reserve(topic):
            raise Refused(rules.NO_REDRAW)
        if data.reason is None:
            raise Refused(rules.REASON_NEEDED)
    draw_id = await repository.value(Q.announce_draw, topic_id, data.reason)
    made = views.draw(await repository.row(Q.draw_view, draw_id))
    await audit.record(
        "draw.announced", "expert_draw", draw_id, topic_id=topic_id, n=made.n, commitment=made.commitment,
        reason=made.reason, rules=topic.sha256,
    )  # fmt: skip
    return made


@use_case(Role.OFFICER)
async def freeze(actor: Actor, draw_id: UUID) -> DrawView:
    """Let a worker freeze roster, conflicts and chances. Whatever keeps it from that is said now, in words.

    Raises:
        NotFound: not a draw of the acting agency.
        Forbidden: `topic.role_needed`, `draw.pool_editor`.
        Refused: `draw.inputs_frozen`, `draw.commitments_open`, `draw.not_opened`, `draw.not_screened`,
            `draw.too_few_applications`, `draw.reserves_short`, or what `seats.blocks` says.
    """
    draw, topic, opened_at = await _to_lead(actor, draw_id)
    if draw["status"] != "seed_committed":
        raise Refused(rules.INPUTS_FROZEN)
    inputs, bids = await roster.inputs(topic, await repository.pool(topic.body.track))
    roster.guard(topic, opened_at, bids)
    if str(actor.person_id) in {expert.verified_by for expert in inputs.roster}:
        raise Forbidden(rules.POOL_EDITOR)
    reserves = topic.rules.reserves_per_stratum if draw["n"] == 1 else 0
    if found := panel.shortage(await roster.case(topic, inputs, bids, reserves)):
        raise found[0].refusal
    committed = {row["party"] for row in await repository.rows(Q.shares, draw_id)}
    _wait_for(rules.COMMITMENTS_OPEN, [p for p in domain.PARTIES if p not in committed], "commit_by", draw,
              await repository.clock())  # fmt: skip
    await emit("review.freeze_draw", {"draw_id": str(draw_id)}, fairness_key=str(topic.topic_id))
    return views.draw(await repository.row(Q.draw_view, draw_id))


@use_case(Role.OFFICER)
async def run(actor: Actor, draw_id: UUID) -> DrawView:
    """Let a worker draw without those who have not revealed in time. With everybody's share it draws by itself.

    Raises:
        NotFound: not a draw of the acting agency.
        Forbidden: `topic.role_needed`.
        Refused: `draw.not_frozen`, `draw.inputs_frozen`, `draw.shares_open`.
    """
    draw, topic, _ = await _to_lead(actor, draw_id)
    if draw["status"] == "seed_committed":
        raise Refused(rules.NOT_FROZEN)
    if draw["status"] == "drawn":
        raise Refused(rules.INPUTS_FROZEN)
    silent = [row["party"] for row in await repository.rows(Q.shares, draw_id) if row["share"] is None]
    _wait_for(rules.SHARES_OPEN, silent, "reveal_by", draw, await repository.clock())
    await emit("review.run_draw", {"draw_id": str(draw_id)}, fairness_key=str(topic.topic_id))
    return views.draw(await repository.row(Q.draw_view, draw_id))


async def draws(actor: Actor, topic_id: UUID) -> list[DrawView]:
    """Every draw of a topic of the acting agency, by number."""
    return [views.draw(r) for r in await ENGINE.read(Role.OFFICER, Q.draws, topic_id, token=actor.token_hash)]


async def progress(actor: Actor, topic_id: UUID) -> list[SeatView]:
    """Who sits on a topic's panel and owes what: the acting agency alone reads it."""
    found = await ENGINE.read(Role.OFFICER, Q.progress, topic_id, token=actor.token_hash)
    if found:
        await audit.note_read(Role.OFFICER, actor, "panel.read", "topic", topic_id, topic_id=topic_id)
    return [SeatView(**dict(r)) for r in found]


async def copies(actor: Actor, topic_id: UUID) -> list[CopyView]:
    """The blind copies of a topic, proposal by proposal: the acting agency alone reads them."""
    found = await ENGINE.read(Role.OFFICER, Q.copies, topic_id, token=actor.token_hash)
    if found:
        await audit.note_read(Role.OFFICER, actor, "panel.read", "topic", topic_id, topic_id=topic_id)
    return [CopyView(**dict(r)) for r in found]


async def review_progress(actor: Actor, topic_id: UUID) -> ReviewProgress:
    """How far a topic's review has come, in counts that name nobody.

    Raises:
        NotFound: not a published topic of the acting agency.
    """
    found = await ENGINE.read(Role.OFFICER, Q.review_progress, topic_id, token=actor.token_hash)
    if not found:
        raise NotFound
    return ReviewProgress(**dict(found[0]))


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
    await challenges.require(found["topic_id"], "panel.draw")
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


async def _to_lead(actor: Actor, draw_id: UUID) -> tuple[Any, FrozenTopic, datetime | None]:
    draw = await repository.row(Q.draw, draw_id)
    if draw is None:
        raise NotFound
    row = await challenges.lock(draw["topic_id"])
    await challenges.require(draw["topic_id"], "panel.draw")
    return draw, await challenges.frozen(draw["topic_id"]), row.opened_at


def _wait_for(rule: Rule, missing: list[Party], until: str, draw: Any, now: datetime) -> None:
    """Go on if nobody is missing or the instant has passed."""
    if missing and now <= draw[until]:
        names = [domain.PARTY_NAMES[party] for party in missing]
        raise Refused(
            rule,
            missing_zh="、".join(zh for zh, _ in names),
            missing_en=", ".join(en for _, en in names),
            **{until: f"{draw[until].astimezone(SHANGHAI):%Y-%m-%d %H:%M}"},
        )


async def _seat_without_reserve(topic: FrozenTopic) -> bool:
    """Whether a seat is open that no drawn reserve can take."""
    seats = await repository.seats(topic.topic_id)
    finished = await repository.rows(Q.finished, topic.topic_id)
    by = topic.rules
    if by.draw.mode == "proposal":
        placed = Counter(one.application_id for one in await repository.placed(topic.topic_id))
        return any(placed[unit] < by.panel_size for unit in finished[0]["inputs"]["applications"])
    held = sum(seat.status in domain.HOLDS_A_SEAT for seat in seats)
    return held < by.panel_size and panel.next_in_line(finished, seats, by.strata, by.draw.per_region) is None
