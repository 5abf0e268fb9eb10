"""Who is kept out of a topic, by a conflict, a bid, an incident or a freeze: he sees and does nothing of it, on any desk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jiebang.applications.form import Answers
from jiebang.applications.service import bids
from jiebang.challenges import desk, oversight
from jiebang.challenges.oversight_schemas import Reassignment
from jiebang.identity import service as identity
from jiebang.identity.schemas import NewInvitation
from jiebang.kernel.errors import NotFound, Refused
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.review.service import desk as review_desk
from support import applications, attack, files, people, review, topics

if TYPE_CHECKING:
    from pathlib import Path

    from jiebang.engines.local import Endpoints

pytestmark = pytest.mark.usefixtures("database")


async def test_who_is_in_conflict_sees_nothing_of_the_topic() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid = await applications.submitted_application(topic.id)
    officer, other = topic.screener, topic.drafter
    await oversight.recuse(officer, topic.id, "与申请单位存在亲属关系")
    for table, column in (
        ("topic", "id"),
        ("topic_role", "topic_id"),
        ("application", "topic_id"),
        ("team", "topic_id"),
    ):
        async with ENGINE.unit_of_work(Role.OFFICER, officer.token_hash) as db:
            assert await db.fetchval(f"select count(*) from {table} where {column} = $1", topic.id) == 0, table
        async with ENGINE.unit_of_work(Role.OFFICER, other.token_hash) as db:
            assert await db.fetchval(f"select count(*) from {table} where {column} = $1", topic.id) > 0, table
    assert await attack.stopped(
        Role.OFFICER, officer, ("update application set status = 'eligible' where id = $1", bid.application_id)
    )
    (bar,) = await oversight.bars(other, topic.id)
    assert (bar.person_id, bar.ground) == (officer.person_id, "conflict")
    assert (bar.person_name, bar.barred_by_name) == (officer.display_name, officer.display_name)
    with pytest.raises(NotFound):
        await oversight.lift(officer, topic.id, officer.person_id)
    await oversight.lift(other, topic.id, officer.person_id)
    assert (await desk.topic(officer, topic.id)).id == topic.id


async def test_who_bids_and_becomes_staff_later_is_kept_out_as_an_officer() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid = await applications.submitted_application(topic.id)
    other = await topics.published_topic(topic.agency_id)
    admin = await people.actor(topic.agency_id, ["org_admin"])
    await identity.invite(admin, NewInvitation(email=bid.lead.email, role="agency_officer"))
    invitation = await attack.owner("select id from org_invitation where email = $1", bid.lead.email)
    await identity.accept_invitation(bid.lead, SIGNER.token(identity.ORG_INVITATION, invitation))
    staff, _ = await people.sign_in(bid.lead.person_id, topic.agency_id)
    assert (await desk.topic(staff, other.id)).id == other.id
    with pytest.raises(NotFound):
        await desk.topic(staff, topic.id)
    for table in ("application", "team", "material"):
        async with ENGINE.unit_of_work(Role.OFFICER, staff.token_hash) as db:
            assert not await db.fetchval(f"select count(*) from {table} where topic_id = $1", topic.id), table
    (himself,) = [one for one in (await oversight.access(topic.drafter, topic.id)).people
        if one.person_id == staff.person_id]  # fmt: skip
    assert himself.barred == "conflict"
    async with ENGINE.unit_of_work(Role.MEMBER, staff.token_hash) as db:
        assert await db.fetchval("select count(*) from application where topic_id = $1", topic.id) == 1, "still his bid"


async def test_two_who_are_kept_out_let_nobody_back_in() -> None:
    topic = await topics.published_topic()
    agency = await people.actor(topic.agency_id, ["agency_officer"])
    for one in (agency, topic.drafter):
        await oversight.recuse(one, topic.id, "与申请单位存在亲属关系")
    async with ENGINE.unit_of_work(Role.OFFICER, agency.token_hash) as db:
        assert not await db.fetchval("select app.lift_topic_bar($1, $2)", topic.id, topic.drafter.person_id)
        assert not await db.fetch("select * from app.topic_bars($1)", topic.id)
    assert len(await oversight.bars(topic.approver, topic.id)) == 2


async def test_duties_are_not_handed_to_who_is_kept_out() -> None:
    topic = await topics.published_topic()
    await oversight.recuse(topic.drafter, topic.id, "与申请单位存在亲属关系")
    handed = Reassignment(
        from_person_id=topic.screener.person_id, to_person_id=topic.drafter.person_id, reason="原经办人调离岗位"
    )
    assert (await oversight.reassign(topic.approver, handed)).moved == 0
    assert (await desk.topic(topic.screener, topic.id)).my_roles == ["screener"]


async def test_a_reviewer_who_is_barred_and_a_frozen_topic(tmp_path: Path, endpoints: Endpoints) -> None:
    async with files.open_store(endpoints) as store:
        reviewed = await review.screened_topic(store, tmp_path)
    topic = reviewed.topic
    experts = await review.experts(topic)
    await review.drawn(topic)
    seated = [e for e in experts if await review_desk.my_assignments(e.actor)]
    assert len(seated) > 1
    await oversight.bar(topic.drafter, topic.id, seated[0].actor.person_id, "账号疑似被盗用")
    assert not await review_desk.my_assignments(seated[0].actor)
    assert await review_desk.my_assignments(seated[1].actor)
    await oversight.freeze(topic.drafter, topic.id, "疑似泄露评审专家名单")
    assert not await review_desk.my_assignments(seated[1].actor)
    for login, who, statement in (
        (Role.OFFICER, topic.screener, "update application set updated_at = app.now() where topic_id = $1"),
        (Role.OFFICER, topic.draw_officer, "select app.announce_draw($1, 'x')"),
        (Role.MEMBER, reviewed.bids[0].lead, "update application set answers = '{}' where topic_id = $1"),
        (Role.REVIEWER, seated[1].actor, "update review_assignment set status = 'declined' where topic_id = $1"),
    ):
        assert await attack.stopped(login, who, (statement, topic.id)), statement
    bid = reviewed.bids[0]
    with pytest.raises(Refused) as frozen:
        await bids.save(bid.lead, bid.application_id, Answers(), 1)
    assert frozen.value.rule.code == "topic.frozen"
    await oversight.thaw(topic.drafter, topic.id)
    await oversight.lift(topic.drafter, topic.id, seated[0].actor.person_id)
    assert await review_desk.my_assignments(seated[0].actor)
