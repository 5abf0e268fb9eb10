"""Draws, reviews, scores and award lists: nobody chooses a seed, a roster, a score or a winner by statements of his own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from jiebang.awards import service as awards_service
from jiebang.challenges import oversight
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.storage import Storage
from jiebang.review.domain import DECLARATION_SHA256
from jiebang.review.schemas import Answer, NewDraw
from jiebang.review.service import desk, draws
from support import attack, awards, review
from support.topics import published_topic

if TYPE_CHECKING:
    from pathlib import Path

    from support.review import Expert, Screened

pytestmark = pytest.mark.usefixtures("database")
ACCEPT = Answer(decision="accept", no_conflict=True, statement_sha256=DECLARATION_SHA256)
WRITE = (
    "insert into review (id, review_application_id, assignment_id, reviewer_id, topic_id, agency_id, status, version,"
    " scores, comments, updated_at) values (gen_random_uuid(), $1, $2, app.me(), $3, $4, $5, 1, $6, '{}', now())"
)


async def test_an_officer_chooses_neither_seed_nor_number(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    officer, elsewhere = topic.draw_officer, await published_topic(closes_in=timedelta(minutes=-1))
    insert = (
        "insert into expert_draw (id, topic_id, agency_id, n, status, commitment, commit_by, created_by, created_at)"
        " values ($1, $2, app.my_org(), 1, 'seed_committed', $3, now(), app.me(), now())"
    )
    seed = "insert into draw_seed (draw_id, agency_id, seed, salt_key) values ($1, app.my_org(), $2, $2)"
    assert await attack.stopped(Role.OFFICER, officer, (insert, uuid4(), topic.id, "x"))
    announced = await draws.announce(officer, topic.id, NewDraw())
    assert await attack.stopped(Role.OFFICER, officer, (seed, announced.id, bytes(32)))
    again = ("select app.announce_draw($1, 'again')", topic.id)
    for actor in (officer, topic.drafter, elsewhere.draw_officer):  # pending; not his duty; not his agency
        assert await attack.stopped(Role.OFFICER, actor, again)
    for change in ("inputs = '{}'", "status = 'frozen'", "commit_by = now()", "commitment = 'x'", "blocked = '[]'"):
        write = (f"update expert_draw set {change} where id = $1", announced.id)
        for actor in (officer, topic.drafter, topic.supervisor, elsewhere.draw_officer):
            assert await attack.stopped(Role.OFFICER, actor, write)
    seeds = {
        await attack.owner(
            "select encode(s.seed, 'hex') from draw_seed s join expert_draw d on d.id = s.draw_id where d.topic_id = $1",
            topic.id,
        ),
        await _seed_of(elsewhere.draw_officer, elsewhere.id),
    }
    assert len(seeds) == 2
    assert all(len(one) == 64 for one in seeds)


async def _seed_of(officer: Any, topic_id: UUID) -> str:
    announced = await draws.announce(officer, topic_id, NewDraw())
    return await attack.owner("select encode(seed, 'hex') from draw_seed where draw_id = $1", announced.id)


async def test_a_party_commits_for_itself_alone_and_reveals_what_it_committed(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic, lead = world.topic, world.bids[0].lead
    await review.experts(topic)
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    elsewhere = await published_topic(closes_in=timedelta(minutes=-1))
    write = (
        "insert into draw_share (id, draw_id, topic_id, agency_id, party, person_id, commitment, committed_at)"
        " values (gen_random_uuid(), $1, $2, $3, 'supervisor', app.me(), $4, now())",
        announced.id, topic.id, topic.agency_id, "00" * 32,
    )  # fmt: skip
    by = ("select app.commit_share($1, $2)", announced.id, "00" * 32)
    for role, actor in (
        (Role.OFFICER, topic.draw_officer), (Role.OFFICER, topic.supervisor), (Role.MEMBER, lead),
    ):  # fmt: skip
        assert await attack.stopped(role, actor, write)
    for role, actor in (
        (Role.OFFICER, topic.drafter),
        (Role.OFFICER, elsewhere.draw_officer),
        (Role.OFFICER, elsewhere.supervisor),
        (Role.MEMBER, world.bids[0].partner),
        (Role.MEMBER, topic.draw_officer),
    ):
        assert await attack.stopped(role, actor, by)
    await review.committed(topic, announced.id, lead)
    share = "select app.reveal_share($1, $2)"
    early = attack.run(Role.MEMBER, lead, (share, announced.id, review.SHARES["applicants"]))
    assert await early == ["SELECT 1"]
    revealed = "select count(*) from draw_share where draw_id = $1 and share is not null"
    assert await attack.owner(revealed, announced.id) == 0, "nobody reveals before the roster is frozen"
    await draws.freeze(topic.draw_officer, announced.id)
    await review.work("review.freeze_draw", topic.id)
    await attack.run(Role.MEMBER, lead, (share, announced.id, bytes(32)))
    assert await attack.owner(revealed, announced.id) == 0, "nobody reveals anything else"
    assert await attack.stopped(Role.MEMBER, world.bids[1].lead, (share, announced.id, review.SHARES["applicants"]))
    emit = (
        "select app.emit('review.run_draw', jsonb_build_object('draw_id', $1::uuid), $2, '')",
        announced.id,
        str(topic.id),
    )
    await attack.run(Role.OFFICER, topic.draw_officer, emit)
    await review.work("review.run_draw", topic.id)
    state = "select status from expert_draw where id = $1"
    assert await attack.owner(state, announced.id) == "frozen", "not while somebody may still reveal"
    await review.revealed(topic, announced.id, lead)
    await review.work("review.run_draw", topic.id)
    assert await attack.owner(state, announced.id) == "drawn"


async def panel(world: Screened) -> list[Expert]:
    """The drawn experts who hold a place, all accepted, with blind copies of every proposal."""
    pool = {e.id: e for e in await review.experts(world.topic)}
    await review.drawn(world.topic)
    await review.work("review.make_blind_copy", world.topic.id)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch("select id, expert_id from review_assignment where topic_id = $1", world.topic.id)
    sitting = [pool[row["expert_id"]] for row in rows]
    for row in rows:
        await desk.answer(pool[row["expert_id"]].actor, row["id"], ACCEPT, if_match=1)
    return sitting


async def test_a_review_is_of_ones_own_proposal_a_draft_and_in_range(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    one, two, *_ = await panel(world)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        own = await db.fetchrow("select * from review_application where reviewer_id = $1", one.actor.person_id)
        foreign = await db.fetchrow("select * from review_application where reviewer_id = $1", two.actor.person_id)
    scores, other = {"merit": 90, "plan": 80}, await published_topic()
    good = (own["id"], own["assignment_id"], topic.id, topic.agency_id, "draft", scores)
    for changed in (
        (foreign["id"], *good[1:]),
        (good[0], foreign["assignment_id"], *good[2:]),  # would count as another expert's
        (*good[:2], other.id, *good[3:]),
        (*good[:3], other.agency_id, *good[4:]),
        (*good[:4], "submitted", scores),
        (*good[:4], "locked", scores),
        *((*good[:5], odd) for odd in ({"merit": 101}, {"merit": -1}, {"merit": 1.5}, {"merit": "9"}, {"x": 1}, [1])),
    ):
        assert await attack.stopped(Role.REVIEWER, one.actor, (WRITE, *changed)), changed
    assert not await attack.stopped(Role.REVIEWER, one.actor, (WRITE, *good))
    submit = "update review set status = 'submitted', submitted_at = now(), version = 2"
    for change in (", scores = '{}'", ', scores = \'{"merit": 10000000, "plan": 1}\'', ", reviewer_id = app.me()"):
        sql = f"{submit}{change} where review_application_id = $1"
        assert await attack.stopped(Role.REVIEWER, one.actor, (sql, own["id"])), change
    for status in ("submitted", "declined", "locked"):  # unfinished; after reading; not his
        sql = "update review_assignment set status = $2, decline_reason = case $2 when 'declined' then 'time' end where id = $1"
        assert await attack.stopped(Role.REVIEWER, one.actor, (sql, own["assignment_id"], status)), status


async def test_who_is_barred_or_joins_the_agency_reaches_none_of_his_proposals_and_reviews(
    store: Storage, tmp_path: Path
) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    barred, joins, *_ = await panel(world)
    unlucky = {}
    for one in (barred, joins):
        own = await attack.owner(
            "select min(id::text)::uuid from review_application where reviewer_id = $1", one.actor.person_id
        )
        place = await attack.owner("select assignment_id from review_application where id = $1", own)
        unlucky[one] = (own, place, topic.id, topic.agency_id, "draft", {"merit": 90})
        await attack.run(Role.REVIEWER, one.actor, (WRITE, *unlucky[one]))
    blind = ("update review set comments = '{}'",)  # reads no column: the rights to see do not hold it back
    seen = [("select id from review_application",), ("select id from review",), blind]
    for one in (barred, joins):
        assert not [sql for sql in seen if await attack.stopped(Role.REVIEWER, one.actor, sql)]
    await oversight.bar(topic.drafter, topic.id, barred.actor.person_id, "与投标团队有利益往来")
    await attack.owner(
        "insert into org_role (person_id, person_name, org_id, role, granted_at) values ($1, '两任', $2, 'finance_officer', now())",
        joins.actor.person_id, topic.agency_id,
    )  # fmt: skip
    for one in (barred, joins):
        for sql in (*seen, (WRITE, *unlucky[one])):
            assert await attack.stopped(Role.REVIEWER, one.actor, sql), sql


async def test_an_officer_puts_no_reviewer_and_no_review_aside(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic, officer = world.topic, world.topic.draw_officer
    one, *_ = await panel(world)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        own = await db.fetch("select * from review_application where reviewer_id = $1", one.actor.person_id)
        other = await db.fetchval(
            "select id from review_assignment where topic_id = $1 and reviewer_id <> $2 limit 1",
            topic.id, one.actor.person_id,
        )  # fmt: skip
        await db.execute("update review_assignment set status = 'offered' where id = $1", other)
    lapse = "update review_assignment set status = 'declined', decline_reason = $2, answered_at = now() where id = $1"
    assert await attack.stopped(Role.OFFICER, officer, (lapse, other, "no_response"))  # within his time
    for row in own:
        good = (row["id"], row["assignment_id"], topic.id, topic.agency_id, "draft", {"merit": 90, "plan": 80})
        submit = "update review set status = 'submitted', submitted_at = now() where review_application_id = $1"
        await attack.run(Role.REVIEWER, one.actor, (WRITE, *good), (submit, row["id"]))
    done = ("update review_assignment set status = 'submitted' where id = $1", own[0]["assignment_id"])
    await attack.run(Role.REVIEWER, one.actor, done)
    assert await attack.stopped(Role.OFFICER, officer, (lapse, own[0]["assignment_id"], "time"))
    lock = ("update review set status = 'locked' where review_application_id = $1", own[0]["id"])
    assert await attack.stopped(Role.OFFICER, officer, lock)  # a locked review would not be counted


RUN = (
    "insert into score_run (id, topic_id, agency_id, n, inputs, output, sha256, computed_by, computed_at)"
    " values ($1, $2, app.my_org(), 1, $3, '{}', 'x', app.me(), now())"
)


async def test_a_run_counts_every_submitted_review_as_it_stands(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic, officer = world.topic, world.topic.draw_officer
    for expert in await panel(world):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            own = await db.fetch("select * from review_application where reviewer_id = $1", expert.actor.person_id)
        for row in own:
            good = (row["id"], row["assignment_id"], topic.id, topic.agency_id, "draft", {"merit": 90, "plan": 80})
            submit = "update review set status = 'submitted', submitted_at = now() where review_application_id = $1"
            await attack.run(Role.REVIEWER, expert.actor, (WRITE, *good), (submit, row["id"]))
        done = ("update review_assignment set status = 'submitted' where id = $1", own[0]["assignment_id"])
        await attack.run(Role.REVIEWER, expert.actor, done)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        honest: list[dict[str, Any]] = [
            {
                "id": str(r["id"]),
                "version": r["version"],
                "reviewer_id": str(r["assignment_id"]),
                "scores": r["scores"],
                "valid": True,
            }
            for r in await db.fetch("select * from review where topic_id = $1", topic.id)
        ]
    elsewhere = await published_topic(closes_in=timedelta(minutes=-1))
    first, *rest = honest
    for reviews in (
        [],
        rest,
        [{**first, "scores": {"merit": 1, "plan": 1}}, *rest],
        [{**first, "valid": False}, *rest],
    ):
        assert await attack.stopped(Role.OFFICER, officer, (RUN, uuid4(), topic.id, {"reviews": reviews}))
    for actor in (topic.drafter, elsewhere.draw_officer):
        assert await attack.stopped(Role.OFFICER, actor, (RUN, uuid4(), topic.id, {"reviews": honest}))
    assert not await attack.stopped(Role.OFFICER, officer, (RUN, uuid4(), topic.id, {"reviews": honest}))


async def test_an_award_list_is_what_was_ranked_and_stays_so() -> None:
    s = await awards.scored(3)
    officer, second = s.officers
    elsewhere = await published_topic(closes_in=timedelta(minutes=-1))
    template = await awards_service.propose((other := await awards.scored(3)).officers[0], other.topic.id)
    stored = await attack.owner("select entries from award_list where id = $1", template.id)
    ranked = await attack.owner("select output -> 'entries' from score_run where id = $1", s.run_id)
    stored = [{**e, "application_id": r["application_id"]} for e, r in zip(stored, ranked, strict=True)]
    forged = [{**e, "outcome": "recommended" if e["rank"] == 3 else "not_recommended"} for e in stored]
    insert = (
        "insert into award_list (id, topic_id, agency_id, score_run_id, n, status, version, entries, proposed_by,"
        " proposed_at) values (gen_random_uuid(), $1, app.my_org(), $2, 1, 'proposed', 1, $3, app.me(), now())"
    )
    assert await attack.stopped(Role.OFFICER, officer, (insert, s.topic.id, s.run_id, forged))
    assert await attack.stopped(Role.OFFICER, elsewhere.approver, (insert, s.topic.id, s.run_id, stored))
    for undone in (stored[:1], list(reversed(stored)), []):
        assert await attack.stopped(Role.OFFICER, officer, (insert, s.topic.id, s.run_id, undone))
    proposed = await awards_service.propose(officer, s.topic.id)
    for change, actor in (
        (f"status = 'decided', decided_by = '{second.person_id}', decided_at = app.clock()", officer),  # in his name
        ("status = 'decided', decided_by = app.me(), decided_at = app.clock()", officer),  # his own proposal
        (
            "status = 'confirmed', decided_by = app.me(), decided_at = app.clock(), confirmed_by = app.me(),"
            " confirmed_at = app.clock()",
            second,
        ),
    ):
        sql = f"update award_list set {change} where id = $1"
        assert await attack.stopped(Role.OFFICER, actor, (sql, proposed.id)), change
    decided = await awards.service.decide(second, proposed.id, awards.NewDecision(reason="集体决策"), proposed.version)
    for change in (
        "entries = '[]'",
        "score_run_id = score_run_id",
        "decided_by = null",
        "status = 'proposed', decided_by = null, decided_at = null",
        "status = 'confirmed', confirmed_by = app.me(), confirmed_at = app.clock()",  # without a notice
    ):
        sql = f"update award_list set {change} where id = $1"
        assert await attack.stopped(Role.OFFICER, officer, (sql, decided.id)), change


async def test_a_notice_is_its_own_agencys_now_and_in_full() -> None:
    s = await awards.scored()
    decided = await awards.decided_list(s)
    officer, elsewhere = s.officers[0], await published_topic(closes_in=timedelta(minutes=-1))
    notice = (
        "insert into public_notice (id, topic_id, agency_id, award_list_id, code, title_zh, title_en, body, starts_at,"
        " ends_at, published_at) values ($1, $2, $3, $4, $1::uuid::text, 'x', 'x', '{}', app.clock() + $5::interval,"
        " app.clock() + $6::interval, app.clock() + $5::interval)"
    )

    def at(starts: float, ends: float) -> tuple[Any, ...]:
        days = (timedelta(days=starts), timedelta(days=ends))
        return (notice, uuid4(), s.topic.id, s.topic.agency_id, decided.id, *days)

    for actor, when in (
        (officer, at(-9, -1)),  # over before it began
        (officer, at(0, 1)),
        (officer, at(-4, 2)),
        (elsewhere.approver, at(0, 9)),
        (s.topic.supervisor, at(0, 9)),
    ):
        assert await attack.stopped(Role.OFFICER, actor, when), when
    foreign = (notice, uuid4(), elsewhere.id, elsewhere.agency_id, decided.id, timedelta(0), timedelta(days=9))
    assert await attack.stopped(Role.OFFICER, elsewhere.approver, foreign)
    jump = ("update topic set status = 'public_notice' where id = $1", s.topic.id)
    assert await attack.stopped(Role.OFFICER, officer, jump)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attack.run(Role.OFFICER, officer, ("update public_notice set ends_at = now() where true",))
    given = await awards_service.give_notice(officer, decided.id, decided.version)
    assert given.ends_at - given.starts_at >= timedelta(days=5)
