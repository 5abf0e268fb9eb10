"""Statements of funding. The definer functions and triggers are `migrations/funding/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from jiebang.funding.schemas import Balance, DisbursementView, EntryView, MilestoneView
from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from jiebang.awards.api import EffectiveContract
    from jiebang.funding.ledger import Entry, Key
    from jiebang.kernel.actor import Actor
    from jiebang.platform.db import Role

Q = Queries("jiebang.funding")


async def add_milestone(contract: EffectiveContract, milestone: dict[str, Any], due_on: date) -> None:
    """Store a planned milestone of a contract that took effect."""
    title = milestone["title"]
    await ENGINE.current().execute(
        Q.add_milestone, uuid4(), contract.id, contract.topic_id, contract.agency_id, contract.funder_id,
        contract.end_user_id, contract.team_id, milestone["n"], title["zh"], title["en"], due_on,
        milestone["amount_minor"], contract.amount.currency,
    )  # fmt: skip


async def milestone(milestone_id: UUID) -> MilestoneView | None:
    """A milestone that this login may see."""
    row = await ENGINE.current().fetchrow(Q.milestone, milestone_id)
    return None if row is None else msgspec.convert(dict(row), MilestoneView)


async def milestones(actor: Actor, role: Role, contract_id: UUID) -> list[MilestoneView]:
    """A contract's milestones in order."""
    rows = await ENGINE.read(role, Q.milestones, contract_id, token=actor.token_hash)
    return [msgspec.convert(dict(row), MilestoneView) for row in rows]


async def submit(milestone_id: UUID, version: int, status: str, evidence: dict[str, Any], by: UUID) -> bool:
    """Store evidence on the version that was read; False when somebody was faster."""
    done = await ENGINE.current().execute(Q.submit, milestone_id, status, evidence, by, version)
    return done == "UPDATE 1"


async def confirm(milestone_id: UUID, version: int, status: str, opinion: str, by: UUID) -> bool:
    """Store a confirmation on the version that was read; False when somebody was faster."""
    done = await ENGINE.current().execute(Q.confirm, milestone_id, status, opinion, by, version)
    return done == "UPDATE 1"


async def in_team(team_id: UUID) -> bool:
    """Whether the caller is one of the team (member login)."""
    return await ENGINE.current().fetchval("select $1 = any (app.my_teams())", team_id)


async def add_disbursement(disbursement_id: UUID, of: MilestoneView, by: UUID) -> None:
    """Store a request for a milestone's tranche."""
    await ENGINE.current().execute(
        Q.add_disbursement, disbursement_id, of.id, of.contract_id, of.agency_id, of.funder_id, of.team_id,
        of.amount_minor, of.currency, by,
    )  # fmt: skip


async def disbursement(disbursement_id: UUID) -> DisbursementView | None:
    """A disbursement that this login may see."""
    row = await ENGINE.current().fetchrow(Q.disbursement, disbursement_id)
    return None if row is None else msgspec.convert(dict(row), DisbursementView)


async def disbursements(actor: Actor, role: Role, contract_id: UUID) -> list[DisbursementView]:
    """A contract's disbursements, the oldest first."""
    rows = await ENGINE.read(role, Q.disbursements, contract_id, token=actor.token_hash)
    return [msgspec.convert(dict(row), DisbursementView) for row in rows]


async def approve(disbursement_id: UUID, status: str, by: UUID) -> None:
    """Store an approval."""
    await ENGINE.current().execute(Q.approve, disbursement_id, status, by)


async def settle(disbursement_id: UUID, status: str, by: UUID, bank_reference: str) -> None:
    """Store a payment."""
    await ENGINE.current().execute(Q.settle, disbursement_id, status, by, bank_reference)


async def post(entry: Entry, scope: EffectiveContract | DisbursementView, contract_id: UUID, by: UUID | None) -> None:
    """Append a balanced entry to the contract's books.

    Raises:
        asyncpg.UniqueViolationError: its reference was posted already.
    """
    db, entry_id = ENGINE.current(), uuid4()
    parties = (scope.agency_id, scope.funder_id, contract_id, scope.team_id)
    await db.execute(
        Q.add_entry, entry_id, *parties, entry.kind, entry.reference, entry.currency, len(entry.postings), by
    )
    await db.executemany(
        Q.add_posting,
        [
            (uuid4(), entry_id, *parties, n, posting.account, posting.amount_minor, entry.currency)
            for n, posting in enumerate(entry.postings, start=1)
        ],
    )


async def held(contract_id: UUID) -> dict[Key, int]:
    """The contract's balances as the ledger takes them: the contract is both its budget line and its award."""
    return {(b.account, str(contract_id), b.currency): b.amount_minor for b in await balances(contract_id)}


async def balances(contract_id: UUID) -> list[Balance]:
    """Debits less credits of each account of a contract, of those this login may see."""
    rows = await ENGINE.current().fetch(Q.balances, contract_id)
    return [msgspec.convert(dict(row), Balance) for row in rows]


async def entries(contract_id: UUID) -> list[EntryView]:
    """A contract's entries in the order of posting."""
    rows = await ENGINE.current().fetch(Q.entries, contract_id)
    return [msgspec.convert(dict(row), EntryView) for row in rows]


async def trial_balance(actor: Actor, role: Role, funder_id: UUID | None) -> list[Balance]:
    """Every account of a funder's books."""
    rows = await ENGINE.read(role, Q.trial_balance, funder_id, token=actor.token_hash)
    return [msgspec.convert(dict(row), Balance) for row in rows]
