"""Reviews over HTTP: the pool, the agency's draws and scores, the review desk, what the public may check."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, MediaType, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from jiebang.kernel.actor import Actor
from jiebang.review.schemas import (
    Answer,
    AssignmentView,
    Commitment,
    CopyView,
    DrawReport,
    DrawView,
    ExpertView,
    Feasibility,
    FileLink,
    MyExpertView,
    NewCommitment,
    NewDraw,
    NewExpert,
    ProposalItem,
    ProposalView,
    ReviewDraft,
    ReviewProgress,
    ReviewView,
    ScoreRunView,
    SeatView,
    Share,
)
from jiebang.review.service import desk, draws, pool, scoring, shares
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page

EDIT = {"if_match": True, "idempotent": "optional"}
ONCE = {"idempotent": True}
OFFICER = {"role": "officer"}
REVIEWER = {"role": "reviewer"}

OfAssignment = Annotated[UUID, QueryParameter(name="assignment", description="One of my accepted assignments.")]


class PublicDraws(Controller):
    """What everybody may check of a draw."""

    path = "/api/v1"
    tags = ("draws",)
    opt = {"public": True}  # noqa: RUF012 - Litestar reads it, nobody writes it

    @get("/topics/{topic_id:uuid}/draw-commitments", operation_id="list_draw_commitments")
    async def commitments(self, topic_id: FromPath[UUID]) -> list[Commitment]:
        """Each draw with its parties' SHA-256 commitments, the digest of what was frozen, and the reason for it."""
        return await shares.commitments(topic_id)

    @get("/topics/{topic_id:uuid}/draws/{n:int}/record", operation_id="read_draw_record", media_type=MediaType.JSON)
    async def record(self, topic_id: FromPath[UUID], n: FromPath[int]) -> Response[bytes]:
        """The public file of a finished draw, to be checked by `jiebang verify-draw`; it names nobody."""
        return Response(await shares.record(topic_id, n), media_type=MediaType.JSON)


class ApplicantsShare(Controller):
    """What an applicants' representative does for a draw: the lead of a submitted application."""

    path = "/api/v1/topics/{topic_id:uuid}/draws/{draw_id:uuid}"
    tags = ("draws",)
    opt = ONCE

    @post("/commitment", operation_id="commit_applicants_share", status_code=200)
    async def commit(
        self,
        topic_id: FromPath[UUID],
        draw_id: FromPath[UUID],
        data: JSONBody[NewCommitment],
        actor: NamedDependency[Actor],
    ) -> Commitment:
        """Commit to 32 random bytes for the applicants, before the roster is frozen; the first to do so speaks."""
        return await shares.commit_as_applicant(actor, topic_id, draw_id, data)

    @post("/share", operation_id="reveal_applicants_share", status_code=200)
    async def reveal(
        self, topic_id: FromPath[UUID], draw_id: FromPath[UUID], data: JSONBody[Share], actor: NamedDependency[Actor]
    ) -> Commitment:
        """Reveal the bytes once the roster is frozen."""
        return await shares.reveal_as_applicant(actor, topic_id, draw_id, data)


class Candidates(Controller):
    """People who offer themselves as experts."""

    path = "/api/v1/experts"
    tags = ("experts",)

    @post("/", operation_id="offer_expert", status_code=201, opt=ONCE)
    async def offer(self, data: JSONBody[NewExpert], actor: NamedDependency[Actor]) -> ExpertView:
        """Offer myself to an agency's expert pool."""
        return await pool.offer(actor, data)

    @get("/mine", operation_id="list_my_experts")
    async def mine(self, actor: NamedDependency[Actor]) -> list[MyExpertView]:
        """The pools to which I have offered myself, with all that they keep about me."""
        return await pool.my_offers(actor)


class Panels(Controller):
    """What an agency's officers do: verify experts, draw panels, follow reviews, aggregate scores."""

    path = "/api/v1/officer"
    tags = ("panels",)
    opt = OFFICER

    @get("/experts", operation_id="list_experts")
    async def experts(
        self,
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ExpertView]:
        """The expert pool of the agency that I act for."""
        query = {"list": "experts", "org": actor.org_id}
        at = cursors.decode(cursor, query)
        rows = await pool.pool(actor, limit=limit + 1, after=None if at is None else UUID(at[0]))
        return cursors.page(rows, limit, lambda row: (row.id,), query)

    @post("/experts/{expert_id:uuid}/activation", operation_id="activate_expert", status_code=200, opt=ONCE)
    async def activate(self, expert_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ExpertView:
        """Verify an expert."""
        return await pool.activate(actor, expert_id)

    @get("/topics/{topic_id:uuid}/panel-feasibility", operation_id="read_panel_feasibility")
    async def feasibility(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Feasibility:
        """Whether the pool can fill the topic's panel after recusals, in words."""
        return await draws.feasibility(actor, topic_id)

    @post("/topics/{topic_id:uuid}/draws", operation_id="announce_draw", status_code=201, opt=ONCE)
    async def announce(
        self, topic_id: FromPath[UUID], data: JSONBody[NewDraw], actor: NamedDependency[Actor]
    ) -> DrawView:
        """Open a draw for the parties' commitments; the platform's own is made at once."""
        return await draws.announce(actor, topic_id, data)

    @get("/topics/{topic_id:uuid}/draws", operation_id="list_draws")
    async def draws(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[DrawView]:
        """The topic's draws by number."""
        return await draws.draws(actor, topic_id)

    @post(
        "/topics/{topic_id:uuid}/draws/{draw_id:uuid}/commitment",
        operation_id="commit_draw_share",
        status_code=200,
        opt=ONCE,
    )
    async def commit(
        self,
        topic_id: FromPath[UUID],
        draw_id: FromPath[UUID],
        data: JSONBody[NewCommitment],
        actor: NamedDependency[Actor],
    ) -> Commitment:
        """Commit to 32 random bytes, as draw officer for the agency or as supervisor, before the roster is frozen."""
        return await shares.commit_as_officer(actor, topic_id, draw_id, data)

    @post("/draws/{draw_id:uuid}/freeze", operation_id="freeze_draw", status_code=202, opt=ONCE)
    async def freeze(self, draw_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DrawView:
        """Let a worker freeze roster, recusals and chances; what makes a draw impossible is said at once."""
        return await draws.freeze(actor, draw_id)

    @post(
        "/topics/{topic_id:uuid}/draws/{draw_id:uuid}/share",
        operation_id="reveal_draw_share",
        status_code=200,
        opt=ONCE,
    )
    async def reveal(
        self, topic_id: FromPath[UUID], draw_id: FromPath[UUID], data: JSONBody[Share], actor: NamedDependency[Actor]
    ) -> Commitment:
        """Reveal the bytes once the roster is frozen; with the last party's a worker draws."""
        return await shares.reveal_as_officer(actor, topic_id, draw_id, data)

    @post("/draws/{draw_id:uuid}/run", operation_id="run_draw", status_code=202, opt=ONCE)
    async def run(self, draw_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DrawView:
        """Draw without the parties that have not revealed in time. With all shares a draw needs no such order."""
        return await draws.run(actor, draw_id)

    @get("/draws/{draw_id:uuid}", operation_id="read_draw")
    async def report(self, draw_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DrawReport:
        """A frozen or finished draw: chances, fit and recusals of everybody, drawn seats with reasons, reserves."""
        return await shares.report(actor, draw_id)

    @get("/draws/{draw_id:uuid}/export", operation_id="export_draw", media_type=MediaType.JSON)
    async def export_draw(self, draw_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
        """A finished draw with its evidence, to be checked by `jiebang verify-draw`."""
        return Response(await shares.export(actor, draw_id), media_type=MediaType.JSON)

    @get("/topics/{topic_id:uuid}/panel", operation_id="list_panel")
    async def panel(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[SeatView]:
        """Who sits on the panel and owes what."""
        return await draws.progress(actor, topic_id)

    @get("/topics/{topic_id:uuid}/blind-copies", operation_id="list_blind_copies")
    async def copies(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[CopyView]:
        """Each proposal's blind copy for each seat: being made, held and why, released, and whether it is reviewed."""
        return await draws.copies(actor, topic_id)

    @get("/topics/{topic_id:uuid}/review-progress", operation_id="read_review_progress")
    async def review_progress(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ReviewProgress:
        """How far the review of my agency's topic has come, in counts."""
        return await draws.review_progress(actor, topic_id)

    @post("/assignments/{assignment_id:uuid}/lapse", operation_id="lapse_assignment", status_code=204)
    async def lapse(self, assignment_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Give up an offer that was not answered in time; a reserve steps in."""
        await draws.lapse(actor, assignment_id)

    @post("/topics/{topic_id:uuid}/score-runs", operation_id="compute_scores", status_code=201, opt=ONCE)
    async def compute(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ScoreRunView:
        """Close the review: lock every review, rank by the frozen rule."""
        return await scoring.close_review(actor, topic_id)

    @get("/topics/{topic_id:uuid}/score-runs", operation_id="list_score_runs")
    async def score_runs(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[ScoreRunView]:
        """The topic's score runs."""
        return await scoring.score_runs(actor, topic_id)

    @get("/score-runs/{run_id:uuid}/export", operation_id="export_score_run")
    async def export_run(self, run_id: FromPath[UUID], actor: NamedDependency[Actor]) -> dict[str, Any]:
        """A score run with all its inputs, to be computed again."""
        return await scoring.export(actor, run_id)


class ReviewDesk(Controller):
    """What a reviewer does, on the login that can read no identity."""

    path = "/api/v1/review"
    tags = ("review desk",)
    opt = REVIEWER

    @get("/assignments", operation_id="list_my_assignments")
    async def assignments(self, actor: NamedDependency[Actor]) -> list[AssignmentView]:
        """My assignments, with the declaration that accepting makes."""
        return await desk.my_assignments(actor)

    @post("/assignments/{assignment_id:uuid}/answer", operation_id="answer_assignment", status_code=200, opt=EDIT)
    async def answer(
        self,
        assignment_id: FromPath[UUID],
        data: JSONBody[Answer],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> AssignmentView:
        """Declare that there is no conflict and accept, or decline with a reason."""
        return await desk.answer(actor, assignment_id, data, if_match=if_match)

    @get("/applications", operation_id="list_my_proposals")
    async def proposals(self, assignment: OfAssignment, actor: NamedDependency[Actor]) -> list[ProposalItem]:
        """The proposals of an accepted assignment, in an order that says nothing."""
        return await desk.my_proposals(actor, assignment)

    @get("/applications/{proposal_id:uuid}", operation_id="read_my_proposal")
    async def proposal(self, proposal_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ProposalView:
        """A proposal with its criteria and my own draft."""
        return await desk.my_proposal(actor, proposal_id)

    @get("/applications/{proposal_id:uuid}/file", operation_id="link_my_proposal_file")
    async def file(self, proposal_id: FromPath[UUID], actor: NamedDependency[Actor]) -> FileLink:
        """A link to the blind file for two minutes."""
        return await desk.file_link(actor, proposal_id)

    @put("/applications/{proposal_id:uuid}/review", operation_id="save_my_review", opt=EDIT)
    async def save(
        self,
        proposal_id: FromPath[UUID],
        data: JSONBody[ReviewDraft],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> ReviewView:
        """Save my draft; the first one matches version 0."""
        return await desk.save(actor, proposal_id, data, if_match=if_match)

    @post(
        "/applications/{proposal_id:uuid}/review/submit",
        operation_id="submit_my_review",
        status_code=200,
        opt={**EDIT, **ONCE},
    )
    async def submit(
        self, proposal_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> ReviewView:
        """Submit my review as saved, for good."""
        return await desk.submit(actor, proposal_id, if_match=if_match)


CONTROLLERS: list[type[Controller]] = [PublicDraws, ApplicantsShare, Candidates, Panels, ReviewDesk]
