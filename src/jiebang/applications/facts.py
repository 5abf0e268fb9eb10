"""What other slices learn of a team's bid: plain facts, read inside the caller's unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Part = Literal["part_a", "part_b", "evidence"]


class TeamOrgFacts(msgspec.Struct, frozen=True):
    """A unit of a team; shares of the work and of the money in basis points."""

    org_id: UUID
    role: Literal["lead", "partner"]
    name_zh: str
    name_en: str
    work_bp: int
    share_bp: int


class TeamPersonFacts(msgspec.Struct, frozen=True):
    """A person of a team, in one of its units."""

    person_id: UUID
    name: str
    org_id: UUID
    role: Literal["lead", "member"]


class TeamFacts(msgspec.Struct, frozen=True):
    """A team with its units (the lead first) and people."""

    id: UUID
    topic_id: UUID
    agency_id: UUID
    name: str
    lead_person_id: UUID
    lead_org_id: UUID
    version: int
    orgs: list[TeamOrgFacts]
    people: list[TeamPersonFacts]


class ManifestEntry(msgspec.Struct, frozen=True):
    """A submitted file. `sha256` is 64 hexadecimal digits; `object_key` never leaves the house."""

    material_id: UUID
    part: Part
    filename: str
    size_bytes: int
    sha256: str
    object_key: str


class OpenedApplication(msgspec.Struct, frozen=True):
    """An application after the opening, as it was when it was submitted last: team, answers and files are frozen.

    `answers` is `{"part_a": {…}, "part_b": {…}}`: part A names the contact and never goes to reviewers, part B is
    blind (title, approach, work_plan, risk, budget, promised per indicator).
    """

    application_id: UUID
    version: int
    status: str
    submission_id: UUID
    receipt_no: str
    submitted_at: datetime
    team_id: UUID
    team_name: str
    orgs: list[TeamOrgFacts]
    people: list[TeamPersonFacts]
    answers: dict[str, Any]
    manifest: list[ManifestEntry]
    ineligible_reason: dict[str, Any] | None


class MaterialFacts(msgspec.Struct, frozen=True):
    """A checked file."""

    id: UUID
    team_id: UUID
    part: Part
    filename: str
    size_bytes: int
    sha256: str
    object_key: str
    pages: int
    milestone_id: UUID | None
