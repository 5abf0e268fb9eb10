"""What crosses HTTP. Requests are pydantic (all errors at once), responses msgspec."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from jiebang.awards.domain import ContractStatus, Document, ListStatus, Outcome, Party
from jiebang.kernel.forms import Body, example

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class NewDecision(Body):
    """A collective decision on a list: why, as the minutes say it."""

    model_config = example(reason="集体决策会议一致通过")

    reason: Reason


class NewContract(Body):
    """A contract for a confirmed award."""

    model_config = example(application_id="0b9e4a52-3c7d-4d8e-8f21-6a5b4c3d2e1f")

    application_id: UUID


class NewSignature(Body):
    """A party's signature. `sha256` is the digest of the text that the signer has read."""

    model_config = example(
        document="contract",
        party="agency",
        sha256="5d41402abc4b2a76b9719d911017c592ae3f0c6d1b7e8a9f405162738495a6b7",
    )

    document: Document
    party: Party
    sha256: Sha256


class Name(msgspec.Struct, frozen=True):
    """A name in both languages; one may be empty."""

    zh: str
    en: str


class ListedOrg(msgspec.Struct, frozen=True):
    """A unit in a list."""

    id: UUID
    name: Name


class AwardEntry(msgspec.Struct, frozen=True):
    """A ranked application. `score` is exact ("numerator/denominator"), `display` has two decimals."""

    application_id: UUID
    team_id: UUID
    team: str
    lead_org: ListedOrg
    rank: int
    score: str
    display: str
    outcome: Outcome


class AwardListView(msgspec.Struct, frozen=True):
    """An award list 拟立项名单 with everybody ranked."""

    id: UUID
    topic_id: UUID
    agency_id: UUID
    score_run_id: UUID
    n: int
    status: ListStatus
    version: int
    entries: list[AwardEntry]
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    notice_id: UUID | None


class NoticeView(msgspec.Struct, frozen=True):
    """A public notice 公示. `ends_at` is the first instant after it; `state` is derived from the clock."""

    id: UUID
    topic_id: UUID
    code: str
    title_zh: str
    title_en: str
    body: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    state: Literal["running", "ended"]


class SignatureView(msgspec.Struct, frozen=True):
    """A signature. `order` counts from 1 within its contract."""

    document: Document
    party: Party
    org_id: UUID
    person_id: UUID
    person_name: str
    sha256: str
    statement: Name
    signed_at: datetime
    order: int


class Wanted(msgspec.Struct, frozen=True):
    """A signature that is still needed: what the signer declares, on which text."""

    document: Document
    party: Party
    sha256: str
    statement: Name


class ContractView(msgspec.Struct, frozen=True):
    """A task contract 任务书 with its pledge 军令状. `sha256` and `pledge_sha256` are over the canonical JSON."""

    id: UUID
    number: str
    topic_id: UUID
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    application_id: UUID
    team_id: UUID
    award_list_id: UUID
    status: ContractStatus
    version: int
    body: dict[str, Any]
    sha256: str
    pledge: dict[str, Any]
    pledge_sha256: str
    amount_minor: int
    currency: str
    created_at: datetime
    effective_at: datetime | None
    signatures: list[SignatureView]
    wanted: list[Wanted]


class ContractLine(msgspec.Struct, frozen=True):
    """A contract in a list; `sign_by` is when the time for signing ends."""

    id: UUID
    number: str
    topic_id: UUID
    team_id: UUID
    status: ContractStatus
    title: Name
    amount_minor: int
    currency: str
    created_at: datetime
    effective_at: datetime | None
    sign_by: datetime
