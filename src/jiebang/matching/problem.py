"""The assignment problem as integers, checked once: whatever is malformed is refused here, in a sentence.

Similarities are whole numbers from 0 to `SCALE`. Proposals and experts are kept in the order of their ids, so
that a shuffled input is the same problem and gives the same pairs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jiebang.kernel.canonical import canonical_json
from jiebang.kernel.errors import Refused, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALE = 1_000_000
ABSENT = -1  # what `Problem.block` holds where a pair may not be

Ints = NDArray[np.int64]
Scores = NDArray[np.int32]
Pairs: TypeAlias = "Sequence[tuple[int, int]] | NDArray[Any]"

NOBODY = Rule(
    "assignment.nobody",
    zh="没有可供分配的申请或专家（申请 {proposals} 份，专家 {experts} 人）。未作分配。请先补充后再分配。",
    en="There is nothing to assign ({proposals} proposals, {experts} experts). Nobody was assigned. Add what is "
    "missing first.",
)
NAMED_TWICE = Rule(
    "assignment.named_twice",
    zh="以下编号重复出现：{ids}。未作分配。请去除重复后再分配。",
    en="These ids are given more than once: {ids}. Nobody was assigned. Remove the duplicates first.",
)
SIMILARITY_INVALID = Rule(
    "assignment.similarity_invalid",
    zh="匹配度应为 0 至 1000000 的整数，且每份申请与每位专家各有一个；第 {row} 份申请的数据不符合。未作分配。",
    en="Similarities are whole numbers from 0 to 1000000, one for each proposal and expert; the row of proposal "
    "{row} is not. Nobody was assigned.",
)
NO_SIMILARITY = Rule(
    "assignment.no_similarity",
    zh="所有匹配度均为零，任何分配都无依据。未作分配。请补充专家与申请的文本或领域，或改用随机抽取。",
    en="Every similarity is zero, so that no assignment has a reason. Nobody was assigned. Add texts or directions, or "
    "draw at random.",
)
NUMBER_INVALID = Rule(
    "assignment.number_invalid",
    zh="“{field}”应为不小于 {least} 的整数，每项各一个。未作分配。",
    en='"{field}" takes whole numbers not below {least}, one for each. Nobody was assigned.',
)
MINIMUM_ABOVE_CAP = Rule(
    "assignment.minimum_above_cap",
    zh="以下专家的最少评审数高于其最多评审数：{experts}。未作分配。",
    en="These experts have a minimum load above their maximum: {experts}. Nobody was assigned.",
)
PAIR_UNKNOWN = Rule(
    "assignment.pair_unknown",
    zh="“{field}”中含有不存在的申请或专家。未作分配。",
    en='"{field}" names a proposal or an expert that does not exist. Nobody was assigned.',
)
FORCED_FORBIDDEN = Rule(
    "assignment.forced_forbidden",
    zh="以下指定的评审关系同时须回避、被禁止，或同一单位被指定两人：{pairs}。未作分配。",
    en="These fixed pairs are in conflict or forbidden, or fix two experts of one institution: {pairs}. Nobody was "
    "assigned.",
)
FORCED_TOO_MANY = Rule(
    "assignment.forced_too_many",
    zh="指定的评审关系超过了申请所需的评审数或专家的最多评审数：{ids}。未作分配。",
    en="More pairs are fixed than the proposal needs or the expert may take: {ids}. Nobody was assigned.",
)


class Rows(Protocol):
    """Similarities by row slices: an int32 array (proposals × experts), or whatever computes its rows on demand."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(proposals, experts)."""
        ...

    def __getitem__(self, rows: slice, /) -> Any:
        """The rows as an integer array."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """What is left to decide once the fixed pairs are taken out. Made by `problem`.

    Pairs are flat keys, proposal × experts + expert. `loads` (P,), `caps` and `minimums` (E,) are what remains
    beside `forced`; `banned` holds every pair that may not be decided (conflicts, forbidden, fixed already).
    `institution` (E,) numbers the institutions of which a proposal has one expert at most; None: no such rule.
    """

    proposals: tuple[str, ...]
    experts: tuple[str, ...]
    similarity: Rows
    loads: Ints
    caps: Ints
    minimums: Ints
    banned: Ints
    forced: Ints
    institution: Ints | None

    @property
    def rows_at_once(self) -> int:
        """Rows per block: about two million pairs."""
        return max(1, 2_000_000 // len(self.experts))

    def block(self, low: int, high: int, least: int = 0) -> Scores:
        """Rows low..high-1 as a fresh int32 array, `ABSENT` where a pair is banned or below `least`."""
        block = np.array(self.similarity[low:high], dtype=np.int32)
        if least > 0:
            block[block < least] = ABSENT
        width = len(self.experts)
        first, last = np.searchsorted(self.banned, (low * width, high * width))
        block.reshape(-1)[self.banned[first:last] - low * width] = ABSENT
        return block

    def values(self, keys: Ints) -> Ints:
        """The similarities of the pairs `keys` (sorted), int64."""
        width = len(self.experts)
        if isinstance(self.similarity, np.ndarray):
            return self.similarity.reshape(-1)[keys].astype(np.int64)
        found = np.empty(len(keys), np.int64)
        for low in range(0, len(self.proposals), self.rows_at_once):
            high = min(low + self.rows_at_once, len(self.proposals))
            first, last = np.searchsorted(keys, (low * width, high * width))
            if first < last:
                found[first:last] = np.asarray(self.similarity[low:high]).reshape(-1)[keys[first:last] - low * width]
        return found

    def named(self, keys: Ints) -> list[tuple[str, str]]:
        """The pairs as (proposal, expert) ids."""
        return [(self.proposals[k // len(self.experts)], self.experts[k % len(self.experts)]) for k in keys.tolist()]


def problem(
    proposals: Sequence[str],
    experts: Sequence[str],
    similarity: Rows,
    *,
    load: int | Sequence[int] | NDArray[Any],
    cap: int | Sequence[int] | NDArray[Any],
    minimum: int | Sequence[int] | NDArray[Any] = 0,
    conflicts: Pairs = (),
    forbidden: Pairs = (),
    forced: Pairs = (),
    institutions: Sequence[str | None] | None = None,
) -> Problem:
    """Check and put in order.

    `similarity` (proposals × experts) whole numbers 0..`SCALE`; `load` reviews per proposal, `cap` and `minimum`
    reviews per expert, each one number or one for each; the pair lists hold (proposal, expert) positions;
    `institutions` one per expert, None for one who belongs to none. Raises `Refused` with this module's rules.
    """
    height, width = len(proposals), len(experts)
    if not height or not width:
        raise Refused(NOBODY, proposals=height, experts=width)
    if twice := sorted(one for ids in (proposals, experts) for one, n in Counter(ids).items() if n > 1):
        raise Refused(NAMED_TWICE, ids=twice)
    down, across = _order(proposals), _order(experts)
    names, people = _named(proposals, down), _named(experts, across)
    rank_down, rank_across = np.argsort(down), np.argsort(across)

    def keys(field: str, pairs: Pairs) -> Ints:
        given = np.asarray(pairs)
        if not given.size:
            return np.empty(0, np.int64)
        if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu":  # noqa: PLR2004
            raise Refused(PAIR_UNKNOWN, field=field)
        if (given < 0).any() or (given >= (height, width)).any():
            raise Refused(PAIR_UNKNOWN, field=field)
        return np.unique(rank_down[given[:, 0]] * width + rank_across[given[:, 1]])

    caps, minimums = _numbers("cap", cap, width, 0)[across], _numbers("minimum", minimum, width, 0)[across]
    if above := [people[e] for e in np.flatnonzero(minimums > caps).tolist()]:
        raise Refused(MINIMUM_ABOVE_CAP, experts=above)
    fixed = keys("forced", forced)
    whole = Problem(
        names,
        people,
        _scores(similarity, names, down, across),
        _numbers("load", load, height, 1)[down],
        caps,
        minimums,
        np.union1d(keys("conflicts", conflicts), keys("forbidden", forbidden)),
        fixed,
        _groups(institutions, across),
    )
    return _without_forced(whole) if len(fixed) else whole


def fingerprint(task: Problem) -> str:
    """SHA-256 of everything that decides, in hexadecimal: ids, similarities, loads, caps, pairs, institutions."""
    mill = sha256(canonical_json([task.proposals, task.experts]))
    for low in range(0, len(task.proposals), task.rows_at_once):
        mill.update(np.ascontiguousarray(task.similarity[low : low + task.rows_at_once], "<i4").tobytes())
    for part in (task.loads, task.caps, task.minimums, task.banned, task.forced, task.institution):
        mill.update(b"-" if part is None else len(part).to_bytes(8, "big") + part.astype("<i8").tobytes())
    return mill.hexdigest()


def _named(ids: Sequence[str], order: Ints) -> tuple[str, ...]:
    places: list[int] = order.tolist()
    return tuple(ids[i] for i in places)


def _order(ids: Sequence[str]) -> Ints:
    return np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)


def _numbers(field: str, given: object, count: int, least: int) -> Ints:
    values = np.asarray(given)
    if values.dtype.kind not in "iu" or values.shape not in {(), (count,)} or (values < least).any():
        raise Refused(NUMBER_INVALID, field=field, least=least)
    return np.broadcast_to(values.astype(np.int64), (count,)).copy()


def _scores(similarity: Rows, names: tuple[str, ...], down: Ints, across: Ints) -> Rows:
    """In the order of the ids; the array itself if it is in that order already."""
    if tuple(similarity.shape) != (len(down), len(across)):
        raise Refused(SIMILARITY_INVALID, row=names[0])
    straight = bool((np.diff(down) > 0).all() and (np.diff(across) > 0).all())
    if not isinstance(similarity, np.ndarray):
        if not straight:
            raise ValueError("rows computed on demand come in the order of the ids")
        return similarity
    if similarity.dtype.kind not in "iu":
        odd = ~np.isfinite(similarity) if similarity.dtype.kind == "f" else np.zeros(similarity.shape, bool)
        row = int(odd.any(axis=1).argmax())
        raise Refused(SIMILARITY_INVALID, row=names[int(np.argsort(down)[row])])
    if similarity.min() < 0 or similarity.max() > SCALE:
        odd = np.flatnonzero(((similarity < 0) | (similarity > SCALE)).any(axis=1))
        raise Refused(SIMILARITY_INVALID, row=names[int(np.argsort(down)[odd[0]])])
    if not similarity.any():
        raise Refused(NO_SIMILARITY)
    if straight:
        return np.ascontiguousarray(similarity, np.int32)
    return np.ascontiguousarray(similarity[np.ix_(down, across)], np.int32)


def _groups(institutions: Sequence[str | None] | None, across: Ints) -> Ints | None:
    if institutions is None:
        return None
    if len(institutions) != len(across):
        raise Refused(PAIR_UNKNOWN, field="institutions")
    number: dict[object, int] = {}
    return np.array(
        [number.setdefault((i,) if institutions[i] is None else institutions[i], len(number)) for i in across.tolist()],
        np.int64,
    )


def _without_forced(whole: Problem) -> Problem:
    width = len(whole.experts)
    if len(bad := np.intersect1d(whole.forced, whole.banned)):
        raise Refused(FORCED_FORBIDDEN, pairs=whole.named(bad))
    rows, columns = whole.forced // width, whole.forced % width
    banned = [whole.banned, whole.forced]
    if whole.institution is not None:
        seats, first = np.unique(rows * width + whole.institution[columns], return_index=True)
        if len(seats) < len(rows):
            raise Refused(FORCED_FORBIDDEN, pairs=whole.named(np.delete(whole.forced, first)))
        banned += [
            row * width + np.flatnonzero(whole.institution == whole.institution[column])
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ]
    given, taken = np.bincount(rows, minlength=len(whole.proposals)), np.bincount(columns, minlength=width)
    full = [whole.proposals[p] for p in np.flatnonzero(given > whole.loads).tolist()]
    if full := full + [whole.experts[e] for e in np.flatnonzero(taken > whole.caps).tolist()]:
        raise Refused(FORCED_TOO_MANY, ids=full)
    return Problem(
        whole.proposals,
        whole.experts,
        whole.similarity,
        whole.loads - given,
        whole.caps - taken,
        np.maximum(whole.minimums - taken, 0),
        np.unique(np.concatenate(banned)),
        whole.forced,
        whole.institution,
    )
