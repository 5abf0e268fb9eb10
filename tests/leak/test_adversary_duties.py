"""Separations of duty, in the database: whoever holds two roles that must not meet gains nothing by the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jiebang.applications.schemas import Submit
from jiebang.applications.service import bids
from jiebang.challenges import oversight
from jiebang.funding import service as payments
from jiebang.identity import access
from jiebang.identity.schemas import NewGrant
from jiebang.kernel.errors import Forbidden, Refused
from jiebang.platform.db import ENGINE, Role
from jiebang.review.schemas import Answer, NewDraw
from jiebang.review.service import desk, draws, pool
from support import applications, attack, awards, funding, people, review, topics

if TYPE_CHECKING:
    from pathlib import Path

    from jiebang.platform.storage import Storage
    from jiebang.review.schemas import AssignmentView

pytestmark = pytest.mark.usefixtures("database")
ROLE = (
    "insert into org_role (person_id, person_name, org_id, role, granted_at) values ($1, '两任', $2, $3, now())"
    " returning 1"
)
WRITE = (
    "insert into review (id, review_application_id, assignment_id, reviewer_id, topic_id, agency_id, status, version,"
    " scores, comments, updated_at) values (gen_random_uuid(), $1, $2, app.me(), $3, $4, 'draft', 1, '{}', '{}', now())"
)


async def _code(awaited: object, kind: type[Exception] = Refused) -> str:
    with pytest.raises(kind) as found:
        await awaited  # pyright: ignore[reportGeneralTypeIssues]
    return found.value.rule.code  # pyright: ignore[reportAttributeAccessIssue]


def _yes(offer: AssignmentView) -> Answer:
    return Answer(decision="accept", no_conflict=True, statement_sha256=offer.statement.sha256)


async def test_who_verified_an_expert_announces_no_draw_and_who_draws_verifies_none(
    store: Storage, tmp_path: Path
) -> None:
    topic = (await review.screened_topic(store, tmp_path)).topic
    officer = topic.draw_officer
    waiting = await review.expert(topic, "technical")
    await attack.owner("update expert set status = 'applied', verified_by = null where id = $1", waiting.id)
    activate = ("select 1 from (select app.activate_expert($1) as done) x where done", waiting.id)
    assert await attack.stopped(Role.OFFICER, officer, activate)
    assert await _code(pool.activate(officer, waiting.id)) == "expert.not_activated"
    assert not await attack.stopped(Role.OFFICER, topic.drafter, activate)

    mine = await review.expert(topic, "technical", verified_by=officer.person_id)
    announce = ("select app.announce_draw($1, null)", topic.id)
    assert await attack.stopped(Role.OFFICER, officer, announce)
    assert await _code(draws.announce(officer, topic.id, NewDraw()), Forbidden) == "draw.pool_editor"
    await attack.owner("update expert set verified_by = $2 where id = $1", mine.id, topic.approver.person_id)
    assert not await attack.stopped(Role.OFFICER, officer, announce)


async def _seated(store: Storage, folder: Path) -> tuple[review.Screened, review.Expert, AssignmentView]:
    world = await review.screened_topic(store, folder)
    everybody = await review.experts(world.topic)
    await review.drawn(world.topic)
    await review.work("review.make_blind_copy", world.topic.id)
    for one in everybody:
        if offers := await desk.my_assignments(one.actor):
            return world, one, offers[0]
    raise AssertionError("somebody was drawn")


async def test_who_becomes_an_officer_scores_no_more(store: Storage, tmp_path: Path) -> None:
    """Who can see identities may not score, whichever came first."""
    world, one, offer = await _seated(store, tmp_path)
    topic = world.topic
    await desk.answer(one.actor, offer.id, _yes(offer), if_match=offer.version)
    proposals = await desk.my_proposals(one.actor, offer.id)
    assert proposals
    row = (WRITE, proposals[0].id, offer.id, topic.id, topic.agency_id)
    await attack.owner(ROLE, one.actor.person_id, topic.agency_id, "screener")
    assert await attack.stopped(Role.REVIEWER, one.actor, row)
    assert await desk.my_proposals(one.actor, offer.id) == []
    await attack.owner(
        "delete from org_role where person_id = $1 and org_id = $2", one.actor.person_id, topic.agency_id
    )
    assert not await attack.stopped(Role.REVIEWER, one.actor, row)


async def test_whom_a_grant_lets_into_the_agency_is_not_drawn_and_scores_nothing(
    store: Storage, tmp_path: Path
) -> None:
    """The people of another authority see what the agency's own see."""
    world, one, offer = await _seated(store, tmp_path)
    topic = world.topic
    guest_org = await people.organisation("agency")
    await attack.owner(ROLE, one.actor.person_id, guest_org, "screener")
    assert (await desk.my_assignments(one.actor))[0].id == offer.id
    admin = await people.actor(topic.agency_id, ["org_admin"])
    await access.give(
        admin,
        NewGrant(
            uscc=await applications.uscc_of(guest_org), role="screener", reason="专项支援",
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        ),
    )  # fmt: skip
    accept = ("update review_assignment set status = 'accepted', declaration = '{\"sha256\": \"x\"}' where id = $1",)
    assert await attack.stopped(Role.REVIEWER, one.actor, (*accept, offer.id))
    answer = desk.answer(one.actor, offer.id, _yes(offer), if_match=offer.version)
    assert await _code(answer) == "assignment.sees_identities"
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        orgs = await db.fetchval("select app.affiliations(e.person_id) from expert e where e.id = $1", one.id)
    assert topic.agency_id in orgs, "what a draw recuses by"


async def test_whoever_bids_sees_nothing_of_his_rivals_as_an_officer() -> None:
    """A lead whom the agency takes on afterwards is in conflict, declared or not."""
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid, rival = [await applications.submitted_application(topic.id) for _ in range(2)]
    await attack.owner(ROLE, bid.lead.person_id, topic.agency_id, "agency_officer")
    both, _ = await people.sign_in(bid.lead.person_id, topic.agency_id)
    colleague = await people.actor(topic.agency_id, ["agency_officer"])
    for actor, seen in ((both, 0), (colleague, 2)):
        async with ENGINE.unit_of_work(Role.OFFICER, actor.token_hash) as db:
            assert await db.fetchval("select count(*) from application where topic_id = $1", topic.id) == seen
            assert await db.fetchval("select count(*) from topic where id = $1", topic.id) == (seen > 0)
    assert await attack.stopped(
        Role.OFFICER, both, ("update application set status = 'eligible' where id = $1", rival.application_id)
    )
    async with ENGINE.unit_of_work(Role.MEMBER, both.token_hash) as db:
        assert await db.fetchval("select count(*) from application where topic_id = $1", topic.id) == 1, "his own"


async def test_staff_do_not_apply_even_if_they_were_none_when_the_team_was_founded() -> None:
    topic = await topics.published_topic()
    bid = await applications.submitted_application(topic.id, opened=False)
    again = Submit(material_ids=list(bid.materials.values()))
    await attack.owner(ROLE, bid.partner.person_id, topic.agency_id, "supervisor")
    assert await _code(bids.submit(bid.lead, bid.application_id, again)) == "team.staff_in_team"
    resubmit = (
        "insert into submission (id, application_id, team_id, topic_id, agency_id, n, receipt_no, submitted_by,"
        " submitted_at, team, answers, manifest, sha256, current) select gen_random_uuid(), application_id, team_id,"
        " topic_id, agency_id, 2, 'JB-' || gen_random_uuid(), app.me(), app.clock(), team, answers, manifest, sha256,"
        " true from submission where id = $1"
    )
    old = ("update submission set current = false where id = $1", bid.submission_id)
    assert await attack.stopped(Role.MEMBER, bid.lead, old, (resubmit, bid.submission_id))
    await attack.owner("delete from org_role where person_id = $1 and role = 'supervisor'", bid.partner.person_id)
    assert not await attack.stopped(Role.MEMBER, bid.lead, old, (resubmit, bid.submission_id))


async def test_a_barred_supervisor_gives_no_share_of_a_seed(store: Storage, tmp_path: Path) -> None:
    topic = (await review.screened_topic(store, tmp_path)).topic
    await review.experts(topic)
    draw = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    commit = ("select app.commit_share($1, $2)", draw.id, "0" * 64)
    await oversight.recuse(topic.supervisor, topic.id, "与候选专家有利害关系")
    assert await attack.stopped(Role.OFFICER, topic.supervisor, commit)


async def test_who_is_barred_sees_neither_signatures_nor_money_of_the_topic() -> None:
    made = await awards.effective_contract()
    topic = made.scored.topic
    milestone = await funding.passed(made)
    await payments.request(topic.funder_requester, milestone.id)
    admin = await people.actor(topic.agency_id, ["agency_officer"])
    tables = ("contract", "signature", "milestone", "disbursement", "ledger_entry", "ledger_posting")

    async def seen() -> dict[str, int]:
        async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash) as db:
            where = dict.fromkeys(tables, "contract_id") | {"contract": "id"}
            return {
                table: await db.fetchval(f"select count(*) from {table} where {where[table]} = $1", made.contract.id)
                for table in tables
            }

    assert min((await seen()).values()) > 0
    await oversight.bar(admin, topic.id, topic.screener.person_id, "账号疑似被盗用")
    assert await seen() == dict.fromkeys(tables, 0)


async def test_nothing_is_paid_or_signed_on_a_frozen_topic() -> None:
    made = await awards.effective_contract()
    topic = made.scored.topic
    milestone = await funding.passed(made)
    requested = await payments.request(topic.funder_requester, milestone.id)
    await oversight.freeze(topic.drafter, topic.id, "资金用途存疑")
    assert await _code(payments.approve(topic.funder_approver, requested.id, requested.version)) == "topic.frozen"
    approve = (
        "update disbursement set status = 'approved', approved_by = app.me(), approved_at = app.clock() where id = $1"
    )
    assert await attack.stopped(Role.OFFICER, topic.funder_approver, (approve, requested.id))
    await oversight.thaw(topic.drafter, topic.id)
    assert (await payments.approve(topic.funder_approver, requested.id, requested.version)).status == "approved"

    unsigned = await awards.contract_to_sign()
    await oversight.freeze(unsigned.scored.topic.drafter, unsigned.scored.topic.id, "公示期内收到举报")
    assert await _code(awards.sign_all(unsigned)) == "topic.frozen"


async def test_colleagues_learn_who_bids_once_bids_are_open() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid = await applications.submitted_application(topic.id, opened=False)
    await attack.owner(ROLE, bid.lead.person_id, topic.agency_id, "agency_officer")
    ask = "select barred from app.topic_people($1) where person_id = $2"
    for opened, told in ((False, None), (True, "conflict")):
        if opened:
            await attack.owner("update team_member set opened_at = now() where topic_id = $1", topic.id)
        async with ENGINE.unit_of_work(Role.OFFICER, topic.drafter.token_hash) as db:
            assert await db.fetchval(ask, topic.id, bid.lead.person_id) == told
