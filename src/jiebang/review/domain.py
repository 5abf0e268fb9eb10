"""Rules of expert pools, draws, assignments, reviews and scores (DOMAIN §2.6 to §2.8, H3 to H6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Refused
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import Period
from jiebang.review import rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jiebang.kernel.ids import Entropy

ExpertKind = Literal["technical", "industry", "finance"]
ExpertStatus = Literal["applied", "active"]
DrawStatus = Literal["seed_committed", "frozen", "drawn"]
Party = Literal["platform", "agency", "supervisor", "applicants"]
AssignmentStatus = Literal["offered", "accepted", "declined", "submitted", "locked"]
AssignmentCommand = Literal["accept", "decline", "submit", "lock"]
ReviewStatus = Literal["draft", "submitted", "locked"]
CopyStatus = Literal["pending", "held", "released"]
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
REVEAL_HOURS: Final = 48
"""From the frozen roster: a party that has revealed nothing by then is left out. As long for commitments (in SQL)."""
KIND_NAMES: Final = {
    "technical": ("技术", "technical"),
    "industry": ("产业", "industry"),
    "finance": ("金融", "finance"),
}
PARTY_NAMES: Final = {"agency": ("主管部门", "the agency"), "supervisor": ("监督方", "the supervisor"),
                      "applicants": ("申请人代表", "the applicants")}  # fmt: skip
PARTIES: Final[tuple[Party, ...]] = ("agency", "supervisor", "applicants")
"""Who commits random bytes to a draw, besides the platform."""
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


@dataclass(frozen=True, slots=True)
class PoolExpert:
    """An active expert of the right track. `orgs` are all organisations that he is tied to, his own among them."""

    id: str
    person_id: str
    kind: str
    org_id: str
    orgs: frozenset[str]
    verified_by: str
    region: str = ""
    directions: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a draw is made from, besides its seed."""

    roster: tuple[PoolExpert, ...]
    conflicts: dict[str, tuple[ConflictReason, ...]]
    strata: dict[str, int]

    seated_regions: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def sha256(self) -> str:
        """Of all of it: tells whether anything has moved."""
        roster = [[e.id, e.kind, e.org_id, sorted(e.orgs), e.region, e.directions, e.publications] for e in self.roster]
        return digest([roster, self.conflicts, self.strata, self.seated_regions])

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
    region: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A place that is held on the panel of one application."""

    application_id: str
    expert_id: str
    org_id: str
    kind: str
    region: str


def draw_inputs(
    pool: Iterable[PoolExpert],
    *,
    units: Collection[str],
    members: Collection[str],
    parties: Collection[str],
    strata: Mapping[str, int],
    seats: Collection[Seat],
    together: bool = True,
) -> Inputs:
    """Roster, conflicts and open seats of the next draw.

    Conflicts are of the topic as a whole, because ranking is relative: `units` are the organisations of all its
    consortia, `members` the people of all its teams, `parties` agency, funder and end user. Who sits on the panel or
    has declined is out, and so is everybody from the panel's organisations; where each proposal has its own panel (not
    `together`), its seats are counted elsewhere and only who declined is out.
    """
    taken = [seat for seat in seats if seat.status in HOLDS_A_SEAT]
    sitting, gone = {s.expert_id for s in taken}, {s.expert_id for s in seats} - {s.expert_id for s in taken}
    seated_orgs = {s.org_id for s in taken}
    held = Counter(s.kind for s in taken)
    open_seats = {kind: n - held[kind] for kind, n in strata.items() if n > held[kind]} if together else dict(strata)
    roster = sorted(pool, key=lambda e: e.id)
    conflicts: dict[str, tuple[ConflictReason, ...]] = {}
    for one in roster:
        found: dict[ConflictReason, bool] = {
            "unit_of_applicant": not one.orgs.isdisjoint(units),
            "member_of_team": one.person_id in members,
            "party_of_topic": not one.orgs.isdisjoint(parties),
            "on_panel": together and one.id in sitting,
            "declined_before": one.id in gone,
            "unit_on_panel": together and one.id not in sitting and one.org_id in seated_orgs,
        }
        reasons: tuple[ConflictReason, ...] = tuple(reason for reason, holds in found.items() if holds)
        if reasons:
            conflicts[one.id] = reasons
    return Inputs(tuple(roster), conflicts, open_seats, dict(Counter(s.region for s in taken)))


def alias(entropy: Entropy) -> str:
    """A code for a proposal that says nothing: four random characters of 32."""
    return "申请 " + "".join(_ALIAS_LETTERS[byte % 32] for byte in entropy(4))


def blind_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a reviewer may read of a submission's answers."""
    part_b = answers.get("part_b", {})
    return {name: part_b[name] for name in BLIND_FIELDS if name in part_b}


def check_draft(
    scores: Mapping[str, int], comments: Mapping[str, str], criteria: Collection[str], maximum: int
) -> None:
    """Whether a draft speaks of the topic's criteria alone, in whole scores from 0 to `maximum`; `Refused` if not."""
    if stray := sorted({*scores, *comments} - set(criteria)):
        raise Refused(rules.UNKNOWN_CRITERIA, criteria=stray)
    if odd := sorted(c for c, score in scores.items() if type(score) is not int or not 0 <= score <= maximum):
        raise Refused(rules.SCORE_RANGE, criteria=odd, maximum=maximum)


def check_complete(scores: Mapping[str, int], comments: Mapping[str, str], criteria: Iterable[str]) -> None:
    """Whether a review may be submitted: every criterion scored and commented; `Refused` if not."""
    missing = [c for c in criteria if c not in scores or len(comments.get(c, "").strip()) < COMMENT_MIN]
    if missing:
        raise Refused(rules.REVIEW_INCOMPLETE, criteria=missing, minimum=COMMENT_MIN)
