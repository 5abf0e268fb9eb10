"""What a topic says. A draft may lack anything; a `TopicText` has everything and is what publication freezes.

Money is in whole minor units of `currency`; thresholds are decimal strings, never floats.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Rule
from jiebang.kernel.forms import Body
from jiebang.kernel.malformed import malformed
from jiebang.kernel.money import CURRENCY_UNKNOWN, minor_digits
from jiebang.kernel.text import LANGUAGES, BilingualText, Language

if TYPE_CHECKING:
    from jiebang.challenges.rules import RuleSet

DEFAULT_TAXONOMY = "pudong-2023"
LINE_MAX = 200
PROSE_MAX = 20_000
AMOUNT_MAX = 10**15

TEXT_TOO_LONG = Rule(
    "topic.text_too_long",
    zh="每种语言最多 {most} 个字符，现有 {size} 个。请精简。",
    en="At most {most} characters in each language; this has {size}. Please shorten it.",
)


def _bounded(text: BilingualText, most: int) -> BilingualText:
    size = max(len(getattr(text, lang)) for lang in LANGUAGES)
    if size > most:
        raise malformed(TEXT_TOO_LONG, most=most, size=size)
    return text


def _line(text: BilingualText) -> BilingualText:
    return _bounded(text, LINE_MAX)


def _prose(text: BilingualText) -> BilingualText:
    return _bounded(text, PROSE_MAX)


def _currency(code: str) -> str:
    try:
        minor_digits(code)
    except KeyError:
        raise malformed(CURRENCY_UNKNOWN) from None
    return code


Line = Annotated[BilingualText, AfterValidator(_line)]
Prose = Annotated[BilingualText, AfterValidator(_prose)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
DirectionCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}\.[0-9]{2}$")]
TaxonomyVersion = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")]
Decimal = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$")]
Amount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]
Currency = Annotated[str, AfterValidator(_currency)]
Comparator = Literal[">=", "<=", "=="]


class Indicator(Body):
    """考核指标: `measured comparator threshold unit`, measured by `method`."""

    code: Code
    name: Line
    unit: Annotated[str, Field(max_length=40)]
    comparator: Comparator
    threshold: Decimal
    method: Prose


class Criterion(Body):
    """What experts score. The weights of a topic add up to 100."""

    code: Code
    name: Line
    weight: Annotated[int, Field(strict=True, ge=1, le=100)]


class Milestone(Body):
    """里程碑: due `months` after the contract takes effect; what it pays and on which evidence."""

    code: Code
    title: Line
    months: Annotated[int, Field(strict=True, ge=0, le=120)]
    tranche_minor: Amount
    evidence: Prose


Tracks = Annotated[tuple[Code, ...], Field(max_length=5)]
Directions = Annotated[tuple[DirectionCode, ...], Field(max_length=20)]
Indicators = Annotated[tuple[Indicator, ...], Field(max_length=50)]
Criteria = Annotated[tuple[Criterion, ...], Field(max_length=20)]
Milestones = Annotated[tuple[Milestone, ...], Field(max_length=20)]
AwardCount = Annotated[int, Field(strict=True, ge=1, le=20)]
Source = Annotated[str, Field(max_length=500)]


class TopicText(Body):
    """A whole topic 榜题, as it is published. `readiness.missing` has found it coherent.

    `authoritative` names the language that rules; `track` is the primary one. The purse is that of one award, and the
    milestones' tranches add up to it. `source` says where a text was taken from, if it was.
    """

    authoritative: Language
    taxonomy: TaxonomyVersion = DEFAULT_TAXONOMY
    track: Code
    secondary_tracks: Tracks = ()
    directions: Directions = ()
    title: Line
    problem: Prose
    baseline: Prose
    gap: Prose
    acceptance: Prose
    ip_terms: Prose
    indicators: Indicators
    currency: Currency
    purse_minor: Amount
    award_count: AwardCount
    criteria: Criteria
    milestones: Milestones
    source: Source | None = None

    @property
    def tracks(self) -> tuple[str, ...]:
        """Every track, the primary one first."""
        return (self.track, *self.secondary_tracks)


class TopicDraft(Body):
    """A topic that is being written: the same fields, each of which may still be missing."""

    authoritative: Language | None = None
    taxonomy: TaxonomyVersion = DEFAULT_TAXONOMY
    track: Code | None = None
    secondary_tracks: Tracks = ()
    directions: Directions = ()
    title: Line | None = None
    problem: Prose | None = None
    baseline: Prose | None = None
    gap: Prose | None = None
    acceptance: Prose | None = None
    ip_terms: Prose | None = None
    indicators: Indicators = ()
    currency: Currency | None = None
    purse_minor: Amount | None = None
    award_count: AwardCount | None = None
    criteria: Criteria = ()
    milestones: Milestones = ()
    source: Source | None = None


def frozen_digest(code: str, n: int, closes_at: datetime, text: TopicText, rules: RuleSet) -> str:
    """SHA-256 of what a publication freezes, as anyone can compute it from the public topic."""
    return digest({"code": code, "n": n, "closes_at": closes_at, "text": text, "rules": rules})
