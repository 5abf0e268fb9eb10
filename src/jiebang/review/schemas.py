"""What crosses HTTP. Requests are strict pydantic models, responses msgspec structs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints, model_validator

from jiebang.kernel.forms import Body, example
from jiebang.kernel.malformed import malformed
from jiebang.kernel.text import BilingualText
from jiebang.review import domain, rules
from jiebang.review.domain import (
    AssignmentStatus,
    CopyStatus,
    DeclineReason,
    DrawStatus,
    ExpertKind,
    ExpertStatus,
    Party,
    ReviewStatus,
)
from jiebang.review.facts import RankedApplication

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Direction = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,59}$")]
Publication = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=domain.COMMENT_MAX)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=500)]


class NewExpert(Body):
    """Offering oneself to an agency's pool, as one of `org_id`'s people, for some tracks."""

    model_config = example(
        agency_id="c4a1d6b8-52e3-4f97-a08b-1d2e3f4a5b6c",
        org_id="7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6",
        kind="technical",
        tracks=["deep_sea"],
        directions=["deep_sea.01"],
        publications=["深海长期驻留装备的水声定位与对接控制：提出了一种抗多径的定位方法，并在南海完成试验。"],
    )

    agency_id: UUID
    org_id: UUID
    kind: ExpertKind
    tracks: Annotated[list[Code], Field(min_length=1, max_length=20)]
    directions: Annotated[list[Direction], Field(max_length=50)] = Field(default_factory=list)
    """Of the taxonomy; what the fit to a topic is measured by, with the publications."""
    publications: Annotated[list[Publication], Field(max_length=20)] = Field(default_factory=list)
    """Titles with abstracts, Chinese or English: the three that fit best count."""


class NewDraw(Body):
    """A draw that is announced. `reason` only from the second on."""

    model_config = example(reason="首次抽取后有专家回避")

    reason: Reason | None = None


class NewCommitment(Body):
    """A party's commitment to a draw: the SHA-256, in hexadecimal, of 32 random bytes that it keeps to itself."""

    model_config = example(commitment="0d6e4079e36703ebd37c00722f5891d28b0e2811dc114b129215123adcce3605")

    commitment: Hex32


class Share(Body):
    """The 32 random bytes, in hexadecimal, behind a commitment."""

    model_config = example(share="000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")

    share: Hex32


class Answer(Body):
    """An expert's answer to an offer.

    Accepting says that there is no conflict, in the words of the statement with this SHA-256; declining says why.
    """

    model_config = example(
        decision="accept",
        no_conflict=True,
        statement_sha256="5d41402abc4b2a76b9719d911017c592ae3f0c6d1b7e8a9f405162738495a6b7",
    )

    decision: Literal["accept", "decline"]
    no_conflict: bool = False
    statement_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = None
    reason: DeclineReason | None = None

    @model_validator(mode="after")
    def _whole(self) -> Answer:
        if self.decision == "accept" and not (self.no_conflict and self.statement_sha256):
            raise malformed(rules.DECLARATION_NEEDED)
        if self.decision == "decline" and self.reason is None:
            raise malformed(rules.REASON_MISSING)
        return self


class ReviewDraft(Body):
    """Scores (whole numbers) and comments by criterion; a draft may lack any."""

    model_config = example(scores={"merit": 86}, comments={"merit": "误差预算完整，样机路线可行。"})

    scores: Annotated[dict[Code, int], Field(max_length=20)]
    comments: Annotated[dict[Code, Comment], Field(max_length=20)]


class ExpertView(msgspec.Struct):
    """A member of an expert pool, as he himself and the agency see him."""

    id: UUID
    person_name: str
    agency_id: UUID
    org_id: UUID
    org_name: str
    org_name_en: str
    kind: ExpertKind
    tracks: list[str]
    directions: list[str]
    publications: int
    status: ExpertStatus
    version: int


class MyExpertView(ExpertView):
    """A pool to which the caller has offered himself, with all that is kept about him there.

    `texts` is what his fit to a topic is measured by; `region` is set from his organisation when he is verified.
    """

    agency: BilingualText
    texts: list[str]
    region: str
    offered_at: datetime


class StratumFeasibility(msgspec.Struct):
    """One kind of expert: seats to fill, experts of the right track, those who remain after recusal."""

    kind: str
    seats: int
    pool: int
    eligible: int
    reserves_needed: int


class BlockView(msgspec.Struct):
    """Why no draw is possible, and each change that alone would make it possible."""

    code: str
    sentence: BilingualText
    relaxations: list[BilingualText]


class Feasibility(msgspec.Struct):
    """Whether a panel can be drawn now, in words, and how often each reason for recusal occurs."""

    feasible: bool
    verdict: BilingualText
    strata: list[StratumFeasibility]
    recusals: dict[str, int]
    blocks: list[BlockView]


class PartyView(msgspec.Struct):
    """A party to a draw: when it committed, and when it revealed what it had committed to."""

    party: Party
    commitment: str
    committed_at: datetime
    revealed_at: datetime | None


class DrawView(msgspec.Struct):
    """A numbered draw.

    `commitment` is the platform's. Parties commit while it is `seed_committed`, reveal while it is `frozen`; at
    `commit_by` and `reveal_by` it may go on without those that are missing. `blocked` says what kept it from freezing.
    """

    id: UUID
    topic_id: UUID
    n: int
    status: DrawStatus
    commitment: str
    commit_by: datetime
    frozen_sha256: str | None
    frozen_at: datetime | None
    reveal_by: datetime | None
    parties: list[PartyView]
    blocked: list[BlockView] | None
    reason: str | None
    created_at: datetime
    drawn_at: datetime | None


class Commitment(msgspec.Struct):
    """What everybody may know of a draw. `commitment` is the platform's, the first of its parties."""

    id: UUID
    n: int
    status: DrawStatus
    commitment: str
    committed_at: datetime
    commit_by: datetime
    frozen_sha256: str | None
    frozen_at: datetime | None
    reveal_by: datetime | None
    drawn_at: datetime | None
    reason: str | None
    parties: list[PartyView]


class CertificateView(msgspec.Struct):
    """Sums of similarities in millionths × thousandths: expected, best under all rules, and the proved bound."""

    objective: int
    best: int
    bound: int


class ChanceView(msgspec.Struct):
    """An expert in a draw's roster: `chances` in thousandths, `similarities` in millionths, by row; null: out.

    `cap`: how many panels they may sit on at most. The place in the roster is that of the public record.
    """

    expert_id: UUID
    person_name: str
    org_name: str
    org_name_en: str
    kind: str
    cap: int
    chances: list[int]
    similarities: list[int | None]
    recusals: list[str]


class RowView(msgspec.Struct):
    """Seats for one kind of expert: of the topic's one panel, or of an application's."""

    application_id: UUID | None
    kind: str
    seats: int


class DrawnView(msgspec.Struct):
    """A drawn seat with its reasons; `reserves` says who would step in, in drawn order."""

    row: int
    expert_id: UUID
    reason: BilingualText


class DrawReport(msgspec.Struct):
    """A frozen or finished draw as its agency sees it. `over` chances had to exceed the cap (thousandths)."""

    draw: DrawView
    mode: str
    chance_cap: int
    over: int
    rows: list[RowView]
    roster: list[ChanceView]
    certificate: CertificateView
    seats: list[DrawnView]
    reserves: list[list[UUID]]
    silent: list[Party]


class SeatView(msgspec.Struct):
    """A place on the panel, as its agency sees it until the result is public. Copies and reviews are counts.

    `n` counts the topic's places in the order in which they were offered.
    """

    assignment_id: UUID
    n: int
    expert_id: UUID
    person_id: UUID
    person_name: str
    org_name: str
    org_name_en: str
    kind: ExpertKind
    draw_n: int
    rank: int
    status: AssignmentStatus
    decline_reason: str | None
    offered_on: date
    answer_by: date
    due_on: date
    proposals: int
    copies_released: int
    reviews_submitted: int


class CopyView(msgspec.Struct):
    """A proposal's blind copy for one seat, and whether its review is in.

    `held_code` names the rule by which no copy could be made. Drafts of reviews are nobody's but their authors':
    `review_status` is null until a review is submitted. The receipt stands for the application and names nobody.
    """

    assignment_id: UUID
    application_id: UUID
    receipt_no: str
    status: CopyStatus
    held_code: str | None
    created_at: datetime
    review_status: ReviewStatus | None


class ReviewProgress(msgspec.Struct):
    """How far a topic's review has come: seats by what they owe, blind copies of seats that are held, score runs.

    `overdue` seats have not answered, or not handed in all reviews, by their last day.
    """

    topic_id: UUID
    offered: int
    accepted: int
    submitted: int
    declined: int
    overdue: int
    copies_pending: int
    copies_held: int
    copies_released: int
    score_runs: int


class Statement(msgspec.Struct):
    """The declaration that acceptance makes; `sha256` names this very text."""

    zh: str
    en: str
    sha256: str


class AssignmentView(msgspec.Struct):
    """An assignment on the review desk: before the answer nothing of the proposals but how many there are."""

    id: UUID
    topic_id: UUID
    title: BilingualText
    problem: BilingualText
    agency: BilingualText
    kind: ExpertKind
    status: AssignmentStatus
    proposals: int
    offered_on: date
    answer_by: date
    due_on: date
    statement: Statement
    version: int


class ProposalItem(msgspec.Struct):
    """A proposal in the desk's list. `alias` is the reviewer's own, `panel_code` the panel's, once he is locked."""

    id: UUID
    alias: str
    panel_code: str | None
    file_pages: int
    review_status: ReviewStatus | None


class CriterionView(msgspec.Struct):
    """What is scored, from 0 to `score_max`; weights add up to 100."""

    code: str
    name: BilingualText
    weight: int
    score_max: int


class ProposalView(msgspec.Struct):
    """A proposal with one's own review of it. `version` is that review's, 0 before it is begun."""

    id: UUID
    assignment_id: UUID
    topic_id: UUID
    alias: str
    panel_code: str | None
    answers: dict[str, Any]
    file_pages: int
    criteria: list[CriterionView]
    comment_min: int
    review_status: ReviewStatus | None
    scores: dict[str, int]
    comments: dict[str, str]
    version: int


class FileLink(msgspec.Struct):
    """A short-lived link to a blind file."""

    url: str
    expires_in: int


class ReviewView(msgspec.Struct):
    """One's own review as stored. `assignment_status` turns to submitted with the last one."""

    id: UUID
    proposal_id: UUID
    status: ReviewStatus
    scores: dict[str, int]
    comments: dict[str, str]
    assignment_status: AssignmentStatus
    version: int


class ScoreRunView(msgspec.Struct):
    """An immutable aggregation with its ranking. `panel_codes`: by application, what its reviewers call it."""

    id: UUID
    topic_id: UUID
    n: int
    ranking: list[RankedApplication]
    sha256: str
    computed_at: datetime
    panel_codes: dict[str, str] = {}
