"""What crosses HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import msgspec
from pydantic import EmailStr, Field, StringConstraints, model_validator

from jiebang.applications import rules
from jiebang.applications.facts import Part, TeamOrgFacts, TeamPersonFacts
from jiebang.kernel.forms import Body, example
from jiebang.kernel.malformed import malformed
from jiebang.kernel.text import OneLine
from jiebang.kernel.uscc import is_valid_uscc

Name = Annotated[OneLine, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Identifier = Annotated[OneLine, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Ground = Literal[
    "not_eligible", "off_topic", "banned", "over_limit", "incomplete", "identity_in_part_b", "false_statement"
]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


Digest = Annotated[str, StringConstraints(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")]
UploadId = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[A-Za-z0-9][A-Za-z0-9._~+=-]*$")]


class NewTeam(Body):
    """A team on a topic, led by the caller for his acting organisation."""

    model_config = example(name="深海坞站联合体")

    name: Name


class NewTeamInvitation(Body):
    """A partner: the unit by 统一社会信用代码 or by a foreign registry's id, and the address of a person there."""

    model_config = example(
        email="chen@example.org",
        country="DE",
        registry="Handelsregister",
        registry_id="HRB 00000",
    )

    email: EmailStr
    uscc: Identifier | None = None
    country: Annotated[str, StringConstraints(min_length=2, max_length=2, pattern="^[A-Z]{2}$")] | None = None
    registry: Identifier | None = None
    registry_id: Identifier | None = None

    @model_validator(mode="after")
    def _one_identifier(self) -> Self:
        foreign = [self.country, self.registry, self.registry_id]
        if not (all(foreign) if self.uscc is None else is_valid_uscc(self.uscc) and not any(foreign)):
            raise malformed(rules.ORG_UNKNOWN)
        return self


class Token(Body):
    """A single-use token out of a mail."""

    model_config = example(token="an-example-and-no-real-token")  # noqa: S106 - an example

    token: Annotated[str, Field(min_length=20, max_length=100)]


class Share(Body):
    """A unit's shares of the work and of the money in basis points."""

    org_id: UUID
    work_bp: BasisPoints
    share_bp: BasisPoints


class Shares(Body):
    """The shares of every unit of the team."""

    model_config = example(
        shares=[
            {"org_id": "7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6", "work_bp": 6000, "share_bp": 5500},
            {"org_id": "c4a1d6b8-52e3-4f97-a08b-1d2e3f4a5b6c", "work_bp": 4000, "share_bp": 4500},
        ],
    )

    shares: Annotated[list[Share], Field(min_length=1, max_length=50)]


class Submit(Body):
    """The files that make up the bid: at least one part A and one part B, all checked."""

    model_config = example(material_ids=["0b9e4a52-3c7d-4d8e-8f21-6a5b4c3d2e1f"])

    material_ids: Annotated[list[UUID], Field(max_length=100)]


class NewMaterial(Body):
    """A file to be uploaded: exactly these bytes. `sha256` is 64 hexadecimal digits."""

    model_config = example(
        part="part_b",
        filename="申报书.pdf",
        size_bytes=204800,
        content_type="application/pdf",
        sha256="5d41402abc4b2a76b9719d911017c592ae3f0c6d1b7e8a9f405162738495a6b7",
    )

    part: Part
    filename: Annotated[OneLine, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    size_bytes: Annotated[int, Field(gt=0, le=5 * 1024**3)]
    content_type: Literal["application/pdf"]
    sha256: Digest
    milestone_id: UUID | None = None

    @model_validator(mode="after")
    def _milestone(self) -> Self:
        if (self.part == "evidence") != (self.milestone_id is not None):
            raise malformed(rules.MILESTONE_ONLY_EVIDENCE)
        return self


class NewPart(Body):
    """A part of a file that is sent in parts: its number from 1, and its own SHA-256."""

    model_config = example(
        upload_id="5e60e316bca76e8136f913df",
        number=1,
        sha256="5d41402abc4b2a76b9719d911017c592ae3f0c6d1b7e8a9f405162738495a6b7",
    )

    upload_id: UploadId
    number: Annotated[int, Field(ge=1, le=1000)]
    sha256: Digest


class Joined(Body):
    """All parts of a file in order, each by its SHA-256."""

    model_config = example(
        upload_id="5e60e316bca76e8136f913df",
        sha256=["5d41402abc4b2a76b9719d911017c592ae3f0c6d1b7e8a9f405162738495a6b7"],
    )

    upload_id: UploadId
    sha256: Annotated[list[Digest], Field(min_length=1, max_length=1000)]


class FormalDecision(Body):
    """The decision on an opened application; a refusal names its ground, the reasons and the article they rest on."""

    model_config = example(
        decision="ineligible", reason_code="incomplete", text="缺少联合申报协议。", article="榜题须知第六条"
    )

    decision: Literal["eligible", "ineligible"]
    reason_code: Ground | None = None
    text: Text | None = None
    article: Text | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        reasons = (self.reason_code, self.text, self.article)
        if any(reasons) if self.decision == "eligible" else not all(reasons):
            raise malformed(rules.REASONS)
        return self


class InvitationView(msgspec.Struct):
    """An open invitation."""

    id: UUID
    email: str
    org_id: UUID
    created_at: datetime
    expires_at: datetime


class TeamView(msgspec.Struct):
    """A team as its members see it; only the lead sees invitations."""

    id: UUID
    version: int
    topic_id: UUID
    name: str
    lead_person_id: UUID
    lead_org_id: UUID
    orgs: list[TeamOrgFacts]
    people: list[TeamPersonFacts]
    application_id: UUID
    invitations: list[InvitationView]


class MyApplication(msgspec.Struct):
    """A team of the caller's with the state of its application."""

    team_id: UUID
    team_name: str
    lead: bool
    topic_id: UUID
    application_id: UUID
    status: str
    receipt_no: str | None
    submitted_at: datetime | None
    created_at: datetime


class ReceiptFile(msgspec.Struct, frozen=True):
    """A submitted file. `sha256` is 64 hexadecimal digits."""

    material_id: UUID
    part: Part
    filename: str
    size_bytes: int
    sha256: str


class Receipt(msgspec.Struct, frozen=True):
    """What was received, and when by the database's clock.

    `sha256` is the digest of the canonical JSON of application_id, n, receipt_no, submitted_at, team, answers, files.
    """

    application_id: UUID
    submission_id: UUID
    n: int
    receipt_no: str
    submitted_at: datetime
    files: list[ReceiptFile]
    sha256: str


class OpenedView(msgspec.Struct):
    """An opened application as its agency sees it: what was submitted last, and where it stands."""

    application_id: UUID
    version: int
    topic_id: UUID
    status: str
    submission_id: UUID
    receipt_no: str
    submitted_at: datetime
    team_id: UUID
    team_name: str
    orgs: list[TeamOrgFacts]
    people: list[TeamPersonFacts]
    answers: dict[str, Any]
    files: list[ReceiptFile]
    ineligible_reason: dict[str, Any] | None


class ApplicationView(msgspec.Struct):
    """An application as its team sees it: the working copy, and the receipt of what was submitted last."""

    id: UUID
    version: int
    team_id: UUID
    topic_id: UUID
    status: str
    answers: dict[str, Any]
    receipt: Receipt | None
    ineligible_reason: dict[str, Any] | None
    updated_at: datetime


class MaterialView(msgspec.Struct):
    """A file of the team. `refusal` is {code, zh, en} where the check refused it."""

    id: UUID
    team_id: UUID
    part: Part
    milestone_id: UUID | None
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    status: Literal["pending", "checked", "refused"]
    refusal: dict[str, str] | None
    pages: int | None
    created_at: datetime
    checked_at: datetime | None


class UploadLink(msgspec.Struct):
    """One signed request: send the file's bytes with exactly these headers, before `expires_in` seconds have passed."""

    material_id: UUID
    method: str
    url: str
    headers: dict[str, str]
    expires_in: int


class UploadParts(msgspec.Struct):
    """An upload in parts: each `part_bytes` long but the last; `arrived` are the numbers that need not be sent again.

    `upload_id` is null when the whole file is there: say that it is complete.
    """

    material_id: UUID
    upload_id: str | None
    part_bytes: int
    arrived: list[int]


class DownloadLink(msgspec.Struct):
    """A signed GET, good for `expires_in` seconds."""

    url: str
    expires_in: int


class Opening(msgspec.Struct):
    """State of a topic's opening: `first_named` waits for the second officer; `opened` says how many were opened."""

    topic_id: UUID
    state: Literal["first_named", "opened"]
    count: int | None


class FormalResult(msgspec.Struct):
    """The application after its formal check."""

    application_id: UUID
    version: int
    status: str


class FormalProgress(msgspec.Struct):
    """How many opened applications wait for their formal check, and how many passed or failed it; all 0 when sealed."""

    topic_id: UUID
    undecided: int
    eligible: int
    ineligible: int


class ApplicationCount(msgspec.Struct):
    """How many applications were submitted: all that anyone learns before the opening."""

    topic_id: UUID
    count: int
