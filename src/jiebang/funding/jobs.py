"""What workers do for funding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from jiebang.awards import api as awards
from jiebang.funding import domain, ledger, repository
from jiebang.platform import audit
from jiebang.platform.db import ENGINE

if TYPE_CHECKING:
    from jiebang.awards.api import EffectiveContract
    from jiebang.platform.jobs import Handler, Job


async def start(job: Job) -> None:
    """Set up the milestones and books of a contract that took effect, once. `payload` names the `contract_id`."""
    async with job.unit():
        contract = await awards.effective(UUID(job.payload["contract_id"]))
        try:
            async with ENGINE.savepoint():
                await _begin(contract)
        except asyncpg.UniqueViolationError:
            return  # begun by an earlier job: milestones and references are unique


async def _begin(contract: EffectiveContract) -> None:
    subject = str(contract.id)
    granted = ledger.appropriate(subject, contract.amount, subject)
    promised = ledger.commit_award(ledger.balances([granted]), subject, subject, contract.amount)
    for milestone in contract.milestones:
        await repository.add_milestone(contract, milestone, domain.due_on(contract.effective_at, milestone["months"]))
    for entry in (granted, promised):
        await repository.post(entry, contract, contract.id, None)
    await audit.record("funding.started", "contract", contract.id, topic_id=contract.topic_id, entry=promised.reference)


HANDLERS: dict[str, Handler] = {"funding.start": start}
