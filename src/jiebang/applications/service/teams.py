"""Teams: founded by a lead, joined by invitation, with shares that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg

from jiebang.applications import api, repository, rules
from jiebang.applications.form import Answers
from jiebang.applications.schemas import InvitationView, MyApplication, TeamView
from jiebang.applications.service.gate import led, open_gate
from jiebang.challenges import api as challenges
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import FieldProblem, Forbidden, Invalid, NotFound, Refused
from jiebang.platform import audit
from jiebang.platform.crypto import SIGNER, token_hash
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit

if TYPE_CHECKING:
    from jiebang.applications.schemas import NewTeam, NewTeamInvitation, Shares

INVITATION = "team_invitation"
INVITATION_LIFETIME = timedelta(days=14)


@use_case(Role.MEMBER)
async def found(actor: Actor, topic_id: UUID, data: NewTeam) -> TeamView:
    """Form a team on an open topic, led by the caller for his acting organisation; its application begins as a draft.

    Raises:
        NotFound: no such topic.
        Refused: `application.late`, `team.no_org`, `team.already_leading`.
        Forbidden: `team.agency_staff`.
    """
    gate = await open_gate(topic_id)
    if actor.org_id is None:
        raise Refused(rules.NO_ORG)
    if await repository.is_staff_of(gate.agency_id):
        raise Forbidden(rules.AGENCY_STAFF)
    try:
        async with ENGINE.savepoint():
            team_id = await repository.found_team(topic_id, data.name, actor.org_id)
    except asyncpg.UniqueViolationError:
        raise Refused(rules.ALREADY_LEADING) from None
    team = await api.team(team_id)
    application_id = uuid4()
    await repository.add_draft(application_id, team, Answers().model_dump(mode="json"))
    await audit.record("team.founded", "team", team_id, topic_id=topic_id, org_id=str(actor.org_id))
    return await _view(team_id)


async def _view(team_id: UUID) -> TeamView:
    team = await api.team(team_id)
    return TeamView(
        id=team.id,
        version=team.version,
        topic_id=team.topic_id,
        name=team.name,
        lead_person_id=team.lead_person_id,
        lead_org_id=team.lead_org_id,
        orgs=team.orgs,
        people=team.people,
        application_id=await repository.application_of_team(team_id),
        invitations=[InvitationView(**dict(row)) for row in await repository.invitations(team_id)],
    )


@use_case(Role.MEMBER, read_only=True)
async def view(actor: Actor, team_id: UUID) -> TeamView:
    """A team of the caller's.

    Raises:
        NotFound: absent or hidden.
    """
    return await _view(team_id)


async def mine(actor: Actor, after: tuple[datetime, UUID] | None, limit: int) -> list[MyApplication]:
    """The caller's teams with their applications, newest first; `after` is (created_at, team_id)."""
    rows = await ENGINE.read(
        Role.MEMBER, repository.Q.my_applications, *(after or (None, None)), limit, token=actor.token_hash
    )
    return [MyApplication(**dict(row)) for row in rows]


@use_case(Role.MEMBER)
async def invite(actor: Actor, team_id: UUID, data: NewTeamInvitation) -> InvitationView:
    """Invite a person of a registered organisation to join with it; the mail carries the token.

    Raises:
        NotFound, Forbidden, Refused: as `gate.led`; `team.org_unknown`, `team.org_in_team`, `team.too_many_partners`.
    """
    gate, team = await led(actor, team_id)
    org_id = await repository.find_organisation(data.uscc, data.country, data.registry, data.registry_id)
    if org_id is None:
        raise Refused(rules.ORG_UNKNOWN)
    if org_id == gate.agency_id:
        raise Refused(rules.AGENCY_STAFF)
    if any(org.org_id == org_id for org in team.orgs):
        raise Refused(rules.ORG_IN_TEAM)
    waiting = {row["org_id"] for row in await repository.invitations(team_id)}
    partners = {org.org_id for org in team.orgs if org.role == "partner"} | waiting | {org_id}
    if len(partners) > (await challenges.frozen(team.topic_id)).rules.max_partners:
        raise Refused(rules.TOO_MANY_PARTNERS)
    invitation_id = uuid4()
    now = datetime.now(UTC)  # tokens live by the real clock
    invitation = InvitationView(invitation_id, data.email.lower(), org_id, now, now + INVITATION_LIFETIME)
    token = token_hash(SIGNER.token(INVITATION, invitation_id))
    await repository.add_invitation(invitation, team, token, actor.person_id)
    await emit("applications.mail_team_invitation", {"invitation_id": str(invitation_id)}, fairness_key=str(team_id))
    await audit.record("team.invited", "team", team_id, topic_id=team.topic_id, org_id=str(org_id))
    return invitation


@use_case(Role.MEMBER)
async def withdraw_invitation(actor: Actor, team_id: UUID, invitation_id: UUID) -> None:
    """Take back an invitation that nobody used.

    Raises:
        NotFound, Forbidden, Refused: as `gate.led`; NotFound also where there is no such invitation.
    """
    _, team = await led(actor, team_id)
    if not await repository.withdraw_invitation(team_id, invitation_id):
        raise NotFound
    await audit.record("team.invitation_withdrawn", "team", team_id, topic_id=team.topic_id)


@use_case(Role.MEMBER)
async def accept(actor: Actor, token: str) -> TeamView:
    """Join a team with one's organisation, which the lead has named.

    Raises:
        Refused: `team.invitation_invalid`.
    """
    team_id = await repository.accept_invitation(token_hash(token))
    if team_id is None:
        raise Refused(rules.INVITATION_INVALID)
    joined = await _view(team_id)
    await audit.record("team.joined", "team", team_id, topic_id=joined.topic_id)
    return joined


@use_case(Role.MEMBER)
async def set_shares(actor: Actor, team_id: UUID, data: Shares, if_match: int) -> TeamView:
    """Divide work and money among the units. That both add up to the whole is demanded at submission.

    Raises:
        NotFound, Forbidden, Refused, Stale: as `gate.led`.
        Invalid: not exactly the team's units.
    """
    _, team = await led(actor, team_id, if_match)
    if sorted(share.org_id for share in data.shares) != sorted(org.org_id for org in team.orgs):
        raise Invalid([FieldProblem("/shares", rules.ORG_NOT_IN_TEAM)])
    for share in data.shares:
        await repository.set_share(team_id, share.org_id, share.work_bp, share.share_bp)
    await repository.bump_team(team_id)
    await audit.record(
        "team.shares_set",
        "team",
        team_id,
        topic_id=team.topic_id,
        shares=[s.model_dump(mode="json") for s in data.shares],
    )
    return await _view(team_id)


@use_case(Role.MEMBER)
async def remove_partner(actor: Actor, team_id: UUID, org_id: UUID, if_match: int) -> TeamView:
    """Remove a partner unit with its people. What was submitted stays as it is until the team submits again.

    Raises:
        NotFound, Forbidden, Refused, Stale: as `gate.led`; NotFound also where it is no partner.
    """
    _, team = await led(actor, team_id, if_match)
    if not await repository.remove_partner(team_id, org_id):
        raise NotFound
    await repository.bump_team(team_id)
    await audit.record("team.partner_removed", "team", team_id, topic_id=team.topic_id, org_id=str(org_id))
    return await _view(team_id)
