"""Exact dependent rounding: whole numbers from a SHA-256 stream, nothing else.

Marginals are numerators over one denominator. Each step takes a cycle of pairs that are neither drawn nor excluded
and shifts it either way with the probabilities that leave every marginal as it is (Gandhi, Khuller, Parthasarathy,
Srinivasan 2006), until nothing is open. A column whose sum is not whole is closed by a pair with a phantom row, so
that there are only cycles and no load breaks: each column ends at its expected load rounded down or up.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORD = 1 << 256


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


def rounded(marginals: Mapping[tuple[int, int], int], denominator: int, stream: Stream) -> list[tuple[int, int]]:
    """The pairs drawn, sorted: (row, column) with probability `marginals[row, column]` / `denominator` each.

    Row sums are whole multiples of `denominator` (checked) and are met exactly; a column gets its expected number
    rounded down or up. Depends on the marginals and the stream alone, not on the order in which they are given.
    Raises ValueError for a marginal outside 0..denominator or a row sum that is not whole.
    """
    drawn: list[tuple[int, int]] = []
    part: dict[tuple[int, int], int] = {}
    down: dict[int, int] = {}
    across: dict[int, int] = {}
    for pair, amount in sorted(marginals.items()):
        if not 0 <= amount <= denominator:
            raise ValueError(f"the marginal of {pair} is no probability")
        down[pair[0]] = down.get(pair[0], 0) + amount
        across[pair[1]] = across.get(pair[1], 0) + amount
        if amount == denominator:
            drawn.append(pair)
        elif amount:
            part[pair] = amount
    if any(total % denominator for total in down.values()):
        raise ValueError("the marginals of a row do not add up to whole reviews")
    phantom = max(down, default=0) + 1  # the row that makes every column whole
    for column, total in sorted(across.items()):
        if total % denominator:
            part[phantom, column] = denominator - total % denominator
    drawn += [pair for pair in _closed(part, denominator, stream) if pair[0] != phantom]
    return sorted(drawn)


def _closed(part: dict[tuple[int, int], int], denominator: int, stream: Stream) -> list[tuple[int, int]]:
    """Walk, and shift each cycle met, until every open pair is drawn or excluded; the drawn ones."""
    # A vertex is a row (row, 0) or a column (column, 1); its open neighbours in order of insertion, which is sorted.
    near: dict[tuple[int, int], dict[tuple[int, int], None]] = {}
    for row, column in part:
        near.setdefault((row, 0), {})[column, 1] = None
        near.setdefault((column, 1), {})[row, 0] = None
    drawn: list[tuple[int, int]] = []
    for start in sorted(near):
        walk = [start]
        place = {start: 0}
        while near[start]:
            here = walk[-1]
            before = walk[-2] if len(walk) > 1 else None
            # Every vertex is whole, so an open one has a second open pair.
            there = next(one for one in near[here] if one != before)
            if there not in place:
                place[there] = len(walk)
                walk.append(there)
                continue
            cycle = [*walk[place[there] :], there]
            gone = _shift(cycle, part, denominator, stream)
            for vertex in walk[place[there] + 1 :]:
                del place[vertex]
            del walk[place[there] + 1 :]
            for pair, taken in gone:
                del part[pair], near[pair[0], 0][pair[1], 1], near[pair[1], 1][pair[0], 0]
                if taken:
                    drawn.append(pair)
    return drawn


def _shift(
    cycle: list[tuple[int, int]], part: dict[tuple[int, int], int], denominator: int, stream: Stream
) -> list[tuple[tuple[int, int], bool]]:
    """Raise every other pair of a cycle and lower the rest; the pairs that thereby closed, and whether drawn."""
    pairs = [(a[0], b[0]) if a[1] == 0 else (b[0], a[0]) for a, b in pairwise(cycle)]
    even, odd = pairs[::2], pairs[1::2]
    up = min(*(denominator - part[p] for p in even), *(part[p] for p in odd))
    down = min(*(part[p] for p in even), *(denominator - part[p] for p in odd))
    # Up with probability down / (up + down): the expected shift is nil.
    step = up if stream.below(up + down) < down else -down
    gone: list[tuple[tuple[int, int], bool]] = []
    for sign, side in ((step, even), (-step, odd)):
        for pair in side:
            part[pair] += sign
            if part[pair] in {0, denominator}:
                gone.append((pair, part[pair] == denominator))
    return gone
