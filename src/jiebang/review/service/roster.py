"""What a draw is made from: computed when its officer freezes it, and again by the worker that draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.applications import api as applications
from jiebang.challenges import api as challenges
from jiebang.kernel.errors import Refused
from jiebang.review import domain, repository, rules
from jiebang.review.service.panel import Case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jiebang.applications.api import OpenedApplication
    from jiebang.challenges.api import FrozenTopic
    from jiebang.review.domain import Inputs, PoolExpert

JUDGED = frozenset({"eligible", "in_review"})


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
        together=topic.rules.draw.mode == "topic",
    )
    return found, bids


async def case(topic: FrozenTopic, found: Inputs, bids: Iterable[OpenedApplication], reserves: int) -> Case:
    """All that a draw's mathematics needs. `reserves` must be left of each kind on a topic's one panel."""
    apart = topic.rules.draw.mode == "proposal"
    placed = await repository.placed(topic.topic_id) if apart else []
    return Case(topic, found, [bid for bid in bids if bid.status in JUDGED], placed, reserves)


def guard(topic: FrozenTopic, opened_at: datetime | None, bids: Iterable[OpenedApplication]) -> list[str]:
    """The applications that a panel is to judge now.

    Raises:
        Refused: `draw.not_opened`, `draw.not_screened`, `draw.too_few_applications`.
    """
    found = list(bids)
    if opened_at is None:
        raise Refused(rules.NOT_OPENED)
    if waiting := sum(bid.status == "submitted" for bid in found):
        raise Refused(rules.NOT_SCREENED, open=waiting)
    mine, awards = judged(found), topic.body.award_count
    if not topic.rules.enough_competition(len(mine), awards):
        raise Refused(rules.TOO_FEW_APPLICATIONS, eligible=len(mine), awards=awards)
    return mine


def judged(bids: Iterable[OpenedApplication]) -> list[str]:
    """The applications that a panel judges, by id."""
    return sorted(str(bid.application_id) for bid in bids if bid.status in JUDGED)
