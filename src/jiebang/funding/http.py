"""Funding over HTTP: milestones, disbursements, the ledger."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from jiebang.funding import milestones, service
from jiebang.funding.schemas import (
    DisbursementView,
    LedgerView,
    Link,
    MilestoneView,
    NewConfirmation,
    NewEvidence,
    NewSettlement,
    TrialBalance,
)
from jiebang.kernel.actor import Actor

MAKE = {"idempotent": True}
OFFICER = {"role": "officer"}
EDIT = {"if_match": True, "idempotent": "optional"}


class Milestones(Controller):
    """Milestones, for the team, the end user, the agency and the funder."""

    path = "/api/v1"
    tags = ("milestones",)

    @get("/contracts/{contract_id:uuid}/milestones", operation_id="list_milestones")
    async def milestones(self, contract_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[MilestoneView]:
        """A contract's milestones in order."""
        return await milestones.milestones(actor, contract_id)

    @get("/milestones/{milestone_id:uuid}", operation_id="read_milestone")
    async def milestone(self, milestone_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MilestoneView:
        """A milestone with its evidence."""
        return await milestones.milestone(actor, milestone_id)

    @post("/milestones/{milestone_id:uuid}/evidence", operation_id="submit_evidence", status_code=200, opt=EDIT)
    async def submit_evidence(
        self,
        milestone_id: FromPath[UUID],
        data: JSONBody[NewEvidence],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> MilestoneView:
        """Submit measured values and files as the team's lead."""
        return await milestones.submit_evidence(actor, milestone_id, data, if_match)

    @get("/milestones/{milestone_id:uuid}/evidence/{material_id:uuid}/link", operation_id="link_evidence")
    async def evidence_link(
        self, milestone_id: FromPath[UUID], material_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Link:
        """A short-lived link to a file of submitted evidence."""
        return await milestones.evidence_link(actor, milestone_id, material_id)

    @post("/milestones/{milestone_id:uuid}/confirmation", operation_id="confirm_milestone", status_code=200, opt=EDIT)
    async def confirm(
        self,
        milestone_id: FromPath[UUID],
        data: JSONBody[NewConfirmation],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> MilestoneView:
        """Confirm a milestone for the end user, with an opinion."""
        return await milestones.confirm(actor, milestone_id, data, if_match)


class Disbursements(Controller):
    """Payments and books."""

    path = "/api/v1"
    tags = ("disbursements",)

    @post(
        "/milestones/{milestone_id:uuid}/disbursements",
        operation_id="request_disbursement",
        status_code=201,
        opt=OFFICER | MAKE,
    )
    async def request(self, milestone_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DisbursementView:
        """Request a passed milestone's tranche as a finance officer of the funder."""
        return await service.request(actor, milestone_id)

    @post(
        "/disbursements/{disbursement_id:uuid}/approval",
        operation_id="approve_disbursement",
        status_code=200,
        opt=OFFICER | EDIT | MAKE,
    )
    async def approve(
        self, disbursement_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> DisbursementView:
        """Approve a colleague's request."""
        return await service.approve(actor, disbursement_id, if_match)

    @post(
        "/disbursements/{disbursement_id:uuid}/settlement",
        operation_id="settle_disbursement",
        status_code=200,
        opt=OFFICER | EDIT | MAKE,
    )
    async def settle(
        self,
        disbursement_id: FromPath[UUID],
        data: JSONBody[NewSettlement],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> DisbursementView:
        """Record the payment with its bank reference."""
        return await service.settle(actor, disbursement_id, data, if_match)

    @get("/disbursements/{disbursement_id:uuid}", operation_id="read_disbursement")
    async def disbursement(self, disbursement_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DisbursementView:
        """A disbursement."""
        return await service.disbursement(actor, disbursement_id)

    @get("/contracts/{contract_id:uuid}/disbursements", operation_id="list_disbursements")
    async def disbursements(self, contract_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[DisbursementView]:
        """A contract's disbursements, the oldest first."""
        return await service.disbursements(actor, contract_id)

    @get("/contracts/{contract_id:uuid}/ledger", operation_id="read_ledger")
    async def contract_ledger(self, contract_id: FromPath[UUID], actor: NamedDependency[Actor]) -> LedgerView:
        """A contract's books, for its agency, funder and team."""
        return await service.contract_ledger(actor, contract_id)

    @get("/ledger/trial-balance", operation_id="read_trial_balance", opt=OFFICER)
    async def trial_balance(self, actor: NamedDependency[Actor]) -> TrialBalance:
        """All books of the funder that I act for."""
        return await service.trial_balance(actor)


CONTROLLERS: list[type[Controller]] = [Milestones, Disbursements]
