"""A season of one topic and three bids, its rows named as the editor names them: for what is typed into the pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jiebang.demo import expertise
from jiebang.demo.season import season
from jiebang.demo.seed import part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.demo.model import Expert, Review, Season, TopicContent

SLOT = 2
WINNER, RIVALS = "d3", ("d1", "d2")
ACTING = (
    "drafter", "legal_budget_reviewer", "approver", "screener", "opener", "opening_witness", "supervisor",
    "funding_requester", "funding_approver",
)  # fmt: skip
"""Whoever the pages need in the agency and at the funder, each once, the organisations' first persons first."""


def small_season() -> Season:
    """The topic of the deep sea, three of its teams, and the people who have to do with them."""
    whole = part(season(), (SLOT,))
    topic = whole.topics[0]
    teams = tuple(t for t in whole.teams if t.key in (WINNER, *RIVALS))
    keys = {person for t in teams for person in (t.lead, t.member)} | {e.person for e in whole.experts}
    people = tuple(p for p in whole.people if p.duty in ACTING or p.org == topic.end_user or p.key in keys)
    return replace(
        whole,
        people=people,
        teams=teams,
        topics=(coded(topic),),
        bids=tuple(
            replace(b, promised=_renamed(b.promised, indicators(topic)))
            for b in whole.bids
            if b.team in {t.key for t in teams}
        ),
        evidence=tuple(replace(e, measured=_renamed(e.measured, indicators(topic))) for e in whole.evidence),
    )


def coded(topic: TopicContent) -> TopicContent:
    """The same topic with the codes that the editor gives its rows, in order."""
    return replace(
        topic,
        indicators=tuple(replace(i, code=f"i{n}") for n, i in enumerate(topic.indicators, 1)),
        criteria=tuple(replace(c, code=f"c{n}") for n, c in enumerate(topic.criteria, 1)),
        milestones=tuple(replace(m, code=f"m{n}") for n, m in enumerate(topic.milestones, 1)),
    )


def indicators(topic: TopicContent) -> dict[str, str]:
    """The editor's code for each of the season's."""
    return {i.code: f"i{n}" for n, i in enumerate(topic.indicators, 1)}


def opinion(expert: Expert, title: str) -> Review:
    """What an expert thinks of the bid with this title, by the editor's codes."""
    whole = part(season(), (SLOT,))
    bid = next(b for b in whole.bids if title in (b.title.zh, b.title.en))
    found = expertise.review(expert, bid, whole.topics[0])
    codes = [(c.code, f"c{n}") for n, c in enumerate(whole.topics[0].criteria, 1)]
    return replace(
        found,
        scores={new: found.scores[old] for old, new in codes},
        comments={new: found.comments[old] for old, new in codes},
    )


def _renamed(values: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, str]:
    return {codes[code]: value for code, value in values.items()}
