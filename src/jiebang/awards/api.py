"""What later slices may ask: plain coroutines that run in the caller's unit of work and open none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jiebang.awards import repository
from jiebang.awards.contracts import desk
from jiebang.kernel.errors import NotFound, Refused
from jiebang.kernel.money import Money
from jiebang.kernel.policy import TOPIC_FROZEN

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

__all__ = ["EffectiveContract", "desk", "effective", "gate"]


@dataclass(frozen=True, slots=True)
class EffectiveContract:
    """A contract in force. `indicators` and `milestones` are those of its text (`texts.contract_text`)."""

    id: UUID
    number: str
    topic_id: UUID
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    team_id: UUID
    amount: Money
    effective_at: datetime
    indicators: list[dict[str, Any]]
    milestones: list[dict[str, Any]]


async def effective(contract_id: UUID) -> EffectiveContract:
    """A contract in force that this login may see (a party of it, or a worker).

    Raises:
        NotFound: absent, hidden, or not yet in force.
    """
    found = await repository.contract(contract_id)
    if found is None or found.effective_at is None:
        raise NotFound
    return EffectiveContract(
        id=found.id,
        number=found.number,
        topic_id=found.topic_id,
        agency_id=found.agency_id,
        funder_id=found.funder_id,
        end_user_id=found.end_user_id,
        team_id=found.team_id,
        amount=Money(found.amount_minor, found.currency),
        effective_at=found.effective_at,
        indicators=found.body["indicators"],
        milestones=found.body["milestones"],
    )


async def gate(contract_id: UUID) -> datetime:
    """Lock a contract in force until the unit ends (officer of its agency or funder, or a team's member); the clock.

    Raises:
        NotFound: the caller is no party of it, or it is not in force.
        Refused: `topic.frozen`.
    """
    row = await repository.gate(contract_id)
    if row["effective_at"] is None:
        raise NotFound
    if row["frozen"]:
        raise Refused(TOPIC_FROZEN)
    return row["at"]
