"""The shapes of a demo season: plain frozen data, no behaviour of the product.

The fictional season and the real challenge texts share these types, so the player never asks which
one it plays. Money is integer minor units, shares are basis points, figures of
indicators are decimal strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Comparator = Literal[">=", "<=", "=="]
OrgKind = Literal["agency", "funder", "end_user", "team", "expert"]
ExpertKind = Literal["technical", "industry", "finance"]
Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; paragraphs are separated by a blank line."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal entity with either a `uscc` (GB 32100) or a `registry_id`; `country` is ISO 3166-1 alpha-2.

    `brand` is the distinctive part of the Chinese name: what would give a team away in a blind text.
    """

    key: str
    kind: OrgKind
    name: Text
    brand: str
    uscc: str | None = None
    registry: str | None = None
    registry_id: str | None = None
    country: str = "CN"

    @property
    def domain(self) -> str:
        """The organisation's mail domain, under the reserved top-level domain `.example`."""
        return f"{self.key}.example"


@dataclass(frozen=True, slots=True)
class Person:
    """A fictional person. `duty` is what the person does in the season, in the season's own words."""

    key: str
    name: Text
    org: str
    duty: str

    @property
    def email(self) -> str:
        """A unique address on the reserved domain of the person's organisation."""
        return f"{self.key}@{self.org}.example"


@dataclass(frozen=True, slots=True)
class Expert:
    """A reviewer. `slots` are the season's topic positions (0, 1, 2) the expert is competent for."""

    person: str
    kind: ExpertKind
    slots: tuple[int, ...]
    speciality: Text


@dataclass(frozen=True, slots=True)
class Team:
    """A lead and a partner organisation. `slot` is the topic's position.

    Shares are (lead, partner) in basis points.
    """

    key: str
    slot: int
    name: Text
    lead_org: str
    partner_org: str
    lead: str
    member: str
    work_bp: tuple[int, int]
    money_bp: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A requirement, `measured comparator threshold unit`; the threshold is a decimal string."""

    code: str
    name: Text
    unit: str
    comparator: Comparator
    threshold: str
    method: Text


@dataclass(frozen=True, slots=True)
class Criterion:
    """What experts score from 0 to 100; the weights of a topic sum to 100."""

    code: str
    name: Text
    weight: int


@dataclass(frozen=True, slots=True)
class Milestone:
    """A node of the contract, due `months` after it takes effect, and what it pays."""

    code: str
    title: Text
    months: int
    tranche_minor: int
    evidence: Text


@dataclass(frozen=True, slots=True)
class TopicContent:
    """Everything a drafter types into one topic. `authoritative` is the text that rules."""

    key: str
    track: str
    authoritative: Lang
    title: Text
    problem: Text
    baseline: Text
    gap: Text
    indicators: tuple[Indicator, ...]
    currency: str
    purse_minor: int
    award_count: int
    criteria: tuple[Criterion, ...]
    milestones: tuple[Milestone, ...]
    acceptance: Text
    ip_terms: Text
    end_user: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Bid:
    """One application. All texts are Part B: they name no team, organisation or person.

    `promised` maps indicator codes to decimal strings at least as good as the topic's thresholds.
    `merit` (0..100) is what the demo's experts see in the bid; it never leaves the demo.
    """

    team: str
    title: Text
    approach: tuple[str, ...]
    work_plan: tuple[str, ...]
    risk: tuple[str, ...]
    budget: tuple[str, ...]
    promised: Mapping[str, str]
    merit: int

    @property
    def part_b(self) -> tuple[str, ...]:
        """The blind document: headings and paragraphs, in order."""
        return (
            "一、技术路线", *self.approach,
            "二、进度安排", *self.work_plan,
            "三、风险与应对", *self.risk,
            "四、经费概算", *self.budget,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the winner hands in for milestone 1; `measured` maps indicator codes to decimal strings."""

    title: Text
    paragraphs: tuple[str, ...]
    measured: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Review:
    """An expert's judgement of one bid: score 0..100 and Chinese comment per criterion, and a summary."""

    scores: Mapping[str, int]
    comments: Mapping[str, str]
    summary: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the calendar and the instant (Asia/Shanghai) at which it happens."""

    code: str
    at: datetime
    name: Text


@dataclass(frozen=True, slots=True)
class Season:
    """One playable season. `bids` and `evidence` follow the topics: four bids and one evidence each."""

    organisations: tuple[Organisation, ...]
    people: tuple[Person, ...]
    experts: tuple[Expert, ...]
    teams: tuple[Team, ...]
    topics: tuple[TopicContent, ...]
    bids: tuple[Bid, ...]
    evidence: tuple[Evidence, ...]
    steps: tuple[Step, ...]
