"""Sealed bids and topics: no login moves a closing instant, changes a bid late, or opens what two officers have not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from jiebang.identity.service import act_for
from jiebang.platform.db import ENGINE, Role
from support import attack, people
from support.applications import Submitted, submitted_application
from support.topics import PublishedTopic, published_topic

pytestmark = pytest.mark.usefixtures("database")

SUBMIT = (
    "insert into submission (id, application_id, team_id, topic_id, agency_id, n, receipt_no, submitted_by,"
    " submitted_at, team, answers, manifest, sha256, current) select $2::uuid, a.id, a.team_id, a.topic_id, a.agency_id, 2,"
    " $2::uuid::text, app.me(), app.clock() + $4::interval, '{}', '{}', $3, 'x', true from application a where a.id = $1"
)
SUPERSEDE = "update submission set current = false where application_id = $1"
POINT = "update application set submission_id = $2, status = 'submitted' where id = $1"


def manifest(material: UUID, key: str, **changes: Any) -> list[dict[str, Any]]:
    return [
        {
            "material_id": str(material),
            "part": "part_b",
            "filename": "f.pdf",
            "size_bytes": 1000,
            "sha256": "0" * 64,
            "object_key": key,
            **changes,
        }
    ]


def submission(bid: Submitted, files: list[dict[str, Any]], at: timedelta = timedelta(0)) -> list[tuple[Any, ...]]:
    new = uuid4()
    return [
        (SUPERSEDE, bid.application_id),
        (SUBMIT, bid.application_id, new, files, at),
        (POINT, bid.application_id, new),
    ]


async def closed(topic: PublishedTopic) -> None:
    await attack.owner("update topic set closes_at = now() - interval '40 seconds' where id = $1 returning 1", topic.id)


async def test_after_the_close_and_before_the_opening_nothing_of_a_bid_changes() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id, opened=False)
    own = manifest(bid.materials["part_b"], bid.keys["part_b"])
    draft = uuid4()
    await attack.owner(
        "insert into material (id, team_id, topic_id, agency_id, part, filename, content_type, size_bytes, sha256,"
        " quarantine_key, status, created_by, created_at) values ($1, $2, $3, $4, 'part_a', 'x', 'x', 1, 'x', $5,"
        " 'pending', $6, now()) returning 1",
        draft, bid.team_id, topic.id, topic.agency_id, f"quarantine/{uuid4()}", bid.lead.person_id,
    )  # fmt: skip
    add_file = (
        "insert into material (id, team_id, topic_id, agency_id, part, filename, content_type, size_bytes, sha256,"
        " quarantine_key, status, created_by, created_at) values (gen_random_uuid(), $1, $2, $3, 'part_b', 'x', 'x', 1,"
        " 'x', $4, 'pending', app.me(), now())"
    )
    attempts: list[list[tuple[Any, ...]]] = [
        [("update application set answers = '{}' where id = $1", bid.application_id)],
        [("update application set status = 'draft' where id = $1", bid.application_id)],
        [(SUPERSEDE, bid.application_id)],
        submission(bid, own),
        submission(bid, own, -timedelta(seconds=50)),  # backdated into time
        [("update team set name = 'x' where id = $1", bid.team_id)],
        [("update team_org set share_bp = 1 where team_id = $1", bid.team_id)],
        [("delete from team_org where team_id = $1", bid.team_id)],
        [("delete from team_member where team_id = $1", bid.team_id)],
        [(add_file, bid.team_id, topic.id, topic.agency_id, f"quarantine/{uuid4()}")],
    ]
    await closed(topic)
    for statements in attempts:
        assert await attack.stopped(Role.MEMBER, bid.lead, *statements), statements
    await attack.owner("update topic set closes_at = now() + interval '1 hour' where id = $1 returning 1", topic.id)
    assert not await attack.stopped(Role.MEMBER, bid.lead, *submission(bid, own))


async def test_a_submission_names_the_teams_own_checked_files_now() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id, opened=False)
    rival = await submitted_application(topic.id, opened=False)
    mine, key = bid.materials["part_b"], bid.keys["part_b"]
    for files in (
        manifest(rival.materials["part_b"], rival.keys["part_b"]),
        manifest(mine, rival.keys["part_b"]),  # a rival's bytes under one's own file
        manifest(mine, key, sha256="1" * 64),
        manifest(mine, key, part="part_a"),
        [],
    ):
        assert await attack.stopped(Role.MEMBER, bid.lead, *submission(bid, files)), files
    for at in (timedelta(hours=-1), timedelta(hours=1)):
        assert await attack.stopped(Role.MEMBER, bid.lead, *submission(bid, manifest(mine, key), at))
    revive = ("update submission set current = true where application_id = $1", bid.application_id)
    assert await attack.stopped(Role.MEMBER, bid.lead, revive)
    assert await attack.stopped(Role.MEMBER, bid.lead, ("delete from material where id = $1", mine))
    point = (POINT, bid.application_id, rival.submission_id)
    assert await attack.stopped(Role.MEMBER, bid.lead, point)
    assert await attack.stopped(Role.MEMBER, bid.partner, *submission(bid, manifest(mine, key)))
    withdraw = ("update application set status = 'draft', submission_id = null where id = $1", bid.application_id)
    assert await attack.stopped(Role.MEMBER, bid.partner, withdraw)


async def test_an_upload_lies_in_quarantine_and_belongs_to_its_own_application() -> None:
    topic = await published_topic()
    bid, rival = [await submitted_application(topic.id, opened=False) for _ in range(2)]
    add = (
        "insert into material (id, team_id, topic_id, agency_id, application_id, part, filename, content_type,"
        " size_bytes, sha256, quarantine_key, status, created_by, created_at) values (gen_random_uuid(), $1, $2, $3,"
        " $4, 'part_b', 'x', 'x', 1000, $5, $6, 'pending', app.me(), now())"
    )
    own = (add, bid.team_id, topic.id, topic.agency_id)
    for application, key in (
        (bid.application_id, rival.keys["part_b"]),  # the check would move a rival's file here
        (bid.application_id, "blind/" + str(uuid4())),
        (rival.application_id, f"quarantine/{uuid4()}"),
    ):
        assert await attack.stopped(Role.MEMBER, bid.lead, (*own, application, "0" * 64, key)), key
    fine = (*own, bid.application_id, "0" * 64, f"quarantine/{uuid4()}")
    assert not await attack.stopped(Role.MEMBER, bid.lead, fine)


async def test_no_officer_moves_a_published_topic_or_opens_it_alone() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id, opened=False)
    first, second = topic.opening_officers
    for change in (
        "closes_at = now() - interval '1 minute'",
        "closes_at = now() + interval '9 days'",
        "body = '{}'",
        f"rule_set_id = '{topic.rule_set_id}', funder_id = agency_id",
        f"opening_first_id = '{second.person_id}'",
        "opened_at = now()",
        "approver_id = null",
        "drafter_id = approver_id",
        "published_at = now()",
        "agency_id = funder_id",
        *(f"status = '{s}'" for s in ("draft", "screening", "reviewing", "proposed", "public_notice", "awarded")),
    ):
        sql = f"update topic set {change} where id = $1"
        for actor in (first, topic.approver, topic.supervisor):
            assert await attack.stopped(Role.OFFICER, actor, (sql, topic.id)), change
    await closed(topic)
    opening = ("select app.open_topic_applications($1)", topic.id)
    assert not await attack.stopped(Role.OFFICER, first, opening)
    assert await attack.stopped(Role.OFFICER, first, opening)
    name_another = ("update topic set opening_first_id = $2 where id = $1", topic.id, second.person_id)
    assert await attack.stopped(Role.OFFICER, first, name_another, opening)
    assert await attack.owner("select opened_at from application where id = $1", bid.application_id) is None


async def test_another_agency_slips_nothing_under_a_topic() -> None:
    topic = await published_topic()
    elsewhere = await published_topic()
    stranger = elsewhere.approver
    version = (
        "insert into topic_version (id, topic_id, agency_id, n, body, rules, closes_at, sha256, published_at,"
        " published_by) select gen_random_uuid(), $1, app.my_org(), $2, body || '{\"award_count\": 9}', rules, closes_at,"
        " sha256, published_at, app.me() from topic_version where topic_id = $3"
    )
    role = (
        "insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)"
        " values (gen_random_uuid(), $1, app.my_org(), app.me(), 'x', $2, app.me(), now())"
    )
    assert await attack.stopped(Role.OFFICER, stranger, (version, topic.id, 2, elsewhere.id))
    assert await attack.stopped(Role.OFFICER, stranger, (version, elsewhere.id, 2, elsewhere.id))
    assert await attack.stopped(Role.OFFICER, stranger, (role, topic.id, "draw_officer"))
    for actor in (elsewhere.supervisor, elsewhere.screener):
        for name in ("draw_officer", "opening_officer", "approver", "legal_budget_reviewer"):
            assert await attack.stopped(Role.OFFICER, actor, (role, elsewhere.id, name)), name
    officer = await people.actor(elsewhere.agency_id, ["agency_officer"])
    assert not await attack.stopped(Role.OFFICER, officer, (role, elsewhere.id, "draw_officer"))


async def test_a_topic_begins_as_an_agencys_draft_and_each_step_is_its_own_persons() -> None:
    topic = await published_topic()
    new = (
        "insert into topic (id, code, agency_id, funder_id, end_user_id, status, version, drafter_id, rule_set_id, body,"
        " closes_at, created_at, updated_at) values ($1::uuid, $1::uuid::text, app.my_org(), $2, $3, $4, 1, app.me(), $5,"
        " '{}', now() + interval '1 hour', now(), now())"
    )
    facts = (topic.funder_id, topic.end_user_id)
    draft, drafter = uuid4(), topic.drafter
    assert await attack.stopped(Role.OFFICER, drafter, (new, uuid4(), *facts, "published", topic.rule_set_id))
    for actor in (topic.supervisor, topic.funder_requester):
        assert await attack.stopped(Role.OFFICER, actor, (new, uuid4(), *facts, "draft", topic.rule_set_id))
    grant = (
        "insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)"
        " values (gen_random_uuid(), $1, app.my_org(), app.me(), 'x', 'drafter', app.me(), now())"
    )
    assert not await attack.stopped(
        Role.OFFICER, drafter, (new, draft, *facts, "draft", topic.rule_set_id), (grant, draft)
    )
    legal, approver = topic.legal_reviewer.person_id, topic.approver.person_id
    steps = [
        (f"status = 'legal_passed', legal_reviewer_id = '{legal}'", drafter),
        (f"status = 'approved', legal_reviewer_id = '{legal}', approver_id = '{approver}'", drafter),
        ("status = 'published', published_at = now()", topic.approver),
        ("status = 'review'", topic.approver),  # no drafter of it
    ]
    for change, actor in steps:
        sql = f"update topic set {change} where id = $1"
        assert await attack.stopped(Role.OFFICER, actor, (sql, draft)), change
    await attack.run(Role.OFFICER, drafter, ("update topic set status = 'review' where id = $1", draft))
    assert await attack.stopped(
        Role.OFFICER, drafter, ("update topic set body = body || '{\"a\": 1}' where id = $1", draft)
    )
    forged = f"update topic set status = 'legal_passed', legal_reviewer_id = '{legal}' where id = $1"
    assert await attack.stopped(Role.OFFICER, topic.approver, (forged, draft))
    assert not await attack.stopped(Role.OFFICER, topic.legal_reviewer, (forged, draft))


async def test_officers_of_one_authority_are_nobodys_officers_elsewhere() -> None:
    topic = await published_topic(closes_in=timedelta(minutes=-1))
    await submitted_application(topic.id)
    elsewhere = await people.organisation("funder")
    person = await people.actor(elsewhere, ["finance_officer"])
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into org_role (id, person_id, person_name, org_id, role, granted_at)"
            " values (gen_random_uuid(), $1, 'x', $2, 'member', now())",
            person.person_id, topic.agency_id,
        )  # fmt: skip
    await act_for(person, topic.agency_id)
    count = "select count(*) from {}"
    for table in ("application", "topic", "submission", "expert"):
        rows = await ENGINE.read(Role.OFFICER, count.format(table), token=person.token_hash)
        assert rows[0]["count"] == 0, table
    # Who leaves has left, whatever his session says.
    officer = topic.screener
    seen = await ENGINE.read(Role.OFFICER, count.format("application"), token=officer.token_hash)
    assert seen[0]["count"] == 1
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("set local role jiebang_auth")
        await db.execute("delete from org_role where person_id = $1", officer.person_id)
    seen = await ENGINE.read(Role.OFFICER, count.format("application"), token=officer.token_hash)
    assert seen[0]["count"] == 0


async def test_an_enterprises_administrator_makes_nobody_an_officer() -> None:
    org = await people.organisation("enterprise")
    admin = await people.actor(org, ["org_admin"])
    invite = (
        "insert into org_invitation (id, org_id, email, role, token_hash, invited_by, created_at, expires_at)"
        " values (gen_random_uuid(), $1, $2, $3, $4, app.me(), now(), now() + interval '1 day')"
    )
    token = uuid4().bytes * 2
    assert await attack.stopped(Role.MEMBER, admin, (invite, org, admin.email, "agency_officer", token))
    assert not await attack.stopped(Role.MEMBER, admin, (invite, org, admin.email, "end_user", token))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attack.run(Role.MEMBER, admin, ("update org_invitation set role = 'agency_officer' where true",))


async def test_a_screeners_and_an_officers_steps_are_those_of_the_lifecycle() -> None:
    topic = await published_topic(closes_in=timedelta(minutes=-1))
    waiting = await submitted_application(topic.id)
    scored = await submitted_application(topic.id, status="in_review")
    move = "update application set status = $2 where id = $1"
    for actor, bid, status in (
        (topic.drafter, waiting, "eligible"),  # no screener
        (topic.supervisor, waiting, "ineligible"),
        (topic.screener, waiting, "in_review"),
        (topic.screener, scored, "ineligible"),  # once the scores are known
        (topic.drafter, scored, "recommended"),  # without a list
        (topic.drafter, scored, "awarded"),
        (topic.drafter, waiting, "contracted"),
    ):
        assert await attack.stopped(Role.OFFICER, actor, (move, bid.application_id, status)), status
    assert not await attack.stopped(Role.OFFICER, topic.screener, (move, waiting.application_id, "eligible"))
