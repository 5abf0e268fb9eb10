"""Rules of expert pools, draws, assignments, reviews and scores (DOMAIN §2.6 to §2.8, H3 to H6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Refused, Rule
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import Period
from jiebang.matching.draw import Candidate, draw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jiebang.kernel.ids import Entropy
    from jiebang.matching.scores import ScoreRun

ExpertKind = Literal["technical", "industry", "finance"]
ExpertStatus = Literal["applied", "active"]
DrawStatus = Literal["seed_committed", "drawn"]
AssignmentStatus = Literal["offered", "accepted", "declined", "submitted", "locked"]
AssignmentCommand = Literal["accept", "decline", "submit", "lock"]
ReviewStatus = Literal["draft", "submitted", "locked"]
DeclineReason = Literal["conflict", "not_my_field", "too_many", "time"]
ConflictReason = Literal[
    "unit_of_applicant", "member_of_team", "party_of_topic", "on_panel", "declined_before", "unit_on_panel"
]

ASSIGNMENT: Final[Lifecycle[AssignmentStatus, AssignmentCommand]] = Lifecycle(
    name="assignment",
    initial="offered",
    transitions={
        ("offered", "accept"): "accepted",
        ("offered", "decline"): "declined",
        ("accepted", "submit"): "submitted",
        ("submitted", "lock"): "locked",
    },
    title=BilingualText("评审任务", "The review assignment"),
    labels={
        "offered": BilingualText("待答复", "offered"),
        "accepted": BilingualText("已接受", "accepted"),
        "declined": BilingualText("已谢绝", "declined"),
        "submitted": BilingualText("已提交", "submitted"),
        "locked": BilingualText("已锁定", "locked"),
        "accept": BilingualText("接受", "accept"),
        "decline": BilingualText("谢绝", "decline"),
        "submit": BilingualText("提交", "submit"),
        "lock": BilingualText("锁定", "lock"),
    },
)
HOLDS_A_SEAT: Final = frozenset({"offered", "accepted", "submitted", "locked"})

ANSWER_PERIOD: Final = Period(2, "working_days")
"""From the offer to the expert's answer."""
REVIEW_PERIOD: Final = Period(10, "working_days")
"""From the offer to the submitted reviews."""
COMMENT_MIN: Final = 10
COMMENT_MAX: Final = 4000
LINK_SECONDS: Final = 120
"""How long a link to a blind file lives."""

BLIND_FIELDS: Final = ("title", "approach", "work_plan", "risk", "budget", "promised")
"""What of an application's part B reaches a reviewer; a field that is not named here never does."""
_ALIAS_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters that nobody confuses, so that five random bits pick one evenly."""

DECLARATION: Final = BilingualText(
    zh="本人声明：与本榜题的发榜单位、出资单位、最终用户不存在聘用、任职或其他利害关系；"
    "未参与本榜题的编制，未参与任何揭榜申请；近三年与可能申请的单位如有聘用、任职、控股或合作关系，均已如实告知。"
    "本人将独立评审，不委托他人，不打探申请人身份，并对评审内容保密。",
    en="I declare that I am neither employed by nor otherwise tied to the agency, the funder or the end user of this "
    "topic; that I took part neither in preparing it nor in any application for it; and that I have disclosed every "
    "employment, office, holding or co-operation of the last three years with units that may apply. I will judge in "
    "person and alone, will not try to learn who the applicants are, and will keep what I read confidential.",
)
DECLARATION_SHA256: Final = digest(DECLARATION)

ALREADY_OFFERED = Rule(
    "expert.already_offered",
    "您已经向该主管部门的专家库提出过申请，无需重复提交。",
    "You have offered yourself to this agency's expert pool already; once is enough.",
)
NOT_OFFERABLE = Rule(
    "expert.not_offerable",
    "未能提交：请选择一家主管部门的专家库，并填写您本人任职的单位。",
    "Nothing was submitted: choose the pool of an agency, and name an organisation in which you hold a role yourself.",
)
NOT_AGENCY_OFFICER = Rule(
    "expert.not_agency_officer",
    "只有本主管部门的主管人员可以管理专家库。",
    "Only an agency officer of this agency manages its expert pool.",
)
NOT_ACTIVATED = Rule(
    "expert.not_activated",
    "该专家不处于待核实状态，或者就是您本人；核实须由他人进行。未作任何更改。",
    "This expert does not wait for verification, or is you yourself: somebody else must verify. Nothing changed.",
)
POOL_EDITOR = Rule(
    "draw.pool_editor",
    "您曾核实候选专家，不能再主持抽取。请由另一位抽取负责人执行。",
    "You verified experts of this roster, so you may not draw from it. Another draw officer must.",
)
DRAW_PENDING = Rule(
    "draw.pending",
    "本榜题已有一次已承诺、尚未完成的抽取（第 {n} 次）。请先完成该次抽取。",
    "This topic has a draw that is committed to but not finished (number {n}). Finish it first.",
)
NO_REDRAW = Rule(
    "draw.no_redraw",
    "评审席位已满或仍有备选专家可以递补，不能重新抽取。",
    "Every seat of the panel is taken or a reserve can still step in: there is nothing to draw again.",
)
REASON_NEEDED = Rule(
    "draw.reason_needed",
    "补充抽取须说明理由。",
    "A further draw needs a reason.",
)
INPUTS_FROZEN = Rule(
    "draw.inputs_frozen",
    "本次抽取的候选名单已经冻结，抽取不能重来。",
    "The roster of this draw is frozen already; a draw is never repeated.",
)
NOT_SCREENED = Rule(
    "draw.not_screened",
    "抽取须在开启和形式审查全部完成之后进行；尚有 {open} 份申请未作出形式审查结论。",
    "Experts are drawn after the opening and the whole formal check; {open} applications still wait for theirs.",
)
TOO_FEW_APPLICATIONS = Rule(
    "draw.too_few_applications",
    "形式审查合格的申请共 {eligible} 份，拟立项 {awards} 项，竞争不足，不启动评审。",
    "{eligible} applications are eligible for {awards} awards: too little competition, so no review starts.",
)
RESERVES_SHORT = Rule(
    "draw.reserves_short",
    "专家类别“{stratum}”回避后可抽取 {eligible} 人，不足席位 {needed} 人加备选 {reserves} 人。请扩充专家库。",
    "In the stratum “{stratum}” {eligible} experts remain after recusal, fewer than {needed} seats and {reserves} "
    "reserves. Enlarge the pool.",
)
WRONG_STATEMENT = Rule(
    "assignment.wrong_statement",
    "您确认的声明文本与当前文本不一致。请重新阅读后再答复。",
    "The statement you confirmed is not the current one. Read it again, then answer.",
)
DECLARATION_NEEDED = Rule(
    "assignment.declaration_needed",
    "接受评审任务须先声明不存在利益冲突；如有冲突，请谢绝。",
    "Accepting needs your declaration that there is no conflict of interest; if there is one, decline.",
)
REASON_MISSING = Rule(
    "assignment.reason_missing",
    "谢绝评审任务须说明原因。",
    "Declining needs a reason.",
)
NOT_OVERDUE = Rule(
    "assignment.not_overdue",
    "该专家的答复期限尚未届满（{answer_by}），不能递补。",
    "The expert may still answer (until {answer_by}); no reserve steps in yet.",
)
REVIEW_FINAL = Rule(
    "review.final",
    "评审意见已经提交，不能再修改。",
    "The review has been submitted and can no longer be changed.",
)
REVIEW_INCOMPLETE = Rule(
    "review.incomplete",
    "评审意见尚不完整：请为每项指标打分，并各写至少 {minimum} 个字的意见。缺少：{criteria}。",
    "The review is not complete: score every criterion and comment on each with at least {minimum} characters. "
    "Missing: {criteria}.",
)
UNKNOWN_CRITERIA = Rule(
    "review.unknown_criteria",
    "本榜题没有这些评审指标：{criteria}。未保存。",
    "This topic has no such criteria: {criteria}. Nothing was saved.",
)
SCORE_RANGE = Rule(
    "review.score_range",
    "指标 {criteria} 的得分应为 0 至 {maximum} 的整数。未保存。",
    "The score for {criteria} must be a whole number from 0 to {maximum}. Nothing was saved.",
)
REVIEWS_OWED = Rule(
    "score_run.reviews_owed",
    "尚有 {owed} 个评审任务未提交，不能汇总评分。",
    "{owed} assignments have not been submitted; scores cannot be aggregated yet.",
)
ALREADY_SCORED = Rule(
    "score_run.exists",
    "本榜题已经汇总评分，结果不可更改。",
    "The scores of this topic have been aggregated; the result does not change.",
)


@dataclass(frozen=True, slots=True)
class PoolExpert:
    """An active expert of the right track. `orgs` are all organisations that he is tied to, his own among them."""

    id: str
    person_id: str
    kind: str
    org_id: str
    orgs: frozenset[str]
    verified_by: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a draw is made from, besides its seed."""

    roster: tuple[Candidate, ...]
    conflicts: dict[str, tuple[ConflictReason, ...]]
    strata: dict[str, int]

    def stored(self) -> dict[str, Any]:
        """As the draw keeps it: opaque ids alone."""
        return {
            "roster": [{"id": c.id, "kind": c.kind, "org_id": c.org_id} for c in self.roster],
            "conflicts": {one: list(reasons) for one, reasons in self.conflicts.items()},
            "strata": self.strata,
        }

    def eligible(self, kind: str) -> int:
        """How many remain after recusal."""
        return sum(c.kind == kind and c.id not in self.conflicts for c in self.roster)


@dataclass(frozen=True, slots=True)
class Seat:
    """An assignment, as far as draws are concerned."""

    expert_id: str
    org_id: str
    kind: str
    status: str


def draw_inputs(
    pool: Iterable[PoolExpert],
    *,
    units: Collection[str],
    members: Collection[str],
    parties: Collection[str],
    strata: Mapping[str, int],
    seats: Collection[Seat],
) -> Inputs:
    """Roster, conflicts and open seats of the next draw.

    Conflicts are of the topic as a whole, because ranking is relative: `units` are the organisations of all its
    consortia, `members` the people of all its teams, `parties` agency, funder and end user. Who sits on the panel or
    has declined is out, and so is everybody from the panel's organisations.
    """
    taken = [seat for seat in seats if seat.status in HOLDS_A_SEAT]
    sitting, gone = {s.expert_id for s in taken}, {s.expert_id for s in seats} - {s.expert_id for s in taken}
    seated_orgs = {s.org_id for s in taken}
    held = Counter(s.kind for s in taken)
    open_seats = {kind: n - held[kind] for kind, n in strata.items() if n > held[kind]}
    roster: list[Candidate] = []
    conflicts: dict[str, tuple[ConflictReason, ...]] = {}
    for one in sorted(pool, key=lambda e: e.id):
        roster.append(Candidate(one.id, one.kind, one.org_id))
        found: dict[ConflictReason, bool] = {
            "unit_of_applicant": not one.orgs.isdisjoint(units),
            "member_of_team": one.person_id in members,
            "party_of_topic": not one.orgs.isdisjoint(parties),
            "on_panel": one.id in sitting,
            "declined_before": one.id in gone,
            "unit_on_panel": one.id not in sitting and one.org_id in seated_orgs,
        }
        if reasons := tuple(reason for reason, holds in found.items() if holds):
            conflicts[one.id] = reasons
    return Inputs(tuple(roster), conflicts, open_seats)


def shortage(inputs: Inputs, reserves: int) -> Refused | None:
    """Why no panel can be drawn from these inputs, whatever the seed; None if one can.

    Whether a panel exists depends on organisations and conflicts alone, so any seed tells.
    """
    try:
        draw(inputs.roster, inputs.conflicts, inputs.strata, bytes(32))
    except Refused as refusal:
        return refusal
    for kind, needed in sorted(inputs.strata.items()):
        if (eligible := inputs.eligible(kind)) < needed + reserves:
            return Refused(RESERVES_SHORT, stratum=kind, eligible=eligible, needed=needed, reserves=reserves)
    return None


def alias(entropy: Entropy) -> str:
    """A code for a proposal that says nothing: four random characters of 32."""
    return "申请 " + "".join(_ALIAS_LETTERS[byte % 32] for byte in entropy(4))


def blind_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a reviewer may read of a submission's answers."""
    part_b = answers.get("part_b", {})
    return {name: part_b[name] for name in BLIND_FIELDS if name in part_b}


def check_draft(scores: Mapping[str, int], comments: Mapping[str, str], criteria: Collection[str], maximum: int) -> None:
    """Whether a draft speaks of the topic's criteria alone, in whole scores from 0 to `maximum`; `Refused` if not."""
    if stray := sorted({*scores, *comments} - set(criteria)):
        raise Refused(UNKNOWN_CRITERIA, criteria=stray)
    if odd := sorted(c for c, score in scores.items() if type(score) is not int or not 0 <= score <= maximum):
        raise Refused(SCORE_RANGE, criteria=odd, maximum=maximum)


def check_complete(scores: Mapping[str, int], comments: Mapping[str, str], criteria: Iterable[str]) -> None:
    """Whether a review may be submitted: every criterion scored and commented; `Refused` if not."""
    missing = [c for c in criteria if c not in scores or len(comments.get(c, "").strip()) < COMMENT_MIN]
    if missing:
        raise Refused(REVIEW_INCOMPLETE, criteria=missing, minimum=COMMENT_MIN)


def stored_run(run: ScoreRun) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's inputs and output, which together are its export."""
    export = run.export()
    output = {name: export.pop(name) for name in ("scheme", "inputs_digest", "entries")}
    return export, output
