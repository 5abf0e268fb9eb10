"""What workers do for reviews: freeze and draw, call reserves in, make blind copies, mail offers."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec

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
from jiebang.review.service import panel, roster, views

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jiebang.platform.jobs import Handler, Job

NONCE_BYTES = 16


async def freeze_draw(job: Job) -> None:
    """Freeze a draw: roster, recusals and open seats as the database has them, and the chances that follow.

    Solved outside; what was found is stored only if nothing has moved meanwhile. What cannot be drawn leaves the draw
    open, with the reasons on it.
    """
    draw_id = UUID(job.payload["draw_id"])
    async with ENGINE.unit_of_work(Role.WORKER):
        draw = await repository.row(Q.draw, draw_id)
        found = await _to_freeze(draw) if draw else None
        kept = await repository.row(Q.seed, draw_id)
    if found is None:
        return
    result = await asyncio.to_thread(panel.solved, found, key=kept["salt_key"], number=draw["n"], reason=draw["reason"])
    async with job.unit():
        again = await _to_freeze(await repository.row(Q.draw_to_run, draw_id))
        if again is None:
            return
        if again.sha256 != found.sha256:
            raise RuntimeError("the pool or the applications moved while a draw was being frozen")
        topic_id, number = draw["topic_id"], draw["n"]
        if isinstance(result, list):
            await repository.run(Q.block, draw_id, msgspec.to_builtins([views.block(one) for one in result]))
            await audit.record("draw.blocked", "expert_draw", draw_id, topic_id=topic_id, n=number)
            return
        inputs = found.inputs
        stored = {
            "applications": roster.judged(found.bids),
            "people": [{"id": e.id, "org_id": e.org_id, "region": e.region or e.org_id} for e in inputs.roster],
            "public": result.public,
            "evidence": result.evidence,
        }
        sha256 = digest(result.public)
        await repository.run(Q.freeze, draw_id, stored, sha256, domain.REVEAL_HOURS)
        await audit.record(
            "draw.frozen", "expert_draw", draw_id, topic_id=topic_id, n=number, roster=len(inputs.roster),
            recused=len(inputs.conflicts), rules=found.topic.sha256, sha256=sha256,
        )  # fmt: skip
        if not await repository.rows(Q.shares, draw_id):
            await emit("review.run_draw", {"draw_id": str(draw_id)}, fairness_key=str(topic_id))


async def _to_freeze(draw: Any) -> panel.Case | None:
    """What a draw would be made from now; None while it may not be: an officer's wish alone freezes nothing."""
    if draw["status"] != "seed_committed":
        return None
    parties = {row["party"] for row in await repository.rows(Q.shares, draw["id"])}
    if len(parties) < len(domain.PARTIES) and await repository.clock() <= draw["commit_by"]:
        return None
    row = await challenges.lock(draw["topic_id"])
    topic = await challenges.frozen(draw["topic_id"])
    inputs, bids = await roster.inputs(topic, await repository.pool_of(draw["agency_id"], topic.body.track))
    try:
        roster.guard(topic, row.opened_at, bids)
    except Refused:
        return None
    return await roster.case(topic, inputs, bids, topic.rules.reserves_per_stratum if draw["n"] == 1 else 0)


async def run_draw(job: Job) -> None:
    """Mix what the parties revealed, draw from the frozen chances, offer the places, put the topic under review.

    While a party may still reveal, nothing is drawn. Who has not revealed in time is left out, and named in the record.
    """
    async with job.unit():
        draw = await repository.row(Q.draw_to_run, UUID(job.payload["draw_id"]))
        if draw is None or draw["status"] != "frozen":
            return
        rows = await repository.rows(Q.shares, draw["id"])
        if any(row["share"] is None for row in rows) and await repository.clock() <= draw["reveal_by"]:
            return
        platform = (await repository.row(Q.seed, draw["id"]))["seed"]
        commitments = {row["party"]: row["commitment"] for row in rows} | {"platform": draw["commitment"]}
        shares = {row["party"]: row["share"] for row in rows if row["share"] is not None} | {"platform": platform}
        output, placed = panel.outcome(draw["inputs"], commitments, shares)
        await repository.run(Q.finish_draw, draw["id"], output)
        topic_id = draw["topic_id"]
        await audit.record(
            "draw.drawn", "expert_draw", draw["id"], topic_id=topic_id, n=draw["n"], sha256=output["record"]["digest"],
            silent=output["record"]["silent"],
        )  # fmt: skip
        if draw["n"] == 1:
            await challenges.move(topic_id, "begin_review", draw=str(draw["id"]))
        everything = draw["inputs"]["applications"]
        together = output["record"]["context"]["mode"] == "topic"
        await _offer(draw, [(person, rank, everything if together else units) for person, _, rank, units in placed])


async def next_reserve(job: Job) -> None:
    """Offer open seats to the next reserves in drawn order; without one, leave it on record for the officers."""
    async with job.unit():
        assignment_id = UUID(job.payload["assignment_id"])
        topic_id = await repository.value(Q.assignment_topic, assignment_id)
        await challenges.lock(topic_id)
        if await repository.latest_score_run(topic_id) is not None:
            return
        topic = await challenges.frozen(topic_id)
        finished = await repository.rows(Q.finished, topic_id)
        taken, by = await repository.seats(topic_id), topic.rules
        offers: list[tuple[int, tuple[str, int, list[str]]]] = []
        if by.draw.mode == "topic":
            found = panel.next_in_line(finished, taken, by.strata, by.draw.per_region)
            if found is not None:
                at, person, _, rank = found
                offers = [(at, (person, rank, finished[at]["inputs"]["applications"]))]
            missing = found is None
        else:
            left = await repository.row(Q.offered, assignment_id)
            units = [str(r["application_id"]) for r in await repository.rows(Q.applications_of, assignment_id)]
            placed = await repository.placed(topic_id)
            held = {(one.application_id, one.kind) for one in placed if left["kind"] == one.kind}
            units = [u for u in units if (u, left["kind"]) not in held or by.strata[left["kind"]] > 1]
            apart = panel.next_apart(finished, units, left["kind"], taken, placed, by.draw.per_region)
            offers = [(at, (person, rank, mine)) for person, (at, rank, mine) in apart.items()]
            missing = sum(len(mine) for _, (_, _, mine) in offers) < len(units)
        for at, offer in offers:
            await _offer(await repository.row(Q.draw_to_run, finished[at]["id"]), [offer])
        if missing:
            await audit.record("draw.reserves_exhausted", "topic", topic_id, topic_id=topic_id)


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
            await _hold(copy_id, refusal.rule.code)
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


async def _hold(copy_id: UUID, code: str) -> None:
    async with ENGINE.unit_of_work(Role.WORKER):
        topic_id = await repository.value(Q.hold_copy, copy_id, code)
        if topic_id is not None:
            await audit.record("blind_copy.held", "blind_copy", copy_id, topic_id=topic_id, code=code)


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


async def _offer(draw_row: Any, places: Iterable[tuple[str, int, list[str]]]) -> None:
    """Offer places (expert, rank, applications) with their last days; a blind copy of every proposal follows."""
    topic_id, agency_id, now = draw_row["topic_id"], draw_row["agency_id"], await repository.clock()
    calendar = await challenges.calendar()
    answer_by = deadline(now, domain.ANSWER_PERIOD, calendar).date
    due_on = deadline(now, domain.REVIEW_PERIOD, calendar).date
    submissions = {str(r["id"]): r["submission_id"] for r in await repository.rows(Q.current_submissions, topic_id)}
    for expert_id, rank, judged in places:
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
    "review.freeze_draw": freeze_draw,
    "review.run_draw": run_draw,
    "review.next_reserve": next_reserve,
    "review.make_blind_copy": make_blind_copy,
    "review.mail_offer": mail_offer,
}
LONG = frozenset({"review.make_blind_copy", "review.freeze_draw"})
