"""Who does what to a topic, and when. `open` and `closed` are derived from the closing instant, never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from jiebang.kernel.errors import Rule
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

Status = Literal[
    "draft",
    "review",
    "legal_passed",
    "approved",
    "published",
    "screening",
    "reviewing",
    "proposed",
    "public_notice",
    "awarded",
]
Command = Literal[
    "submit",
    "return",
    "pass_legal",
    "approve",
    "publish",
    "begin_screening",
    "begin_review",
    "propose",
    "give_notice",
    "award",
]
PublicState = Literal["open", "closed", "screening", "reviewing", "proposed", "public_notice", "awarded"]
TopicRoleName = Literal["drafter", "legal_budget_reviewer", "approver", "screener", "draw_officer", "opening_officer"]
GrantedRole = Literal["drafter", "screener", "draw_officer", "opening_officer"]
"""What is granted to colleagues. The legal reviewer and the approver take their roles by acting."""

THREE_PEOPLE: Final = frozenset({"drafter", "legal_budget_reviewer", "approver"})
DECIDES_NOTHING: Final = "supervisor"

TOPIC: Final = Lifecycle[Status, Command](
    name="topic",
    initial="draft",
    transitions={
        ("draft", "submit"): "review",
        ("review", "pass_legal"): "legal_passed",
        ("review", "return"): "draft",
        ("legal_passed", "approve"): "approved",
        ("legal_passed", "return"): "draft",
        ("approved", "publish"): "published",
        ("approved", "return"): "draft",
        ("published", "begin_screening"): "screening",
        ("screening", "begin_review"): "reviewing",
        ("reviewing", "propose"): "proposed",
        ("proposed", "give_notice"): "public_notice",
        ("public_notice", "award"): "awarded",
    },
    title=BilingualText(zh="榜题", en="Topic"),
    labels={
        "draft": BilingualText(zh="起草中", en="draft"),
        "review": BilingualText(zh="待法制与财政审核", en="in legal and budget review"),
        "legal_passed": BilingualText(zh="待批准", en="awaiting approval"),
        "approved": BilingualText(zh="已批准", en="approved"),
        "published": BilingualText(zh="已发榜", en="published"),
        "screening": BilingualText(zh="形式审查", en="formal check"),
        "reviewing": BilingualText(zh="专家评审", en="in review"),
        "proposed": BilingualText(zh="拟立项", en="award proposed"),
        "public_notice": BilingualText(zh="公示中", en="public notice"),
        "awarded": BilingualText(zh="已立项", en="awarded"),
        "submit": BilingualText(zh="提交审核", en="submit for review"),
        "return": BilingualText(zh="退回修改", en="return"),
        "pass_legal": BilingualText(zh="审核通过", en="pass legal and budget review"),
        "approve": BilingualText(zh="批准", en="approve"),
        "publish": BilingualText(zh="发榜", en="publish"),
        "begin_screening": BilingualText(zh="开启申请书", en="open the applications"),
        "begin_review": BilingualText(zh="组织评审", en="begin the review"),
        "propose": BilingualText(zh="提出拟立项名单", en="propose awards"),
        "give_notice": BilingualText(zh="公示", en="give public notice"),
        "award": BilingualText(zh="立项", en="award"),
    },
)

ROLE_NEEDED = Rule(
    "topic.role_needed",
    zh="只有本榜题的{role_zh}可以执行此操作。请由主管部门的经办人员指定。",
    en="Only this topic's {role_en} may do this. An officer of the agency appoints one.",
)
NOT_AGENCY_OFFICER = Rule(
    "topic.not_agency_officer",
    zh="只有主管部门的经办人员可以执行此操作；请先切换到该主管部门。",
    en="Only an officer of the agency may do this; switch to that agency first.",
)
NOT_LEGAL_REVIEWER = Rule(
    "topic.not_legal_reviewer",
    zh="只有主管部门的法制与财政审核人员可以执行此操作。",
    en="Only the agency's legal and budget reviewer may do this.",
)
THREE_PEOPLE_NEEDED = Rule(
    "topic.three_people",
    zh="起草、法制与财政审核、批准须由三个不同的人承担；您（或所选人员）在本榜题中已承担其中一项。",
    en="Drafting, legal and budget review, and approval are done by three different people; you (or the person "
    "chosen) already do one of them for this topic.",
)
ALREADY_FROZEN = Rule("topic.frozen_already", zh="本榜题已处于冻结状态。", en="This topic is frozen already.")
NOT_FROZEN = Rule("topic.not_frozen", zh="本榜题未被冻结。", en="This topic is not frozen.")
BARRED_ALREADY = Rule(
    "topic.barred_already", zh="此人已不能访问本榜题。", en="This person is kept out of the topic already."
)
NOT_ONESELF = Rule(
    "topic.not_oneself",
    zh="不能收回自己的访问权；如有利益冲突，请申请回避。",
    en="Nobody takes away their own access here; declare a conflict instead.",
)
NO_SUCCESSOR = Rule(
    "topic.no_successor",
    zh="接手人须是本主管部门的另一名人员，且不能是监督人员。",
    en="The successor is another colleague of this agency, and no supervisor.",
)
NOT_SUPERVISOR = Rule(
    "audit.not_supervisor",
    zh="只有监督人员可以查阅审计日志；请先切换到您所监督的单位。",
    en="Only a supervisor reads the audit log; switch to the authority that you supervise first.",
)
NO_COLLEAGUE = Rule(
    "topic.no_colleague",
    zh="此人在本主管部门没有任何角色，不能指定。",
    en="This person holds no role in the agency and cannot be appointed.",
)
SUPERVISOR_DECIDES_NOTHING = Rule(
    "topic.supervisor_decides_nothing",
    zh="监督人员只监督、不经办，不能在榜题中承担其他职责。",
    en="A supervisor watches and decides nothing, and so takes no duty for a topic.",
)
FIRST_DRAFTER_STAYS = Rule(
    "topic.first_drafter_stays",
    zh="榜题的创建人始终是起草人，不能撤销。",
    en="Who created the topic remains its drafter.",
)


def public_state(status: Status, closes_at: datetime, now: datetime) -> PublicState | Status:
    """What the public calls a published topic's state: it closes by the clock, whatever was or was not run."""
    if status != "published":
        return status
    return "open" if now < closes_at else "closed"


def may_hold(held: Collection[str], role: str) -> bool:
    """Whether someone who holds `held` for a topic may also be its `role`."""
    return role in held or role not in THREE_PEOPLE or THREE_PEOPLE.isdisjoint(held)
