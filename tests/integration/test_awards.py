from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files
from json import loads
from uuid import uuid4

import asyncpg
import pytest

from jiebang.awards import contracts, jobs, service
from jiebang.awards.schemas import NewContract, NewDecision, NewSignature
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.kernel.working_days import SHANGHAI, parse_calendar
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import AlreadyDone
from support import awards, people
from support import handlers as support_jobs
from support.applications import submitted_application
from support.topics import published_topic, topic_text

pytestmark = pytest.mark.usefixtures("database")

REASON = NewDecision(reason="集体决策通过")


async def status_of(table: str, row_id: object) -> str:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        return await db.fetchval(f"select status from {table} where id = $1", row_id)


async def test_the_list_follows_the_latest_scores_and_another_person_decides() -> None:
    s = await awards.scored(3)
    proposer, decider = s.officers
    made = await service.propose(proposer, s.topic.id)
    assert [(e.application_id, e.rank, e.outcome) for e in made.entries] == [
        (s.bids[0].application_id, 1, "recommended"),
        (s.bids[1].application_id, 2, "not_recommended"),
        (s.bids[2].application_id, 3, "not_recommended"),
    ]
    assert made.score_run_id == s.run_id
    assert made.entries[0].lead_org.id == s.bids[0].lead_org
    assert made.entries[0].display.count(".") == 1
    assert await status_of("topic", s.topic.id) == "proposed"
    assert await status_of("application", s.bids[0].application_id) == "in_review", "nothing moves before the decision"
    with pytest.raises(Refused) as refused:
        await service.decide(proposer, made.id, REASON, made.version)
    assert refused.value.rule.code == "award.same_person"
    with pytest.raises(Stale):
        await service.decide(decider, made.id, REASON, made.version + 1)
    decided = await service.decide(decider, made.id, REASON, made.version)
    assert (decided.status, decided.version, decided.decided_by) == ("decided", 2, decider.person_id)
    assert [await status_of("application", b.application_id) for b in s.bids] == [
        "recommended", "not_recommended", "not_recommended",
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        await service.decide(decider, made.id, REASON, decided.version)
    assert refused.value.rule.code == "award_list.not_now"
    with pytest.raises(Refused) as refused:
        await service.propose(proposer, s.topic.id)
    assert refused.value.rule.code == "topic.not_now", "one list a topic"
    assert len(await service.award_lists(proposer, s.topic.id)) == 1


async def test_the_database_refuses_a_list_decided_by_its_proposer() -> None:
    s = await awards.scored()
    made = await service.propose(s.officers[0], s.topic.id)
    with pytest.raises(asyncpg.CheckViolationError):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(
                "update award_list set status = 'decided', decided_by = proposed_by, decided_at = now() where id = $1",
                made.id,
            )


async def test_too_little_competition_no_scores_and_no_office_give_no_list() -> None:
    one = await awards.scored(1)
    with pytest.raises(Refused) as refused:
        await service.propose(one.officers[0], one.topic.id)
    assert refused.value.rule.code == "award.too_little_competition"
    assert refused.value.facts == {"eligible": 1, "awards": 1}
    two = await awards.scored(2, text=topic_text(award_count=2))
    with pytest.raises(Refused) as refused:
        await service.propose(two.officers[0], two.topic.id)
    assert refused.value.rule.code == "award.too_little_competition", "two for two is no competition"
    unscored = await published_topic(closes_in=timedelta(minutes=-1))
    with pytest.raises(Refused) as refused:
        await service.propose(unscored.drafter, unscored.id)
    assert refused.value.rule.code == "award.not_scored"
    for no_officer, code in (
        (unscored.screener, "award.not_agency_officer"),
        (unscored.supervisor, "supervisor_decides_nothing"),
    ):
        with pytest.raises(Forbidden) as forbidden:
            await service.propose(no_officer, unscored.id)
        assert forbidden.value.rule.code == code


async def test_the_notice_runs_five_working_days_and_tells_no_scores_and_no_losers() -> None:
    s = await awards.scored(2)
    proposed = await service.propose(s.officers[0], s.topic.id)
    with pytest.raises(Refused) as refused:
        await service.give_notice(s.officers[0], proposed.id, proposed.version)
    assert refused.value.rule.code == "award.not_decided"
    decided = await service.decide(s.officers[1], proposed.id, REASON, proposed.version)
    with pytest.raises(Refused) as refused:
        await service.confirm(s.officers[0], decided.id, decided.version)
    assert refused.value.rule.code == "award.not_announced"
    given = await service.give_notice(s.officers[0], decided.id, decided.version)
    start, end = given.starts_at.astimezone(SHANGHAI), given.ends_at.astimezone(SHANGHAI)
    assert (end.hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0), "24:00 in Shanghai"
    calendar = parse_calendar([loads((files("jiebang.challenges.data") / "cn_calendar_2026.json").read_text())])
    days = [start.date() + timedelta(days=n) for n in range(1, (end.date() - start.date()).days)]
    worked = [d for d in days if calendar.is_working_day(d)]
    assert len(worked) == 5
    assert days[-1] == worked[-1]
    assert given.state == "running"
    public = await service.notice(given.id)
    assert public == given
    text = str(public.body)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        names = {
            r["id"]: r["name"] for r in await db.fetch("select id, name from team where topic_id = $1", s.topic.id)
        }
    assert names[s.bids[0].team_id] in text
    assert names[s.bids[1].team_id] not in text, "losers stay unnamed"
    assert not [e.display for e in proposed.entries if e.display in text]
    assert public.body["topic"]["code"] == s.topic.code
    with pytest.raises(Refused) as refused:
        await service.give_notice(s.officers[0], decided.id, decided.version)
    assert refused.value.rule.code == "award.notice_exists"
    first = await service.notices(None, 1)
    assert [n.id for n in first] == [given.id]
    assert given.id not in [n.id for n in await service.notices((first[0].published_at, first[0].id), 50)]


async def test_awards_are_confirmed_when_the_notice_has_ended_and_not_before() -> None:
    s = await awards.scored()
    decided = await awards.decided_list(s)
    given = await service.give_notice(s.officers[0], decided.id, decided.version)
    with pytest.raises(Refused) as refused:
        await service.confirm(s.officers[0], decided.id, decided.version)
    assert refused.value.rule.code == "award.notice_running"
    assert datetime.fromisoformat(str(refused.value.facts["ends_at"])) == given.ends_at
    with pytest.raises(Refused) as refused:
        await contracts.draw_up(s.officers[0], s.topic.id, NewContract(application_id=s.bids[0].application_id))
    assert refused.value.rule.code == "contract.not_confirmed"
    await awards.end_notice(decided.id)
    assert (await service.notice(given.id)).state == "ended", "derived, nobody ran anything"
    confirmed = await service.confirm(s.officers[0], decided.id, decided.version)
    assert confirmed.status == "confirmed"
    assert await status_of("application", s.bids[0].application_id) == "awarded"
    assert await status_of("application", s.bids[1].application_id) == "not_recommended"
    assert await status_of("topic", s.topic.id) == "awarded"


async def test_the_contract_lowers_nothing_and_is_frozen() -> None:
    # depth (>= 4500) is promised higher, latency (<= 20.5) is promised worse than the topic wants.
    s = await awards.scored(2, promised={"depth": "5000.5", "latency": "30"})
    c = await awards.contract_to_sign(s)
    body = c.contract.body
    assert {i["code"]: i["value"] for i in body["indicators"]} == {"depth": "5000.5", "latency": "20.5"}
    assert sum(m["amount_minor"] for m in body["milestones"]) == c.contract.amount_minor == s.topic.text.purse_minor
    assert (c.contract.funder_id, c.contract.end_user_id) == (s.topic.funder_id, s.topic.end_user_id)
    assert digest(body) == c.contract.sha256
    assert digest(c.contract.pledge) == c.contract.pledge_sha256
    assert c.contract.pledge["contract_sha256"] == c.contract.sha256
    assert [(w.document, w.party) for w in c.contract.wanted] == [
        ("contract", "agency"), ("contract", "lead_org"), ("pledge", "lead_person"), ("pledge", "lead_org"),
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        await contracts.draw_up(s.officers[0], s.topic.id, NewContract(application_id=c.winner.application_id))
    assert refused.value.rule.code == "contract.exists"
    with pytest.raises(Refused) as refused:
        await contracts.draw_up(s.officers[0], s.topic.id, NewContract(application_id=s.bids[1].application_id))
    assert refused.value.rule.code == "contract.not_confirmed", "who lost gets no contract"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            await db.execute("update contract set amount_minor = amount_minor + 1 where id = $1", c.contract.id)


async def test_it_takes_effect_with_the_last_signature_once() -> None:
    c = await awards.contract_to_sign()
    officer, lead = c.scored.officers[0], c.lead
    wanted = {(w.document, w.party): w for w in c.contract.wanted}

    def form(document: str, party: str, sha256: str | None = None) -> NewSignature:
        return NewSignature.model_validate(
            {
                "document": document,
                "party": party,
                "sha256": sha256 or (c.contract.sha256 if document == "contract" else c.contract.pledge_sha256),
            }
        )

    with pytest.raises(Refused) as refused:
        await contracts.sign_for_agency(officer, c.contract.id, form("contract", "agency", "0" * 64))
    assert refused.value.rule.code == "contract.other_text"
    with pytest.raises(Refused) as refused:
        await contracts.sign_for_agency(officer, c.contract.id, form("pledge", "agency"))
    assert refused.value.rule.code == "contract.not_a_signatory"
    await contracts.sign_for_agency(officer, c.contract.id, form("contract", "agency"))
    with pytest.raises(Refused) as refused:
        await contracts.sign_for_agency(officer, c.contract.id, form("contract", "agency"))
    assert refused.value.rule.code == "contract.signed_already"
    with pytest.raises(Forbidden) as forbidden:
        await contracts.sign_for_team(c.winner.lead, c.contract.id, form("contract", "lead_org"))
    assert forbidden.value.rule.code == "contract.not_lead_org", "a member of the unit does not bind it"
    with pytest.raises(Forbidden) as forbidden:
        await contracts.sign_for_team(c.winner.partner, c.contract.id, form("pledge", "lead_person"))
    assert forbidden.value.rule.code == "team.not_lead"
    await contracts.sign_for_team(lead, c.contract.id, form("contract", "lead_org"))
    await contracts.sign_for_team(lead, c.contract.id, form("pledge", "lead_person"))
    assert await support_jobs.run(jobs.HANDLERS, "awards.signed", contract_id=c.contract.id) == 3
    assert (await contracts.contract(lead, c.contract.id)).status == "signing"
    # An administrator of the unit who is no member of the team signs for it.
    clerk = await people.actor(c.winner.lead_org, ["org_admin"], name="单位管理员")
    signed = await contracts.sign_for_team(clerk, c.contract.id, form("pledge", "lead_org"))
    assert signed.wanted == []
    assert [s.order for s in signed.signatures] == [1, 2, 3, 4]
    assert signed.signatures[0].statement == wanted["contract", "agency"].statement
    (job,) = await support_jobs.waiting("awards.signed", contract_id=c.contract.id)
    await jobs.signed(job)
    with pytest.raises(AlreadyDone):
        await jobs.signed(job)
    effective = await contracts.contract(lead, c.contract.id)
    assert effective.status == "effective"
    assert effective.effective_at is not None
    assert await status_of("application", c.winner.application_id) == "contracted"
    assert len(await support_jobs.waiting("funding.start", contract_id=c.contract.id)) == 1
    with pytest.raises(Refused) as refused:
        await contracts.sign_for_agency(officer, c.contract.id, form("contract", "agency"))
    assert refused.value.rule.code == "contract.signed_already", "in force, and still told why"


async def test_late_signatures_are_refused_and_signatures_never_change() -> None:
    c = await awards.contract_to_sign()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("alter table contract disable trigger contract_frozen")
        await db.execute(
            "update contract set body = jsonb_set(body, '{sign_by}', to_jsonb((now() - interval '1 second')::text))"
            " where id = $1",
            c.contract.id,
        )
        await db.execute("alter table contract enable trigger contract_frozen")
    with pytest.raises(Refused) as refused:
        await awards.sign_all(c)
    assert refused.value.rule.code == "contract.signing_over"
    other = await awards.contract_to_sign()
    await awards.sign_all(other)
    for statement in ("update signature set person_name = 'x'", "delete from signature"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                await db.execute(statement)


async def test_strangers_see_nothing_and_sign_nothing() -> None:
    c = await awards.contract_to_sign()
    await awards.sign_all(c)
    list_id = c.contract.award_list_id
    agency = await people.organisation("agency")
    foreign = await people.actor(agency, ["agency_officer"])
    other_team = await submitted_application(c.scored.topic.id)
    outsider = await awards.administrator(other_team.lead.person_id, other_team.lead_org)
    with pytest.raises(NotFound):
        await service.award_list(foreign, list_id)
    with pytest.raises(NotFound):
        await service.propose(foreign, c.scored.topic.id)
    with pytest.raises(NotFound):
        await service.decide(foreign, list_id, REASON, 1)
    assert await service.award_lists(foreign, c.scored.topic.id) == []
    sign = NewSignature(document="contract", party="lead_org", sha256=c.contract.sha256)
    with pytest.raises(NotFound):
        await contracts.sign_for_team(outsider, c.contract.id, sign)
    for stranger in (foreign, outsider, other_team.partner, c.scored.topic.end_user):
        with pytest.raises(NotFound):
            await contracts.contract(stranger, c.contract.id)
        assert await contracts.contracts(stranger, None, 50) == []
    for role, actor in ((Role.OFFICER, foreign), (Role.MEMBER, outsider)):
        for table in ("award_list", "contract", "signature"):
            if role is Role.MEMBER and table == "award_list":
                continue
            assert await ENGINE.read(role, f"select 1 from app.{table}", token=actor.token_hash) == [], table
    reviewer = await people.actor(reviewer=True)
    for role, actor, tables in (
        (Role.MEMBER, c.lead, ("award_list",)),
        (Role.REVIEWER, reviewer, ("award_list", "contract", "signature")),
    ):
        for table in tables:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await ENGINE.read(role, f"select 1 from app.{table}", token=actor.token_hash)


async def test_the_parties_read_their_contract() -> None:
    c = await awards.effective_contract()
    topic = c.scored.topic
    for reader in (c.lead, c.winner.partner, topic.drafter, topic.funder_requester, topic.end_user):
        assert (await contracts.contract(reader, c.contract.id)).sha256 == c.contract.sha256
        assert [line.id for line in await contracts.contracts(reader, None, 50)] == [c.contract.id]
        assert [line.id for line in await contracts.contracts(reader, None, 50, c.scored.topic.id)] == [c.contract.id]
        assert await contracts.contracts(reader, None, 50, uuid4()) == []
