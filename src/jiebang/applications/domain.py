"""The application's lifecycle and what makes a bid complete (DOMAIN §2.4, §2.5)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from jiebang.applications import rules
from jiebang.applications.form import gaps
from jiebang.kernel.errors import FieldProblem
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from jiebang.applications.facts import Part, TeamFacts
    from jiebang.applications.form import Answers, Indicator

WHOLE = 10_000
"""All shares of a team together, in basis points."""

Status = Literal[
    "draft",
    "submitted",
    "eligible",
    "ineligible",
    "in_review",
    "recommended",
    "not_recommended",
    "awarded",
    "contracted",
]
Command = Literal["submit", "admit", "reject", "start_review", "recommend", "not_recommend", "award", "contract"]

LIFECYCLE: Final[Lifecycle[Status, Command]] = Lifecycle(
    name="application",
    initial="draft",
    transitions={
        ("draft", "submit"): "submitted",
        ("submitted", "submit"): "submitted",
        ("submitted", "admit"): "eligible",
        ("submitted", "reject"): "ineligible",
        ("eligible", "start_review"): "in_review",
        ("in_review", "recommend"): "recommended",
        ("in_review", "not_recommend"): "not_recommended",
        ("recommended", "award"): "awarded",
        ("awarded", "contract"): "contracted",
    },
    title=BilingualText("申报书", "Application"),
    labels={
        "draft": BilingualText("草稿", "draft"),
        "submitted": BilingualText("已提交", "submitted"),
        "eligible": BilingualText("形式审查通过", "eligible"),
        "ineligible": BilingualText("形式审查不通过", "ineligible"),
        "in_review": BilingualText("评审中", "in review"),
        "recommended": BilingualText("建议立项", "recommended"),
        "not_recommended": BilingualText("不予推荐", "not recommended"),
        "awarded": BilingualText("已立项", "awarded"),
        "contracted": BilingualText("已签约", "contracted"),
        "submit": BilingualText("提交", "submit"),
        "admit": BilingualText("通过形式审查", "pass the formal check"),
        "reject": BilingualText("不予受理", "reject"),
        "start_review": BilingualText("送审", "send to review"),
        "recommend": BilingualText("推荐", "recommend"),
        "not_recommend": BilingualText("不推荐", "not recommend"),
        "award": BilingualText("立项", "award"),
        "contract": BilingualText("签约", "contract"),
    },
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that the lead wants to submit, as it stands."""

    part: Part
    status: str


def bid_problems(
    team: TeamFacts,
    max_partners: int,
    answers: Answers,
    indicators: Sequence[Indicator],
    files: Sequence[Chosen | None],
) -> list[FieldProblem]:
    """Everything that keeps a bid from being submitted, at once. A file is None where the team has no such one."""
    problems = [
        FieldProblem(f"/team/orgs/{field}", rules.SHARES)
        for field in ("work_bp", "share_bp")
        if sum(getattr(org, field) for org in team.orgs) != WHOLE
    ]
    if sum(org.role == "partner" for org in team.orgs) > max_partners:
        problems.append(FieldProblem("/team/orgs", rules.TOO_MANY_PARTNERS))
    problems += gaps(answers, indicators)
    for n, chosen in enumerate(files):
        if chosen is None or chosen.part == "evidence":
            problems.append(FieldProblem(f"/material_ids/{n}", rules.FILE_UNKNOWN))
        elif chosen.status != "checked":
            problems.append(FieldProblem(f"/material_ids/{n}", rules.FILE_UNCHECKED))
    parts = {chosen.part for chosen in files if chosen is not None}
    if "part_a" not in parts:
        problems.append(FieldProblem("/material_ids", rules.NO_PART_A))
    if "part_b" not in parts:
        problems.append(FieldProblem("/material_ids", rules.NO_PART_B))
    return problems


def receipt_number(topic_code: str, entropy: bytes) -> str:
    """A number to quote, from 5 random bytes: no order, no time."""
    return f"JB-{topic_code}-{base64.b32encode(entropy[:5]).decode()}"


def object_key(material_id: UUID) -> str:
    """Where a checked file lies: by its random id, so that a repeated check finds what it has moved already."""
    return f"material/{material_id}"
