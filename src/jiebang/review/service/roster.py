"""What a draw is made from: computed when its officer freezes it, and again by the worker that draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.applications import api as applications
from jiebang.challenges import api as challenges
from jiebang.review import domain, repository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jiebang.applications.api import OpenedApplication
    from jiebang.challenges.api import FrozenTopic
    from jiebang.review.domain import Inputs, PoolExpert


async def inputs(topic: FrozenTopic, pool: Iterable[PoolExpert]) -> tuple[Inputs, list[OpenedApplication]]:
    """Roster, conflicts and open seats as the database has them now, and the topic's opened bids."""
    bids = await applications.opened(topic.topic_id)
    funder, end_user = await challenges.funder_and_end_user(topic.topic_id)
    found = domain.draw_inputs(
        pool,
        units={str(org.org_id) for bid in bids for org in bid.orgs},
        members={str(person.person_id) for bid in bids for person in bid.people},
        parties={str(topic.agency_id), str(funder), str(end_user)},
        strata=topic.rules.strata,
        seats=await repository.seats(topic.topic_id),
    )
    return found, bids


def judged(bids: Iterable[OpenedApplication]) -> list[str]:
    """The applications that a panel judges, by id."""
    return sorted(str(bid.application_id) for bid in bids if bid.status in {"eligible", "in_review"})
