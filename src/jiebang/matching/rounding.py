"""Exact dependent rounding: whole numbers from a SHA-256 stream, nothing else.

Chances are numerators over one denominator. Pairs of a row (seats to fill) and a column (an expert) are arcs of a
network; groups of pairs whose number is limited (a column; an institution or a region of a row or of the whole) are
nodes on the way from the rows to one common sink. Each step takes a cycle of arcs whose flow is not whole and
shifts it either way with the probabilities that leave every chance as it is (Gandhi, Khuller, Parthasarathy,
Srinivasan 2006; for groups within groups Budish, Che, Kojima, Milgrom 2013), until all is whole. So each pair is
drawn exactly as often as its chance says, each row gets its seats, and each group its expected number rounded down
or up.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WORD = 1 << 256
Pair: TypeAlias = tuple[int, int]
Group: TypeAlias = tuple[str | int, ...]


class Stream:
    """Whole numbers from SHA-256(seed ‖ counter), counter from 0 in eight bytes, most significant first."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._counter = 0

    def below(self, limit: int) -> int:
        """Uniform in 0..limit-1 (limit ≥ 1), one block per trial; a block beyond the last full multiple is rejected."""
        if not 1 <= limit <= _WORD:
            raise ValueError("a limit from 1 to 2²⁵⁶")
        full = _WORD - _WORD % limit
        while True:
            block = sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
            if (number := int.from_bytes(block, "big")) < full:
                return number % limit

    def shuffled(self, items: Iterable[int]) -> list[int]:
        """A uniform permutation (Fisher-Yates from the end)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


@dataclass(frozen=True, slots=True)
class Groups:
    """What besides rows and columns is limited: `institution` and `region` of each column; empty: no such rule.

    `together`: all rows are seats of one panel, so that institutions, and regions around them, hold over all rows.
    Otherwise they hold within each row, and columns over all rows. An institution lies in one region.
    """

    institution: Sequence[int] = ()
    region: Sequence[int] = ()
    together: bool = False

    def before(self, row: int, column: int) -> list[Group]:
        """The groups of one row that hold a pair, the smallest first."""
        return [] if self.together else self._around(column, row)

    def beyond(self, column: int) -> list[Group]:
        """The groups over all rows that hold a pair, the smallest first."""
        return [("column", column), *(self._around(column) if self.together else ())]

    def _around(self, column: int, *row: int) -> list[Group]:
        found: list[Group] = []
        if self.institution:
            found.append(("institution", self.institution[column], *row))
        if self.region:
            found.append(("region", self.region[column], *row))
        return found


@dataclass(frozen=True, slots=True)
class Network:
    """Arcs (tail, head): first one for each pair, then one for each of `groups`. Node 0 is the sink."""

    arcs: list[Pair]
    groups: list[Group]
    rows: dict[int, int]
    nodes: int

    def flow(self, pairs: Sequence[Pair], amounts: Sequence[int], groups: Groups) -> list[int]:
        """What flows in each arc when the pairs carry `amounts`."""
        total: dict[Group, int] = {}
        for (row, column), amount in zip(pairs, amounts, strict=True):
            for group in (*groups.before(row, column), *groups.beyond(column)):
                total[group] = total.get(group, 0) + amount
        return [*amounts, *(total[group] for group in self.groups)]


def network(pairs: Sequence[Pair], groups: Groups) -> Network:
    """The network of sorted `pairs`; nodes and arcs are numbered in the order of the pairs."""
    rows: dict[int, int] = {}
    node: dict[Group, int] = {}
    towards: dict[Group, Pair] = {}
    arcs: list[Pair] = []
    count = 1
    for row, column in pairs:
        if row not in rows:
            rows[row] = count
            count += 1
        tail = rows[row]
        for group in reversed(groups.before(row, column)):
            if group not in node:
                node[group] = count
                towards[group] = (tail, count)
                count += 1
            elif towards[group][0] != tail:
                raise ValueError("an institution lies in two regions")
            tail = node[group]
        head = 0
        for group in reversed(groups.beyond(column)):
            if group not in node:
                node[group] = count
                towards[group] = (count, head)
                count += 1
            elif towards[group][1] != head:
                raise ValueError("an institution lies in two regions")
            head = node[group]
        arcs.append((tail, head))
    return Network(arcs + list(towards.values()), list(towards), rows, count)


def rounded(chances: Mapping[Pair, int], denominator: int, stream: Stream, groups: Groups | None = None) -> list[Pair]:
    """The pairs drawn, sorted: (row, column) with probability `chances[row, column]` / `denominator` each.

    Row sums are whole multiples of `denominator` (checked) and are met exactly; each group gets its expected number
    rounded down or up. Depends on the chances, the groups and the stream alone, not on the order in which they are
    given. Raises ValueError for a chance outside 0..denominator or a row sum that is not whole.
    """
    groups = groups or Groups()
    pairs = [pair for pair in sorted(chances) if chances[pair]]
    sums: dict[int, int] = {}
    for pair, amount in chances.items():
        if not 0 <= amount <= denominator:
            raise ValueError(f"the chance of {pair} is no probability")
        sums[pair[0]] = sums.get(pair[0], 0) + amount
    if any(total % denominator for total in sums.values()):
        raise ValueError("the chances of a row do not add up to whole seats")
    net = network(pairs, groups)
    flow = net.flow(pairs, [chances[pair] for pair in pairs], groups)
    _close(net.arcs, flow, denominator, stream)
    return [pair for pair, amount in zip(pairs, flow, strict=False) if amount]


def _close(arcs: Sequence[Pair], flow: list[int], whole: int, stream: Stream) -> None:  # noqa: C901 -- one walk
    """Walk, and shift each cycle met, until every arc carries a multiple of `whole`."""
    near: dict[int, dict[int, None]] = {}  # of each node its open arcs, in their order
    for arc, ends in enumerate(arcs):
        if flow[arc] % whole:
            for end in ends:
                near.setdefault(end, {})[arc] = None
    for start in sorted(near):
        walk: list[tuple[int, int]] = [(start, -1)]  # a node, and the arc by which it was reached
        place = {start: 0}
        while near[start]:
            here, came = walk[-1]
            # What flows into a node flows out, so no node has a single open arc.
            arc = next(one for one in near[here] if one != came)
            there = arcs[arc][0] + arcs[arc][1] - here
            if there not in place:
                place[there] = len(walk)
                walk.append((there, arc))
                continue
            cycle = [*walk[place[there] + 1 :], (there, arc)]
            for node, _ in walk[place[there] + 1 :]:
                del place[node]
            del walk[place[there] + 1 :]
            _shift(arcs, flow, cycle, whole, stream)
            for _, closed in cycle:
                if not flow[closed] % whole:
                    for end in arcs[closed]:
                        del near[end][closed]


def _shift(arcs: Sequence[Pair], flow: list[int], cycle: Sequence[tuple[int, int]], whole: int, stream: Stream) -> None:
    """Send more one way round, or the other way round."""
    along = [(arc, arcs[arc][1] == node) for node, arc in cycle]
    room = [(whole - flow[arc] % whole, flow[arc] % whole) for arc, _ in along]
    up = min(more if forward else less for (_, forward), (more, less) in zip(along, room, strict=True))
    down = min(less if forward else more for (_, forward), (more, less) in zip(along, room, strict=True))
    # Up with probability down / (up + down): the expected shift is nil.
    step = up if stream.below(up + down) < down else -down
    for arc, forward in along:
        flow[arc] += step if forward else -step
