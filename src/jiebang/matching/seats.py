"""The seats of one draw: who is needed where, who may take which, and what blocks when it cannot be done.

A *unit* is what a panel judges: the topic as a whole (one panel for all its proposals, the default) or one
proposal. A *row* is a unit's seats for one kind of expert; an expert has one kind. Of each unit's panel an institution
has one member at most, and a region `per_region` at most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.blocking import LOWER_LOAD, RAISE_CAP, RECRUIT, Relaxation, blocked
from jiebang.matching.problem import ABSENT, NAMED_TWICE, NOBODY, SCALE, SIMILARITY_INVALID, Ints, Problem, problem
from jiebang.matching.rounding import Groups

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from jiebang.matching.problem import Scores

SEATS_BLOCKED = Rule(
    "draw.seats_blocked",
    zh="{kinds_zh}类专家共需 {need} 席；回避后，每家单位至多一人，仅能满足 {supply} 席（可抽取 {experts} 人，"
    "分属 {institutions} 家单位）。未抽取任何专家。",
    en="{need} seats need experts of the kinds {kinds_en}; after recusals, with one expert per organisation at most, "
    "{supply} can be filled ({experts} experts of {institutions} organisations). Nobody was drawn.",
)
LOADS_BLOCKED = Rule(
    "draw.loads_blocked",
    zh="{units} 份申请共需 {need} 份{kinds_zh}类专家的评审意见；回避后可评审的该类专家 {experts} 人"
    "最多只能承担 {supply} 份。未抽取任何专家。",
    en="{units} proposals need {need} reviews by experts of the kinds {kinds_en}; after recusals their {experts} "
    "eligible experts can give {supply}. Nobody was drawn.",
)
REGION_BLOCKED = Rule(
    "draw.region_blocked",
    zh="在“同一地区至多 {per_region} 人”的要求下无法配齐评审组；取消该项要求即可。未抽取任何专家。",
    en="With at most {per_region} experts of one region no panel can be filled; without that rule it can. Nobody was "
    "drawn.",
)
RECRUIT_FOR_SEATS = Rule(
    "draw.relax_recruit",
    zh="再聘请 {amount} 位上述类别、来自其他单位的专家。",
    en="Recruit {amount} more experts of these kinds, from other organisations.",
)
FEWER_SEATS = Rule(
    "draw.relax_seats",
    zh="将上述每一类别的席位减少 {amount} 个。",
    en="Ask for {amount} fewer seats of each of these kinds.",
)
KIND_NAMES = {"technical": ("技术", "technical"), "industry": ("产业", "industry"), "finance": ("金融", "finance")}
KIND_ODD = Rule(
    "draw.kind_unknown",
    zh="专家 {expert} 的类别、单位或地区缺失。未抽取任何专家。",
    en="The expert {expert} has no kind, organisation or region. Nobody was drawn.",
)


@dataclass(frozen=True, slots=True)
class Person:
    """An expert, as a draw sees one: opaque ids and codes. `cap`: how many units they may judge at most."""

    id: str
    kind: str
    institution: str
    region: str = ""
    cap: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """Seats of `kind` on the panel of unit number `unit`."""

    unit: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Made by `seats`: everything checked and in the order of the ids.

    `similarity` (units × people) int32, `ABSENT` where somebody stays out. `seated`: how many of a region sit on the
    one panel already.
    """

    units: tuple[str, ...]
    people: tuple[Person, ...]
    rows: tuple[Row, ...]
    similarity: Scores
    per_region: int | None
    seated: tuple[tuple[str, int], ...] = ()

    @property
    def together(self) -> bool:
        """Whether all seats are of one panel."""
        return len(self.units) == 1

    @property
    def institution(self) -> Ints:
        """A number for each person's institution."""
        return _numbered([one.institution for one in self.people])

    @property
    def region(self) -> Ints:
        """A number for each person's region."""
        return _numbered([one.region for one in self.people])

    @property
    def region_limits(self) -> tuple[int, ...]:
        """How many of each region's number a panel may still take; empty: no such rule."""
        if self.per_region is None:
            return ()
        taken = dict(self.seated)
        left = {one.region: max(self.per_region - taken.get(one.region, 0), 0) for one in self.people}
        return tuple(left.values())

    @property
    def groups(self) -> Groups:
        """What is limited besides rows and people."""
        region = () if self.per_region is None else tuple(self.region.tolist())
        return Groups(tuple(self.institution.tolist()), region, self.together)

    def matrix(self) -> Scores:
        """Similarities (rows × people): of each row the people of its kind."""
        kinds = np.array([one.kind for one in self.people])
        return np.where(
            np.array([row.kind for row in self.rows])[:, None] == kinds[None, :],
            self.similarity[[row.unit for row in self.rows]],
            ABSENT,
        )

    def task(self, matrix: Scores | None = None) -> Problem:
        """Rows × people without the rules on institutions and regions: what bounds every draw from above."""
        matrix = self.matrix() if matrix is None else matrix
        return problem(
            [f"{place:06}" for place in range(len(self.rows))],
            [f"{place:06}" for place in range(len(self.people))],
            np.maximum(matrix, 1),
            load=[row.count for row in self.rows],
            cap=[one.cap for one in self.people],
            conflicts=np.argwhere(matrix == ABSENT),
        )


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Why no draw is possible: a rule with its facts, the rows and people concerned, and what would help."""

    rule: Rule
    facts: Mapping[str, object]
    rows: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()

    def sentence(self, language: Literal["zh", "en"]) -> str:
        """In words."""
        return (self.rule.zh if language == "zh" else self.rule.en).format(**self.facts)

    @property
    def refusal(self) -> Refused:
        """As it is raised."""
        return Refused(self.rule, **self.facts)


def seats(
    units: Sequence[str],
    people: Sequence[Person],
    needs: Mapping[tuple[str, str], int],
    similarity: NDArray[Any] | None,
    *,
    barred: Collection[tuple[str, str]] = (),
    out: Collection[str] = (),
    per_region: int | None = None,
    seated: Mapping[str, int] | None = None,
) -> Seats:
    """Check and put in order.

    `needs` is seats by (unit, kind); `similarity` (units × people) whole, 0..10⁶, None: all fit equally well, which
    changes nothing about whether a draw is possible.
    `barred` are (unit, person) who may not meet, `out` people who stay out altogether; `seated` counts by region those
    who sit already on the one panel whose open seats these are. Raises `Refused` in a
    sentence for what is malformed.
    """
    if not units or not people:
        raise Refused(NOBODY, proposals=len(units), experts=len(people))
    names = [one.id for one in people]
    if twice := sorted(one for ids in (units, names) for one, n in Counter(ids).items() if n > 1):
        raise Refused(NAMED_TWICE, ids=twice)
    if odd := [one.id for one in people if not (one.kind and one.institution and (one.region or per_region is None))]:
        raise Refused(KIND_ODD, expert=odd[0])
    if similarity is None:
        similarity = np.ones((len(units), len(people)), np.int32)
    if similarity.shape != (len(units), len(people)):
        raise Refused(SIMILARITY_INVALID, row=units[0])
    whole = similarity.dtype.kind in "iu"
    bad = (similarity < 0) | (similarity > SCALE) if whole else ~np.isfinite(similarity) | (similarity % 1 != 0)
    if bad.any() or not whole:
        raise Refused(SIMILARITY_INVALID, row=units[int(bad.any(axis=1).argmax())])
    down, across = sorted(range(len(units)), key=units.__getitem__), sorted(range(len(names)), key=names.__getitem__)
    ordered, place = tuple(units[i] for i in down), {units[i]: n for n, i in enumerate(down)}
    seat = {names[i]: n for n, i in enumerate(across)}
    rows = tuple(Row(place[unit], kind, count) for unit, kind in sorted(needs) if (count := needs[unit, kind]))
    if not rows or any(type(row.count) is not int or row.count < 1 for row in rows):
        raise Refused(NOBODY, proposals=0, experts=len(people))
    scores = np.array(similarity[np.ix_(down, across)], np.int32)
    for unit, person in barred:
        scores[place[unit], seat[person]] = ABSENT
    scores[:, [seat[one] for one in out if one in seat]] = ABSENT
    already = tuple(sorted((seated or {}).items()))
    return Seats(ordered, tuple(people[i] for i in across), rows, scores, per_region, already)


def blocks(of: Seats) -> tuple[SeatBlock, ...]:
    """What makes it impossible, the smallest first; empty where neither kinds nor institutions nor loads do.

    Exact for one panel: kinds against institutions, by the smallest minimum cut. For panels per proposal each kind
    against its people's loads.
    """
    return _blocks_together(of) if of.together else _blocks_apart(of)


def _blocks_together(of: Seats) -> tuple[SeatBlock, ...]:
    matrix, group = of.matrix(), of.institution
    usable = matrix > ABSENT
    size = int(group.max()) + 1
    reach = np.zeros((len(of.rows), size), bool)
    for row, able in enumerate(usable):
        reach[row, group[able]] = True
    found: list[SeatBlock] = []
    for block in blocked(_counted(of, reach, np.ones(size, np.int64))):
        rows = [int(name) for name in block.proposals]
        experts = np.flatnonzero(usable[rows].any(axis=0))
        found.append(
            SeatBlock(
                SEATS_BLOCKED,
                {
                    **_kinds(of.rows[row].kind for row in rows),
                    "need": block.need,
                    "supply": block.supply,
                    "experts": len(experts),
                    "institutions": len(block.experts),
                },
                tuple(rows),
                tuple(of.people[e].id for e in experts),
                tuple(
                    Relaxation(RECRUIT_FOR_SEATS if one.rule is RECRUIT else FEWER_SEATS, one.amount)
                    for one in block.relaxations
                    if one.rule in {RECRUIT, LOWER_LOAD}
                ),
            )
        )
    return tuple(found)


def _blocks_apart(of: Seats) -> tuple[SeatBlock, ...]:
    usable = of.matrix() > ABSENT
    caps = np.array([one.cap for one in of.people])
    usual = max(int(caps.max()), 1)
    found: list[SeatBlock] = []
    alone: dict[str, list[int]] = {}
    for block in blocked(_counted(of, usable, caps)):
        rows, people = [int(name) for name in block.proposals], [int(name) for name in block.experts]
        if people:
            kinds = (RECRUIT, RAISE_CAP, LOWER_LOAD)
            helps = tuple(one for one in block.relaxations if one.rule in kinds)
            found.append(_loads_block(of, rows, people, block.supply, helps))
        else:
            alone.setdefault(of.rows[rows[0]].kind, []).extend(rows)
    for rows in alone.values():  # nobody of a kind at all: one matter, however many proposals it concerns
        needs = [of.rows[row].count for row in rows]
        recruits = max(*needs, -(-sum(needs) // usual))
        found.append(_loads_block(of, rows, [], 0, (Relaxation(RECRUIT, recruits, usual),)))
    return tuple(sorted(found, key=lambda block: (len(block.rows), len(block.people), block.rows)))


def _loads_block(
    of: Seats, rows: Sequence[int], people: Sequence[int], supply: int, helps: tuple[Relaxation, ...]
) -> SeatBlock:
    facts = {
        "units": len({of.rows[row].unit for row in rows}),
        **_kinds(of.rows[row].kind for row in rows),
        "need": sum(of.rows[row].count for row in rows),
        "supply": supply,
        "experts": len(people),
    }
    return SeatBlock(LOADS_BLOCKED, facts, tuple(rows), tuple(of.people[e].id for e in people), helps)


def _counted(of: Seats, reach: np.ndarray, caps: Ints) -> Problem:
    return problem(
        [f"{place:06}" for place in range(len(of.rows))],
        [f"{place:06}" for place in range(len(caps))],
        np.ones(reach.shape, np.int32),
        load=[row.count for row in of.rows],
        cap=caps,
        conflicts=np.argwhere(~reach),
    )


def _kinds(codes: Iterable[str]) -> dict[str, str]:
    names = [KIND_NAMES.get(code, (code, code)) for code in sorted(set(codes))]
    return {"kinds_zh": "、".join(zh for zh, _ in names), "kinds_en": ", ".join(en for _, en in names)}


def _numbered(names: Sequence[str]) -> Ints:
    number: dict[str, int] = {}
    return np.array([number.setdefault(name, len(number)) for name in names], np.int64)
