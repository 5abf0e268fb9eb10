from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import pytest

from jiebang.applications.jobs import HANDLERS as APPLICATIONS
from jiebang.applications.schemas import NewMaterial
from jiebang.applications.service import materials
from jiebang.awards.jobs import HANDLERS as AWARDS
from jiebang.funding import jobs, milestones, service
from jiebang.funding.schemas import DisbursementView, NewConfirmation, NewEvidence, NewSettlement
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import AlreadyDone
from jiebang.platform.outbox import emit
from support import awards, files, funding, people
from support import handlers as support_jobs
from support.applications import submitted_application

if TYPE_CHECKING:
    from jiebang.engines.local import Endpoints

pytestmark = pytest.mark.usefixtures("database")


def settlement() -> NewSettlement:
    return NewSettlement(bank_reference=f"BANK-{uuid4().hex}")


async def balances(contract_id: UUID) -> dict[str, int]:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch(
            "select account, sum(amount_minor)::bigint as s from ledger_posting where contract_id = $1 group by 1",
            contract_id,
        )
    return {r["account"]: r["s"] for r in rows if r["s"]}


async def paid(of: awards.Contracted) -> DisbursementView:
    """The first tranche, all the way."""
    topic = of.scored.topic
    milestone = await funding.passed(of)
    asked = await service.request(topic.funder_requester, milestone.id)
    approved = await service.approve(topic.funder_approver, asked.id, asked.version)
    return await service.settle(topic.funder_requester, asked.id, settlement(), approved.version)


async def test_funding_starts_once_with_milestones_and_a_commitment() -> None:
    c = await awards.contract_to_sign()
    await awards.sign_all(c)

    await support_jobs.run(AWARDS, "awards.signed", contract_id=c.contract.id)
    (job,) = await support_jobs.waiting("funding.start", contract_id=c.contract.id)
    twins = await asyncio.gather(jobs.start(job), jobs.start(job), return_exceptions=True)
    assert sorted(type(t).__name__ for t in twins) == ["AlreadyDone", "NoneType"]
    with pytest.raises(AlreadyDone):
        await jobs.start(job)
    async with ENGINE.unit_of_work(Role.WORKER):  # the same contract again, by another job
        await emit("funding.start", {"contract_id": str(c.contract.id)}, fairness_key="x")
    assert await support_jobs.run(jobs.HANDLERS, "funding.start", contract_id=c.contract.id) == 1
    plan = await milestones.milestones(c.lead, c.contract.id)
    assert [(m.n, m.amount_minor, m.status) for m in plan] == [(1, 400_000, "planned"), (2, 600_000, "planned")]
    today = datetime.now(UTC)
    assert (plan[0].due_on.year * 12 + plan[0].due_on.month) - (today.year * 12 + today.month) in {3, 4}
    assert await balances(c.contract.id) == {"cash": 1_000_000, "commitment": -1_000_000}


async def test_evidence_covers_every_indicator_with_checked_files_and_is_then_frozen() -> None:
    c = await awards.effective_contract()
    milestone = await funding.first_milestone(c)
    file = await funding.evidence_file(milestone.id, c.lead.person_id)
    pending = await funding.evidence_file(milestone.id, c.lead.person_id, checked=False)
    form = NewEvidence(measured=funding.MEASURED, notes="实测", material_ids=[file])
    with pytest.raises(Forbidden) as forbidden:
        await milestones.submit_evidence(c.winner.partner, milestone.id, form, 1)
    assert forbidden.value.rule.code == "team.not_lead"
    with pytest.raises(Stale):
        await milestones.submit_evidence(c.lead, milestone.id, form, 7)
    with pytest.raises(Refused) as refused:
        await milestones.submit_evidence(
            c.lead, milestone.id, NewEvidence(measured={"depth": "1", "weight": "2"}, notes="x", material_ids=[file]), 1
        )
    assert refused.value.rule.code == "milestone.indicators_unequal"
    assert refused.value.facts == {"missing": "latency", "unknown": "weight"}
    with pytest.raises(Refused) as refused:
        await milestones.submit_evidence(
            c.lead, milestone.id, NewEvidence(measured=funding.MEASURED, notes="x", material_ids=[file, pending]), 1
        )
    assert refused.value.rule.code == "milestone.files_unknown"
    assert refused.value.facts == {"files": str(pending)}
    topic = c.scored.topic
    assert (await milestones.milestone(topic.end_user, milestone.id)).evidence is None
    for reader in (topic.end_user, topic.funder_requester, topic.drafter):
        with pytest.raises(NotFound):
            await milestones.evidence_link(reader, milestone.id, file)
    submitted = await milestones.submit_evidence(c.lead, milestone.id, form, 1)
    assert submitted.evidence is not None
    assert [f.material_id for f in submitted.evidence.files] == [file]
    with pytest.raises(Refused) as refused:
        await milestones.submit_evidence(c.lead, milestone.id, form, submitted.version)
    assert refused.value.rule.code == "milestone.not_now"
    # Neither withdrawn nor added to, not even by a statement of the team's own login.
    async with ENGINE.unit_of_work(Role.MEMBER, c.lead.token_hash) as db:
        assert await db.execute("delete from material where id = $1", file) == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ENGINE.unit_of_work(Role.MEMBER, c.lead.token_hash) as db:
            await db.execute(
                "insert into material (id, team_id, topic_id, agency_id, milestone_id, part, filename, content_type,"
                " size_bytes, sha256, quarantine_key, status, created_by, created_at)"
                " select gen_random_uuid(), team_id, topic_id, agency_id, id, 'evidence', 'x', 'application/pdf', 1,"
                " 'x', $2, 'pending', $3, now() from milestone where id = $1",
                milestone.id, str(uuid4()), c.lead.person_id,
            )  # fmt: skip


async def test_evidence_goes_through_the_store_to_those_who_judge_it(endpoints: Endpoints) -> None:
    c = await awards.effective_contract()
    topic, milestone, body = c.scored.topic, await funding.first_milestone(c), files.pdf("测试报告")
    async with files.open_store(endpoints):
        announced = NewMaterial.model_validate(files.announced(body, "evidence", milestone_id=milestone.id))
        link = await materials.begin(c.lead, c.contract.team_id, announced)
        assert await files.put(link, body) == 200
        await materials.complete(c.lead, link.material_id)
        assert await files.work(APPLICATIONS, "applications.check_material", c.contract.team_id) == 1
        form = NewEvidence(measured=funding.MEASURED, notes="实测", material_ids=[link.material_id])
        submitted = await milestones.submit_evidence(c.lead, milestone.id, form, milestone.version)
        assert submitted.evidence is not None
        (file,) = submitted.evidence.files
        for reader in (topic.end_user, topic.funder_requester, topic.drafter, c.winner.partner):
            signed = await milestones.evidence_link(reader, milestone.id, file.material_id)
            got = (await files.get(signed.url)).content
            assert (len(got), sha256(got).hexdigest()) == (file.size_bytes, file.sha256)
            assert signed.expires_in <= 300


async def test_the_end_user_alone_confirms() -> None:
    c = await awards.effective_contract()
    topic, milestone = c.scored.topic, await funding.first_milestone(c)
    yes = NewConfirmation(opinion="符合要求")
    with pytest.raises(Refused) as refused:
        await milestones.confirm(topic.end_user, milestone.id, yes, milestone.version)
    assert refused.value.rule.code == "milestone.not_now", "nothing was submitted"
    file = await funding.evidence_file(milestone.id, c.lead.person_id)
    form = NewEvidence(measured=funding.MEASURED, notes="实测", material_ids=[file])
    submitted = await milestones.submit_evidence(c.lead, milestone.id, form, milestone.version)
    with pytest.raises(Forbidden) as forbidden:
        await milestones.confirm(c.lead, milestone.id, yes, submitted.version)
    assert forbidden.value.rule.code == "milestone.not_end_user"
    colleague = await people.actor(topic.end_user_id, ["member"])
    with pytest.raises(NotFound):
        await milestones.confirm(colleague, milestone.id, yes, submitted.version)
    async with ENGINE.unit_of_work(Role.OWNER) as db:  # the partner's person also works for the end user
        await db.execute(
            "insert into org_role (id, person_id, person_name, org_id, role, granted_at)"
            " values ($1, $2, 'x', $3, 'end_user', now())",
            uuid4(), c.winner.partner.person_id, topic.end_user_id,
        )  # fmt: skip
    both, _ = await people.sign_in(c.winner.partner.person_id, topic.end_user_id)
    with pytest.raises(Refused) as refused:
        await milestones.confirm(both, milestone.id, yes, submitted.version)
    assert refused.value.rule.code == "milestone.own_work"
    async with ENGINE.unit_of_work(Role.MEMBER, both.token_hash) as db:
        changed = await db.execute(
            "update milestone set status = 'passed', confirmed_by = $2, confirmed_at = now() where id = $1",
            milestone.id, both.person_id,
        )  # fmt: skip
    assert changed == "UPDATE 0", "the policy says the same"
    passed = await milestones.confirm(topic.end_user, milestone.id, yes, submitted.version)
    assert (passed.status, passed.opinion, passed.confirmed_by) == ("passed", "符合要求", topic.end_user.person_id)


async def test_the_last_milestone_passes_only_when_every_indicator_is_reached() -> None:
    c = await awards.effective_contract()
    last = (await milestones.milestones(c.lead, c.contract.id))[-1]
    file = await funding.evidence_file(last.id, c.lead.person_id)
    form = NewEvidence(measured={"depth": "4500", "latency": "20.51"}, notes="实测", material_ids=[file])
    submitted = await milestones.submit_evidence(c.lead, last.id, form, last.version)
    with pytest.raises(Refused) as refused:
        await milestones.confirm(c.scored.topic.end_user, last.id, NewConfirmation(opinion="x"), submitted.version)
    assert refused.value.rule.code == "milestone.indicators_missed"
    assert refused.value.facts == {"missed": "latency"}


async def test_two_finance_officers_pay_a_passed_milestone_once() -> None:
    c = await awards.effective_contract()
    topic, milestone = c.scored.topic, await funding.first_milestone(c)
    first, second = topic.funder_requester, topic.funder_approver
    with pytest.raises(Refused) as refused:
        await service.request(first, milestone.id)
    assert refused.value.rule.code == "disbursement.not_passed"
    await funding.passed(c, milestone)
    with pytest.raises(Forbidden) as forbidden:
        await service.request(topic.drafter, milestone.id)
    assert forbidden.value.rule.code == "disbursement.not_finance_officer"
    asked = await service.request(first, milestone.id)
    assert (asked.amount_minor, asked.currency, asked.status) == (400_000, "CNY", "requested")
    with pytest.raises(Refused) as refused:
        await service.request(second, milestone.id)
    assert refused.value.rule.code == "disbursement.requested_already"
    with pytest.raises(Refused) as refused:
        await service.approve(first, asked.id, asked.version)
    assert refused.value.rule.code == "disbursement.same_person"
    with pytest.raises(Refused) as refused:
        await service.settle(second, asked.id, settlement(), asked.version)
    assert refused.value.rule.code == "disbursement.not_now"
    with pytest.raises(Stale):
        await service.approve(second, asked.id, asked.version + 1)
    assert await balances(c.contract.id) == {"cash": 1_000_000, "commitment": -1_000_000}, "a request books nothing"
    approved = await service.approve(second, asked.id, asked.version)
    assert await balances(c.contract.id) == {
        "cash": 1_000_000, "commitment": -600_000, "appropriation": -400_000, "grant_expense": 400_000,
        "payable": -400_000,
    }  # fmt: skip
    done = settlement()
    settled = await service.settle(first, asked.id, done, approved.version)
    assert (settled.status, settled.bank_reference) == ("settled", done.bank_reference)
    assert await balances(c.contract.id) == {
        "cash": 600_000, "commitment": -600_000, "appropriation": -400_000, "grant_expense": 400_000,
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        await service.settle(first, asked.id, settlement(), settled.version)
    assert refused.value.rule.code == "disbursement.not_now"
    last = (await milestones.milestones(c.lead, c.contract.id))[-1]
    await funding.passed(c, last)
    asked = await service.request(first, last.id)
    approved = await service.approve(second, asked.id, asked.version)
    with pytest.raises(Refused) as refused:
        await service.settle(first, asked.id, done, approved.version)
    assert refused.value.rule.code == "disbursement.bank_reference_used"
    await service.settle(first, asked.id, settlement(), approved.version)
    assert await balances(c.contract.id) == {"appropriation": -1_000_000, "grant_expense": 1_000_000}


async def test_of_two_hands_on_one_payment_one_wins() -> None:
    c = await awards.effective_contract()
    topic = c.scored.topic
    asked = await service.request(topic.funder_requester, (await funding.passed(c)).id)
    approved = await service.approve(topic.funder_approver, asked.id, asked.version)
    results = await asyncio.gather(
        *(
            service.settle(officer, asked.id, settlement(), approved.version)
            for officer in (topic.funder_requester, topic.funder_approver)
        ),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["DisbursementView", "Stale"]
    assert (await balances(c.contract.id))["cash"] == 600_000


async def test_the_books_are_shown_to_the_three_parties_and_add_up() -> None:
    c = await awards.effective_contract()
    await paid(c)
    topic = c.scored.topic
    for reader in (c.lead, topic.drafter, topic.funder_approver):
        books = await service.contract_ledger(reader, c.contract.id)
        assert books.totals == {"CNY": 0}
        assert [e.kind for e in books.entries] == ["appropriate", "commit_award", "owe_tranche", "pay_tranche"]
        assert all(sum(p.amount_minor for p in e.postings) == 0 for e in books.entries)
        assert [e.posted_by is None for e in books.entries] == [True, True, False, False]
        assert {b.account: b.amount_minor for b in books.balances if b.amount_minor} == await balances(c.contract.id)
    trial = await service.trial_balance(topic.funder_approver)
    assert trial.totals == {"CNY": 0}
    assert {b.account: b.amount_minor for b in trial.balances}["cash"] == 600_000
    with pytest.raises(Forbidden):
        await service.trial_balance(topic.drafter)


async def test_the_database_itself_refuses_wrong_books() -> None:
    c = await awards.effective_contract()
    settled = await paid(c)
    officer = c.scored.topic.funder_approver
    parties = (settled.agency_id, settled.funder_id, c.contract.id, settled.team_id)

    async def book(lines: list[tuple[str, int]], *, announced: int | None = None, entry_id: UUID | None = None) -> None:
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            new = entry_id or uuid4()
            if entry_id is None:
                await db.execute(
                    "insert into ledger_entry (id, agency_id, funder_id, contract_id, team_id, kind, reference,"
                    " currency, lines, posted_by, posted_at)"
                    " values ($1, $2, $3, $4, $5, 'pay_tranche', $6, 'CNY', $7, $8, now())",
                    new, *parties, f"pay_tranche:{uuid4()}", announced or len(lines), officer.person_id,
                )  # fmt: skip
            for n, (account, amount) in enumerate(lines, start=10):
                await db.execute(
                    "insert into ledger_posting (id, entry_id, agency_id, funder_id, contract_id, team_id, n, account,"
                    " amount_minor, currency) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'CNY')",
                    uuid4(), new, *parties, n, account, amount,
                )  # fmt: skip

    before = await balances(c.contract.id)
    for lines, announced in (
        ([("payable", 1), ("cash", -2)], None),  # does not balance
        ([("payable", 1), ("cash", -1)], 3),  # a line is missing
        ([], 0),  # an entry of nothing
        ([("payable", 1), ("cash", -1)], None),  # pays what nobody owes
        ([("commitment", 600_001), ("payable", -600_001)], None),  # owes more than was promised
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await book(lines, announced=announced)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        old = await db.fetchval(
            "select id from ledger_entry where contract_id = $1 and kind = 'pay_tranche'", c.contract.id
        )
    with pytest.raises(asyncpg.CheckViolationError):
        await book([("commitment", 1), ("payable", -1)], entry_id=old)
    for statement in ("update ledger_posting set amount_minor = 1", "delete from ledger_entry"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                await db.execute(statement)
    with pytest.raises(asyncpg.CheckViolationError):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("update disbursement set approved_by = requested_by where id = $1", settled.id)
    assert await balances(c.contract.id) == before
    # What the books allow is possible: the checks above refuse the amounts, not the login.
    await book([("commitment", 600_000), ("payable", -600_000)])


async def test_two_entries_each_right_alone_cannot_both_be_booked() -> None:
    c = await awards.effective_contract()
    officer = c.scored.topic.funder_approver
    parties = (c.contract.agency_id, c.contract.funder_id, c.contract.id, c.contract.team_id)

    async def owe() -> None:
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            entry_id = uuid4()
            await db.execute(
                "insert into ledger_entry (id, agency_id, funder_id, contract_id, team_id, kind, reference, currency,"
                " lines, posted_by, posted_at) values ($1, $2, $3, $4, $5, 'owe_tranche', $6, 'CNY', 2, $7, now())",
                entry_id, *parties, f"owe_tranche:{uuid4()}", officer.person_id,
            )  # fmt: skip
            for n, (account, amount) in enumerate([("commitment", 700_000), ("payable", -700_000)]):
                await db.execute(
                    "insert into ledger_posting (id, entry_id, agency_id, funder_id, contract_id, team_id, n, account,"
                    " amount_minor, currency) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'CNY')",
                    uuid4(), entry_id, *parties, n, account, amount,
                )  # fmt: skip

    results = await asyncio.gather(owe(), owe(), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["CheckViolationError", "NoneType"]


async def test_strangers_see_no_money_and_move_none() -> None:
    c = await awards.effective_contract()
    settled = await paid(c)
    file = (await milestones.milestone(c.lead, settled.milestone_id)).evidence
    assert file is not None
    foreign_funder = await people.actor(await people.organisation("funder"), ["finance_officer"])
    foreign_agency = await people.actor(await people.organisation("agency"), ["agency_officer"])
    other = await submitted_application(c.scored.topic.id)
    unit = await people.actor(c.scored.topic.end_user_id, ["member"])
    for stranger in (foreign_funder, foreign_agency, other.lead, unit):
        for call in (
            milestones.milestone(stranger, settled.milestone_id),
            milestones.evidence_link(stranger, settled.milestone_id, file.files[0].material_id),
            service.disbursement(stranger, settled.id),
            service.contract_ledger(stranger, c.contract.id),
        ):
            with pytest.raises(NotFound):
                await call
        assert await milestones.milestones(stranger, c.contract.id) == []
        assert await service.disbursements(stranger, c.contract.id) == []
    for call in (
        service.request(foreign_funder, settled.milestone_id),
        service.approve(foreign_funder, settled.id, 1),
        service.settle(foreign_funder, settled.id, settlement(), 2),
    ):
        with pytest.raises(NotFound):
            await call
    reviewer = await people.actor(reviewer=True)
    for table in ("milestone", "disbursement", "ledger_entry", "ledger_posting"):
        for role, actor in ((Role.OFFICER, foreign_funder), (Role.OFFICER, foreign_agency), (Role.MEMBER, other.lead)):
            assert await ENGINE.read(role, f"select 1 from app.{table}", token=actor.token_hash) == [], table
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ENGINE.read(Role.REVIEWER, f"select 1 from app.{table}", token=reviewer.token_hash)
    assert (await service.trial_balance(foreign_funder)).balances == []
    end_user = c.scored.topic.end_user
    assert await service.disbursements(end_user, c.contract.id) == [], "the end user judges the work, not the money"
