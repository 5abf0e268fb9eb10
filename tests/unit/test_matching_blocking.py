from dataclasses import replace
from itertools import combinations
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.matching.blocking import BLOCKED, LOWER_LOAD, RAISE_CAP, RECRUIT, blocked
from jiebang.matching.cut import most_reviews
from jiebang.matching.problem import problem


def planted(height, width, sets, load=3, cap=8, seed=1):
    """An instance that works but for `sets`: (proposals, experts) that have nobody but one another."""
    random = np.random.default_rng(seed)
    scores = random.integers(1, 1_000_000, (height, width), dtype=np.int32)
    own, theirs = random.permutation(height), random.permutation(width)
    conflicts, truth = [], []
    for proposals, experts in sets:
        mine, own = own[:proposals], own[proposals:]
        people, theirs = theirs[:experts], theirs[experts:]
        others = np.setdiff1d(np.arange(width), people)
        conflicts += [(p, e) for p in mine for e in others]
        truth.append(({f"p{p:05}" for p in mine}, {f"e{e:05}" for e in people}))
    task = problem(
        [f"p{i:05}" for i in range(height)],
        [f"e{i:05}" for i in range(width)],
        scores,
        load=load,
        cap=cap,
        conflicts=np.array(conflicts),
    )
    return task, truth


def test_a_planted_set_is_found_exactly_and_said_in_words():
    task, truth = planted(1000, 500, [(17, 5)])
    start = perf_counter()
    (block,) = blocked(task)
    elapsed = perf_counter() - start
    assert (set(block.proposals), set(block.experts)) == truth[0]
    assert block.sentence("en").startswith("17 proposals need 51 reviews; their 5 eligible experts can give 40.")
    assert block.sentence("zh").startswith("17 份申请需要 51 份评审意见，可评审这些申请的专家 5 人最多只能承担 40 份。")
    assert {(r.rule.code, r.amount) for r in block.relaxations} == {
        (RECRUIT.code, 2),
        (RAISE_CAP.code, 3),
        (LOWER_LOAD.code, 1),
    }
    assert elapsed < 2  # 0.1 s when the machine is its own; the limit only catches another order of growth


def test_several_sets_are_told_apart_the_smallest_first():
    task, truth = planted(120, 80, [(17, 5), (12, 4), (9, 3)])
    found = blocked(task)
    assert [len(block.proposals) for block in found] == [9, 12, 17]
    assert sorted((sorted(b.proposals), sorted(b.experts)) for b in found) == sorted(
        (sorted(p), sorted(e)) for p, e in truth
    )


@st.composite
def small(draw):
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    pair = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    return problem(
        [f"p{i}" for i in range(height)],
        [f"e{i}" for i in range(width)],
        np.ones((height, width), np.int32),
        load=draw(st.lists(st.integers(1, 3), min_size=height, max_size=height)),
        cap=draw(st.lists(st.integers(0, 3), min_size=width, max_size=width)),
        conflicts=draw(st.lists(pair, max_size=12)),
        institutions=draw(st.none() | st.lists(st.sampled_from("abc"), min_size=width, max_size=width)),
    )


def capacity(task, proposals):
    """By brute force: the most that all experts can give to `proposals`, as the least over all cuts on their side."""
    height, width = len(task.proposals), len(task.experts)
    free = task.block(0, height) >= 0
    best = 10**9
    for size in range(width + 1):
        for full in combinations(range(width), size):
            total = sum(int(task.caps[e]) for e in full)
            for p in proposals:
                loose = [e for e in range(width) if free[p, e] and e not in full]
                total += len(loose) if task.institution is None else len({int(task.institution[e]) for e in loose})
            best = min(best, total)
    return best


@settings(max_examples=300, deadline=None)
@given(small())
def test_every_block_is_a_true_one_and_there_is_one_whenever_it_cannot_be_done(task):
    everyone = range(len(task.proposals))
    subsets = [s for n in everyone for s in combinations(everyone, n + 1)]
    lack = max(int(task.loads[list(s)].sum()) - capacity(task, s) for s in subsets)
    found = blocked(task)
    assert sum(block.need - block.supply for block in found) == max(lack, 0)
    for block in found:
        mine = [task.proposals.index(p) for p in block.proposals]
        assert block.rule is BLOCKED
        assert block.need == task.loads[mine].sum() > block.supply == capacity(task, mine)
        free = (task.block(0, len(task.proposals)) >= 0)[mine].any(axis=0)
        assert list(block.experts) == [task.experts[e] for e in np.flatnonzero(free)]


@settings(max_examples=100, deadline=None)
@given(small())
def test_relaxations_help_and_less_of_them_does_not(task):
    found = blocked(task)
    if len(found) != 1:
        return
    (block,) = found
    mine = np.isin(task.proposals, block.proposals)
    people = np.isin(task.experts, block.experts)
    for relaxation in block.relaxations:
        amount = relaxation.amount

        def changed(by, rule=relaxation.rule):
            match rule.code:
                case RAISE_CAP.code:
                    return replace(task, caps=task.caps + by * people)
                case LOWER_LOAD.code:
                    return replace(task, loads=np.where(mine, np.maximum(task.loads - by, 1), task.loads))
                case _:
                    return replace(task, institution=None if by else task.institution)

        if relaxation.rule is RECRUIT:
            assert amount >= 1
            continue
        assert not most_reviews(changed(amount)).lacking
        assert most_reviews(changed(amount - 1)).lacking


@pytest.mark.parametrize("size", [(1, 1), (3, 2)])
def test_what_works_has_no_block(size):
    task, _ = planted(size[0], size[1], [], load=1, cap=5)
    assert blocked(task) == ()
