"""What workers do for awards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from jiebang.applications import api as applications
from jiebang.awards import domain, repository
from jiebang.kernel.canonical import digest
from jiebang.platform import audit
from jiebang.platform.jobs import GiveUp
from jiebang.platform.outbox import emit
from jiebang.review import api as review

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler, Job


async def signed(job: Job) -> None:
    """Put the contract into force with its last signature, once, and let its funding start.

    `payload` names the `contract_id`. Money depends on it, so what was signed must be the text that is stored, and the
    award must follow from the reviews by its replayed score run, whoever wrote them.

    Raises:
        GiveUp: it is not, or does not.
    """
    contract_id = UUID(job.payload["contract_id"])
    async with job.unit():
        row = await repository.lock_contract(contract_id)
        if row is None or row["status"] == "effective" or domain.missing(await repository.signed(contract_id)):
            return
        if (digest(row["body"]), digest(row["pledge"])) != (row["sha256"], row["pledge_sha256"]):
            raise GiveUp("the stored contract or pledge is not what was signed")
        if await review.wrong_in_run(row["score_run_id"]):
            raise GiveUp("the score run behind the award cannot be replayed")
        status = domain.CONTRACT.next(row["status"], "take_effect")
        await repository.take_effect(contract_id, status)
        await applications.move(row["application_id"], "contract")
        await audit.record("contract.effective", "contract", contract_id, topic_id=row["topic_id"], status=status)
        await emit("funding.start", {"contract_id": str(contract_id)}, fairness_key=str(row["topic_id"]))


HANDLERS: dict[str, Handler] = {"awards.signed": signed}
