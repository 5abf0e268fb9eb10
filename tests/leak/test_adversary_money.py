"""Money: what a finance officer, a lead or an end user cannot do with statements of their own, whatever a service does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from jiebang.awards import contracts, jobs
from jiebang.awards.schemas import NewContract
from jiebang.funding import service
from jiebang.kernel.canonical import digest
from jiebang.platform.db import Role
from jiebang.platform.jobs import GiveUp
from support import attack, awards, funding, people
from support.handlers import waiting

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("database")

REQUEST = (
    "insert into disbursement (id, milestone_id, contract_id, agency_id, funder_id, team_id, amount_minor, currency,"
    " status, version, requested_by, requested_at) select $1, m.id, m.contract_id, m.agency_id, m.funder_id, m.team_id,"
    " $3, m.currency, 'requested', 1, app.me(), now() from milestone m where m.id = $2"
)
ENTRY = (
    "insert into ledger_entry (id, agency_id, funder_id, contract_id, team_id, kind, reference, currency, lines,"
    " posted_by, posted_at) select $1, agency_id, funder_id, id, team_id, $3, $4, 'CNY', $5, app.me(), now()"
    " from contract where id = $2"
)
POSTING = (
    "insert into ledger_posting (id, entry_id, agency_id, funder_id, contract_id, team_id, n, account, amount_minor,"
    " currency) select gen_random_uuid(), $1, agency_id, funder_id, id, team_id, $3, $4, $5, 'CNY'"
    " from contract where id = $2"
)


def book(contract_id: UUID, kind: str, reference: str, **lines: int) -> list[tuple[Any, ...]]:
    entry = uuid4()
    return [
        (ENTRY, entry, contract_id, kind, reference, len(lines)),
        *((POSTING, entry, contract_id, n, account, amount) for n, (account, amount) in enumerate(lines.items())),
    ]


def owe(amount: int) -> dict[str, int]:
    return {"commitment": amount, "appropriation": -amount, "grant_expense": amount, "payable": -amount}


async def test_a_payment_is_asked_for_a_passed_milestone_in_its_amount() -> None:
    c = await awards.effective_contract()
    officer, planned = c.scored.topic.funder_requester, await funding.first_milestone(c)
    assert await attack.stopped(Role.OFFICER, officer, (REQUEST, uuid4(), planned.id, planned.amount_minor))
    passed = await funding.passed(c, planned)
    for amount in (passed.amount_minor + 1, passed.amount_minor - 1):
        assert await attack.stopped(Role.OFFICER, officer, (REQUEST, uuid4(), passed.id, amount))
    assert not await attack.stopped(Role.OFFICER, officer, (REQUEST, uuid4(), passed.id, passed.amount_minor))


async def test_nobody_approves_or_settles_in_another_name_or_without_the_books() -> None:
    c = await awards.effective_contract()
    topic, passed = c.scored.topic, await funding.passed(c)
    asker, second = topic.funder_requester, topic.funder_approver
    asked = await service.request(asker, passed.id)
    amount, now = asked.amount_minor, "approved_at = app.clock()"
    approve = f"update disbursement set status = 'approved', approved_by = $2, {now} where id = $1"
    settle = (
        f"update disbursement set status = 'settled', approved_by = $2, {now}, settled_by = $3,"
        " settled_at = app.clock(), bank_reference = 'x' where id = $1"
    )
    post = book(c.contract.id, "owe_tranche", f"owe_tranche:{asked.id}", **owe(amount))
    forged: list[tuple[Actor, list[tuple[Any, ...]]]] = [
        (asker, [(approve, asked.id, asker.person_id), *post]),  # his own request
        (asker, [(approve, asked.id, second.person_id), *post]),  # in a colleague's name
        (asker, [(settle, asked.id, second.person_id, asker.person_id), *post]),  # at once
        (second, [(approve, asked.id, second.person_id)]),  # without a ledger entry
        (second, post),  # without the approval
        (second, [(approve, asked.id, second.person_id), *post[:1], *post[1:3]]),  # a line short
        (second, book(c.contract.id, "owe_tranche", f"owe_tranche:{uuid4()}", **owe(amount))),  # of no payment
        (second, book(c.contract.id, "pay_tranche", f"pay_tranche:{asked.id}", payable=amount, cash=-amount)),
        (
            second,
            [
                (approve, asked.id, second.person_id),
                *book(c.contract.id, "owe_tranche", f"owe_tranche:{asked.id}", **owe(amount * 2)),
            ],
        ),
    ]
    before = await attack.owner("select count(*) from ledger_entry where contract_id = $1", c.contract.id)
    for actor, statements in forged:
        assert await attack.stopped(Role.OFFICER, actor, *statements), statements
    assert await attack.owner("select status from disbursement where id = $1", asked.id) == "requested"
    assert await attack.owner("select count(*) from ledger_entry where contract_id = $1", c.contract.id) == before
    assert not await attack.stopped(Role.OFFICER, second, (approve, asked.id, second.person_id), *post)


async def test_a_lead_confirms_no_milestone_and_an_end_user_rewrites_no_evidence() -> None:
    c = await awards.effective_contract()
    planned, end_user = await funding.first_milestone(c), c.scored.topic.end_user
    evidence = {"measured": funding.MEASURED, "notes": "x", "files": []}
    pass_it = (
        "update milestone set status = 'passed', evidence = $2, submitted_by = $3, submitted_at = app.clock(),"
        " confirmed_by = app.me(), confirmed_at = app.clock(), opinion = 'fine' where id = $1"
    )
    mate = c.winner.partner.person_id
    assert await attack.stopped(Role.MEMBER, c.lead, (pass_it, planned.id, evidence, mate))
    foreign = {**evidence, "files": [{"material_id": str(c.winner.materials["part_b"]), "sha256": "0" * 64}]}
    submit = (
        "update milestone set status = 'submitted', evidence = $2, submitted_by = app.me(), submitted_at = app.clock()"
        " where id = $1"
    )
    assert await attack.stopped(Role.MEMBER, c.lead, (submit, planned.id, foreign))
    assert await attack.stopped(Role.MEMBER, c.winner.partner, (submit, planned.id, evidence))
    assert not await attack.stopped(Role.MEMBER, c.lead, (submit, planned.id, evidence))
    better = {**evidence, "measured": {"depth": "9999", "latency": "1"}}
    assert await attack.stopped(Role.MEMBER, end_user, (pass_it, planned.id, better, c.lead.person_id))
    plain = (
        "update milestone set status = 'passed', confirmed_by = $2, confirmed_at = app.clock(), opinion = 'fine'"
        " where id = $1"
    )
    assert await attack.stopped(Role.MEMBER, end_user, (plain, planned.id, uuid4()))
    assert not await attack.stopped(Role.MEMBER, end_user, (plain, planned.id, end_user.person_id))


COPY = (
    "insert into contract (id, number, topic_id, agency_id, funder_id, end_user_id, application_id, team_id,"
    " award_list_id, status, version, body, sha256, pledge, pledge_sha256, amount_minor, currency, created_by,"
    " created_at) values (gen_random_uuid(), gen_random_uuid()::text, $1, $2, $3, $4, $5, $6, $7, 'signing', 1, $8, $9,"
    " $10, $11, $12, 'CNY', app.me(), app.clock())"
)


async def test_a_contract_is_a_confirmed_winners_over_the_published_purse() -> None:
    s = await awards.scored()
    officer, topic = s.officers[0], s.topic
    decided = await awards.decided_list(s)
    honest = await _text_of_a_contract()
    purse = topic.text.purse_minor

    def draw_up(bid: int = 0, amount: int = purse, **changes: Any) -> tuple[str, *tuple[Any, ...]]:
        body = {**honest, "amount_minor": amount, "currency": "CNY", **changes}
        sha, pledge = digest(body), {"contract_sha256": digest(body)}
        winner = s.bids[bid]
        return (
            COPY, topic.id, topic.agency_id, topic.funder_id, topic.end_user_id, winner.application_id, winner.team_id,
            decided.id, body, sha, pledge, digest(pledge), amount,
        )  # fmt: skip

    assert await attack.stopped(Role.OFFICER, officer, draw_up())  # before the notice has ended
    await awards.service.give_notice(officer, decided.id, decided.version)
    await awards.end_notice(decided.id)
    await awards.service.confirm(officer, decided.id, decided.version)
    assert await attack.stopped(Role.OFFICER, officer, draw_up(bid=1))  # who did not win
    assert await attack.stopped(Role.OFFICER, officer, draw_up(amount=purse * 10))
    parts = [{**m, "amount_minor": m["amount_minor"] * 2} for m in honest["milestones"]]
    assert await attack.stopped(Role.OFFICER, officer, draw_up(milestones=parts))
    copied = draw_up()
    other_funder = (copied[0], *copied[1:3], await people.organisation("funder"), *copied[4:])
    assert await attack.stopped(Role.OFFICER, officer, other_funder)
    assert not await attack.stopped(Role.OFFICER, officer, draw_up())
    with pytest.raises(Exception, match=r"contract\.exists|任务书"):
        await contracts.draw_up(officer, topic.id, NewContract(application_id=s.bids[0].application_id))


async def _text_of_a_contract() -> dict[str, Any]:
    made = await awards.contract_to_sign()
    return made.contract.body


SIGN = (
    "insert into signature (id, contract_id, agency_id, funder_id, team_id, document, party, org_id, person_id,"
    ' person_name, sha256, statement, signed_at, "order") select gen_random_uuid(), c.id, c.agency_id, c.funder_id,'
    " c.team_id, $2, $3, $4, app.me(), coalesce($5, app.my_name()), $6, '{}', app.clock() + $7::interval, 9"
    " from contract c where c.id = $1"
)


async def test_a_signature_is_its_persons_own_of_the_text_that_stands() -> None:
    c = await awards.contract_to_sign()
    contract, lead_org = c.contract, c.winner.lead_org
    now, past = timedelta(0), -timedelta(days=2)

    def sign(
        document: str, party: str, sha: str, *, name: str | None = None, at: timedelta = now, org: UUID = lead_org
    ) -> tuple[Any, ...]:
        return (SIGN, contract.id, document, party, org, name, sha, at)

    good = contract.pledge_sha256
    for forged in (
        sign("pledge", "lead_person", contract.sha256),  # another text
        sign("pledge", "lead_person", good, name="别人"),
        sign("pledge", "lead_person", good, at=past),
        sign("pledge", "agency", good),
        sign("contract", "agency", contract.sha256, org=contract.agency_id),  # a party that he is not
        sign("pledge", "lead_person", good, org=contract.agency_id),
    ):
        assert await attack.stopped(Role.MEMBER, c.lead, forged), forged
    assert await attack.stopped(Role.MEMBER, c.winner.partner, sign("pledge", "lead_person", good))
    assert not await attack.stopped(Role.MEMBER, c.lead, sign("pledge", "lead_person", good))


async def test_a_contract_takes_effect_only_as_it_was_signed_and_won() -> None:
    c = await awards.contract_to_sign()
    await awards.sign_all(c)
    jobs_waiting = await waiting("awards.signed", contract_id=c.contract.id)
    run = await attack.owner("select score_run_id from award_list where id = $1", c.contract.award_list_id)
    for table, column, key in (("contract", "body", c.contract.id), ("score_run", "inputs", run)):
        old = await attack.owner(f"select {column} from {table} where id = $1", key)
        new = {**old, "amount_minor": 1} if table == "contract" else {**old, "applications": old["applications"][:1]}
        await _tamper(table, column, key, new)
        with pytest.raises(GiveUp):
            await jobs.signed(jobs_waiting[0])
        await _tamper(table, column, key, old)
    assert await attack.owner("select status from contract where id = $1", c.contract.id) == "signing"
    await jobs.signed(jobs_waiting[0])
    assert await attack.owner("select status from contract where id = $1", c.contract.id) == "effective"


async def _tamper(table: str, column: str, key: UUID, value: dict[str, Any]) -> None:
    """What no login can do: the owner takes the guard off."""
    async with attack.ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(f"alter table {table} disable trigger user")
        await db.execute(f"update {table} set {column} = $2 where id = $1", key, value)
        await db.execute(f"alter table {table} enable trigger user")
