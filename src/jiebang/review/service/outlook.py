"""Before a topic is published: could the pool fill its panel at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiebang.kernel.errors import Rule
from jiebang.review import domain, repository, rules
from jiebang.review.service import panel

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from jiebang.challenges.api import RuleSet


async def outlook(track: str, parties: Collection[UUID], by: RuleSet) -> list[Rule]:
    """`challenges.ports.PanelOutlook`: nobody has applied yet, so the true answer can only be worse."""
    inputs = domain.draw_inputs(
        await repository.pool(track),
        units=(),
        members=(),
        parties={str(one) for one in parties},
        strata=by.strata,
        seats=(),
    )
    return [
        Rule(
            rules.OUTLOOK.code,
            rules.OUTLOOK.zh.format(why=why.sentence("zh"), help="".join(r.sentence("zh") for r in why.relaxations)),
            rules.OUTLOOK.en.format(why=why.sentence("en"), help=" ".join(r.sentence("en") for r in why.relaxations)),
        )
        for why in panel.outlook(inputs, by)
    ]
