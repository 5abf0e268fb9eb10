"""Pool and draw on the real engines: every step with its guard and its refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg
import pytest

from jiebang.challenges import ports
from jiebang.challenges import service as challenges
from jiebang.challenges.rules import PUDONG_GOV, DrawRules
from jiebang.identity.service import act_for, resolve
from jiebang.kernel.canonical import canonical_json
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.matching.verification import verify
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.storage import Storage
from jiebang.review.schemas import NewCommitment, NewDraw, NewExpert, Share
from jiebang.review.service import desk, draws, pool, scoring, shares
from jiebang.review.service.outlook import outlook
from support import attack, people, review, topics

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("database")


def _code(info: pytest.ExceptionInfo[Refused]) -> str:
    return info.value.rule.code


async def test_a_person_offers_himself_and_an_officer_verifies() -> None:
    topic = await topics.published_topic()
    org = await people.organisation("university", "示例大学")
    someone = await people.actor(org, ["member"], name="申请人")
    data = NewExpert(
        agency_id=topic.agency_id, org_id=org, kind="technical", tracks=["deep_sea"],
        publications=["水声定位的误差预算"],
    )  # fmt: skip
    with pytest.raises(Refused) as refused:  # an organisation that is not his
        await pool.offer(someone, data.model_copy(update={"org_id": topic.funder_id}))
    assert _code(refused) == "expert.not_offerable"
    with pytest.raises(Refused) as refused:  # a pool that is no agency's
        await pool.offer(someone, data.model_copy(update={"agency_id": org}))
    assert _code(refused) == "expert.not_offerable"
    offered = await pool.offer(someone, data)
    assert (offered.status, offered.org_name) == ("applied", "示例大学")
    assert offered.org_name_en == await attack.owner("select name_en from organisation where id = $1", org) != ""
    with pytest.raises(Refused) as refused:
        await pool.offer(someone, data)
    assert _code(refused) == "expert.already_offered"
    (mine,) = await pool.my_offers(someone)
    assert (mine.id, mine.texts, mine.region, mine.publications) == (offered.id, ["水声定位的误差预算"], "", 1)
    assert mine.agency.zh == await attack.owner("select name_zh from organisation where id = $1", topic.agency_id)

    with pytest.raises(Forbidden):
        await pool.activate(topic.screener, offered.id)
    elsewhere = await topics.published_topic()
    with pytest.raises(Refused) as refused:
        await pool.activate(elsewhere.approver, offered.id)
    assert _code(refused) == "expert.not_activated"
    assert await pool.pool(elsewhere.approver, limit=10, after=None) == []
    assert someone.classes == {"jiebang_member"}
    assert (await pool.activate(topic.approver, offered.id)).status == "active"
    assert [e.id for e in await pool.pool(topic.approver, limit=10, after=None)] == [offered.id]
    await act_for(someone, org)
    again = await resolve(someone.token_hash)
    assert again is not None
    assert "jiebang_reviewer" in again.classes


async def test_draw_guards_and_feasibility(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic, officer = world.topic, world.topic.draw_officer
    answer = await draws.feasibility(officer, topic.id)
    assert (answer.feasible, [s.eligible for s in answer.strata]) == (False, [0, 0, 0])
    with pytest.raises(Forbidden):
        await draws.announce(topic.drafter, topic.id, NewDraw())
    assert answer.blocks[0].code == "draw.pool_empty"
    announced = await draws.announce(officer, topic.id, NewDraw())
    assert len(announced.commitment) == 64
    (public,) = await shares.commitments(topic.id)
    assert [(p.party, p.commitment) for p in public.parties] == [("platform", announced.commitment)]
    with pytest.raises(Refused) as refused:
        await draws.announce(officer, topic.id, NewDraw())
    assert _code(refused) == "draw.pending"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set opened_at = null where id = $1", topic.id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.not_opened"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set opened_at = now() where id = $1", topic.id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.pool_empty"

    house = await people.organisation("university")
    crowded = [await review.expert(topic, kind, org_id=house) for kind in ("technical", "industry", "finance")]
    answer = await draws.feasibility(officer, topic.id)
    assert answer.blocks[0].sentence.en.startswith(
        "3 seats need experts of the kinds finance, industry, technical; after recusals, with one expert per "
        "organisation at most, 1 can be filled (3 experts of 1 organisations)."
    )
    assert [r.en for r in answer.blocks[0].relaxations] == [
        "Recruit 2 more experts of these kinds, from other organisations."
    ]
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("delete from expert where id = any($1)", [e.id for e in crowded])
    experts = await review.experts(topic, per_kind=1)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.reserves_short"
    answer = await draws.feasibility(officer, topic.id)
    assert not answer.feasible
    assert "备选" in answer.verdict.zh
    experts += await review.experts(topic, per_kind=1)
    assert (await draws.feasibility(officer, topic.id)).feasible
    elsewhere = await topics.published_topic()
    with pytest.raises(NotFound):
        await draws.feasibility(elsewhere.draw_officer, topic.id)
    with pytest.raises(NotFound):
        await draws.freeze(elsewhere.draw_officer, announced.id)

    editor = await review.expert(topic, "technical", verified_by=officer.person_id)
    with pytest.raises(Forbidden) as forbidden:
        await draws.freeze(officer, announced.id)
    assert _code(forbidden) == "draw.pool_editor"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("delete from expert where id = $1", editor.id)
        await db.execute("update application set status = 'submitted' where id = $1", world.bids[0].application_id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.not_screened"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update application set status = 'ineligible' where id = $1", world.bids[0].application_id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.too_few_applications"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update application set status = 'eligible' where id = $1", world.bids[0].application_id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.commitments_open"
    assert "the agency, the supervisor, the applicants" in refused.value.rule.en.format(**refused.value.facts)
    with pytest.raises(Refused) as refused:
        await draws.run(officer, announced.id)
    assert _code(refused) == "draw.not_frozen"
    lead = await review.frozen(topic, announced.id)
    with pytest.raises(Refused) as refused:
        await draws.freeze(officer, announced.id)
    assert _code(refused) == "draw.inputs_frozen"
    with pytest.raises(Refused) as refused:
        await draws.run(officer, announced.id)
    assert _code(refused) == "draw.shares_open"
    with pytest.raises(NotFound):
        await shares.export(officer, announced.id)
    await review.revealed(topic, announced.id, lead)
    await review.work("review.run_draw", topic.id)
    with pytest.raises(Refused) as refused:
        await draws.announce(officer, topic.id, NewDraw(reason="想换一组专家"))
    assert _code(refused) == "draw.no_redraw"
    assert len(await review.panel(topic, experts)) == 3


async def test_parties_commit_before_the_roster_and_reveal_after_it(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic, lead = world.topic, world.bids[0].lead
    await review.experts(topic)
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    elsewhere = await topics.published_topic()
    other = (await review.applications.submitted_application(elsewhere.id)).lead
    mine = NewCommitment(commitment="ab" * 32)
    with pytest.raises(Forbidden) as forbidden:
        await shares.commit_as_officer(topic.drafter, topic.id, announced.id, mine)
    assert _code(forbidden) == "draw.no_party"
    for actor in (elsewhere.draw_officer, elsewhere.supervisor):
        with pytest.raises(NotFound):
            await shares.commit_as_officer(actor, topic.id, announced.id, mine)
    for actor in (other, world.bids[0].partner):
        with pytest.raises(NotFound):
            await shares.commit_as_applicant(actor, topic.id, announced.id, mine)
    with pytest.raises(NotFound):
        await shares.commit_as_applicant(lead, elsewhere.id, announced.id, mine)
    await review.committed(topic, announced.id, lead, "supervisor", "applicants")
    for actor in (lead, world.bids[1].lead):  # one lead speaks for all, once
        with pytest.raises(Refused) as refused:
            await shares.commit_as_applicant(actor, topic.id, announced.id, mine)
        assert _code(refused) == "draw.not_committable"
    with pytest.raises(Refused) as refused:
        await review.revealed(topic, announced.id, lead, "supervisor")
    assert _code(refused) == "draw.not_revealed"
    async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash) as db:  # a job asked for too early
        for kind in ("freeze", "run"):
            await db.execute(
                "select app.emit('review.' || $3 || '_draw', jsonb_build_object('draw_id', $1::uuid), $2, '')",
                announced.id, str(topic.id), kind,
            )  # fmt: skip
    await review.work("review.freeze_draw", topic.id)
    await review.work("review.run_draw", topic.id)
    (view,) = await draws.draws(topic.draw_officer, topic.id)
    assert (view.status, [p.party for p in view.parties]) == ("seed_committed", ["applicants", "supervisor"])
    async with ENGINE.unit_of_work(Role.OWNER) as db:  # the agency's draw officer never commits
        await db.execute("update expert_draw set commit_by = now() - interval '1 minute' where id = $1", announced.id)
    await draws.freeze(topic.draw_officer, announced.id)
    await review.work("review.freeze_draw", topic.id)
    (public,) = await shares.commitments(topic.id)
    assert public.status == "frozen"
    assert public.frozen_sha256
    with pytest.raises(Refused) as refused:
        await review.committed(topic, announced.id, lead, "agency")
    assert _code(refused) == "draw.not_committable"
    with pytest.raises(Refused) as refused:
        await shares.reveal_as_applicant(lead, topic.id, announced.id, Share(share="00" * 32))
    assert _code(refused) == "draw.not_revealed"
    with pytest.raises(NotFound):
        await review.revealed(topic, announced.id, world.bids[1].lead, "applicants")
    await review.revealed(topic, announced.id, lead, "applicants")
    assert await review.work("review.run_draw", topic.id) == 0, "the supervisor may still reveal"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update expert_draw set reveal_by = now() - interval '1 minute' where id = $1", announced.id)
    await draws.run(topic.draw_officer, announced.id)
    await review.work("review.run_draw", topic.id)
    record = json.loads(await shares.record(topic.id, 1))["draw"]
    assert record["silent"] == ["supervisor"]
    assert set(record["shares"]) == {"applicants", "platform"}
    assert record["frozen"] == public.frozen_sha256
    given = {p.party: p.commitment for p in public.parties}
    assert verify(await shares.record(topic.id, 1), frozen=public.frozen_sha256, commitments=given) == []


async def test_what_turns_impossible_while_a_draw_is_frozen_is_said_on_it(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    experts = await review.experts(topic)
    announced = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    await review.committed(topic, announced.id, world.bids[0].lead)
    await draws.freeze(topic.draw_officer, announced.id)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("delete from expert where id = any($1)", [e.id for e in experts if e.kind == "finance"])
    await review.work("review.freeze_draw", topic.id)
    (view,) = await draws.draws(topic.draw_officer, topic.id)
    assert view.status == "seed_committed"
    assert view.blocked is not None
    assert "1 seats need experts of the kinds finance" in view.blocked[0].sentence.en
    await review.experts(topic)
    await draws.freeze(topic.draw_officer, announced.id)
    await review.work("review.freeze_draw", topic.id)
    (view,) = await draws.draws(topic.draw_officer, topic.id)
    assert (view.status, view.blocked) == ("frozen", None)


async def test_whether_a_panel_can_be_had_is_said_before_a_topic_is_published() -> None:
    topic = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set status = 'draft', published_at = null where id = $1", topic.id)
    ports.bind(outlook)
    try:
        before = await challenges.readiness(topic.drafter, topic.id)
        (thin,) = [f for f in before.findings if f.code == "topic.panel_outlook"]
        assert (thin.pointer, thin.blocking) == ("/text/track", False)
        assert "The pool holds no active expert of this track for its 3 seats" in thin.en
        experts = await review.experts(topic)
        await review.expert(topic, "finance", org_id=topic.funder_id)
        after = await challenges.readiness(topic.drafter, topic.id)
        assert [f for f in after.findings if f.code == "topic.panel_outlook"] == []
        async with ENGINE.unit_of_work(Role.OWNER) as db:  # the funder's own expert is no remedy
            await db.execute("delete from expert where id = any($1)", [e.id for e in experts if e.kind == "finance"])
        short = await challenges.readiness(topic.drafter, topic.id)
        (thin,) = [f for f in short.findings if f.code == "topic.panel_outlook"]
        assert "1 seats need experts of the kinds finance" in thin.en
        assert "Recruit 1 more experts of these kinds" in thin.en
    finally:
        ports.bind(None)


async def test_nobody_reads_a_seed_and_nobody_but_the_worker_places_an_expert(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    experts = await review.experts(topic)
    await draws.announce(topic.draw_officer, topic.id, NewDraw())
    readers = [(Role.OFFICER, topic.draw_officer), (Role.MEMBER, world.bids[0].lead), (Role.REVIEWER, experts[0].actor)]
    for role, actor in readers:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(role, actor.token_hash) as db:
                await db.fetch("select seed from draw_seed")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ENGINE.read(Role.PUBLIC, "select seed from draw_seed")
    forbidden = [
        "update expert_draw set output = '{}' where true",
        "update expert_draw set commitment = 'x' where true",
        "update expert_draw set inputs = '{}' where true",
        "update expert_draw set commit_by = now() where true",
        "insert into draw_share (id) values (gen_random_uuid())",
        "update draw_share set share = '' where true",
        "update draw_seed set seed = '' where true",
        "insert into review_assignment (id) values (gen_random_uuid())",
        "insert into blind_copy (id) values (gen_random_uuid())",
        "delete from expert_draw where true",
    ]
    for statement in forbidden:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash) as db:
                await db.execute(statement)


async def test_conflicts_keep_experts_out_and_the_draw_replays(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    good = await review.experts(topic)
    partner = await review.expert(topic, "technical", org_id=world.bids[1].partner_org)
    user = await review.expert(topic, "finance", org_id=topic.end_user_id)
    official, member, moonlighter = [await review.expert(topic, "industry") for _ in range(3)]
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for person, org, role in (
            (official, topic.agency_id, "screener"),
            (moonlighter, world.bids[0].lead_org, "member"),
        ):
            await db.execute(
                "insert into org_role (person_id, person_name, org_id, role, granted_at)"
                " values ($1, 'x', $2, $3, now())",
                person.actor.person_id, org, role,
            )  # fmt: skip
        await db.execute(
            "update submission set team = jsonb_set(team, '{people,0,person_id}', to_jsonb($2::text)) where id = $1",
            world.bids[0].submission_id, str(member.actor.person_id),
        )  # fmt: skip
    draw_id = await review.drawn(topic)
    text = await shares.export(topic.draw_officer, draw_id)
    export = json.loads(text)
    assert export["evidence"]["conflicts"] == {
        str(partner.id): ["unit_of_applicant"],
        str(user.id): ["party_of_topic"],
        str(official.id): ["party_of_topic"],
        str(member.id): ["member_of_team"],
        str(moonlighter.id): ["unit_of_applicant"],
    }
    names = export["evidence"]["people"]
    assert {names[e] for _, e, _ in export["draw"]["chances"]} == {str(e.id) for e in good}
    (published,) = await shares.commitments(topic.id)
    given = {p.party: p.commitment for p in published.parties}
    assert verify(text, frozen=published.frozen_sha256, commitments=given) == []
    public = await shares.record(topic.id, 1)
    assert verify(public, frozen=published.frozen_sha256, commitments=given) == []
    assert not any(str(e.id).encode() in public for e in good)
    assert "openings" not in json.loads(public)
    for part, change in (("conflicts", {}), ("similarity", [[1] * len(names)])):
        assert verify(canonical_json(export | {"evidence": {**export["evidence"], part: change}})) != []
    report = await shares.report(topic.draw_officer, draw_id)
    assert [(row.kind, row.seats) for row in report.rows] == [("finance", 1), ("industry", 1), ("technical", 1)]
    assert {one.expert_id: one.recusals for one in report.roster}[partner.id] == ["unit_of_applicant"]
    assert all(sum(one.chances[n] for one in report.roster) == 1000 for n in range(3))
    assert "抽中概率 50.0%" in report.seats[0].reason.zh
    assert {s.expert_id for s in report.seats} == {e.id for e in await review.panel(topic, good)}
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        assert await db.fetchval("select status from topic where id = $1", topic.id) == "reviewing"
    elsewhere = await topics.published_topic()
    with pytest.raises(NotFound):
        await shares.export(elsewhere.draw_officer, draw_id)
    with pytest.raises(NotFound):
        await shares.report(elsewhere.draw_officer, draw_id)
    with pytest.raises(NotFound):
        await shares.record(topic.id, 2)
    assert await draws.progress(elsewhere.draw_officer, topic.id) == []


async def test_a_decline_calls_the_next_reserve_and_only_then_a_reasoned_redraw(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    topic = world.topic
    experts = await review.experts(topic)
    draw_id = await review.drawn(topic)
    report = await shares.report(topic.draw_officer, draw_id)
    (line,) = [order for row, order in zip(report.rows, report.reserves, strict=True) if row.kind == "finance"]
    for turn in range(2):
        sitting = next(e for e in await review.panel(topic, experts) if e.kind == "finance")
        assert turn == 0 or sitting.id == line[turn - 1]
        (offer,) = await desk.my_assignments(sitting.actor)
        with pytest.raises(Stale):
            await desk.answer(sitting.actor, offer.id, review.DECLINE, if_match=offer.version + 1)
        await desk.answer(sitting.actor, offer.id, review.DECLINE, if_match=offer.version)
        with pytest.raises(Refused) as refused:
            await desk.answer(sitting.actor, offer.id, review.ACCEPT, if_match=offer.version + 1)
        assert _code(refused) == "assignment.not_now"
        assert await review.work("review.next_reserve", topic.id) == 1
    assert [e.kind for e in await review.panel(topic, experts)] == ["industry", "technical"]
    with pytest.raises(Refused) as refused:
        await draws.announce(topic.draw_officer, topic.id, NewDraw())
    assert _code(refused) == "draw.reason_needed"
    again = NewDraw(reason="金融类备选专家均已谢绝")
    second = await draws.announce(topic.draw_officer, topic.id, again)
    assert second.n == 2
    with pytest.raises(Refused) as refused:
        await draws.freeze(topic.draw_officer, second.id)
    assert _code(refused) == "draw.seats_blocked"
    experts.append(await review.expert(topic, "finance"))
    lead = await review.frozen(topic, second.id)
    await review.revealed(topic, second.id, lead)
    await review.work("review.run_draw", topic.id)
    panel = await review.panel(topic, experts)
    assert [e.kind for e in panel] == ["finance", "industry", "technical"]
    assert panel[0].id == experts[-1].id
    assert [row.kind for row in (await shares.report(topic.draw_officer, second.id)).rows] == ["finance"]
    assert [c.reason for c in await shares.commitments(topic.id)] == [None, "金融类备选专家均已谢绝"]
    seats = await draws.progress(topic.draw_officer, topic.id)
    assert sorted(s.n for s in seats) == [1, 2, 3, 4, 5], "a place keeps its number, whoever leaves or comes"
    assert [s.kind for s in seats if s.n > 3] == ["finance"] * 2


async def test_each_proposal_may_have_its_own_panel(store: Storage, tmp_path: Path) -> None:
    apart = PUDONG_GOV.model_copy(
        update={"code": "apart", "draw": DrawRules(mode="proposal", max_load=1, chance_cap=1000)}
    )
    world = await review.screened_topic(store, tmp_path, bids=2, rules=apart)
    topic = world.topic
    experts = await review.experts(topic, per_kind=3)
    assert (await draws.feasibility(topic.draw_officer, topic.id)).feasible
    draw_id = await review.drawn(topic)
    assert verify(await shares.export(topic.draw_officer, draw_id)) == []
    report = await shares.report(topic.draw_officer, draw_id)
    assert {row.application_id for row in report.rows} == {b.application_id for b in world.bids}
    assert (report.mode, len(report.rows), len(report.seats)) == ("proposal", 6, 6)
    seats = await draws.progress(topic.draw_officer, topic.id)
    assert [s.proposals for s in seats] == [1] * 6
    assert await review.work("review.make_blind_copy", topic.id) == 6
    # One declines: the third of his kind takes over his one application.
    gone = next(e for e in experts if e.id == seats[0].expert_id)
    (offer,) = await desk.my_assignments(gone.actor)
    await desk.answer(gone.actor, offer.id, review.DECLINE, if_match=offer.version)
    assert await review.work("review.next_reserve", topic.id) == 1
    now = [s for s in await draws.progress(topic.draw_officer, topic.id) if s.status != "declined"]
    assert len(now) == 6
    (fresh,) = {s.expert_id for s in now} - {s.expert_id for s in seats}
    (third,) = [e for e in experts if e.id == fresh]
    assert third.kind == gone.kind
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        judged = await db.fetch(
            "select b.application_id from blind_copy b join review_assignment a on a.id = b.assignment_id"
            " where a.expert_id = any($1)",
            [gone.id, fresh],
        )
    assert len({r["application_id"] for r in judged}) == 1
    # And the next one, too: nobody is left, so the open seat alone is drawn again, from a larger pool.
    (offer,) = await desk.my_assignments(third.actor)
    await desk.answer(third.actor, offer.id, review.DECLINE, if_match=offer.version)
    await review.work("review.next_reserve", topic.id)
    newcomer = await review.expert(topic, gone.kind)
    second = await review.drawn(topic, reason="该类备选专家均已谢绝")
    report = await shares.report(topic.draw_officer, second)
    assert [(row.kind, row.seats) for row in report.rows] == [(gone.kind, 1)]
    assert [s.expert_id for s in report.seats] == [newcomer.id]
    await review.work("review.make_blind_copy", topic.id)
    for expert in [*experts, newcomer]:
        for assignment in await desk.my_assignments(expert.actor):
            if assignment.status == "offered":
                await review.review_all(expert.actor, await review.accept(expert.actor), 80)
    run = await scoring.close_review(topic.draw_officer, topic.id)
    assert {(e.application_id, e.reviews) for e in run.ranking} == {(b.application_id, 3) for b in world.bids}


async def test_an_unanswered_offer_lapses_after_its_day(store: Storage, tmp_path: Path) -> None:
    topic = (await review.screened_topic(store, tmp_path)).topic
    experts = await review.experts(topic)
    await review.drawn(topic)
    (offer,) = await desk.my_assignments((await review.panel(topic, experts))[0].actor)
    with pytest.raises(Refused) as refused:
        await draws.lapse(topic.draw_officer, offer.id)
    assert _code(refused) == "assignment.not_overdue"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update review_assignment set answer_by = answer_by - 30 where id = $1", offer.id)
    with pytest.raises(Forbidden):
        await draws.lapse(topic.screener, offer.id)
    await draws.lapse(topic.draw_officer, offer.id)
    assert await review.work("review.next_reserve", topic.id) == 1
    assert len(await review.panel(topic, experts)) == 3
