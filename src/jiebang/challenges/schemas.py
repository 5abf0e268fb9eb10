"""What crosses HTTP. Requests are pydantic (all errors at once), responses msgspec."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, Field

from jiebang.challenges.content import Comparator, TopicDraft
from jiebang.challenges.rules import RuleSet
from jiebang.kernel.forms import Body, example
from jiebang.kernel.text import BilingualText, Language

ZONE = "Asia/Shanghai"


class TopicWork(Body):
    """A draft as a whole: creating and editing send all of it. `closes_at` is an instant with its offset."""

    model_config = example(
        funder_id="7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6",
        end_user_id="c4a1d6b8-52e3-4f97-a08b-1d2e3f4a5b6c",
        rule_set_id="0b9e4a52-3c7d-4d8e-8f21-6a5b4c3d2e1f",
        closes_at="2026-04-30T17:00:00+08:00",
        text={"authoritative": "zh", "track": "deep_sea", "title": {"zh": "深海坞站", "en": "Seabed dock"}},
    )

    funder_id: UUID
    end_user_id: UUID
    rule_set_id: UUID
    closes_at: AwareDatetime | None = None
    text: Annotated[TopicDraft, Field(default_factory=TopicDraft)]


class Reason(Body):
    """Why something is done to a topic."""

    model_config = example(reason="考核指标缺少试验方法")

    reason: Annotated[str, Field(min_length=5, max_length=2000)]


class TopicRef(msgspec.Struct):
    """Where a topic stands after a command. `version` is its ETag."""

    id: UUID
    code: str
    status: str
    version: int


class FindingView(msgspec.Struct):
    """Something to mend at `pointer` of the draft; what is not `blocking` is advice."""

    pointer: str
    code: str
    zh: str
    en: str
    blocking: bool


class Readiness(msgspec.Struct):
    """Whether a topic could be published now, and all that it lacks."""

    ready: bool
    findings: list[FindingView]


class IndicatorView(msgspec.Struct):
    """An assessment indicator 考核指标; the threshold is a decimal string."""

    code: str
    name: BilingualText
    unit: str
    comparator: Comparator
    threshold: str
    method: BilingualText


class CriterionView(msgspec.Struct):
    """What experts score, and its weight of 100."""

    code: str
    name: BilingualText
    weight: int


class MilestoneView(msgspec.Struct):
    """A milestone 里程碑, months after the contract, and what it pays."""

    code: str
    title: BilingualText
    months: int
    tranche_minor: int
    evidence: BilingualText


class TextView(msgspec.Struct):
    """A published text (`content.TopicText`)."""

    authoritative: Language
    taxonomy: str
    track: str
    secondary_tracks: list[str]
    directions: list[str]
    title: BilingualText
    problem: BilingualText
    baseline: BilingualText
    gap: BilingualText
    acceptance: BilingualText
    ip_terms: BilingualText
    indicators: list[IndicatorView]
    currency: str
    purse_minor: int
    award_count: int
    criteria: list[CriterionView]
    milestones: list[MilestoneView]
    source: str | None


class DraftView(msgspec.Struct):
    """A draft's text (`content.TopicDraft`): null is not filled in yet."""

    authoritative: Language | None
    taxonomy: str
    track: str | None
    secondary_tracks: list[str]
    directions: list[str]
    title: BilingualText | None
    problem: BilingualText | None
    baseline: BilingualText | None
    gap: BilingualText | None
    acceptance: BilingualText | None
    ip_terms: BilingualText | None
    indicators: list[IndicatorView]
    currency: str | None
    purse_minor: int | None
    award_count: int | None
    criteria: list[CriterionView]
    milestones: list[MilestoneView]
    source: str | None


class PartyView(msgspec.Struct):
    """An organisation that an agency may name as funder or end user."""

    id: UUID
    kind: str
    name: BilingualText


class TopicRoleView(msgspec.Struct):
    """Who does what for a topic."""

    person_id: UUID
    person_name: str
    role: str
    granted_at: datetime


class OpenerView(msgspec.Struct):
    """The officer who has begun an opening that waits for a second one."""

    person_id: UUID
    person_name: str


class DeskRow(msgspec.Struct):
    """A topic in the agency's list. `state` adds open and closed to `status`; `opener_id` began an opening."""

    id: UUID
    code: str
    status: str
    state: str
    version: int
    title_zh: str | None
    title_en: str | None
    closes_at: datetime | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    my_roles: list[str]
    opener_id: UUID | None


class DeskTopic(msgspec.Struct):
    """A topic as its agency works on it; its funder reads it too, without the roles and the opener's name."""

    id: UUID
    code: str
    status: str
    state: str
    version: int
    agency: PartyView
    funder: PartyView
    end_user: PartyView
    rule_set_id: UUID
    text: DraftView
    closes_at: datetime | None
    zone: str
    published_at: datetime | None
    return_reason: str | None
    opener: OpenerView | None
    opened_at: datetime | None
    roles: list[TopicRoleView]
    my_roles: list[str]
    commands: list[str]
    updated_at: datetime


class TopicCard(msgspec.Struct):
    """A published topic in the public list."""

    id: UUID
    code: str
    state: str
    title: BilingualText
    agency_id: UUID
    agency: BilingualText
    field_code: str
    track_code: str
    purse_minor: int
    currency: str
    published_at: datetime
    closes_at: datetime


class TopicFacets(msgspec.Struct):
    """How many published topics there are by code; each facet counts without its own choice.

    `fields` and `tracks` are one facet. `open_purse_minor` is by currency, minor units, of what is open;
    `closing_soon` closes within 15 days.
    """

    total: int
    fields: dict[str, int]
    tracks: dict[str, int]
    states: dict[str, int]
    open_purse_minor: dict[str, int]
    closing_soon: int


class PublicTopicView(msgspec.Struct):
    """A published topic. Instants are UTC; `zone` is the one that rules.

    `sha256` covers code, n, closes_at, text and rules in canonical JSON. `applications` is null until the topic closes.
    """

    id: UUID
    code: str
    n: int
    state: str
    agency_id: UUID
    agency: BilingualText
    field_code: str
    text: TextView
    rules: RuleSet
    sha256: str
    published_at: datetime
    closes_at: datetime
    zone: str
    applications: int | None


class RuleSetView(msgspec.Struct):
    """A rule set that a topic may choose."""

    id: UUID
    rules: RuleSet
    sha256: str


class TaxonomySummary(msgspec.Struct):
    """A version of a taxonomy and its size."""

    version: str
    fields: int
    tracks: int
    directions: int


class DirectionView(msgspec.Struct):
    """A technical direction 技术方向."""

    code: str
    name: BilingualText


class TrackView(msgspec.Struct):
    """A track 赛道 and the extra checks that its topics need."""

    code: str
    name: BilingualText
    source: str
    gate_flags: list[str]
    directions: list[DirectionView]


class FieldView(msgspec.Struct):
    """A field of tracks."""

    code: str
    name: BilingualText
    source: str
    tracks: list[TrackView]


class TaxonomyView(msgspec.Struct):
    """One version of a taxonomy, as printed in its source."""

    version: str
    fields: list[FieldView]


class CalendarYear(msgspec.Struct):
    """A year's official days off and make-up workdays in mainland China."""

    year: int
    source: str
    loaded_at: datetime
    holiday_ranges: list[Any]
    makeup_workdays: list[str]
