"""Use cases of milestones: evidence, the end user's confirmation, reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from jiebang.applications import api as applications
from jiebang.awards import api as awards
from jiebang.funding import domain, repository
from jiebang.funding.schemas import Evidence, EvidenceFile, Link, MilestoneView
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.kernel.policy import holds
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.stores import storage

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.funding.schemas import NewConfirmation, NewEvidence
    from jiebang.kernel.actor import Actor

LINK_SECONDS = 120


@use_case(Role.MEMBER)
async def submit_evidence(actor: Actor, milestone_id: UUID, data: NewEvidence, if_match: int) -> MilestoneView:
    """Submit a milestone's evidence as the team's lead; it is frozen with the digests of its files.

    Raises:
        NotFound: not a milestone of the actor's teams.
        Forbidden: `team.not_lead`.
        Stale: the milestone changed.
        Refused: `milestone.not_now`, `milestone.indicators_unequal` or `milestone.files_unknown`.
    """
    found = await _milestone(milestone_id)
    await applications.require_lead(actor, found.team_id)
    status = _next(found, if_match, "submit")
    contract = await awards.effective(found.contract_id)
    domain.check_measured(contract.indicators, data.measured)
    files = {file.id: file for file in await applications.evidence_files(milestone_id)}
    if unknown := [str(one) for one in data.material_ids if one not in files]:
        raise Refused(domain.FILES_UNKNOWN, files=", ".join(unknown))
    chosen = [files[one] for one in dict.fromkeys(data.material_ids)]
    evidence = Evidence(
        data.measured, data.notes, [EvidenceFile(f.id, f.filename, f.size_bytes, f.sha256) for f in chosen]
    )
    stored = msgspec.to_builtins(evidence)
    if not await repository.submit(milestone_id, if_match, status, stored, actor.person_id):
        raise Stale
    await audit.record("milestone.submitted", "milestone", milestone_id, topic_id=found.topic_id, status=status)
    return await _milestone(milestone_id)


@use_case(Role.MEMBER)
async def confirm(actor: Actor, milestone_id: UUID, data: NewConfirmation, if_match: int) -> MilestoneView:
    """Confirm a milestone for the end user, with an opinion; the last one only when every indicator is reached.

    Raises:
        NotFound: not a milestone that the actor may see.
        Forbidden: `milestone.not_end_user`.
        Stale: the milestone changed.
        Refused: `milestone.not_now`, `milestone.own_work` or `milestone.indicators_missed`.
    """
    found = await _milestone(milestone_id)
    if actor.org_id != found.end_user_id or not holds(actor.org_roles, "milestone.confirm"):
        raise Forbidden(domain.NOT_END_USER)
    if await repository.in_team(found.team_id):
        raise Refused(domain.OWN_WORK)
    status = _next(found, if_match, "pass")
    contract = await awards.effective(found.contract_id)
    if found.evidence is not None and found.n == max(m["n"] for m in contract.milestones):
        missed = domain.missed(contract.indicators, found.evidence.measured)
        if missed:
            raise Refused(domain.INDICATORS_MISSED, missed=", ".join(missed))
    if not await repository.confirm(milestone_id, if_match, status, data.opinion, actor.person_id):
        raise Stale
    await audit.record("milestone.passed", "milestone", milestone_id, topic_id=found.topic_id, status=status)
    return await _milestone(milestone_id)


async def milestone(actor: Actor, milestone_id: UUID) -> MilestoneView:
    """A milestone of the actor's team, agency or funder, or of the end user for which he acts.

    Raises:
        NotFound: absent or hidden.
    """
    async with ENGINE.unit_of_work(awards.desk(actor), actor.token_hash, read_only=True):
        return await _milestone(milestone_id)


async def milestones(actor: Actor, contract_id: UUID) -> list[MilestoneView]:
    """A contract's milestones in order; none for strangers."""
    return await repository.milestones(actor, awards.desk(actor), contract_id)


async def evidence_link(actor: Actor, milestone_id: UUID, material_id: UUID) -> Link:
    """A short-lived link to a file of submitted evidence.

    Raises:
        NotFound: absent, hidden, or not part of what was submitted.
    """
    async with ENGINE.unit_of_work(awards.desk(actor), actor.token_hash):
        found = await _milestone(milestone_id)
        files = {file.id: file for file in await applications.evidence_files(milestone_id)}
        submitted = {file.material_id for file in found.evidence.files} if found.evidence else set()
        if material_id not in submitted or material_id not in files:
            raise NotFound
        await audit.record("evidence.read", "material", material_id, topic_id=found.topic_id)
    file = files[material_id]
    return Link(storage().presign_download(file.object_key, filename=file.filename, expires=LINK_SECONDS), LINK_SECONDS)


def _next(found: MilestoneView, if_match: int, command: domain.MilestoneCommand) -> domain.MilestoneStatus:
    if found.version != if_match:
        raise Stale
    return domain.MILESTONE.next(found.status, command)


async def _milestone(milestone_id: UUID) -> MilestoneView:
    if (found := await repository.milestone(milestone_id)) is None:
        raise NotFound
    return found
