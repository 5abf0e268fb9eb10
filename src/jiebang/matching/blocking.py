"""When it cannot be done: which proposals, which experts, and what would help, in words.

By the theorem of maximum flow and minimum cut, reviews lack an expert exactly if some proposals need more of them
than their eligible experts can give. The smallest such cut is found over all eligible pairs (only those that cross
a cut are ever held), and falls apart into blocks that have nothing to do with one another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.cut import Cut, most_reviews
from jiebang.matching.problem import ABSENT, Ints, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BLOCKED = Rule(
    "assignment.blocked",
    zh="{proposals} 份申请需要 {need} 份评审意见，可评审这些申请的专家 {experts} 人"
    "最多只能承担 {supply} 份。未作分配。",
    en="{proposals} proposals need {need} reviews; their {experts} eligible experts can give {supply}. Nobody was "
    "assigned.",
)
IDLE = Rule(
    "assignment.idle",
    zh="{experts} 位专家的最少评审数合计 {need} 份，可由其评审的申请 {proposals} 份"
    "最多只能提供 {supply} 份。未作分配。",
    en="{experts} experts are to give at least {need} reviews; the {proposals} proposals they may review can take "
    "{supply}. Nobody was assigned.",
)
SHORT = Rule(
    "assignment.short",
    zh="同时满足单位限制和最少评审数时，有 {missing} 项评审无法安排。未作分配。请放宽其中一项后再试。",
    en="With the institution rule and the minimum loads together, {missing} reviews cannot be placed. Nobody was "
    "assigned. Relax one of the two and try again.",
)
RECRUIT = Rule(
    "assignment.relax_recruit",
    zh="增加 {amount} 位可评审上述全部申请的专家（每人最多 {cap} 份）。",
    en="Add {amount} experts who may review all of these proposals (up to {cap} reviews each).",
)
RAISE_CAP = Rule(
    "assignment.relax_cap",
    zh="将上述专家每人的评审上限提高 {amount} 份。",
    en="Raise the limit of each of these experts by {amount}.",
)
LOWER_LOAD = Rule(
    "assignment.relax_load",
    zh="将上述申请每份所需的评审意见减少 {amount} 份。",
    en="Ask for {amount} fewer reviews of each of these proposals.",
)
LIFT_INSTITUTION = Rule(
    "assignment.relax_institution",
    zh="取消“同一单位至多一人”的限制。",
    en="Lift the rule of one expert per institution.",
)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One change that alone dissolves a block; `amount` is the least that does."""

    rule: Rule
    amount: int
    cap: int = 0

    def sentence(self, language: Literal["zh", "en"]) -> str:
        """In words."""
        text = self.rule.zh if language == "zh" else self.rule.en
        return text.format(amount=self.amount, cap=self.cap)


@dataclass(frozen=True, slots=True)
class Block:
    """`proposals` (ids) need `need` reviews; all `experts` eligible for any of them can give `supply`, which is less.

    With `rule` IDLE the sides change: `experts` must give `need`, `proposals` can take `supply`.
    """

    rule: Rule
    proposals: tuple[str, ...]
    experts: tuple[str, ...]
    need: int
    supply: int
    relaxations: tuple[Relaxation, ...] = ()

    @property
    def facts(self) -> dict[str, int]:
        """What fills the sentence."""
        return {
            "proposals": len(self.proposals),
            "experts": len(self.experts),
            "need": self.need,
            "supply": self.supply,
        }

    def sentence(self, language: Literal["zh", "en"]) -> str:
        """In words."""
        return (self.rule.zh if language == "zh" else self.rule.en).format(**self.facts)


def refusal(blocks: Sequence[Block], missing: int) -> Refused:
    """The refusal that names the smallest block."""
    if not blocks:
        return Refused(SHORT, missing=missing)
    return Refused(blocks[0].rule, **blocks[0].facts)


def blocked(task: Problem, least: int = 0, warm: Ints | None = None, *, relax: bool = True) -> tuple[Block, ...]:
    """Every block, the smallest first; empty where each side alone can be served.

    `least` leaves out weaker pairs; `warm` are pairs to begin with. With `relax`, each block names the cheapest
    changes.
    """
    cut = most_reviews(task, least, warm)
    if cut.lacking:
        return _blocks(task, cut, least, BLOCKED, relax=relax)
    if not task.minimums.any():
        return ()
    turned = _turned(task)
    cut = most_reviews(turned, least)
    return _blocks(turned, cut, least, IDLE, relax=False) if cut.lacking else ()


def _blocks(task: Problem, cut: Cut, least: int, rule: Rule, *, relax: bool) -> tuple[Block, ...]:
    rows = np.flatnonzero(cut.proposals)
    eligible = np.concatenate([task.block(int(p), int(p) + 1, least) for p in rows]) > ABSENT
    tight = eligible[:, cut.experts]
    left, right = np.nonzero(tight)
    size = len(rows) + tight.shape[1]
    joined = csr_array((np.ones(len(left), np.int8), (left, right + len(rows))), shape=(size, size))
    _, label = connected_components(joined, directed=False)
    blocks: list[Block] = []
    for one in np.unique(label[: len(rows)]).tolist():
        mine = label[: len(rows)] == one
        part, able = rows[mine], eligible[mine]
        people = np.flatnonzero(able.any(axis=0))
        full = people[cut.experts[people]]
        loose = able & ~cut.experts
        if task.institution is None:
            single = int(loose.sum())
        else:
            single = sum(len(np.unique(task.institution[row])) for row in loose)
        names, experts = tuple(task.proposals[p] for p in part), tuple(task.experts[e] for e in people)
        need, supply = int(task.loads[part].sum()), int(task.caps[full].sum()) + single
        if rule is IDLE:
            names, experts = experts, names
        relaxations = _relaxations(task, part, people, able[:, people], cut) if relax else ()
        blocks.append(Block(rule, names, experts, need, supply, relaxations))
    return tuple(sorted(blocks, key=lambda block: (len(block.proposals), len(block.experts), block.proposals)))


def _turned(task: Problem) -> Problem:
    """The experts' minimums as needs, the proposals' loads as what they can take; institutions aside."""
    height, width = len(task.proposals), len(task.experts)
    scores = np.ascontiguousarray(np.asarray(task.similarity[0:height], np.int32).T)
    banned = np.sort(task.banned % width * height + task.banned // width)
    return Problem(
        task.experts,
        task.proposals,
        scores,
        task.minimums,
        task.loads,
        task.loads * 0,
        banned,
        task.forced[:0],
        None,
    )


def _relaxations(task: Problem, part: Ints, people: Ints, able: NDArray[np.bool_], cut: Cut) -> tuple[Relaxation, ...]:
    """Each kind of change with the least amount that alone dissolves the block, found on the block itself.

    Experts outside the cut give these proposals one review for each pair already; the others none but theirs.
    """
    full = cut.experts[people]
    small = Problem(
        tuple(map(str, part)),
        tuple(map(str, people)),
        np.ones(able.shape, np.int32),
        task.loads[part],
        np.where(full, task.caps[people], len(part)),
        np.zeros(len(people), np.int64),
        np.flatnonzero(~able),
        people[:0],
        None if task.institution is None else task.institution[people],
    )
    usual = max(int(task.caps.max()), 1)

    def recruited(amount: int) -> Problem:
        wider = np.concatenate((able, np.ones((len(part), amount), bool)), axis=1)
        groups = small.institution
        if groups is not None:
            groups = np.concatenate((groups, int(groups.max(initial=0)) + 1 + np.arange(amount)))
        return replace(
            small,
            experts=tuple(map(str, range(wider.shape[1]))),
            similarity=np.ones(wider.shape, np.int32),
            caps=np.concatenate((small.caps, np.full(amount, usual))),
            minimums=np.zeros(wider.shape[1], np.int64),
            banned=np.flatnonzero(~wider),
            institution=groups,
        )

    most = int(small.loads.max())
    enough = int(small.loads.sum())
    found: list[tuple[Rule, int]] = [
        (RECRUIT, _least(recruited, min(enough, most + -(-enough // usual)))),
    ]
    if len(people):
        found += [
            (RAISE_CAP, _least(lambda n: replace(small, caps=small.caps + n * full), len(part))),
            (LOWER_LOAD, _least(lambda n: replace(small, loads=np.maximum(small.loads - n, 1)), most - 1)),
        ]
    if task.institution is not None:
        # Whom the rule kept out others may have taken up: this one is tried on everybody, other blocks aside.
        elsewhere = cut.proposals.copy()
        elsewhere[part] = False
        lifted = replace(task, institution=None, loads=np.where(elsewhere, 0, task.loads))
        found.append((LIFT_INSTITUTION, _least(lambda _: lifted, 1)))
    return tuple(Relaxation(rule, amount, usual) for rule, amount in found if amount)


def _least(changed: Callable[[int], Problem], most: int) -> int:
    """The least amount 1..most with which nothing is lacking any more; 0 if even `most` does not help."""
    if most < 1 or most_reviews(changed(most)).lacking:
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if most_reviews(changed(middle)).lacking:
            low = middle + 1
        else:
            high = middle
    return low
