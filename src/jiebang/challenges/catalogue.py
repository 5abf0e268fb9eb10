"""What everybody may read: published topics, taxonomies, rule sets, calendars. One statement each, no session."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from jiebang.challenges import repository
from jiebang.challenges.lifecycle import public_state
from jiebang.challenges.rules import RuleSet
from jiebang.challenges.schemas import (
    ZONE,
    CalendarYear,
    DirectionView,
    FieldView,
    PublicTopicView,
    RuleSetView,
    TaxonomySummary,
    TaxonomyView,
    TextView,
    TopicFacets,
    TrackView,
)
from jiebang.challenges.search import search_terms
from jiebang.kernel.errors import NotFound
from jiebang.kernel.text import BilingualText
from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from jiebang.challenges.lifecycle import PublicState


async def topics(
    *,
    field: str | None = None,
    track: str | None = None,
    state: PublicState | None = None,
    q: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Any]:
    """Published topics, the newest first, by any of their fields and tracks, by state and by words.

    Records (id, published_at, card), of which `card` is the JSON of a `TopicCard` in UTF-8.
    `after` is the (published_at, id) of the last topic that the reader has. A `q` without a word finds nothing.
    """
    terms = None if q is None else search_terms(q)
    if q is not None and not terms:
        return []
    sql, arguments = repository.public_list(limit, after, field=field, track=track, state=state, terms=terms)
    return await ENGINE.read(Role.PUBLIC, sql, *arguments)


async def facets(
    *, field: str | None = None, track: str | None = None, state: PublicState | None = None, q: str | None = None
) -> TopicFacets:
    """How many topics each choice would leave. A `q` without a word finds nothing."""
    terms = None if q is None else search_terms(q)
    if q is not None and not terms:
        return TopicFacets(0, {}, {}, {}, {}, 0)
    counts: dict[str, dict[str, int]] = {}
    for row in await ENGINE.read(Role.PUBLIC, repository.Q.public_facets, field, track, state, terms):
        counts.setdefault(row["kind"], {})[row["code"]] = row["n"]
    return TopicFacets(
        total=counts["total"][""],
        fields=counts.get("field", {}),
        tracks=counts.get("track", {}),
        states=counts.get("state", {}),
        open_purse_minor=counts.get("open_purse_minor", {}),
        closing_soon=counts["closing_soon"][""],
    )


async def topic(topic_id: UUID) -> PublicTopicView:
    """A published topic as a whole.

    Raises:
        NotFound: there is none, or it is not published.
    """
    rows = await ENGINE.read(Role.PUBLIC, repository.Q.public_detail, topic_id)
    if not rows:
        raise NotFound
    r = rows[0]
    return PublicTopicView(
        id=r["id"],
        code=r["code"],
        n=r["n"],
        state=public_state(r["status"], r["closes_at"], r["at"]),
        agency_id=r["agency_id"],
        agency=BilingualText(r["agency_zh"], r["agency_en"]),
        field_code=r["field_code"],
        text=msgspec.convert(r["body"], TextView),
        rules=RuleSet.model_validate(r["rules"]),
        sha256=r["sha256"],
        published_at=r["published_at"],
        closes_at=r["closes_at"],
        zone=ZONE,
        applications=r["applications"],
    )


async def rule_sets() -> list[RuleSetView]:
    """Every rule set, each code's newest version first."""
    rows = await ENGINE.read(Role.PUBLIC, repository.Q.rule_sets)
    return [RuleSetView(r["id"], RuleSet.model_validate(r["body"]), r["sha256"]) for r in rows]


async def taxonomies() -> list[TaxonomySummary]:
    """The loaded versions of taxonomies."""
    rows = await ENGINE.read(Role.PUBLIC, repository.Q.taxonomy_versions)
    return [TaxonomySummary(**dict(r)) for r in rows]


async def taxonomy(version: str) -> TaxonomyView:
    """One taxonomy in the order of its source.

    Raises:
        NotFound: there is no such version.
    """
    rows = await ENGINE.read(Role.PUBLIC, repository.Q.taxonomy, version)
    if not rows:
        raise NotFound
    fields: dict[str, FieldView] = {}
    tracks: dict[str, TrackView] = {}
    for r in rows:
        name = BilingualText(r["zh"], r["en"])
        if r["kind"] == "field":
            fields[r["code"]] = FieldView(r["code"], name, r["source"], [])
        elif r["kind"] == "track":
            tracks[r["code"]] = TrackView(r["code"], name, r["source"], list(r["flags"]), [])
            fields[r["parent_code"]].tracks.append(tracks[r["code"]])
        else:
            tracks[r["parent_code"]].directions.append(DirectionView(r["code"], name))
    return TaxonomyView(version, list(fields.values()))


async def calendars() -> list[CalendarYear]:
    """The official working calendars of mainland China, year by year."""
    rows = await ENGINE.read(Role.PUBLIC, repository.Q.calendar_years)
    return [CalendarYear(**dict(r)) for r in rows]
