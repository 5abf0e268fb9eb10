"""The review desk. Every use case runs on the reviewer's login, which can read no identity at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg

from jiebang.kernel.errors import NotFound, Refused, Stale
from jiebang.kernel.text import BilingualText
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.platform.stores import storage
from jiebang.review import domain, repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import (
    AssignmentView,
    CriterionView,
    FileLink,
    ProposalItem,
    ProposalView,
    ReviewView,
    Statement,
)

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor
    from jiebang.review.schemas import Answer, ReviewDraft

STATEMENT = Statement(domain.DECLARATION.zh, domain.DECLARATION.en, domain.DECLARATION_SHA256)


async def my_assignments(actor: Actor) -> list[AssignmentView]:
    """The caller's own assignments."""
    return [_assignment(r) for r in await ENGINE.read(Role.REVIEWER, Q.my_assignments, token=actor.token_hash)]


@use_case(Role.REVIEWER)
async def answer(actor: Actor, assignment_id: UUID, data: Answer, *, if_match: int) -> AssignmentView:
    """Accept with the declaration, or decline with a reason; declining lets a reserve step in.

    Raises:
        NotFound: not one's own assignment.
        Stale: it changed.
        Refused: `assignment.not_now`, `assignment.wrong_statement`, `assignment.sees_identities`.
    """
    found = await repository.row(Q.my_assignment, assignment_id)
    if found is None:
        raise NotFound
    status = domain.ASSIGNMENT.next(found["status"], data.decision)
    if found["version"] != if_match:
        raise Stale
    declaration = None
    if data.decision == "accept":
        if data.statement_sha256 != domain.DECLARATION_SHA256:
            raise Refused(rules.WRONG_STATEMENT)
        declaration = {"no_conflict": True, "zh": STATEMENT.zh, "en": STATEMENT.en, "sha256": STATEMENT.sha256}
    reason = data.reason if data.decision == "decline" else None
    try:
        async with ENGINE.savepoint():
            answered = await repository.row(Q.answer, assignment_id, if_match, status, reason, declaration)
    except asyncpg.InsufficientPrivilegeError:  # the database knows the caller's roles; this login does not
        raise Refused(rules.SEES_IDENTITIES) from None
    if answered is None:
        raise Stale
    await audit.record(
        f"assignment.{status}", "review_assignment", assignment_id, topic_id=found["topic_id"], reason=reason,
        statement=STATEMENT.sha256 if declaration else None,
    )  # fmt: skip
    if status == "declined":
        await emit("review.next_reserve", {"assignment_id": str(assignment_id)}, fairness_key=str(found["topic_id"]))
    return _assignment(await repository.row(Q.my_assignment, assignment_id))


async def my_proposals(actor: Actor, assignment_id: UUID) -> list[ProposalItem]:
    """The proposals of an accepted assignment, by their random ids; none of any other."""
    found = await ENGINE.read(Role.REVIEWER, Q.my_proposals, assignment_id, token=actor.token_hash)
    return [ProposalItem(**dict(r)) for r in found]


async def my_proposal(actor: Actor, proposal_id: UUID) -> ProposalView:
    """A proposal with the topic's criteria and one's own draft.

    Raises:
        NotFound: not released to the caller.
    """
    found = await ENGINE.read(Role.REVIEWER, Q.my_proposal, proposal_id, token=actor.token_hash)
    if not found:
        raise NotFound
    facts = dict(found[0])
    most = facts.pop("score_max")
    criteria = [CriterionView(c["code"], BilingualText(**c["name"]), c["weight"], most) for c in facts.pop("criteria")]
    return ProposalView(criteria=criteria, comment_min=domain.COMMENT_MIN, **facts)


async def file_link(actor: Actor, proposal_id: UUID) -> FileLink:
    """A link to the blind file for two minutes; that it was asked for is on record.

    Raises:
        NotFound: not released to the caller.
    """
    found = await audit.read(
        Role.REVIEWER, actor, Q.my_file, proposal_id, action="review.file_opened", object_kind="review_application"
    )
    if found is None:
        raise NotFound
    url = storage().presign_download(found["file_key"], filename=f"{found['alias']}.pdf", expires=domain.LINK_SECONDS)
    return FileLink(url, domain.LINK_SECONDS)


@use_case(Role.REVIEWER)
async def save(actor: Actor, proposal_id: UUID, data: ReviewDraft, *, if_match: int) -> ReviewView:
    """Save one's draft; `if_match` 0 begins it.

    Raises:
        NotFound: not released to the caller.
        Stale: the draft changed.
        Refused: `review.unknown_criteria`, `review.score_range`, `review.final`.
    """
    found = await _proposal(proposal_id)
    domain.check_draft(data.scores, data.comments, [c["code"] for c in found["criteria"]], found["score_max"])
    if await repository.row(Q.accepted_assignment, found["assignment_id"]) is None:
        raise Refused(rules.REVIEW_FINAL)
    mine = await _mine(proposal_id, if_match)
    if mine is None:
        await repository.run(
            Q.begin_review, uuid4(), proposal_id, found["assignment_id"], found["topic_id"], found["agency_id"],
            data.scores, data.comments,
        )  # fmt: skip
    elif await repository.row(Q.save_review, mine["id"], if_match, data.scores, data.comments) is None:
        raise Stale
    return await _review(proposal_id, "accepted")


@use_case(Role.REVIEWER)
async def submit(actor: Actor, proposal_id: UUID, *, if_match: int) -> ReviewView:
    """Submit one's review as last saved, for good. The last of an assignment submits the assignment.

    Raises:
        NotFound: not released to the caller.
        Stale: the draft changed.
        Refused: `review.incomplete`, `review.final`.
    """
    found = await _proposal(proposal_id)
    assignment = await repository.row(Q.accepted_assignment, found["assignment_id"])
    if assignment is None:
        raise Refused(rules.REVIEW_FINAL)
    mine = await _mine(proposal_id, if_match)
    scores, comments = (mine["scores"], mine["comments"]) if mine else ({}, {})
    domain.check_complete(scores, comments, [c["code"] for c in found["criteria"]])
    if mine is None or await repository.row(Q.submit_review, mine["id"], if_match) is None:
        raise Stale
    await audit.record("review.submitted", "review", mine["id"], topic_id=found["topic_id"])
    done = await repository.value(Q.submitted_count, assignment["id"])
    if done < assignment["proposals"]:
        return await _review(proposal_id, "accepted")
    await repository.run(Q.submit_assignment, assignment["id"])
    await audit.record("assignment.submitted", "review_assignment", assignment["id"], topic_id=found["topic_id"])
    return await _review(proposal_id, "submitted")


async def _proposal(proposal_id: UUID) -> Any:
    if (found := await repository.row(Q.proposal, proposal_id)) is None:
        raise NotFound
    return found


async def _mine(proposal_id: UUID, if_match: int) -> Any:
    """One's own draft at the version that the caller has; None if it is yet to be begun (version 0)."""
    mine = await repository.row(Q.my_review, proposal_id)
    if mine is not None and mine["status"] != "draft":
        raise Refused(rules.REVIEW_FINAL)
    if if_match != (mine["version"] if mine else 0):
        raise Stale
    return mine


async def _review(proposal_id: UUID, assignment_status: domain.AssignmentStatus) -> ReviewView:
    stored = await repository.row(Q.my_review, proposal_id)
    return ReviewView(proposal_id=proposal_id, assignment_status=assignment_status, **dict(stored))


def _assignment(row: Any) -> AssignmentView:
    facts = dict(row)
    title = BilingualText(facts.pop("title_zh"), facts.pop("title_en"))
    agency = BilingualText(facts.pop("agency_zh"), facts.pop("agency_en"))
    problem = BilingualText(**facts.pop("problem"))
    return AssignmentView(title=title, agency=agency, problem=problem, statement=STATEMENT, **facts)
