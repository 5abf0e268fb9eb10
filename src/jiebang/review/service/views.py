"""A draw in the shapes that cross HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from jiebang.kernel.text import BilingualText
from jiebang.matching.record import places
from jiebang.review.schemas import (
    BlockView,
    CertificateView,
    ChanceView,
    DrawnView,
    DrawReport,
    DrawView,
    RowView,
)
from jiebang.review.service import panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.matching.seats import SeatBlock


def block(found: SeatBlock) -> BlockView:
    """What blocks, in words."""
    return BlockView(
        found.rule.code,
        BilingualText(zh=found.sentence("zh"), en=found.sentence("en")),
        [BilingualText(zh=one.sentence("zh"), en=one.sentence("en")) for one in found.relaxations],
    )


def draw(row: Any) -> DrawView:
    """A draw's row."""
    return msgspec.convert(dict(row), DrawView)


def report(
    row: Any, inputs: Mapping[str, Any], output: Mapping[str, Any] | None, names: Mapping[UUID, Any]
) -> DrawReport:
    """A frozen draw, or with `output` a finished one. `names` holds person_name, org_name and org_name_en by expert."""
    public, evidence = inputs["public"], inputs["evidence"]
    record = output["record"] if output else None
    chances = {(r, e): n for r, e, n in public["chances"]}
    rows = public["rows"]
    people = [UUID(one) for one in evidence["people"]]

    def fit(r: int, e: int) -> int | None:
        value = evidence["similarity"][rows[r][0]][e]
        return value if value >= 0 and rows[r][1] == public["kinds"][e] else None

    return DrawReport(
        draw=draw(row),
        mode=public["context"]["mode"],
        chance_cap=public["most"],
        over=len(public["over"]),
        rows=[
            RowView(None if public["context"]["mode"] == "topic" else UUID(evidence["units"][unit]), kind, count)
            for unit, kind, count in rows
        ],
        roster=[
            ChanceView(
                one,
                names[one]["person_name"] if one in names else "",
                names[one]["org_name"] if one in names else "",
                names[one]["org_name_en"] if one in names else "",
                public["kinds"][e],
                public["caps"][e],
                [chances.get((r, e), 0) for r in range(len(rows))],
                [fit(r, e) for r in range(len(rows))],
                evidence["conflicts"].get(str(one), []),
            )
            for e, one in enumerate(people)
        ],
        certificate=CertificateView(**public["certificate"]),
        seats=[
            DrawnView(row_number, UUID(place.person), panel.reason_for(msgspec.to_builtins(place)))
            for (row_number, _), place in zip(record["pairs"], places(record, evidence), strict=True)
        ]
        if record
        else [],
        reserves=[[people[e] for e in order] for order in record["reserves"]] if record else [],
        silent=record["silent"] if record else [],
    )
