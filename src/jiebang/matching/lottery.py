"""The chances of a draw: as even as the quality floor allows, within all hard rules, in whole thousandths.

First the best sum of similarities under all rules is found. Then each further hundredth of a chance is made dearer
than the one before (the perturbed maximisation of Xu, Procaccia, Fang, Shah 2023, by steps): at the highest such price
at which the expected similarity keeps the agency's floor, equals have equal chances up to one step. Everything is a
minimum-cost flow, so that the chances are whole numbers and `rounding` can keep every rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pylmcf

from jiebang.kernel.errors import Refused
from jiebang.matching.crossing import Ruled, ruled
from jiebang.matching.flow import bound, maximum
from jiebang.matching.problem import ABSENT, SCALE, Ints, Scores, problem
from jiebang.matching.programme import Rules
from jiebang.matching.rounding import Network, Pair, network
from jiebang.matching.seats import REGION_BLOCKED, SeatBlock, Seats, blocks

UNIT = 1_000
FINE, COARSE = 10, 100  # thousandths that a step of a chance has, in small and in large draws
SMALL = 5_000
CANDIDATES = 40  # people of a row that have a chance at all, in a large draw
EVENEST = 14  # doublings of the price of evenness: beyond any similarity


@dataclass(frozen=True, slots=True)
class Certificate:
    """`objective`: the expected sum of similarities (× UNIT); `best`: the greatest under all rules (× UNIT).

    `bound` is proved for whatever keeps kinds and loads, by the whole prices of rows and people alone (weak duality,
    one pass over all pairs): `proves` finds it again.
    """

    objective: int
    best: int
    bound: int
    rows: tuple[int, ...]
    people: tuple[int, ...]

    @property
    def gap(self) -> int:
        """What the objective lacks at most."""
        return self.bound - self.objective


@dataclass(frozen=True, slots=True)
class Lottery:
    """`pairs` (row, person) sorted, each with its chance in thousandths; those above `most` could not be avoided."""

    seats: Seats
    pairs: tuple[Pair, ...]
    chances: tuple[int, ...]
    most: int
    certificate: Certificate

    @property
    def over(self) -> tuple[Pair, ...]:
        """The pairs whose chance had to exceed the cap."""
        return tuple(pair for pair, chance in zip(self.pairs, self.chances, strict=True) if chance > self.most)


def lottery(of: Seats, *, most: int = 500, quality: int = 90) -> Lottery:
    """Chances whose expected similarity is at least `quality` % of the best, none above `most` thousandths.

    The cap goes before the floor, and gives way itself where so few people are eligible that no draw keeps it, by as
    little as possible. Raises `Refused` in the words of `seats.blocks` where there is no draw at all.
    """
    if not (1 <= most <= UNIT and 0 <= quality <= 100):  # noqa: PLR2004
        raise ValueError("a cap from 1 to 1000 thousandths, a floor from 0 to 100 percent")
    matrix = of.matrix()
    if found := blocks(of):
        raise found[0].refusal
    allowed, quotas, kept = _allotted(of, matrix)
    pairs = _candidates(allowed, kept)
    model = _Model(of, pairs, matrix, quotas)
    step = FINE if len(pairs) <= SMALL else COARSE
    sure, short = model.solve(UNIT, UNIT, 0)
    if short:
        raise SeatBlock(REGION_BLOCKED, {"per_region": of.per_region}).refusal
    best = int(sure @ model.values)
    price = _evenest(model, most, step, best * quality)
    amounts, _ = model.solve(most, step, price)
    objective = int(amounts @ model.values)
    held = np.flatnonzero(amounts)
    return Lottery(
        of,
        tuple(pairs[i] for i in held.tolist()),
        tuple(amounts[held].tolist()),
        most,
        _proof(of, matrix, objective, best),
    )


def proves(of: Seats, rows: tuple[int, ...], people: tuple[int, ...]) -> int:
    """What the prices prove that no expected sum (× UNIT) of any draw of these seats can exceed."""
    return bound(of.task(), np.array(rows, np.int64), np.array(people, np.int64)) * UNIT


def _proof(of: Seats, matrix: Scores, objective: int, best: int) -> Certificate:
    proof = maximum(of.task(matrix)).certificate
    rows, people = tuple(proof.proposal_prices.tolist()), tuple(proof.expert_prices.tolist())
    return Certificate(objective, best, proof.bound * UNIT, rows, people)


def _evenest(model: _Model, most: int, step: int, floor: int) -> int:
    """The highest price of evenness that keeps the floor (a hundred times the sum), or 0."""
    low, high = -1, EVENEST
    while low < high:
        middle = (low + high + 1) // 2
        if int(model.solve(most, step, 1 << middle)[0] @ model.values) * 100 >= floor:
            low = middle
        else:
            high = middle - 1
    return 1 << low if low >= 0 else 0


def _candidates(allowed: Scores, kept: Ints) -> tuple[Pair, ...]:
    """Sorted pairs (row, person) that may be drawn: all, or in a large draw the best of each row and `kept`."""
    width = allowed.shape[1]
    if int((allowed > ABSENT).sum()) <= SMALL * 4 or width <= CANDIDATES:
        keys = np.flatnonzero(allowed > ABSENT)
    else:
        top = np.argpartition(allowed, width - CANDIDATES, axis=1)[:, width - CANDIDATES :]
        good = np.take_along_axis(allowed, top, 1) > ABSENT
        keys = np.union1d((np.arange(len(allowed))[:, None] * width + top)[good], kept)
    return tuple(zip((keys // width).tolist(), (keys % width).tolist(), strict=True))


def whole(of: Seats, similarity: Scores) -> Ruled:
    """The best whole assignment (units × people) under all rules; who sits already on a panel is not counted.

    Raises `Refused` as `crossing.ruled` does.
    """
    loads = np.zeros(len(of.units), np.int64)
    counts = {kind: [0] * len(of.units) for kind in sorted({row.kind for row in of.rows})}
    for row in of.rows:
        loads[row.unit] += row.count
        counts[row.kind][row.unit] = row.count
    task = problem(
        [f"{place:06}" for place in range(len(of.units))],
        [f"{place:06}" for place in range(len(of.people))],
        np.maximum(similarity, 1),
        load=loads,
        cap=[one.cap for one in of.people],
        conflicts=np.argwhere(similarity == ABSENT),
        institutions=[one.institution for one in of.people],
    )
    regions = [one.region for one in of.people]
    return ruled(task, Rules([one.kind for one in of.people], tuple(counts.items()), regions, of.per_region))


def _allotted(of: Seats, matrix: Scores) -> tuple[Scores, dict[tuple[int, int], int], Ints]:
    """For panels per proposal: which row may use an institution, and how many of a region each row may have.

    Kinds and institutions cross, which no exact rounding keeps. So the best whole assignment under all rules decides
    which of a proposal's rows may draw from an institution that has several kinds, and divides the regions.
    """
    quotas: dict[tuple[int, int], int] = {}
    if of.together:
        return matrix, quotas, np.empty(0, np.int64)
    need = {(row.unit, row.kind): place for place, row in enumerate(of.rows)}
    chosen = whole(of, of.similarity).keys
    width = len(of.people)
    rows = np.array([need[unit, of.people[e].kind] for unit, e in zip(chosen // width, chosen % width, strict=True)])
    institution, region = of.institution, of.region
    allowed = matrix.copy()
    size = int(institution.max()) + 1
    holder = np.full((len(of.units), size), -1, np.int64)
    holder[chosen // width, institution[chosen % width]] = rows
    best = np.full((len(of.rows), size), ABSENT, np.int64)
    for place in range(len(of.rows)):
        np.maximum.at(best[place], institution, matrix[place])
    for unit in range(len(of.units)):
        own = np.array([place for place, row in enumerate(of.rows) if row.unit == unit])
        claim = np.where(holder[unit] >= 0, holder[unit], own[best[own].argmax(axis=0)])
        allowed[own] = np.where(claim[institution][None, :] == own[:, None], allowed[own], ABSENT)
    if of.per_region is not None:
        held = np.zeros((len(of.rows), int(region.max()) + 1), np.int64)
        np.add.at(held, (rows, region[chosen % width]), 1)
        left = np.full((len(of.units), held.shape[1]), of.per_region)
        for place, row in enumerate(of.rows):
            left[row.unit] -= held[place]
        for place, row in enumerate(of.rows):
            more = np.minimum(left[row.unit], row.count - held[place])
            left[row.unit] -= more
            quotas |= {(place, r): int(n) for r, n in enumerate((held[place] + more).tolist())}
    return allowed, quotas, np.unique(rows * width + chosen % width)


class _Model:
    """The flow network of a draw, solved for several caps and prices."""

    def __init__(self, of: Seats, pairs: tuple[Pair, ...], matrix: Scores, quotas: dict[tuple[int, int], int]) -> None:
        self.net: Network = network(pairs, of.groups)
        self.values: Ints = np.array([max(int(matrix[pair]), 1) for pair in pairs], np.int64)
        self._rows = [(self.net.rows[place], row.count) for place, row in enumerate(of.rows) if place in self.net.rows]
        self._limits = np.array([self._limit(of, group, quotas) for group in self.net.groups], np.int64)
        self._detour = min(len(of.rows), len(of.people)) + 2  # no exchange of pairs is longer
        if len(self._rows) < len(of.rows):
            raise Refused(REGION_BLOCKED, per_region=of.per_region)

    @staticmethod
    def _limit(of: Seats, group: tuple[str | int, ...], quotas: dict[tuple[int, int], int]) -> int:
        match group:
            case ("column", int(person)):
                return of.people[person].cap
            case ("region", int(region), int(row)):
                return quotas[row, region]
            case ("region", int(region)):
                return of.region_limits[region]
            case _:
                return 1

    def solve(self, most: int, step: int, price: int) -> tuple[Ints, int]:
        """Thousandths of each pair, and how many found no place; each step dearer by 2 × `price`.

        What exceeds `most` is dearer than any detour, and what finds no place dearer still.
        """
        count = len(self.values)
        parts = np.full(-(-most // step) + 1, step)
        parts[-2:] = (most - 1) % step + 1, UNIT - most
        steps = len(parts)
        ends = np.array(self.net.arcs, np.int64)
        rows = np.array([node for node, _ in self._rows], np.int64)
        tails = np.concatenate((np.repeat(ends[:count, 0], steps), ends[count:, 0], rows))
        heads = np.concatenate((np.repeat(ends[:count, 1], steps), ends[count:, 1], rows * 0))
        needs = np.array([n * UNIT for _, n in self._rows], np.int64)
        rising = price * (2 * np.arange(steps) + 1)
        rising[-1] += (SCALE + rising[-1]) * self._detour
        dear = int(rising[-1]) * self._detour
        costs = np.concatenate(
            (
                ((SCALE - self.values)[:, None] + rising[None, :]).reshape(-1),
                np.zeros(len(self._limits), np.int64),
                np.full(len(rows), dear, np.int64),
            )
        )
        capacity = np.concatenate((np.tile(parts, count), self._limits * UNIT, needs))
        order = np.lexsort((np.arange(len(tails)), heads, tails))
        graph = pylmcf.Graph(self.net.nodes, tails[order], heads[order])
        supply = np.zeros(self.net.nodes, np.int64)
        supply[rows] = needs
        supply[0] = -needs.sum()
        graph.set_node_supply(supply)
        graph.set_edge_capacities(capacity[order])
        graph.set_edge_costs(costs[order])
        graph.solve()
        flow = np.empty(len(order), np.int64)
        flow[order] = graph.result()
        return flow[: count * steps].reshape(count, steps).sum(axis=1), int(flow[len(flow) - len(rows) :].sum())
