"""Statements of applications. The definer functions they call are `migrations/applications/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.applications.facts import MaterialFacts, OpenedApplication, TeamFacts
from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from uuid import UUID

Q = Queries("jiebang.applications")


def _plain(row: Any) -> dict[str, Any]:
    return dict(row)


async def team(team_id: UUID) -> TeamFacts | None:
    """A team with its units and people, or None."""
    row = await ENGINE.current().fetchrow(Q.team, team_id)
    return None if row is None else msgspec.convert(_plain(row), TeamFacts)


async def opened(topic_id: UUID) -> list[OpenedApplication]:
    """Opened applications as submitted, by id."""
    rows = await ENGINE.current().fetch(Q.opened, topic_id)
    return [opened_from(row) for row in rows]


def opened_from(row: Any) -> OpenedApplication:
    """An opened application out of its row: the team's facts are those of the submission."""
    facts = _plain(row)
    frozen = facts.pop("team")
    return msgspec.convert(
        {**facts, "team_name": frozen["name"], "orgs": frozen["orgs"], "people": frozen["people"]}, OpenedApplication
    )


async def evidence_files(milestone_id: UUID) -> list[MaterialFacts]:
    """Checked evidence, oldest first."""
    rows = await ENGINE.current().fetch(Q.evidence_files, milestone_id)
    return [msgspec.convert(_plain(row), MaterialFacts) for row in rows]


async def lock_application(application_id: UUID) -> Any:
    """The application's row, locked until the unit ends; None where this login may not change it."""
    return await ENGINE.current().fetchrow(Q.lock_application, application_id)


async def move_application(application_id: UUID, status: str) -> None:
    """Store the next state."""
    await ENGINE.current().execute(Q.move_application, application_id, status)
