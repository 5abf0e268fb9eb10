"""What crosses HTTP. Requests are pydantic (all errors at once), responses msgspec. Money is integer minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import Field

from jiebang.funding.domain import DisbursementStatus, MilestoneStatus
from jiebang.funding.ledger import Account, EntryKind
from jiebang.kernel.forms import Body, example

Figure = Annotated[str, Field(pattern=r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$")]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Prose = Annotated[str, Field(min_length=1, max_length=5000)]


class NewEvidence(Body):
    """What the team measured, as decimal strings by the contract's indicator codes, and the files that show it."""

    model_config = example(
        measured={"depth": "4600", "latency": "19.5"},
        notes="按任务书方法实测",
        material_ids=["0b9e4a52-3c7d-4d8e-8f21-6a5b4c3d2e1f"],
    )

    measured: Annotated[dict[Code, Figure], Field(max_length=50)]
    notes: Prose
    material_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class NewConfirmation(Body):
    """The end user's confirmation with its opinion."""

    model_config = example(opinion="符合要求，同意通过")

    opinion: Prose


class NewSettlement(Body):
    """The payment's reference at the bank."""

    model_config = example(bank_reference="BANK-2026-0001")

    bank_reference: Annotated[str, Field(min_length=4, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9./-]*$")]


class EvidenceFile(msgspec.Struct, frozen=True):
    """A file of the evidence, by its digest."""

    material_id: UUID
    filename: str
    size_bytes: int
    sha256: str


class Evidence(msgspec.Struct, frozen=True):
    """Submitted evidence: measured values by indicator code, and the manifest of its files."""

    measured: dict[str, str]
    notes: str
    files: list[EvidenceFile]


class MilestoneView(msgspec.Struct, frozen=True):
    """A milestone 里程碑; `due_on` is a day in Shanghai."""

    id: UUID
    contract_id: UUID
    topic_id: UUID
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    team_id: UUID
    n: int
    title_zh: str
    title_en: str
    due_on: date
    amount_minor: int
    currency: str
    status: MilestoneStatus
    version: int
    evidence: Evidence | None
    submitted_by: UUID | None
    submitted_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    opinion: str | None


class DisbursementView(msgspec.Struct, frozen=True):
    """The payment of a tranche 经费拨付."""

    id: UUID
    milestone_id: UUID
    contract_id: UUID
    agency_id: UUID
    funder_id: UUID
    team_id: UUID
    amount_minor: int
    currency: str
    status: DisbursementStatus
    version: int
    requested_by: UUID
    requested_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    settled_by: UUID | None
    settled_at: datetime | None
    bank_reference: str | None


class PostingView(msgspec.Struct, frozen=True):
    """One side of an entry: a debit is positive, a credit negative."""

    account: Account
    amount_minor: int


class EntryView(msgspec.Struct, frozen=True):
    """A balanced entry. `posted_by` is null where a worker posted it."""

    id: UUID
    kind: EntryKind
    reference: str
    currency: str
    posted_by: UUID | None
    posted_at: datetime
    postings: list[PostingView]


class Balance(msgspec.Struct, frozen=True):
    """Debits less credits of one account."""

    account: Account
    currency: str
    amount_minor: int


class LedgerView(msgspec.Struct, frozen=True):
    """A contract's books. `totals` are 0 in each currency, or something is wrong."""

    contract_id: UUID
    entries: list[EntryView]
    balances: list[Balance]
    totals: dict[str, int]


class TrialBalance(msgspec.Struct, frozen=True):
    """All books of a funder; `totals` are 0 in each currency, or something is wrong."""

    funder_id: UUID
    balances: list[Balance]
    totals: dict[str, int]


class Link(msgspec.Struct, frozen=True):
    """A presigned address of a file, good for `expires_in` seconds."""

    url: str
    expires_in: int
