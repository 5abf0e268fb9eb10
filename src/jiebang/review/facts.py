"""What other slices learn of a review: plain facts, read inside the caller's unit of work."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class RankedApplication(msgspec.Struct, frozen=True):
    """An application's place.

    `score`, `criteria` (in the topic's order) and `spread` (the variance of the reviews' totals) are exact,
    "numerator/denominator"; `display` is the score with two decimals.
    """

    application_id: UUID
    rank: int
    score: str
    display: str
    reviews: int
    criteria: list[str]
    spread: str
    decided_by: str | None = None


class ScoreRunFacts(msgspec.Struct, frozen=True):
    """An immutable aggregation. `sha256` is over inputs and output together, as `verify` takes them."""

    id: UUID
    topic_id: UUID
    n: int
    ranking: list[RankedApplication]
    sha256: str
    computed_at: datetime
