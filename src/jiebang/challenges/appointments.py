"""Who does what for a topic."""

from __future__ import annotations

from uuid import UUID

from jiebang.challenges import api, repository
from jiebang.challenges.lifecycle import (
    DECIDES_NOTHING,
    FIRST_DRAFTER_STAYS,
    NO_COLLEAGUE,
    NOT_AGENCY_OFFICER,
    SUPERVISOR_DECIDES_NOTHING,
    THREE_PEOPLE_NEEDED,
    GrantedRole,
    may_hold,
)
from jiebang.challenges.schemas import TopicRoleView
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Forbidden, NotFound, Refused, Rule
from jiebang.kernel.policy import holds
from jiebang.platform import audit
from jiebang.platform.db import Role, use_case


@use_case(Role.OFFICER)
async def grant_role(actor: Actor, topic_id: UUID, person_id: UUID, role: GrantedRole) -> list[TopicRoleView]:
    """Appoint a colleague for a topic; again is no error. Returns who does what.

    Raises:
        NotFound: the agency has no such topic.
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.no_colleague`, `topic.supervisor_decides_nothing` or `topic.three_people`.
    """
    row = await api.lock(topic_id)
    await acting_agency("topic.appoint", NOT_AGENCY_OFFICER)
    colleague = await repository.colleague(person_id)
    if colleague is None:
        raise Refused(NO_COLLEAGUE)
    if DECIDES_NOTHING in colleague["roles"]:
        raise Refused(SUPERVISOR_DECIDES_NOTHING)
    if not may_hold(await held_roles(topic_id, person_id), role):
        raise Refused(THREE_PEOPLE_NEEDED)
    await repository.add_role(row, person_id, colleague["name"], role, actor.person_id)
    await audit.record("topic.role_granted", "topic", topic_id, topic_id=topic_id, person_id=str(person_id), role=role)
    return await roles_of(topic_id)


@use_case(Role.OFFICER)
async def revoke_role(actor: Actor, topic_id: UUID, person_id: UUID, role: GrantedRole) -> None:
    """Take a role away again.

    Raises:
        NotFound: the agency has no such topic, or nobody such has the role.
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.first_drafter_stays`.
    """
    row = await api.lock(topic_id)
    await acting_agency("topic.appoint", NOT_AGENCY_OFFICER)
    if role == "drafter" and person_id == row.drafter_id:
        raise Refused(FIRST_DRAFTER_STAYS)
    if not await repository.remove_roles(topic_id, (role,), person_id):
        raise NotFound
    await audit.record("topic.role_revoked", "topic", topic_id, topic_id=topic_id, person_id=str(person_id), role=role)


async def acting_agency(right: str, rule: Rule) -> UUID:
    """The agency that the session acts for with this right of the policy."""
    me = await repository.me()
    if me["kind"] != "agency" or not holds(me["roles"], right):
        raise Forbidden(rule)
    return me["org"]


async def held_roles(topic_id: UUID, person_id: UUID) -> set[str]:
    """What a person is for a topic of the acting agency."""
    return {r["role"] for r in await repository.roles(topic_id) if r["person_id"] == person_id}


async def roles_of(topic_id: UUID) -> list[TopicRoleView]:
    """Who is what for a topic of the acting agency; nobody for a funder's officer."""
    return [TopicRoleView(**dict(r)) for r in await repository.roles(topic_id)]
