"""Teams, bids, the opening and the formal check, on the real database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from jiebang.applications.form import Answers
from jiebang.applications.schemas import FormalDecision, NewTeam, NewTeamInvitation, Shares, Submit
from jiebang.applications.service import bids, opening, teams
from jiebang.challenges import desk
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Forbidden, Invalid, NotFound, Refused, Stale
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from support import people, topics
from support.applications import answers, checked_file, submitted_application, uscc_of
from support.files import waiting
from support.topics import published_topic

if TYPE_CHECKING:
    from jiebang.applications.schemas import TeamView
    from jiebang.kernel.actor import Actor
    from support.topics import PublishedTopic

pytestmark = pytest.mark.usefixtures("database")

GOOD = {"depth": "4500", "latency": "20.50"}
SEALED = ("team", "team_org", "team_member", "application", "submission", "material")


async def a_lead() -> Actor:
    return await people.actor(await people.organisation(), ["member"], name="负责人")


async def a_team(topic: PublishedTopic, lead: Actor) -> TeamView:
    return await teams.found(lead, topic.id, NewTeam(name="测试联合体"))


async def joined(team: TeamView, lead: Actor) -> tuple[Actor, TeamView]:
    partner = await people.actor(await people.organisation(), ["member"], name="合作人")
    invitation = await teams.invite(
        lead, team.id, NewTeamInvitation(email=partner.email, uscc=await uscc_of(partner.org_id))
    )
    return partner, await teams.accept(partner, SIGNER.token("team_invitation", invitation.id))


async def ready(topic: PublishedTopic, lead: Actor) -> tuple[TeamView, Submit]:
    """A team of one unit whose bid lacks nothing."""
    team = await a_team(topic, lead)
    await bids.save(lead, team.application_id, Answers.model_validate(answers(GOOD)), 1)
    files = [await checked_file(team.id, "part_a"), await checked_file(team.id, "part_b")]
    return team, Submit(material_ids=files)


def code(refused: pytest.ExceptionInfo[Any]) -> str:
    return refused.value.rule.code


# --- teams -----------------------------------------------------------------------------------------------------------


async def test_a_lead_founds_one_team_per_open_topic() -> None:
    topic, lead = await published_topic(), await a_lead()
    team = await a_team(topic, lead)
    assert (team.lead_person_id, team.lead_org_id, team.version) == (lead.person_id, lead.org_id, 1)
    assert [(org.role, org.work_bp, org.share_bp) for org in team.orgs] == [("lead", 10_000, 10_000)]
    with pytest.raises(Refused) as refused:
        await a_team(topic, lead)
    assert code(refused) == "team.already_leading"
    (mine,) = await teams.mine(lead, None, 10)
    assert (mine.application_id, mine.status, mine.lead) == (team.application_id, "draft", True)
    assert await teams.mine(lead, (mine.created_at, mine.team_id), 10) == []


async def test_who_may_not_found_a_team() -> None:
    topic = await published_topic()
    nobody = await people.actor()
    with pytest.raises(Refused) as refused:
        await a_team(topic, nobody)
    assert code(refused) == "team.no_org"
    with pytest.raises(Forbidden) as refused:
        await a_team(topic, topic.drafter)
    assert code(refused) == "team.agency_staff"
    with pytest.raises(NotFound):
        await teams.found(await a_lead(), uuid4(), NewTeam(name="无此榜题"))
    await topics.close(topic.id)
    with pytest.raises(Refused) as refused:
        await a_team(topic, await a_lead())
    assert code(refused) == "application.late"


async def test_a_partner_joins_by_the_mailed_token_alone() -> None:
    topic, lead = await published_topic(), await a_lead()
    team = await a_team(topic, lead)
    partner = await people.actor(await people.organisation(), ["member"], name="合作人")
    wanted = NewTeamInvitation(email=partner.email.upper(), uscc=await uscc_of(partner.org_id))
    invitation = await teams.invite(lead, team.id, wanted)
    (job,) = await waiting("applications.mail_team_invitation", team.id)
    assert job.payload == {"invitation_id": str(invitation.id)}
    token = SIGNER.token("team_invitation", invitation.id)
    with pytest.raises(Refused) as refused:
        await teams.accept(lead, token)  # not the address it was sent to
    assert code(refused) == "team.invitation_invalid"
    team = await teams.accept(partner, token)
    assert [(org.org_id, org.role) for org in team.orgs] == [(lead.org_id, "lead"), (partner.org_id, "partner")]
    assert team.version == 2
    assert team.invitations == []
    with pytest.raises(Refused):
        await teams.accept(partner, token)
    with pytest.raises(Refused) as refused:
        await teams.invite(lead, team.id, wanted)
    assert code(refused) == "team.org_in_team"
    with pytest.raises(Forbidden) as refused:
        await teams.invite(partner, team.id, wanted)
    assert code(refused) == "team.not_lead"
    with pytest.raises(NotFound):
        await teams.invite(await a_lead(), team.id, wanted)
    with pytest.raises(Refused) as refused:
        await teams.invite(lead, team.id, NewTeamInvitation(email="x@people.example", uscc=people.valid_uscc()))
    assert code(refused) == "team.org_unknown"


async def test_an_invitation_can_be_taken_back_and_their_number_is_limited() -> None:
    topic, lead = await published_topic(), await a_lead()
    team = await a_team(topic, lead)
    sent = []
    for n in range(topic.rules.max_partners + 1):
        data = NewTeamInvitation(email=f"p{n}@people.example", uscc=await uscc_of(await people.organisation()))
        if n < topic.rules.max_partners:
            sent.append(await teams.invite(lead, team.id, data))
        else:
            with pytest.raises(Refused) as refused:
                await teams.invite(lead, team.id, data)
            assert code(refused) == "team.too_many_partners"
            await teams.withdraw_invitation(lead, team.id, sent[0].id)
            await teams.invite(lead, team.id, data)
    with pytest.raises(NotFound):
        await teams.withdraw_invitation(lead, team.id, sent[0].id)
    assert len((await teams.view(lead, team.id)).invitations) == topic.rules.max_partners


async def test_shares_and_partners_change_under_their_version() -> None:
    topic, lead = await published_topic(), await a_lead()
    partner, team = await joined(await a_team(topic, lead), lead)
    halves = {"shares": [{"org_id": str(org.org_id), "work_bp": 6000, "share_bp": 5500} for org in team.orgs]}
    shares = Shares.model_validate_json(json.dumps(halves))
    with pytest.raises(Stale):
        await teams.set_shares(lead, team.id, shares, team.version - 1)
    with pytest.raises(Forbidden):
        await teams.set_shares(partner, team.id, shares, team.version)
    team = await teams.set_shares(lead, team.id, shares, team.version)
    assert {(org.work_bp, org.share_bp) for org in team.orgs} == {(6000, 5500)}
    with pytest.raises(Invalid) as invalid:
        await teams.set_shares(lead, team.id, Shares(shares=shares.shares[:1]), team.version)
    assert [field.pointer for field in invalid.value.fields] == ["/shares"]
    assert lead.org_id is not None
    assert partner.org_id is not None
    with pytest.raises(NotFound):
        await teams.remove_partner(lead, team.id, lead.org_id, team.version)
    team = await teams.remove_partner(lead, team.id, partner.org_id, team.version)
    assert [person.person_id for person in team.people] == [lead.person_id]
    with pytest.raises(NotFound):
        await teams.view(partner, team.id)


# --- bids ------------------------------------------------------------------------------------------------------------


async def test_a_draft_has_gaps_and_submission_names_them_all() -> None:
    topic, lead = await published_topic(), await a_lead()
    _, team = await joined(await a_team(topic, lead), lead)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update team_org set share_bp = 9000 where team_id = $1 and role = 'lead'", team.id)
    draft = await bids.save(
        lead,
        team.application_id,
        Answers.model_validate({"part_b": {"title": "方案", "promised": {"latency": "20.51", "weight": "3"}}}),
        1,
    )
    assert draft.version == 2
    pending, unknown = await checked_file(team.id, "part_b", status="pending"), uuid4()
    with pytest.raises(Invalid) as invalid:
        await bids.submit(lead, team.application_id, Submit(material_ids=[pending, unknown]))
    assert {(field.pointer, field.rule.code) for field in invalid.value.fields} == {
        ("/team/orgs/share_bp", "team.shares"),
        ("/answers/part_a/contact_name", "application.required"),
        ("/answers/part_a/contact_email", "application.required"),
        ("/answers/part_a/contact_phone", "application.required"),
        ("/answers/part_b/approach", "application.required"),
        ("/answers/part_b/work_plan", "application.required"),
        ("/answers/part_b/risk", "application.required"),
        ("/answers/part_b/budget", "application.required"),
        ("/answers/part_b/promised/depth", "application.promise_missing"),
        ("/answers/part_b/promised/latency", "application.promise_worse"),
        ("/answers/part_b/promised/weight", "application.promise_unknown"),
        ("/material_ids/0", "application.file_unchecked"),
        ("/material_ids/1", "application.file_unknown"),
        ("/material_ids", "application.no_part_a"),
    }
    view = await bids.view(lead, team.application_id)
    assert (view.status, view.receipt) == ("draft", None)


async def test_saving_needs_the_version_and_a_member() -> None:
    topic, lead = await published_topic(), await a_lead()
    partner, team = await joined(await a_team(topic, lead), lead)
    form = Answers.model_validate(answers(GOOD))
    assert (await bids.save(partner, team.application_id, form, 1)).version == 2
    with pytest.raises(Stale):
        await bids.save(lead, team.application_id, form, 1)
    with pytest.raises(NotFound):
        await bids.save(await a_lead(), team.application_id, form, 2)
    await topics.close(topic.id)
    with pytest.raises(Refused) as refused:
        await bids.save(lead, team.application_id, form, 2)
    assert code(refused) == "application.late"


async def test_the_last_submission_before_the_close_counts() -> None:
    topic, lead = await published_topic(), await a_lead()
    team, files = await ready(topic, lead)
    first = await bids.submit(lead, team.application_id, files)
    assert (first.n, [file.part for file in first.files]) == (1, ["part_a", "part_b"])
    assert first.receipt_no.startswith(f"JB-{topic.code}-")
    assert len(first.receipt_no.rsplit("-", 1)[1]) == 8
    second = await bids.submit(lead, team.application_id, files)
    view = await bids.view(lead, team.application_id)
    assert (view.status, view.receipt) == ("submitted", second)
    assert (await bids.count(topic.id)).count == 1
    async with ENGINE.unit_of_work(Role.MEMBER, lead.token_hash) as db:
        rows = await db.fetch("select n, current, team, answers, sha256, submitted_at from submission order by n")
    assert [(row["n"], row["current"]) for row in rows] == [(1, False), (2, True)]
    sealed = {
        "application_id": team.application_id, "n": 2, "receipt_no": second.receipt_no,
        "submitted_at": second.submitted_at, "team": rows[1]["team"], "answers": rows[1]["answers"],
        "files": msgspec.to_builtins(second.files),
    }  # fmt: skip
    assert digest(sealed) == second.sha256 == rows[1]["sha256"]
    assert rows[1]["submitted_at"] == second.submitted_at
    jobs = await waiting("applications.mail_receipt", team.id)
    assert [job.payload["submission_id"] for job in jobs] == [str(first.submission_id), str(second.submission_id)]
    await topics.close(topic.id)
    with pytest.raises(Refused) as refused:
        await bids.submit(lead, team.application_id, files)
    assert code(refused) == "application.late"
    assert "closes_at" in refused.value.facts
    assert (await bids.view(lead, team.application_id)).receipt == second


async def test_only_the_lead_submits() -> None:
    topic, lead = await published_topic(), await a_lead()
    team, files = await ready(topic, lead)
    partner, _ = await joined(team, lead)
    with pytest.raises(Forbidden) as refused:
        await bids.submit(partner, team.application_id, files)
    assert code(refused) == "team.not_lead"
    with pytest.raises(NotFound):
        await bids.submit(await a_lead(), team.application_id, files)


async def test_a_file_of_another_team_is_unknown() -> None:
    topic, lead = await published_topic(), await a_lead()
    team, files = await ready(topic, lead)
    other, others = await ready(topic, await a_lead())
    assert other.id != team.id
    with pytest.raises(Invalid) as invalid:
        await bids.submit(lead, team.application_id, Submit(material_ids=[*files.material_ids, others.material_ids[0]]))
    assert [(f.pointer, f.rule.code) for f in invalid.value.fields] == [("/material_ids/2", "application.file_unknown")]


# --- opening and formal check ----------------------------------------------------------------------------------------


async def rows_of(role: Role, token: bytes, topic: PublishedTopic) -> dict[str, int]:
    async with ENGINE.unit_of_work(role, token) as db:
        return {
            table: await db.fetchval(f"select count(*) from {table} where topic_id = $1", topic.id) for table in SEALED
        }


async def test_nobody_but_the_team_reads_a_bid_before_the_opening_and_then_its_agency_alone() -> None:
    topic, lead = await published_topic(), await a_lead()
    team, files = await ready(topic, lead)
    await bids.submit(lead, team.application_id, files)
    await bids.submit(lead, team.application_id, files)
    await checked_file(team.id, "part_b")  # never submitted
    draft = await a_team(topic, await a_lead())  # never submitted
    nothing = dict.fromkeys(SEALED, 0)
    own = {"team": 1, "team_org": 1, "team_member": 1, "application": 1, "submission": 2, "material": 3}
    rival, officer = await a_lead(), topic.screener
    foreign = await people.actor(await people.organisation("agency"), ["agency_officer"])
    assert await rows_of(Role.MEMBER, lead.token_hash, topic) == own
    for reader in (rival, topic.end_user):
        assert await rows_of(Role.MEMBER, reader.token_hash, topic) == nothing
    for reader in (officer, topic.supervisor, topic.opening_officers[0], topic.funder_approver, foreign):
        assert await rows_of(Role.OFFICER, reader.token_hash, topic) == nothing
    assert await opening.opened(officer, topic.id, None, 10) == []
    assert (await bids.count(topic.id)).count == 1

    first, second = topic.opening_officers
    with pytest.raises(Refused) as refused:
        await opening.open_topic(first, topic.id)
    assert code(refused) == "opening.not_closed"
    await topics.close(topic.id)
    assert await rows_of(Role.OFFICER, officer.token_hash, topic) == nothing, "closed is not opened"
    with pytest.raises(Forbidden):
        await opening.open_topic(officer, topic.id)
    with pytest.raises(NotFound):
        await opening.open_topic(foreign, topic.id)
    sealed = await opening.formal_progress(officer, topic.id)
    assert (sealed.undecided, sealed.eligible, sealed.ineligible) == (0, 0, 0), "what is sealed is not counted"
    assert (await desk.topic(officer, topic.id)).opener is None
    assert (await opening.open_topic(first, topic.id)).state == "first_named"
    waits = await desk.topic(second, topic.id)
    assert waits.opener is not None
    assert (waits.opener.person_id, waits.opener.person_name) == (first.person_id, first.display_name)
    (row,) = await desk.topics(second)
    assert (row.opener_id, row.my_roles) == (first.person_id, ["opening_officer"])
    assert (await desk.topic(topic.funder_approver, topic.id)).opener is None, "the funder learns no officer's name"
    assert await rows_of(Role.OFFICER, officer.token_hash, topic) == nothing
    with pytest.raises(Refused) as refused:
        await opening.open_topic(first, topic.id)
    assert code(refused) == "opening.second_person"
    done = await opening.open_topic(second, topic.id)
    assert (done.state, done.count) == ("opened", 1)
    with pytest.raises(Refused) as refused:
        await opening.open_topic(second, topic.id)
    assert code(refused) == "opening.done"

    assert await rows_of(Role.OFFICER, officer.token_hash, topic) == {
        "team": 1, "team_org": 1, "team_member": 1, "application": 1, "submission": 1, "material": 2,
    }  # fmt: skip
    (read,) = await opening.opened(officer, topic.id, None, 10)
    assert (read.application_id, read.team_name) == (team.application_id, "测试联合体")
    assert await opening.opened(officer, topic.id, read.application_id, 10) == []
    with pytest.raises(NotFound):
        await opening.opened_one(officer, topic.id, draft.application_id)
    for reader in (foreign, topic.funder_approver):
        assert await rows_of(Role.OFFICER, reader.token_hash, topic) == nothing
    assert await rows_of(Role.MEMBER, rival.token_hash, topic) == nothing
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        assert await db.fetchval("select status from topic where id = $1", topic.id) == "screening"
    assert (await desk.topic(officer, topic.id)).opener is None, "nothing waits for a second officer any more"
    before = await opening.formal_progress(officer, topic.id)
    await opening.formal_check(officer, read.application_id, FormalDecision(decision="eligible"))
    after = await opening.formal_progress(officer, topic.id)
    assert [(p.undecided, p.eligible, p.ineligible) for p in (before, after)] == [(1, 0, 0), (0, 1, 0)]
    for stranger in (foreign, topic.funder_approver):
        with pytest.raises(NotFound):
            await opening.formal_progress(stranger, topic.id)


@pytest.mark.parametrize("table", [*SEALED, "team_invitation"])
async def test_reviewers_and_the_public_have_no_right_on_any_table(table: str) -> None:
    reviewer = await people.actor(reviewer=True)
    for role, token in ((Role.REVIEWER, reviewer.token_hash), (Role.PUBLIC, b"")):
        with pytest.raises(Exception, match="permission denied"):
            async with ENGINE.unit_of_work(role, token) as db:
                await db.fetch(f"select 1 from {table}")


async def test_members_cannot_write_around_the_use_cases() -> None:
    topic, lead = await published_topic(), await a_lead()
    team, _ = await ready(topic, lead)
    other = await published_topic()
    attempts = [
        ("update application set status = 'awarded' where id = $1", team.application_id),
        ("update application set opened_at = now() where id = $1", team.application_id),
        ("update material set status = 'checked', object_key = 'x' where team_id = $1", team.id),
        ("update team_member set role = 'lead' where team_id = $1", team.id),
        ("update submission set submitted_at = now() - interval '1 day' where team_id = $1", team.id),
    ]
    for sql, key in attempts:
        with pytest.raises(Exception, match=r"permission denied|row-level security|the lead submits"):
            async with ENGINE.unit_of_work(Role.MEMBER, lead.token_hash) as db:
                await db.execute(sql, key)
    with pytest.raises(Exception, match="foreign key"):  # another topic's seal
        async with ENGINE.unit_of_work(Role.MEMBER, lead.token_hash) as db:
            await db.execute(
                "insert into material (id, team_id, topic_id, agency_id, part, filename, content_type, size_bytes,"
                " sha256, quarantine_key, status, created_by, created_at) values (gen_random_uuid(), $1, $2, $3,"
                " 'part_b', 'x', 'x', 1, 'x', $4, 'pending', $5, now())",
                team.id, other.id, other.agency_id, f"quarantine/{uuid4()}", lead.person_id,
            )  # fmt: skip


async def test_after_the_opening_a_team_changes_nothing() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id)
    async with ENGINE.unit_of_work(Role.MEMBER, bid.lead.token_hash) as db:
        for sql in (
            "update application set answers = '{}' where id = $1",
            "update submission set current = false where application_id = $1",
        ):
            assert await db.execute(sql, bid.application_id) == "UPDATE 0"
        for sql in ("update team_org set share_bp = 0 where team_id = $1", "update team set name = 'x' where id = $1"):
            assert await db.execute(sql, bid.team_id) == "UPDATE 0"
        for table in ("material", "team_org", "team_member"):
            assert await db.execute(f"delete from {table} where team_id = $1", bid.team_id) == "DELETE 0"


async def test_the_formal_check_decides_once_and_says_why() -> None:
    topic = await published_topic(closes_in=-timedelta(minutes=1))
    good, bad = await submitted_application(topic.id), await submitted_application(topic.id)
    sealed = await submitted_application(topic.id, opened=False)
    eligible = FormalDecision(decision="eligible")
    reason = {"reason_code": "incomplete", "text": "缺少联合申报协议。", "article": "申报须知第五条"}
    with pytest.raises(Forbidden):
        await opening.formal_check(topic.drafter, good.application_id, eligible)
    with pytest.raises(NotFound):
        await opening.formal_check(topic.screener, sealed.application_id, eligible)
    result = await opening.formal_check(topic.screener, good.application_id, eligible)
    assert result.status == "eligible"
    assert result.version == (await opening.opened_one(topic.screener, topic.id, good.application_id)).version
    with pytest.raises(Refused) as refused:
        await opening.formal_check(topic.screener, good.application_id, eligible)
    assert code(refused) == "application.not_now"
    refusal = FormalDecision.model_validate({"decision": "ineligible", **reason})
    assert (await opening.formal_check(topic.screener, bad.application_id, refusal)).status == "ineligible"
    view = await bids.view(bad.lead, bad.application_id)
    assert (view.status, view.ineligible_reason) == ("ineligible", reason)
    (job,) = await waiting("applications.mail_formal_check", bad.team_id)
    assert job.payload == {"application_id": str(bad.application_id)}
    for wrong in ({"decision": "ineligible"}, {"decision": "eligible", "text": "为何"}):
        with pytest.raises(ValueError, match=r"formal_check|names"):
            FormalDecision.model_validate(wrong)
