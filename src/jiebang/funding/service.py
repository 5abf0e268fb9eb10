"""Use cases of disbursements and the ledger. Milestones are `milestones.py`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg

from jiebang.awards import api as awards
from jiebang.funding import domain, ledger, repository
from jiebang.funding.schemas import DisbursementView, LedgerView, TrialBalance
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.kernel.money import Money
from jiebang.kernel.policy import holds
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from jiebang.funding.schemas import Balance, NewSettlement
    from jiebang.kernel.actor import Actor


@use_case(Role.OFFICER)
async def request(actor: Actor, milestone_id: UUID) -> DisbursementView:
    """Request the tranche of a passed milestone, as a finance officer of the funder.

    Raises:
        NotFound: no such milestone of the funder.
        Forbidden: `disbursement.not_finance_officer`.
        Refused: `disbursement.not_passed`, `disbursement.nothing_due` or `disbursement.requested_already`.
    """
    milestone = await repository.milestone(milestone_id)
    if milestone is None:
        raise NotFound
    _require_finance(actor, milestone.funder_id)
    await awards.gate(milestone.contract_id)
    if milestone.status != "passed":
        raise Refused(domain.NOT_PASSED)
    if milestone.amount_minor == 0:
        raise Refused(domain.NOTHING_DUE)
    disbursement_id = uuid4()
    try:
        async with ENGINE.savepoint():
            await repository.add_disbursement(disbursement_id, milestone, actor.person_id)
    except asyncpg.UniqueViolationError:
        raise Refused(domain.REQUESTED_ALREADY) from None
    await audit.record(
        "disbursement.requested", "disbursement", disbursement_id, topic_id=milestone.topic_id,
        amount_minor=milestone.amount_minor, currency=milestone.currency,
    )  # fmt: skip
    return await _disbursement(disbursement_id)


@use_case(Role.OFFICER)
async def approve(actor: Actor, disbursement_id: UUID, if_match: int) -> DisbursementView:
    """Approve a request made by somebody else: its tranche becomes a debt.

    Raises:
        NotFound: no such disbursement of the funder.
        Forbidden: `disbursement.not_finance_officer`.
        Stale: the disbursement changed.
        Refused: `disbursement.not_now`, `disbursement.same_person`, or `ledger.commitment_exceeded`.
    """
    row = await _locked(actor, disbursement_id, if_match)
    status = domain.DISBURSEMENT.next(row.status, "approve")
    if row.requested_by == actor.person_id:
        raise Refused(domain.SAME_PERSON)
    contract, held = str(row.contract_id), await repository.held(row.contract_id)
    entry = ledger.owe_tranche(held, contract, contract, str(row.id), Money(row.amount_minor, row.currency))
    await repository.approve(disbursement_id, status, actor.person_id)
    await repository.post(entry, row, row.contract_id, actor.person_id)
    await audit.record("disbursement.approved", "disbursement", disbursement_id, entry=entry.reference, status=status)
    return await _disbursement(disbursement_id)


@use_case(Role.OFFICER)
async def settle(actor: Actor, disbursement_id: UUID, data: NewSettlement, if_match: int) -> DisbursementView:
    """Record the payment of an approved disbursement with its bank reference.

    Raises:
        NotFound: no such disbursement of the funder.
        Forbidden: `disbursement.not_finance_officer`.
        Stale: the disbursement changed.
        Refused: `disbursement.not_now`, `disbursement.bank_reference_used`, `ledger.payable_exceeded` or
            `ledger.cash_short`.
    """
    row = await _locked(actor, disbursement_id, if_match)
    status = domain.DISBURSEMENT.next(row.status, "settle")
    contract, held = str(row.contract_id), await repository.held(row.contract_id)
    entry = ledger.pay_tranche(held, contract, contract, str(row.id), Money(row.amount_minor, row.currency))
    try:
        async with ENGINE.savepoint():
            await repository.settle(disbursement_id, status, actor.person_id, data.bank_reference)
    except asyncpg.UniqueViolationError:
        raise Refused(domain.BANK_REFERENCE_USED) from None
    await repository.post(entry, row, row.contract_id, actor.person_id)
    await audit.record("disbursement.settled", "disbursement", disbursement_id, entry=entry.reference, status=status)
    return await _disbursement(disbursement_id)


async def disbursement(actor: Actor, disbursement_id: UUID) -> DisbursementView:
    """A disbursement of the actor's team, agency or funder.

    Raises:
        NotFound: absent or hidden.
    """
    async with ENGINE.unit_of_work(awards.desk(actor), actor.token_hash):
        found = await _disbursement(disbursement_id)
        await audit.record("disbursement.read", "disbursement", disbursement_id)
    return found


async def disbursements(actor: Actor, contract_id: UUID) -> list[DisbursementView]:
    """A contract's disbursements, the oldest first; none for strangers."""
    found = await repository.disbursements(actor, awards.desk(actor), contract_id)
    if found:
        await audit.note_read(awards.desk(actor), actor, "disbursement.read", "contract", contract_id)
    return found


async def contract_ledger(actor: Actor, contract_id: UUID) -> LedgerView:
    """A contract's books, for its agency, funder and team.

    Raises:
        NotFound: absent or hidden.
    """
    async with ENGINE.unit_of_work(awards.desk(actor), actor.token_hash):
        entries = await repository.entries(contract_id)
        if not entries:
            raise NotFound
        balances = await repository.balances(contract_id)
        await audit.record("ledger.read", "contract", contract_id)
    return LedgerView(contract_id, entries, balances, _totals(balances))


async def trial_balance(actor: Actor) -> TrialBalance:
    """All books of the funder for which the actor acts as finance officer.

    Raises:
        Forbidden: `disbursement.not_finance_officer`.
    """
    if actor.org_id is None or not holds(actor.org_roles, "ledger.read"):
        raise Forbidden(domain.NOT_FINANCE_OFFICER)
    balances = await repository.trial_balance(actor, Role.OFFICER, actor.org_id)
    return TrialBalance(actor.org_id, balances, _totals(balances))


def _require_finance(actor: Actor, funder_id: UUID) -> None:
    if actor.org_id != funder_id or not holds(actor.org_roles, "payment.handle"):
        raise Forbidden(domain.NOT_FINANCE_OFFICER)


async def _locked(actor: Actor, disbursement_id: UUID, if_match: int) -> DisbursementView:
    """The disbursement under its contract's lock, for a finance officer who read this version of it."""
    found = await _disbursement(disbursement_id)
    _require_finance(actor, found.funder_id)
    await awards.gate(found.contract_id)
    row = await _disbursement(disbursement_id)  # again: every writer holds the contract's lock
    if row.version != if_match:
        raise Stale
    return row


async def _disbursement(disbursement_id: UUID) -> DisbursementView:
    if (found := await repository.disbursement(disbursement_id)) is None:
        raise NotFound
    return found


def _totals(balances: Iterable[Balance]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for balance in balances:
        totals[balance.currency] += balance.amount_minor
    return dict(totals)
