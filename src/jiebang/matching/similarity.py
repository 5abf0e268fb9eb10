"""How well an expert fits a proposal, from texts and directions: whole numbers from 0 to 10⁶.

Texts are compared by TF-IDF of their character 1–3-grams, which needs no dictionary and serves Chinese and English
alike (not one against the other); an expert's three best texts count. Floats end here: what is decided on, stored
and hashed is the rounded matrix.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.problem import SCALE, Ints, Scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GRAMS = 3
BEST_TEXTS = 3
_BITS = 21  # of a code point: three of them fit into 63 bits
_SPACES = re.compile(r"\s+")

WEIGHTS_INVALID = Rule(
    "similarity.weights_invalid",
    zh="文本与领域的权重应为不小于 0 的整数，合计 100；上限应为 1 至 1000000 的整数。未计算匹配度。",
    en="The weights of text and direction are whole numbers from 0 that add up to 100, the ceiling one from 1 to "
    "1000000. Nothing was computed.",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """From the rule set: `text` + `direction` = 100.

    Above `ceiling` all pairs are equally good, so that texts written to please the measure gain nothing.
    """

    text: int = 70
    direction: int = 30
    ceiling: int = SCALE

    def __post_init__(self) -> None:
        numbers = (self.text, self.direction, self.ceiling)
        if any(type(n) is not int for n in numbers) or min(numbers) < 0 or self.text + self.direction != 100:  # noqa: PLR2004
            raise Refused(WEIGHTS_INVALID)
        if not 1 <= self.ceiling <= SCALE:
            raise Refused(WEIGHTS_INVALID)


@dataclass(slots=True)
class Grams:
    """Texts counted once: by digest, each text's sorted grams and their counts. Grows, never forgets."""

    _counted: dict[bytes, tuple[Ints, Ints]] = field(default_factory=dict[bytes, tuple[Ints, Ints]])

    def __len__(self) -> int:
        return len(self._counted)

    def of(self, text: str) -> tuple[Ints, Ints]:
        """Grams (packed code points, sorted) and how often each occurs."""
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        if key not in self._counted:
            self._counted[key] = _counted(text)
        return self._counted[key]


@dataclass(frozen=True, slots=True)
class Similarity:
    """Similarities by row slices (`problem.Rows`): (proposals × experts), int32, computed when asked for."""

    proposals: csr_array
    texts: csr_array
    owned: NDArray[np.intp]
    counts: Ints
    directions: tuple[tuple[csr_array, csr_array], ...]
    weights: Weights

    @property
    def shape(self) -> tuple[int, int]:
        """(proposals, experts)."""
        return self.proposals.indptr.size - 1, len(self.counts)

    def __getitem__(self, rows: slice) -> Scores:
        """The rows, 0..`SCALE`."""
        low, high, _ = rows.indices(self.shape[0])
        cosines = (self.proposals[low:high] @ self.texts.T).toarray()
        # The last column stands for the texts that an expert does not have.
        cosines = np.concatenate((cosines, np.zeros((high - low, 1))), axis=1)[:, self.owned]
        best = np.partition(cosines, cosines.shape[2] - BEST_TEXTS, axis=2)[:, :, -BEST_TEXTS:].sum(axis=2)
        text = np.rint(best / np.maximum(np.minimum(self.counts, BEST_TEXTS), 1) * SCALE).astype(np.int64)
        score = np.clip(text, 0, SCALE) * self.weights.text
        if self.weights.direction:
            score += self._direction(low, high) * self.weights.direction
        return np.minimum(score // 100, self.weights.ceiling).astype(np.int32)

    def matrix(self) -> Scores:
        """All rows at once."""
        step = max(1, 2_000_000 // max(1, self.owned.size))
        return np.concatenate([self[low : low + step] for low in range(0, self.shape[0], step)])

    def _direction(self, low: int, high: int) -> Ints:
        """How much of the proposal's direction the nearest of the expert's shares, in `SCALE`."""
        total = np.zeros((high - low, self.shape[1]), np.int64)
        for mine, theirs in self.directions:
            total += (mine[low:high] @ theirs.T).toarray() > 0
        return total * SCALE // max(1, len(self.directions)) if self.directions else total


def similarity(
    proposals: Sequence[str],
    experts: Sequence[Sequence[str]],
    *,
    proposal_directions: Sequence[Sequence[str]] | None = None,
    expert_directions: Sequence[Iterable[Sequence[str]]] | None = None,
    weights: Weights | None = None,
    grams: Grams | None = None,
) -> Similarity:
    """Compare each proposal's text with each expert's texts.

    A direction is a path in the taxonomy, from the field down; two of them agree as far as their common beginning
    goes, measured against the deepest proposal's path. Without directions the text counts alone. `grams` keeps
    counts from run to run. A pair without any text in common has similarity 0.
    """
    grams = Grams() if grams is None else grams
    owners = [len(texts) for texts in experts]
    everything = [*proposals, *(text for texts in experts for text in texts)]
    table = _weighted([grams.of(text) for text in everything])
    widest = max(BEST_TEXTS, *owners, 0)
    owned = np.full((len(experts), widest), sum(owners), np.intp)
    start = 0
    for expert, count in enumerate(owners):
        owned[expert, :count] = np.arange(start, start + count)
        start += count
    if proposal_directions is None or expert_directions is None:
        levels, weights = (), Weights(100, 0, (weights or Weights()).ceiling)
    else:
        levels = _levels([[path] for path in proposal_directions], [list(paths) for paths in expert_directions])
    head = len(proposals)
    return Similarity(table[:head], table[head:], owned, np.array(owners, np.int64), levels, weights or Weights())


def nearest(
    proposals: Sequence[str],
    experts: Sequence[Sequence[str]],
    paths: Sequence[Sequence[str]],
    expert_directions: Sequence[Iterable[Sequence[str]]],
    weights: Weights,
    grams: Grams,
) -> Scores:
    """The matrix of `similarity` where all proposals have the same directions `paths`, of which the nearest counts."""
    theirs = [list(mine) for mine in expert_directions]
    found = [
        similarity(
            proposals,
            experts,
            proposal_directions=[path] * len(proposals),
            expert_directions=theirs,
            weights=weights,
            grams=grams,
        ).matrix()
        for path in paths
    ]
    return np.maximum.reduce(found)


def _counted(text: str) -> tuple[Ints, Ints]:
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    points = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
    found, packed = [points], points
    for more in range(1, GRAMS):
        # A code point is never 0 here, so that grams of different lengths differ.
        packed = (packed[:-1] << _BITS) + points[more:]
        found.append(packed)
    return np.unique(np.concatenate(found), return_counts=True)


def _weighted(counted: Sequence[tuple[Ints, Ints]]) -> csr_array:
    """TF-IDF rows of length 1: (1 + ln tf) × (1 + ln((1 + n) / (1 + df)))."""
    lengths = np.array([len(grams) for grams, _ in counted], np.int64)
    edges = np.concatenate(([0], np.cumsum(lengths)))
    if not edges[-1]:
        return csr_array((len(counted), 1))
    known, columns, among = np.unique(
        np.concatenate([grams for grams, _ in counted]), return_inverse=True, return_counts=True
    )
    rarity = 1 + np.log((1 + len(counted)) / (1 + among))
    values = (1 + np.log(np.concatenate([counts for _, counts in counted]))) * rarity[columns]
    squares = np.add.reduceat(np.append(values**2, 0.0), np.minimum(edges[:-1], edges[-1]))
    values /= np.repeat(np.sqrt(squares), lengths)
    return csr_array((values, columns, edges), shape=(len(counted), len(known)))


def _levels(
    mine: Sequence[Sequence[Sequence[str]]], theirs: Sequence[Sequence[Sequence[str]]]
) -> tuple[tuple[csr_array, csr_array], ...]:
    """For each level of the taxonomy, who stands under which beginning of a path."""
    deepest = max((len(path) for paths in mine for path in paths), default=0)
    levels: list[tuple[csr_array, csr_array]] = []
    for depth in range(1, deepest + 1):
        number: dict[tuple[str, ...], int] = {}

        def places(
            of: Sequence[Sequence[Sequence[str]]], depth: int = depth, number: dict[tuple[str, ...], int] = number
        ) -> tuple[list[int], list[int]]:
            rows: list[int] = []
            columns: list[int] = []
            for row, paths in enumerate(of):
                for beginning in sorted({tuple(path[:depth]) for path in paths if len(path) >= depth}):
                    rows.append(row)
                    columns.append(number.setdefault(beginning, len(number)))
            return rows, columns

        left, right = places(mine), places(theirs)
        wide = max(1, len(number))
        levels.append(
            (
                csr_array((np.ones(len(left[0]), np.int32), left), shape=(len(mine), wide)),
                csr_array((np.ones(len(right[0]), np.int32), right), shape=(len(theirs), wide)),
            )
        )
    return tuple(levels)
