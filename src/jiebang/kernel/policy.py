"""Who may do what: the one place that says it.

The database's policies and functions ask the same table (`app.may`, `app.may_on`; `migrate` writes it from here), the
API's early refusals ask `holds`, menus show what `app.my_rights` answers, and people read `RIGHTS` with its reasons.
Nothing is cached: a role given or taken counts in the next statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from jiebang.kernel.errors import Rule
from jiebang.kernel.text import BilingualText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Place = Literal["organisation", "topic"]
"""Where a role is held: in the organisation that the session acts for, or for one topic of it."""

SUPERVISOR: Final = "supervisor"
OFFICER_ROLES: Final = frozenset({"agency_officer", "legal_budget_reviewer", "screener", "finance_officer", SUPERVISOR})
"""Roles of agencies and funders; they open the officers' desk."""

SUPERVISOR_DECIDES_NOTHING = Rule(
    "supervisor_decides_nothing",
    "监督人员可以查阅，但不作任何决定，因此不能执行此操作。",
    "A supervisor reads and decides nothing, and so cannot do this.",
)

TOPIC_FROZEN = Rule(
    "topic.frozen",
    zh="本榜题因情况核查已被主管部门冻结：已有内容全部保留，解冻前不能作任何变更。",
    en="The agency has frozen this topic while it looks into an incident. Everything is kept; nothing can be changed "
    "until it is released.",
)
FROZEN_MESSAGE: Final = "the topic is frozen"
"""How the database says it, whatever statement meets it."""

ROLE_NAMES: Final[dict[str, BilingualText]] = {
    "org_admin": BilingualText(zh="单位管理员", en="administrator"),
    "member": BilingualText(zh="单位成员", en="member"),
    "agency_officer": BilingualText(zh="主管部门经办人员", en="agency officer"),
    "legal_budget_reviewer": BilingualText(zh="法制与财政审核人", en="legal and budget reviewer"),
    "screener": BilingualText(zh="形式审查员", en="screener"),
    "finance_officer": BilingualText(zh="资金管理人员", en="finance officer"),
    SUPERVISOR: BilingualText(zh="监督人员", en="supervisor"),
    "end_user": BilingualText(zh="最终用户代表", en="end user's representative"),
    "drafter": BilingualText(zh="起草人", en="drafter"),
    "approver": BilingualText(zh="批准人", en="approver"),
    "draw_officer": BilingualText(zh="专家抽取经办人", en="draw officer"),
    "opening_officer": BilingualText(zh="开启经办人", en="opening officer"),
}


KIND_NAMES: Final[dict[str, BilingualText]] = {
    "agency": BilingualText(zh="主管部门", en="an agency"),
    "funder": BilingualText(zh="出资方", en="a funder"),
}


@dataclass(frozen=True, slots=True)
class Right:
    """Something that may be done. Any of `roles` at the `place` gives it; `kinds` limits the organisation's kind.

    `note` is the separation of duty that limits it further, where there is one.
    """

    code: str
    place: Place
    roles: tuple[str, ...]
    zh: str
    en: str
    kinds: tuple[str, ...] = ()
    note: BilingualText | None = None


_AGENCY: Final = ("agency",)
_AUTHORITY: Final = ("agency", "funder")
_ANY_OFFICER: Final = tuple(sorted(OFFICER_ROLES))
_THREE_PEOPLE: Final = BilingualText(
    zh="起草、法制与财政审核、批准应当由三个人分别担任。",
    en="Drafting, the legal and budget review and the approval are three people's.",
)
_SECOND_PERSON: Final = BilingualText(
    zh="经办与核准应当由两个人分别担任。", en="Whoever requests or proposes does not decide: a second person does."
)
_TWO_PEOPLE: Final = BilingualText(zh="开启须由两人先后进行。", en="Opening takes two people, one after the other.")
_NOT_POOL: Final = BilingualText(
    zh="抽取专家的人不得维护专家库。", en="Whoever draws experts has verified none of the pool."
)

_TABLE: Final = (
    Right("organisation.invite", "organisation", ("org_admin",), "邀请人员加入本单位", "Invite people to a role here"),
    Right("organisation.grant", "organisation", ("org_admin",), "授权其他单位代行职责",
          "Let another organisation act for this one", _AUTHORITY),
    Right("topic.read", "organisation", _ANY_OFFICER, "查阅本单位的榜题", "Read the organisation's topics", _AUTHORITY),
    Right("topic.create", "organisation", ("agency_officer",), "起草新榜题", "Begin a topic", _AGENCY),
    Right("topic.appoint", "organisation", ("agency_officer",), "指派榜题经办人", "Appoint colleagues for a topic",
          _AGENCY),
    Right("topic.review_law", "organisation", ("legal_budget_reviewer",), "法制与财政审核",
          "Pass the legal and budget review", _AGENCY, _THREE_PEOPLE),
    Right("topic.approve", "organisation", ("agency_officer",), "批准榜题", "Approve a topic", _AGENCY, _THREE_PEOPLE),
    Right("topic.edit", "topic", ("drafter",), "修改并提交草稿", "Edit a draft and hand it in"),
    Right("topic.publish", "topic", ("approver",), "发布榜题", "Publish the topic"),
    Right("applications.open", "topic", ("opening_officer",), "开启申请材料", "Open the applications", (), _TWO_PEOPLE),
    Right("applications.screen", "topic", ("screener",), "形式审查", "Decide the formal check"),
    Right("panel.draw", "topic", ("draw_officer",), "抽取评审专家并组织评审", "Draw the panel and run the review", (),
          _NOT_POOL),
    Right("expert.read", "organisation", ("agency_officer", SUPERVISOR), "查阅专家库", "Read the expert pool", _AGENCY),
    Right("ledger.read", "organisation", ("finance_officer", SUPERVISOR), "查阅资金总账", "Read the books", _AUTHORITY),
    Right("expert.activate", "organisation", ("agency_officer",), "核验专家", "Verify experts of the pool", _AGENCY),
    Right("award.decide", "organisation", ("agency_officer",), "提出、决定并公示立项名单",
          "Propose, decide and announce awards", _AGENCY, _SECOND_PERSON),
    Right("contract.sign", "organisation", ("agency_officer",), "拟定并签署任务书", "Draw up and sign contracts",
          _AGENCY),
    Right("milestone.confirm", "organisation", ("end_user",), "以最终用户身份确认里程碑",
          "Confirm milestones for the end user"),
    Right("payment.handle", "organisation", ("finance_officer",), "申请、核准和登记拨付",
          "Request, approve and settle payments", _AUTHORITY, _SECOND_PERSON),
    Right("audit.read", "organisation", (SUPERVISOR,), "查阅、检索和导出审计日志",
          "Read, search and export the audit log", _AUTHORITY),
    Right("incident.reads", "organisation", ("agency_officer", SUPERVISOR), "查询谁读过什么", "Ask who read what",
          _AGENCY),
    Right("incident.handle", "organisation", ("agency_officer",), "冻结榜题、收回访问权、批量改派",
          "Freeze a topic, take access away, reassign in bulk", _AGENCY),
)  # fmt: skip

RIGHTS: Final[dict[str, Right]] = {right.code: right for right in _TABLE}


def holds(held: Collection[str], code: str) -> bool:
    """Whether somebody who holds these roles at the right's place has it, whatever the organisation's kind."""
    return not set(RIGHTS[code].roles).isdisjoint(held)


def decides(held: Collection[str]) -> bool:
    """Whether somebody with these roles may decide anything: a supervisor never does."""
    return SUPERVISOR not in held


def exists(right: Right, kind: str | None) -> bool:
    """Whether organisations of this kind have the right at all."""
    return not right.kinds or kind in right.kinds


def reason(right: Right, held: Collection[str], kind: str | None) -> BilingualText:
    """Why somebody who holds `held` at the right's place has the right, or what he lacks, in such an organisation."""
    if not exists(right, kind):
        zh = "、".join(ROLE_NAMES[role].zh for role in right.roles)
        en = " or ".join(ROLE_NAMES[role].en for role in right.roles)
        kinds = [KIND_NAMES[one] for one in right.kinds]
        at = BilingualText(zh="或".join(one.zh for one in kinds), en=" or ".join(one.en for one in kinds))
        return BilingualText(zh=f"须在{at.zh}担任{zh}。", en=f"It takes the role of {en} at {at.en}.")
    had = [role for role in right.roles if role in held]
    named = had or list(right.roles)
    zh = "、".join(ROLE_NAMES[role].zh for role in named)
    en = " or ".join(ROLE_NAMES[role].en for role in named)
    here = ("本榜题", "for this topic") if right.place == "topic" else ("本单位", "here")
    said = (
        BilingualText(zh=f"您在{here[0]}担任{zh}。", en=f"You are {en} {here[1]}.")
        if had
        else BilingualText(zh=f"须在{here[0]}担任{zh}。", en=f"It takes the role of {en} {here[1]}.")
    )
    if right.note is None:
        return said
    return BilingualText(zh=said.zh + right.note.zh, en=f"{said.en} {right.note.en}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of an organisation with what he is there and, where one is meant, for a topic.

    `barred` is why he is kept out of the topic (`conflict`, `incident`), or None.
    """

    person_id: UUID
    person_name: str
    org_roles: list[str]
    topic_roles: list[str]
    barred: str | None = None

    def has(self, right: Right) -> bool:
        """Whether his roles give him the right; separations of duty may still limit it."""
        held = self.topic_roles if right.place == "topic" else self.org_roles
        supervises = not decides(self.org_roles) and SUPERVISOR not in right.roles
        return self.barred is None and not supervises and holds(held, right.code)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a right, and the roles that give it."""

    person_id: UUID
    person_name: str
    roles: list[str]


@dataclass(frozen=True, slots=True)
class RightView:
    """A right, whether the caller has it, why, and who else has it here.

    `here`: organisations of this kind have it at all; where they do not, `why` names those that do.
    """

    code: str
    title: BilingualText
    place: Place
    here: bool
    allowed: bool
    why: BilingualText
    holders: list[Holder]


def rights_view(me: UUID, people: Iterable[Person], allowed: Collection[str], kind: str | None) -> list[RightView]:
    """Every right, who has it in an organisation of this kind, and why. `allowed`: the database's word."""
    people = list(people)
    mine = next((one for one in people if one.person_id == me), None)
    views: list[RightView] = []
    for right in RIGHTS.values():
        here = exists(right, kind)
        held = [] if mine is None else mine.topic_roles if right.place == "topic" else mine.org_roles
        why = reason(right, held, kind)
        if here and right.code not in allowed and mine is not None and holds(held, right.code):
            why = BilingualText(SUPERVISOR_DECIDES_NOTHING.zh, SUPERVISOR_DECIDES_NOTHING.en)
        holders = [
            Holder(one.person_id, one.person_name, [r for r in right.roles if r in (*one.org_roles, *one.topic_roles)])
            for one in people
            if here and one.has(right)
        ]
        title = BilingualText(right.zh, right.en)
        views.append(RightView(right.code, title, right.place, here, right.code in allowed, why, holders))
    return views
