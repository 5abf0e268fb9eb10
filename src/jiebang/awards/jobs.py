"""What workers do for awards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from jiebang.applications import api as applications
from jiebang.awards import domain, repository
from jiebang.platform import audit
from jiebang.platform.outbox import emit

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler, Job


async def signed(job: Job) -> None:
    """Put the contract into force with its last signature, once, and let its funding start.

    `payload` names the `contract_id`.
    """
    contract_id = UUID(job.payload["contract_id"])
    async with job.unit():
        row = await repository.lock_contract(contract_id)
        if row["status"] == "effective" or domain.missing(await repository.signed(contract_id)):
            return
        status = domain.CONTRACT.next(row["status"], "take_effect")
        await repository.take_effect(contract_id, status)
        await applications.move(row["application_id"], "contract")
        await audit.record("contract.effective", "contract", contract_id, topic_id=row["topic_id"], status=status)
        await emit("funding.start", {"contract_id": str(contract_id)}, fairness_key=str(row["topic_id"]))


HANDLERS: dict[str, Handler] = {"awards.signed": signed}
