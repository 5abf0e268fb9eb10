"""Rules that cross: kinds of experts, institutions, regions and reciprocal pairs at once, by linear programming.

Each rule alone would fit a flow; together they do not. HiGHS (by way of scipy) solves the linear programme over
candidate pairs, all other pairs are priced with its dual prices and added while they would gain. The prices, rounded
to whole numbers, prove a bound over all pairs by weak duality in exact arithmetic. A fractional solution goes to
HiGHS's mixed-integer solver; the gap to the bound is reported, never hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.blocking import blocked, refusal
from jiebang.matching.flow import maximum
from jiebang.matching.problem import ABSENT, SCALE, Ints, Problem
from jiebang.matching.programme import Programme, Rules, counts_of, programme_of, rows_of

ADDED = 12
ROUNDS = 30
WITHIN = 10  # millionths
WHOLE = 1e-6
PER_KIND = 8  # best pairs of each kind that a proposal begins with
SLACK = 4  # millionths that a pair must gain: less is the rounding of prices
ALL_PAIRS = 500_000  # as many are tried at once when the candidates alone have no whole solution

RULES_SHORT = Rule(
    "assignment.rules_short",
    zh="在专家类别、单位、地区和互评回避的共同要求下无法安排全部评审（{kinds}）。未作分配。请扩充相应类别的专家或放宽其中一项。",
    en="The rules on kinds, institutions, regions and reciprocal pairs together leave reviews without an expert "
    "({kinds}). Nobody was assigned. Enlarge the kinds concerned or relax one rule.",
)
KIND_BLOCKED = Rule(
    "assignment.kind_blocked",
    zh="{proposals} 份申请共需要 {need} 份“{kind}”类专家的评审意见，"
    "可评审的该类专家 {experts} 人最多只能承担 {supply} 份。未作分配。",
    en='{proposals} proposals need {need} reviews by experts of the kind "{kind}"; the {experts} eligible ones can '
    "give {supply}. Nobody was assigned.",
)
NOT_FOUND = Rule(
    "assignment.not_found",
    zh="在 {seconds} 秒内未找到同时满足各项要求的安排，也未证明其不存在。未作分配。请放宽一项要求或延长时间后再试。",
    en="No assignment under all rules was found within {seconds} seconds, nor was it proved that there is none. Nobody "
    "was assigned. Relax a rule or allow more time.",
)


@dataclass(frozen=True, slots=True)
class Ruled:
    """Sorted keys decided, their sum, and the bound over all pairs that nothing can exceed."""

    keys: Ints
    objective: int
    bound: int
    rounds: int
    arcs: int

    @property
    def gap(self) -> int:
        """What the objective may lack at most; 0 is a proof."""
        return self.bound - self.objective


def ruled(task: Problem, rules: Rules, *, seconds: float = 60, within: int = WITHIN) -> Ruled:  # noqa: C901 -- one loop
    """The greatest sum under all rules, or the best found in `seconds` of mixed-integer search, with its gap.

    No more pairs are tried once the programme is proved within `within` millionths of the best.

    Raises `Refused` in the words of `blocking` if even without the crossing rules nothing fits, `RULES_SHORT` if it
    is they, `RULES_MALFORMED` for rules that do not fit the experts. Fixed pairs are not supported here: ValueError.
    """
    if len(task.forced):
        raise ValueError("fixed pairs and crossing rules are not combined")
    programme = programme_of(task, rules)
    try:
        keys = maximum(task).candidates
    except Refused:
        raise refusal(blocked(task), 0) from None
    _kinds_suffice(task, rules)
    keys = np.union1d(keys, _of_kinds(task, programme))
    dearest = 20.0 + min(len(task.proposals), len(task.experts))
    rounds, dear = 0, 20.0
    while True:
        rounds += 1
        amounts, prices, short = _linear(task, rules, programme, keys, dear)
        more, bound = _price(task, rules, programme, keys, prices)
        reached = int(np.rint(amounts @ task.values(keys)))
        if short <= WHOLE and (bound - reached) * 1_000_000 <= reached * within:
            break
        if not len(more) and short > WHOLE and dear < dearest:
            dear = dearest
        elif not len(more) or rounds == ROUNDS:
            break
        keys = np.union1d(keys, more)
    if short > WHOLE:
        raise Refused(RULES_SHORT, kinds="、".join(kind for kind, _ in rules.at_least))
    if np.abs(amounts - np.rint(amounts)).max(initial=0) > WHOLE:
        amounts = _whole(task, rules, programme, keys, seconds)
        if amounts is None and len(task.proposals) * len(task.experts) <= ALL_PAIRS:
            keys = _all_pairs(task)
            amounts = _whole(task, rules, programme, keys, seconds)
        if amounts is None:
            raise Refused(NOT_FOUND, seconds=int(seconds))
    chosen = keys[amounts > 0.5]  # noqa: PLR2004 -- whole numbers in floating point
    return Ruled(chosen, int(task.values(chosen).sum()), bound, rounds, len(keys))


def _kinds_suffice(task: Problem, rules: Rules) -> None:
    """Each kind alone must be able to serve; the refusal names the smallest block of the first that cannot."""
    height, width = len(task.proposals), len(task.experts)
    for kind, count in rules.at_least:
        of = np.flatnonzero(np.array([one == kind for one in rules.kinds]))
        counts = counts_of(count, height)
        if not counts.any():
            continue
        if not len(of):
            need, proposals = int(counts.sum()), int((counts > 0).sum())
            raise Refused(KIND_BLOCKED, kind=kind, proposals=proposals, need=need, experts=0, supply=0)
        place = np.full(width, -1, np.int64)
        place[of] = np.arange(len(of))
        columns = place[task.banned % width]
        banned = (task.banned // width * len(of) + columns)[columns >= 0]
        scores = np.concatenate(
            [
                np.asarray(task.similarity[low : low + task.rows_at_once])[:, of]
                for low in range(0, height, task.rows_at_once)
            ]
        )
        part = replace(
            task,
            experts=tuple(task.experts[e] for e in of.tolist()),
            similarity=scores,
            loads=counts,
            caps=task.caps[of],
            minimums=np.zeros(len(of), np.int64),
            banned=banned,
            institution=None if task.institution is None else task.institution[of],
        )
        if blocks := blocked(part, relax=False):
            raise Refused(KIND_BLOCKED, kind=kind, **blocks[0].facts)


def _of_kinds(task: Problem, programme: Programme) -> Ints:
    """Some of the best pairs of each required kind, so that the first programme has a chance."""
    height, width = len(task.proposals), len(task.experts)
    found = [np.empty(0, np.int64)]
    for group, low in zip(programme.groups, programme.low, strict=True):
        of = np.flatnonzero(group == 0)
        if low.shape[1] > 1 or not np.isfinite(low[0, 0]) or not len(of):
            continue
        some = min(PER_KIND, len(of))
        for first in range(0, height, task.rows_at_once):
            block = task.block(first, min(first + task.rows_at_once, height))[:, of]
            top = np.argpartition(block, len(of) - some, axis=1)[:, len(of) - some :]
            good = np.take_along_axis(block, top, 1) > ABSENT
            found.append(((first + np.arange(len(block)))[:, None] * width + of[top])[good])
    return np.unique(np.concatenate(found))


def _linear(
    task: Problem, rules: Rules, programme: Programme, keys: Ints, dear: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """Amounts of the pairs, whole prices of all rows (reciprocal ones aside), and what found no place.

    What a row of needs lacks may be left out at the price `dear`, so that the programme always has prices.
    """
    matrix, low, high = rows_of(task, rules, programme, keys)
    needs = np.flatnonzero(np.isfinite(low) & (low > 0))
    lacking = csr_array((np.ones(len(needs)), (needs, np.arange(len(needs)))), shape=(len(low), len(needs)))
    wide = csr_array(matrix if not len(needs) else _beside(matrix, lacking))
    cost = np.concatenate((-task.values(keys) / SCALE, np.full(len(needs), dear)))
    limit = np.concatenate((np.ones(len(keys)), np.full(len(needs), np.inf)))
    above, below = np.flatnonzero(np.isfinite(high)), np.flatnonzero(np.isfinite(low) & (low > 0) & (low != high))
    equal = low == high
    above = above[~equal[above]]
    result = linprog(
        cost,
        A_ub=csr_array(vstack((wide[above], -wide[below]))),
        b_ub=np.concatenate((high[above], -low[below])),
        A_eq=wide[equal],
        b_eq=low[equal],
        bounds=np.stack((np.zeros(len(cost)), limit), axis=1),
        method="highs",
    )
    if result.x is None:
        raise Refused(RULES_SHORT, kinds=result.message)
    price = np.zeros(len(low))
    price[above] = np.maximum(-result.ineqlin.marginals[: len(above)], 0)
    price[below] -= np.maximum(-result.ineqlin.marginals[len(above) :], 0)
    price[equal] = -result.eqlin.marginals
    return result.x[: len(keys)], np.rint(price * SCALE).astype(np.int64), float(result.x[len(keys) :].sum())


def _beside(left: csr_array, right: csr_array) -> csr_array:
    return csr_array(vstack((csr_array(left.T), csr_array(right.T))).T)


def _price(
    task: Problem, rules: Rules, programme: Programme, keys: Ints, prices: NDArray[np.int64]
) -> tuple[Ints, int]:
    """Pairs beside `keys` that would gain, and the bound that the whole prices prove over all pairs."""
    height, width = len(task.proposals), len(task.experts)
    own, experts = prices[:height], prices[height : height + width]
    total = int(own @ task.loads)
    total += int(np.maximum(experts, 0) @ task.caps + np.minimum(experts, 0) @ task.minimums)
    families: list[NDArray[np.int64]] = []
    start = height + width
    for least, most in zip(programme.low, programme.high, strict=True):
        of = prices[start : start + least.size].reshape(least.shape)
        start += of.size
        limits = np.where(np.isfinite(most), most, np.where(np.isfinite(least), least, 0)).astype(np.int64)
        total += int((of * limits).sum())
        families.append(of)
    slack: dict[int, int] = {}
    total += _reciprocal(rules, keys, prices[start:], slack)
    new: list[Ints] = []
    for low in range(0, height, task.rows_at_once):
        high = min(low + task.rows_at_once, height)
        block = task.block(low, high)
        absent = np.asarray(block) == ABSENT
        gains = block.astype(np.int64) - own[low:high, None] - experts
        for of, group in zip(families, programme.groups, strict=True):
            gains -= np.where(group >= 0, of[low:high][:, np.maximum(group, 0)], 0)
        for key, price in slack.items():
            if low * width <= key < high * width:
                gains.reshape(-1)[key - low * width] -= price
        gains[absent] = 0
        total += int(np.maximum(gains, 0).sum())
        first, last = np.searchsorted(keys, (low * width, high * width))
        gains.reshape(-1)[keys[first:last] - low * width] = 0
        # A gain of a few millionths is the rounding of a price, no reason for another round.
        if (gains > SLACK).any():
            top = np.argpartition(gains, width - min(ADDED, width), axis=1)[:, width - min(ADDED, width) :]
            good = np.take_along_axis(gains, top, 1) > SLACK
            new.append(((low + np.arange(high - low))[:, None] * width + top)[good])
    return (np.unique(np.concatenate(new)) if new else keys[:0]), total


def _reciprocal(rules: Rules, keys: Ints, prices: NDArray[np.int64], slack: dict[int, int]) -> int:
    """Charges both pairs of each priced reciprocal rule into `slack`; the sum of the prices."""
    held = set(keys.tolist())
    for price, (one, other) in zip(
        prices.tolist(), (pair for pair in rules.reciprocal if held.issuperset(pair)), strict=True
    ):
        slack[one] = slack.get(one, 0) + price
        slack[other] = slack.get(other, 0) + price
    return int(prices.sum())


def _whole(task: Problem, rules: Rules, programme: Programme, keys: Ints, seconds: float) -> NDArray[np.float64] | None:
    matrix, low, high = rows_of(task, rules, programme, keys)
    result = milp(
        -task.values(keys) / SCALE,
        integrality=np.ones(len(keys)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, low, high),  # pyright: ignore[reportArgumentType]
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    return None if result.x is None else np.rint(result.x)


def _all_pairs(task: Problem) -> Ints:
    return np.flatnonzero(task.block(0, len(task.proposals)) != ABSENT)
