"""Rules of teams and applications (DOMAIN §2.4, §2.5)."""

from __future__ import annotations

from typing import Final, Literal

from jiebang.kernel.errors import Rule
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText

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

NOT_LEAD = Rule(
    "team.not_lead",
    "只有团队负责人可以执行此操作，未作任何更改。请联系本团队负责人。",
    "Only the team's lead may do this; nothing changed. Ask the lead of your team.",
)
