"""Use cases of contracts and pledges: draw up, sign, read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg

from jiebang.applications import api as applications
from jiebang.awards import domain, repository, texts
from jiebang.challenges import api as challenges
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.policy import OFFICER_ROLES, TOPIC_FROZEN
from jiebang.kernel.working_days import deadline
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit

if TYPE_CHECKING:
    from jiebang.applications.api import OpenedApplication
    from jiebang.awards.repository import After
    from jiebang.awards.schemas import ContractLine, ContractView, NewContract, NewSignature
    from jiebang.kernel.actor import Actor


def desk(actor: Actor) -> Role:
    """The login on which the actor reads contracts; the policies of either show him his own alone.

    Officers read at the desk of their agency or funder, everybody else as a member of teams and units.
    """
    return Role.OFFICER if actor.org_roles & OFFICER_ROLES else Role.MEMBER


@use_case(Role.OFFICER)
async def draw_up(actor: Actor, topic_id: UUID, data: NewContract) -> ContractView:
    """Draw up the contract of a confirmed award, with its pledge; its text is frozen from here on.

    Raises:
        NotFound: no such topic or application of the agency.
        Forbidden: `award.not_agency_officer`.
        Refused: `contract.not_confirmed` or `contract.exists`.
    """
    domain.require_officer(actor)
    await challenges.lock(topic_id)
    topic = await challenges.frozen(topic_id)
    bid = await _bid(topic_id, data.application_id)
    confirmed = await repository.confirmed_list(topic_id)
    if confirmed is None or str(bid.application_id) not in domain.winners(confirmed["entries"]):
        raise Refused(domain.NOT_CONFIRMED)
    funder_id, end_user_id = await challenges.funder_and_end_user(topic_id)
    orgs = texts.Organisations(
        agency=(topic.agency_id, topic.agency),
        funder=(funder_id, await repository.party_name(funder_id)),
        end_user=(end_user_id, await repository.party_name(end_user_id)),
    )
    sign_by = deadline(confirmed["confirmed_at"], topic.rules.contract_signing, await challenges.calendar()).instant
    number = f"JB-{topic.code}-{await repository.contract_count(topic_id) + 1:02d}"
    body = texts.contract_text(number, topic, bid, orgs, confirmed["id"], sign_by)
    sha256 = digest(body)
    pledge = texts.pledge_text(body, sha256)
    contract_id = uuid4()
    try:
        async with ENGINE.savepoint():
            await repository.add_contract(
                contract_id, number, topic_id=topic_id, agency_id=topic.agency_id, funder_id=funder_id,
                end_user_id=end_user_id, application_id=bid.application_id, team_id=bid.team_id,
                award_list_id=confirmed["id"], body=body, sha256=sha256, pledge=pledge, pledge_sha256=digest(pledge),
                amount_minor=topic.body.purse_minor, currency=topic.body.currency, by=actor.person_id,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Refused(domain.CONTRACT_EXISTS) from None
    await audit.record("contract.drawn_up", "contract", contract_id, topic_id=topic_id, sha256=sha256)
    return await _contract(contract_id)


@use_case(Role.OFFICER)
async def sign_for_agency(actor: Actor, contract_id: UUID, data: NewSignature) -> ContractView:
    """Sign the contract for the agency.

    Raises:
        NotFound: no such contract of the agency.
        Forbidden: `award.not_agency_officer`.
        Refused: `contract.not_a_signatory`, `contract.other_text`, `contract.signing_over`, `contract.signed_already`,
            `topic.frozen`.
    """
    contract = await _contract(contract_id)
    domain.require_officer(actor)
    if actor.org_id != contract.agency_id:
        raise Forbidden(domain.NOT_AGENCY_OFFICER)
    return await _sign(actor, contract, data, contract.agency_id)


@use_case(Role.MEMBER)
async def sign_for_team(actor: Actor, contract_id: UUID, data: NewSignature) -> ContractView:
    """Sign as the lead person, or for the lead unit as its administrator.

    Raises:
        NotFound: not a contract of the actor's teams or unit.
        Forbidden: `team.not_lead` or `contract.not_lead_org`.
        Refused: `contract.not_a_signatory`, `contract.other_text`, `contract.signing_over`, `contract.signed_already`,
            `topic.frozen`.
    """
    contract = await _contract(contract_id)
    lead_org = UUID(contract.body["parties"]["lead_org"]["org_id"])
    if data.party == "lead_person":
        await applications.require_lead(actor, contract.team_id)
    elif actor.org_id != lead_org or "org_admin" not in actor.org_roles:
        raise Forbidden(domain.NOT_LEAD_ORG)
    return await _sign(actor, contract, data, lead_org)


async def contract(actor: Actor, contract_id: UUID) -> ContractView:
    """A contract of the actor's agency, funder, team or unit; the end user's once it is effective.

    Raises:
        NotFound: absent or hidden.
    """
    async with ENGINE.unit_of_work(desk(actor), actor.token_hash):
        found = await _contract(contract_id)
        await audit.record("contract.read", "contract", contract_id, topic_id=found.topic_id)
    return found


async def contracts(actor: Actor, after: After | None, limit: int, topic_id: UUID | None = None) -> list[ContractLine]:
    """Contracts that the actor may read, the newest first; `after` is the last one's (created_at, id)."""
    return await repository.contracts(actor, desk(actor), after, limit, topic_id)


async def _sign(actor: Actor, contract: ContractView, data: NewSignature, org_id: UUID) -> ContractView:
    gate = await repository.gate(contract.id)
    if gate["status"] is None:
        raise NotFound
    if gate["frozen"]:
        raise Refused(TOPIC_FROZEN)
    present = contract.sha256 if data.document == "contract" else contract.pledge_sha256
    domain.check_signature(
        data.document, data.party, data.sha256, present, gate["at"], datetime.fromisoformat(contract.body["sign_by"])
    )
    if gate["status"] == "effective":  # by the last signature: every party has signed
        raise Refused(domain.SIGNED_ALREADY)
    try:
        async with ENGINE.savepoint():
            await repository.sign(
                uuid4(), contract, data.document, data.party, org_id=org_id, person_id=actor.person_id,
                person_name=actor.display_name, sha256=present,
                statement=domain.STATEMENTS[data.document], at=gate["at"],
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Refused(domain.SIGNED_ALREADY) from None
    await audit.record(
        f"{data.document}.signed", "contract", contract.id, topic_id=contract.topic_id, party=data.party, sha256=present
    )
    await emit("awards.signed", {"contract_id": str(contract.id)}, fairness_key=str(contract.topic_id))
    return await _contract(contract.id)


async def _bid(topic_id: UUID, application_id: UUID) -> OpenedApplication:
    bid = next((b for b in await applications.opened(topic_id) if b.application_id == application_id), None)
    if bid is None:
        raise NotFound
    return bid


async def _contract(contract_id: UUID) -> ContractView:
    if (found := await repository.contract(contract_id)) is None:
        raise NotFound
    return found
