"""Reviews for tests: score runs written straight into the database, experts, opened topics, the worker's part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.challenges.rules import PUDONG_GOV, RuleSet
from jiebang.demo.pdf import make_pdf
from jiebang.kernel.actor import Actor
from jiebang.kernel.canonical import digest
from jiebang.matching.record import commit
from jiebang.matching.scores import Criterion, Review, ScoreRule, score_run
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import Job
from jiebang.platform.storage import Storage, new_key
from jiebang.review.domain import DECLARATION_SHA256
from jiebang.review.jobs import HANDLERS
from jiebang.review.schemas import Answer, NewCommitment, NewDraw, ReviewDraft, Share
from jiebang.review.service import desk as review_desk
from jiebang.review.service import draws, shares
from jiebang.review.service.panel import stored_run
from support import applications, people, topics
from support.applications import Submitted
from support.topics import PublishedTopic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ACCEPT = Answer(decision="accept", no_conflict=True, statement_sha256=DECLARATION_SHA256)
DECLINE = Answer(decision="decline", reason="time")
COMMENTS = {"merit": "技术路线清楚，指标有余量。", "plan": "计划可行，关键节点可以核查。"}


async def scored_topic(topic_id: UUID, applications: Sequence[UUID], *, computed_by: UUID | None = None) -> UUID:
    """Put `topic_id` under review and score its opened `applications`, best first as given; the score run's id.

    The topic becomes `reviewing`, the applications `in_review`; the run is a real one over three reviews each.
    """
    reviews = [
        Review(str(uuid4()), 2, str(application), f"expert {n}", {"quality": 95 - 7 * place, "impact": 90 - 7 * place})
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


@dataclass(frozen=True, slots=True)
class Expert:
    """An active expert, signed in as a reviewer too."""

    id: UUID
    actor: Actor
    org_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Screened:
    """A topic that has been opened and formally checked, with eligible bids whose part B lies in storage."""

    topic: PublishedTopic
    bids: list[Submitted]
    bodies: list[bytes]


async def expert(
    topic: PublishedTopic,
    kind: str,
    *,
    org_id: UUID | None = None,
    verified_by: UUID | None = None,
    publications: Sequence[str] = (),
) -> Expert:
    """An active expert of the topic's agency and track; by default of an organisation of his own."""
    org = org_id or await people.organisation("university")
    actor = await people.actor(org, ["member"], name="评审专家", reviewer=True)
    expert_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into expert (id, person_id, person_name, agency_id, org_id, org_name, org_name_en, kind, tracks, status,"
            " directions, publications, region, version, verified_by, created_at)"
            " values ($1, $2, $3, $4, $5, '专家单位', 'Home of an expert', $6, $7, 'active', $9, $10, '', 2, $8, now())",
            expert_id, actor.person_id, actor.display_name, topic.agency_id, org, kind, [topic.text.track],
            verified_by or topic.approver.person_id, [], publications,
        )  # fmt: skip
    return Expert(expert_id, actor, org, kind)


@dataclass(frozen=True, slots=True)
class Desk:
    """A reviewer at work: an accepted assignment, its proposals, each with a draft."""

    expert: Expert
    assignment: UUID
    proposals: list[UUID]


async def desk(topic: PublishedTopic) -> Desk:
    """An expert with an accepted assignment of five proposals in every topic there is; no draw was held, no file lies there."""
    by = await expert(topic, "technical")
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into expert_draw (id, topic_id, agency_id, n, status, commitment, commit_by, inputs, frozen_sha256,"
            " frozen_at, reveal_by, output, created_by, created_at, drawn_at) select md5('draw' || id)::uuid, id, agency_id, 1,"
            " 'drawn', '', now(), '{}', '', now(), now(), '{}', drafter_id, now(), now() from topic"
        )
        await db.execute(
            "insert into review_assignment (id, topic_id, agency_id, draw_id, reviewer_id, expert_id, n, kind, rank, status,"
            " version, declaration, proposals, offered_on, answer_by, due_on, answered_at)"
            " select md5('place' || id)::uuid, id, agency_id, md5('draw' || id)::uuid, $1, $2, 1, 'technical', 1, 'accepted',"
            " 2, '{\"sha256\": \"\"}', 5, '2026-01-01', '2026-01-04', '2026-01-15', now() from topic",
            by.actor.person_id, by.id,
        )  # fmt: skip
        await db.execute(
            "insert into review_application (id, assignment_id, reviewer_id, topic_id, agency_id, alias, answers, file_key,"
            " file_sha256, file_pages, released_on)"
            " select md5(a.id || ' ' || i)::uuid, a.id, a.reviewer_id, a.topic_id, a.agency_id, 'P-' || i, $1,"
            " 'blind/' || gen_random_uuid(), repeat('0', 64), 12, '2026-01-05' from review_assignment a, generate_series(1, 5) i",
            applications.answers({"depth": "4500", "latency": "20"})["part_b"],
        )  # fmt: skip
        await db.execute(
            "insert into review (id, review_application_id, assignment_id, reviewer_id, topic_id, agency_id, status, version,"
            " scores, comments, updated_at) select gen_random_uuid(), id, assignment_id, reviewer_id, topic_id, agency_id,"
            " 'draft', 3, '{\"merit\": 88, \"plan\": 75}', $1, now() from review_application",
            {"merit": "误差预算完整，样机路线可行。" * 10, "plan": "里程碑清楚，备选部件已有来源。" * 10},
        )  # fmt: skip
        first = await db.fetchval("select assignment_id from review_application order by id limit 1")
        proposals = await db.fetch("select id from review_application where assignment_id = $1 order by id", first)
    return Desk(by, first, [r["id"] for r in proposals])


async def experts(topic: PublishedTopic, per_kind: int = 2) -> list[Expert]:
    """So many experts of each kind, each of another organisation."""
    return [await expert(topic, kind) for kind in ("technical", "industry", "finance") for _ in range(per_kind)]


async def screened_topic(
    store: Storage,
    folder: Path,
    *,
    bids: int = 2,
    author: str = "作者甲",
    pdf: bytes | None = None,
    rules: RuleSet = PUDONG_GOV,
    agency_id: UUID | None = None,
) -> Screened:
    """An opened topic with `bids` eligible applications; their PDFs name `author` wherever word processors do.

    `pdf`, if given, is uploaded instead of them.
    """
    topic = await topics.published_topic(agency_id, closes_in=timedelta(minutes=-5), rules=rules)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "update topic set status = 'screening', opening_first_id = $2, opened_by = $3, opened_at = now()"
            " where id = $1",
            topic.id, *(officer.person_id for officer in topic.opening_officers),
        )  # fmt: skip
    made, bodies = [], []
    for n in range(bids):
        body = pdf or make_pdf(f"方案{n}", [f"第 {n} 份方案的正文。"], author=author, organisation=f"{author}的单位")
        (folder / "b.pdf").write_bytes(body)
        key = new_key("material")
        await store.put_file(key, folder / "b.pdf")
        file = (len(body), sha256(body).hexdigest())
        made.append(
            await applications.submitted_application(topic.id, status="eligible", keys={"part_b": key}, file=file)
        )
        bodies.append(body)
    return Screened(topic, made, bodies)


async def work(kind: str, topic_id: UUID) -> int:
    """Run a topic's waiting jobs of a kind as a worker would; how many there were."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        waiting = await db.fetch(
            "select id, payload from outbox where kind = $1 and fairness_key = $2 and done_at is null order by id",
            kind, str(topic_id),
        )  # fmt: skip
    for row in waiting:
        await HANDLERS[kind](Job(row["id"], kind, row["payload"], 1))
    return len(waiting)


SHARES = {party: sha256(party.encode()).digest() for party in ("agency", "supervisor", "applicants")}


async def committed(topic: PublishedTopic, draw_id: UUID, lead: Actor, *parties: str) -> None:
    """Commit for the parties named, by default for all three; `lead` speaks for the applicants."""
    for party in parties or SHARES:
        data = NewCommitment(commitment=commit(SHARES[party]))
        match party:
            case "agency":
                await shares.commit_as_officer(topic.draw_officer, topic.id, draw_id, data)
            case "supervisor":
                await shares.commit_as_officer(topic.supervisor, topic.id, draw_id, data)
            case _:
                await shares.commit_as_applicant(lead, topic.id, draw_id, data)


async def revealed(topic: PublishedTopic, draw_id: UUID, lead: Actor, *parties: str) -> None:
    """Reveal for the parties named, by default for all three."""
    for party in parties or SHARES:
        data = Share(share=SHARES[party].hex())
        match party:
            case "agency":
                await shares.reveal_as_officer(topic.draw_officer, topic.id, draw_id, data)
            case "supervisor":
                await shares.reveal_as_officer(topic.supervisor, topic.id, draw_id, data)
            case _:
                await shares.reveal_as_applicant(lead, topic.id, draw_id, data)


async def lead_of(topic: PublishedTopic) -> Actor:
    """The lead of one of the topic's submitted applications, signed in anew."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        row = await db.fetchrow(
            "select t.lead_person_id, t.lead_org_id from application a join team t on t.id = a.team_id"
            " where a.topic_id = $1 and a.submission_id is not null order by a.id limit 1",
            topic.id,
        )
    return (await people.sign_in(row["lead_person_id"], row["lead_org_id"]))[0]


async def frozen(topic: PublishedTopic, draw_id: UUID, lead: Actor | None = None) -> Actor:
    """Commit for everybody and freeze an announced draw; who spoke for the applicants."""
    lead = lead or await lead_of(topic)
    await committed(topic, draw_id, lead)
    await draws.freeze(topic.draw_officer, draw_id)
    assert await work("review.freeze_draw", topic.id) == 1
    return lead


async def drawn(topic: PublishedTopic, *, reason: str | None = None) -> UUID:
    """Announce, commit, freeze, reveal and draw; the draw's id."""
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw(reason=reason))
    lead = await frozen(topic, announced.id)
    await revealed(topic, announced.id, lead)
    assert await work("review.run_draw", topic.id) == 1
    return announced.id


async def panel(topic: PublishedTopic, experts: list[Expert]) -> list[Expert]:
    """Those of `experts` who hold a seat, by kind."""
    seats = await draws.progress(topic.draw_officer, topic.id)
    by_id = {e.id: e for e in experts}
    return [by_id[s.expert_id] for s in seats if s.status != "declined"]


async def accept(actor: Actor) -> UUID:
    """The actor accepts his one offer; the place."""
    (offer,) = await review_desk.my_assignments(actor)
    answered = await review_desk.answer(actor, offer.id, ACCEPT, if_match=offer.version)
    assert answered.status == "accepted"
    return offer.id


async def review_all(actor: Actor, assignment: UUID, merit: int) -> None:
    """Write and submit the reviews of a whole place."""
    for item in await review_desk.my_proposals(actor, assignment):
        draft = ReviewDraft(scores={"merit": merit, "plan": 80}, comments=COMMENTS)
        saved = await review_desk.save(actor, item.id, draft, if_match=0)
        await review_desk.submit(actor, item.id, if_match=saved.version)
