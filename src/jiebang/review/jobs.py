"""What workers do for reviews: draw, call reserves in, make blind copies, mail offers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from jiebang.applications import api as applications
from jiebang.challenges import api as challenges
from jiebang.identity import api as identity
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Refused
from jiebang.kernel.working_days import SHANGHAI, deadline
from jiebang.platform import audit, workspace
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.documents import blind_copy
from jiebang.platform.jobs import GiveUp
from jiebang.platform.mail import MAILER
from jiebang.platform.outbox import emit
from jiebang.platform.storage import CHANGED, new_key
from jiebang.platform.stores import storage
from jiebang.review import domain, repository
from jiebang.review.mails import offer_mail
from jiebang.review.repository import Q
from jiebang.review.service import panel, roster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jiebang.platform.jobs import Handler, Job

NONCE_BYTES = 16


async def run_draw(job: Job) -> None:
    """Draw from the frozen inputs with the committed seed, offer the places, put the topic under review.

    The inputs are an officer's; the worker draws only from what it finds itself. Where the two differ (the pool has
    moved on, or somebody wrote another roster) the inputs are open again, on record, and nobody knows the seed.
    """
    async with job.unit():
        row = await repository.row(Q.draw_to_run, UUID(job.payload["draw_id"]))
        if row is None or row["status"] == "drawn" or row["inputs"] is None:
            return
        inputs, topic_id = row["inputs"], row["topic_id"]
        topic = await challenges.frozen(topic_id)
        found, bids = await roster.inputs(topic, await repository.pool_of(row["agency_id"], topic.body.track))
        if digest(inputs) != digest({**found.stored(), "applications": roster.judged(bids)}):
            await repository.run(Q.unfreeze, row["id"])
            await audit.record("draw.inputs_refused", "expert_draw", row["id"], topic_id=topic_id, n=row["n"])
            return
        seed = await repository.value(Q.seed, row["id"])
        ranking = panel.drawn(inputs, seed, row["commitment"])
        await repository.run(Q.finish_draw, row["id"], ranking.export())
        await audit.record(
            "draw.drawn", "expert_draw", row["id"], topic_id=topic_id, n=row["n"], inputs=ranking.inputs_digest
        )
        if row["n"] == 1:
            await challenges.move(topic_id, "begin_review", draw=str(row["id"]))
        places = [
            (expert, ranking.order[kind].index(expert) + 1)
            for kind in ranking.strata
            for expert in ranking.chosen[kind]
        ]
        await _offer(row, places, inputs["applications"])


async def next_reserve(job: Job) -> None:
    """Offer an open seat to the next reserve in drawn order; without one, leave it on record for the officers."""
    async with job.unit():
        topic_id = await repository.value(Q.assignment_topic, UUID(job.payload["assignment_id"]))
        await challenges.lock(topic_id)
        if await repository.latest_score_run(topic_id) is not None:
            return
        topic = await challenges.frozen(topic_id)
        drawn = await repository.rows(Q.outputs, topic_id)
        seats = await repository.seats(topic_id)
        found = panel.next_in_line([d["output"] for d in drawn], seats, topic.rules.strata)
        if found is None:
            await audit.record("draw.reserves_exhausted", "topic", topic_id, topic_id=topic_id)
            return
        place, candidate = found
        row = await repository.row(Q.draw_to_run, drawn[place]["id"])
        rank = row["output"]["order"][candidate.kind].index(candidate.id) + 1
        await _offer(row, [(candidate.id, rank)], row["inputs"]["applications"])


async def make_blind_copy(job: Job) -> None:
    """Rebuild one proposal for one reviewer: answers by name, the file from what its pages show, a random alias."""
    copy_id = UUID(job.payload["blind_copy_id"])
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        source = await repository.row(Q.copy_source, copy_id)
    part_b = next(entry for entry in source["manifest"] if entry["part"] == "part_b")
    key = new_key("blind")
    with workspace.folder() as folder:
        original, rebuilt = folder / "original.pdf", folder / "blind.pdf"
        fetched = await storage().get_to_file(part_b["object_key"], original, limit=part_b["size_bytes"])
        if fetched.sha256.hex() != part_b["sha256"]:
            raise Refused(CHANGED)
        try:
            facts = await blind_copy(original, rebuilt, nonce=secrets.token_bytes(NONCE_BYTES))
        except Refused as refusal:  # the same file refuses again: it is held for the officers, who see what is missing
            raise GiveUp(f"no blind copy can be made: {refusal.rule.code}") from refusal
        await storage().put_file(key, rebuilt)
    async with job.unit():
        row = await repository.row(Q.copy_to_release, copy_id)
        if row["status"] == "released":
            return
        answers, today = domain.blind_answers(source["answers"]), _day(await repository.clock())
        await repository.run(
            Q.release_application, row["review_application_id"], row["assignment_id"], row["reviewer_id"],
            row["topic_id"], row["agency_id"], domain.alias(secrets.token_bytes),
            answers, key, facts.sha256.hex(), facts.pages, today,
        )  # fmt: skip
        await repository.run(Q.release_copy, copy_id)
        state = await repository.value(Q.lock_application_status, row["application_id"])
        if state == "eligible":
            await applications.move(row["application_id"], "start_review")
        await audit.record("blind_copy.released", "blind_copy", copy_id, topic_id=row["topic_id"])


async def mail_offer(job: Job) -> None:
    """`review.mail_offer {assignment_id}`: tell an expert that a place on a panel waits for his answer."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        offer = await repository.row(Q.mail_offer, UUID(job.payload["assignment_id"]))
        to = await identity.recipient(offer["reviewer_id"]) if offer else None
    if offer and to:
        subject, text = offer_mail(to.locale, offer, f"{MAILER.base_url}/review")
        await MAILER.send(job, to.email, subject, text)
    async with job.unit():
        pass


async def _offer(draw_row: Any, places: Iterable[tuple[str, int]], judged: list[str]) -> None:
    """Offer places with the days by which to answer and to finish; a blind copy of every proposal follows."""
    topic_id, agency_id, now = draw_row["topic_id"], draw_row["agency_id"], await repository.clock()
    calendar = await challenges.calendar()
    answer_by = deadline(now, domain.ANSWER_PERIOD, calendar).date
    due_on = deadline(now, domain.REVIEW_PERIOD, calendar).date
    submissions = {str(r["id"]): r["submission_id"] for r in await repository.rows(Q.current_submissions, topic_id)}
    for expert_id, rank in places:
        assignment_id = uuid4()
        await repository.run(
            Q.offer, assignment_id, topic_id, agency_id, draw_row["id"], UUID(expert_id), rank, len(judged),
            _day(now), answer_by, due_on,
        )  # fmt: skip
        await audit.record("assignment.offered", "review_assignment", assignment_id, topic_id=topic_id, rank=rank)
        await emit("review.mail_offer", {"assignment_id": str(assignment_id)}, fairness_key=str(topic_id))
        for application_id in judged:
            copy_id = uuid4()
            await repository.run(
                Q.pending_copy, copy_id, UUID(application_id), submissions[application_id], topic_id, agency_id,
                assignment_id, uuid4(),
            )  # fmt: skip
            await emit("review.make_blind_copy", {"blind_copy_id": str(copy_id)}, fairness_key=str(topic_id))


def _day(instant: datetime) -> Any:
    return instant.astimezone(SHANGHAI).date()


HANDLERS: dict[str, Handler] = {
    "review.run_draw": run_draw,
    "review.next_reserve": next_reserve,
    "review.make_blind_copy": make_blind_copy,
    "review.mail_offer": mail_offer,
}
LONG = frozenset({"review.make_blind_copy"})
