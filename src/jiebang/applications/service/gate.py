"""What every command of a team goes through: the topic's gate, then the team's own lock, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jiebang.applications import api, repository, rules
from jiebang.challenges import api as challenges
from jiebang.kernel.errors import NotFound, Refused, Stale

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from jiebang.applications.facts import TeamFacts
    from jiebang.challenges.api import Gate
    from jiebang.kernel.actor import Actor

SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_shanghai(at: datetime) -> str:
    """An instant as people read it in a sentence that names the zone."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


async def open_gate(topic_id: UUID) -> Gate:
    """The topic's gate, held until the unit ends.

    Raises:
        NotFound: no such topic.
        Refused: `application.late`.
    """
    gate = await challenges.gate(topic_id)
    if not gate.is_open:
        raise Refused(rules.LATE, closes_at=in_shanghai(gate.closes_at))
    return gate


async def led(actor: Actor, team_id: UUID, if_match: int | None = None) -> tuple[Gate, TeamFacts]:
    """The gate and the team, both held, for a command of its lead before the topic closes.

    Raises:
        NotFound: not a team of his.
        Forbidden: `team.not_lead`.
        Refused: `application.late`.
        Stale: the team is no longer at version `if_match`.
    """
    gate = await open_gate((await api.require_lead(actor, team_id)).topic_id)
    if await repository.lock_bid(team_id) is None:
        raise NotFound
    team = await api.require_lead(actor, team_id)  # again, now that nobody else changes it
    if if_match is not None and team.version != if_match:
        raise Stale
    return gate, team
