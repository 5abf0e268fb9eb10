"""What later slices may ask: plain coroutines that run in the caller's unit of work and open none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.applications import domain, repository, rules
from jiebang.applications.facts import MaterialFacts, OpenedApplication, TeamFacts, TeamOrgFacts
from jiebang.kernel.errors import Forbidden, NotFound
from jiebang.platform import audit

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.kernel.actor import Actor

__all__ = [
    "MaterialFacts",
    "OpenedApplication",
    "TeamFacts",
    "TeamOrgFacts",
    "evidence_files",
    "move",
    "opened",
    "require_lead",
    "team",
]


async def opened(topic_id: UUID) -> list[OpenedApplication]:
    """The topic's applications after its opening, as submitted, by id (officer or worker unit); before it none."""
    return await repository.opened(topic_id)


async def move(application_id: UUID, command: domain.Command, **detail: object) -> domain.Status:
    """Lead an application to its next state (officer or worker unit) and say which; audited with `detail`.

    Raises:
        NotFound: not visible on this login.
        Refused: `application.not_now`.
    """
    row = await repository.lock_application(application_id)
    if row is None:
        raise NotFound
    status = domain.LIFECYCLE.next(row["status"], command)
    await repository.move_application(application_id, status)
    await audit.record(
        f"application.{command}", "application", application_id, topic_id=row["topic_id"], status=status, **detail
    )
    return status


async def team(team_id: UUID) -> TeamFacts:
    """A team (its members, its agency after the opening, or a worker).

    Raises:
        NotFound: absent or hidden.
    """
    if (found := await repository.team(team_id)) is None:
        raise NotFound
    return found


async def require_lead(actor: Actor, team_id: UUID) -> TeamFacts:
    """The team that `actor` leads (member unit).

    Raises:
        NotFound: not a team of his.
        Forbidden: `team.not_lead`.
    """
    found = await team(team_id)
    if found.lead_person_id != actor.person_id:
        raise Forbidden(rules.NOT_LEAD)
    return found


async def evidence_files(milestone_id: UUID) -> list[MaterialFacts]:
    """The checked evidence of a milestone that this login may see, oldest first."""
    return await repository.evidence_files(milestone_id)
