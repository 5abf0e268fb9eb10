from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp

from jiebang.kernel.errors import Refused
from jiebang.matching import problem as rules
from jiebang.matching.blocking import BLOCKED, IDLE
from jiebang.matching.flow import bound, maximum
from jiebang.matching.lexicographic import fairest
from jiebang.matching.problem import fingerprint, problem


def ids(letter, count):
    return [f"{letter}{i:03}" for i in range(count)]


@st.composite
def tasks(draw, institutions=False, minimums=True):
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    few = draw(st.booleans())
    cell = st.integers(0, 3) if few else st.integers(0, 10**6)
    scores = np.array(draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=height, max_size=height)))
    pair = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    caps = draw(st.lists(st.integers(0, 4), min_size=width, max_size=width))
    return {
        "proposals": ids("p", height),
        "experts": ids("e", width),
        "similarity": np.where(scores.any(), scores, 1),
        "load": draw(st.lists(st.integers(1, 3), min_size=height, max_size=height)),
        "cap": caps,
        "minimum": [draw(st.integers(0, min(cap, 1))) if minimums else 0 for cap in caps],
        "conflicts": draw(st.lists(pair, max_size=6)),
        "institutions": draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=width, max_size=width))
        if institutions
        else None,
    }


def oracle(given, least=0):
    """The best sum by scipy's mixed-integer solver on the plain formulation, None if there is no assignment."""
    scores = given["similarity"]
    height, width = scores.shape
    rows, low, high = [], [], []

    def row(cells, least, most):
        line = np.zeros(height * width)
        line[cells] = 1
        rows.append(line)
        low.append(least)
        high.append(most)

    for p in range(height):
        row(range(p * width, p * width + width), given["load"][p], given["load"][p])
        for name in {one for one in given["institutions"] or () if one is not None}:
            row([p * width + e for e in range(width) if given["institutions"][e] == name], 0, 1)
    for e in range(width):
        row(range(e, height * width, width), given["minimum"][e], given["cap"][e])
    limit = (scores >= least).astype(float)
    for p, e in given["conflicts"]:
        limit[p, e] = 0
    found = milp(
        -scores.reshape(-1).astype(float),
        integrality=np.ones(scores.size),
        bounds=Bounds(0, limit.reshape(-1)),
        constraints=LinearConstraint(np.array(rows), low, high),  # pyright: ignore[reportArgumentType]
        options={"mip_rel_gap": 0},
    )
    return None if found.x is None else int(np.rint(found.x) @ scores.reshape(-1))


def holds(given, keys):
    """Loads, caps, minimums, conflicts and institutions of decided pairs."""
    height, width = given["similarity"].shape
    rows, columns = keys // width, keys % width
    assert len(set(keys.tolist())) == len(keys)
    assert np.bincount(rows, minlength=height).tolist() == list(given["load"])
    taken = np.bincount(columns, minlength=width)
    assert (taken <= given["cap"]).all()
    assert (taken >= given["minimum"]).all()
    pairs = set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert not pairs & set(given["conflicts"])
    if given["institutions"]:
        seats = [(p, given["institutions"][e]) for p, e in pairs if given["institutions"][e] is not None]
        assert len(set(seats)) == len(seats)


@settings(max_examples=300, deadline=None)
@given(st.one_of(tasks(), tasks(institutions=True, minimums=False), tasks(institutions=True)))
def test_the_sum_is_the_one_an_independent_solver_finds_or_a_sentence(given):
    expected = oracle(given)
    task = problem(**given)
    if expected is None:
        with pytest.raises(Refused) as caught:
            maximum(task)
        for text in (caught.value.rule.zh, caught.value.rule.en):
            assert "{" not in text.format(**caught.value.facts)
        return
    found = maximum(task)
    assert found.certificate.objective == expected == found.certificate.bound
    assert found.certificate.proved
    holds(given, found.keys)
    proof = found.certificate
    assert bound(task, proof.proposal_prices, proof.expert_prices) == expected


@settings(max_examples=100, deadline=None)
@given(tasks(institutions=True), st.lists(st.integers(-(10**6), 10**6), min_size=11, max_size=11))
def test_no_prices_prove_less_than_the_best_sum(given, prices):
    expected = oracle(given)
    task = problem(**given)
    height = len(task.proposals)
    values = np.array(prices)
    if expected is not None:
        assert bound(task, values[:height], values[height : height + len(task.experts)]) >= expected


@settings(max_examples=150, deadline=None)
@given(tasks(minimums=False), st.sampled_from([0, 98, 100]))
def test_the_worst_pair_is_as_good_as_the_floor_allows(given, percent):
    best = oracle(given)
    if best is None:
        return
    found = fairest(problem(**given), quality=(percent, 100))
    assert found.best_sum == best
    holds(given, found.assignment.keys)
    levels = sorted({0, *given["similarity"].reshape(-1).tolist()})
    sums = {level: oracle(given, level) for level in levels}
    good = [level for level, total in sums.items() if total is not None and total * 100 >= best * percent]
    rows, columns = np.divmod(found.assignment.keys, given["similarity"].shape[1])
    assert given["similarity"][rows, columns].min() == max(good) == found.threshold
    assert found.certificate.objective == sums[max(good)]


@settings(max_examples=100, deadline=None)
@given(tasks(institutions=True), st.randoms(use_true_random=False))
def test_a_shuffled_input_is_the_same_problem_with_the_same_pairs(given, random):
    task = problem(**given)
    down, across = list(range(len(given["proposals"]))), list(range(len(given["experts"])))
    random.shuffle(down)
    random.shuffle(across)
    again = problem(
        [given["proposals"][p] for p in down],
        [given["experts"][e] for e in across],
        given["similarity"][np.ix_(down, across)],
        load=[given["load"][p] for p in down],
        cap=[given["cap"][e] for e in across],
        minimum=[given["minimum"][e] for e in across],
        conflicts=[(down.index(p), across.index(e)) for p, e in given["conflicts"]],
        institutions=[given["institutions"][e] for e in across],
    )
    assert fingerprint(again) == fingerprint(task)

    def outcome(of):
        try:
            return of.named(maximum(of).keys)
        except Refused as refused:
            return refused.rule, refused.facts

    assert outcome(again) == outcome(task)


@settings(max_examples=100, deadline=None)
@given(tasks(institutions=True, minimums=False), st.data())
def test_fixed_pairs_stand_and_forbidden_ones_do_not(given, data):
    height, width = given["similarity"].shape
    pair = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    fixed, out = data.draw(pair), data.draw(pair)
    barred = {**given, "conflicts": [*given["conflicts"], out]}
    # By brute force of the oracle: a similarity that no other pair can outweigh.
    scores = given["similarity"].copy()
    scores[fixed] += 10**8
    best = oracle({**barred, "similarity": scores})
    try:
        found = maximum(problem(**given, forbidden=[out], forced=[fixed]))
    except Refused:
        assert best is None or best < 10**8
        return
    assert best is not None
    holds(barred, found.keys)
    assert fixed[0] * width + fixed[1] in found.keys.tolist()
    rows, columns = np.divmod(found.keys, width)
    assert given["similarity"][rows, columns].sum() == best - 10**8


def test_larger_instances_agree_with_the_assignment_of_scipy():
    random = np.random.default_rng(3)
    scores = random.integers(0, 1_000_000, (60, 90))
    found = maximum(problem(ids("p", 60), ids("e", 90), scores, load=1, cap=1))
    assert found.certificate.objective == scores[linear_sum_assignment(scores, maximize=True)].sum()


def test_column_generation_recovers_what_a_short_list_of_candidates_loses():
    # Everyone's favourites are the same: the first candidates cannot serve all.
    random = np.random.default_rng(4)
    liked = np.sort(random.integers(0, 900_000, 120))[::-1]
    scores = np.clip(liked[None, :] + random.integers(0, 50_000, (200, 120)), 0, 1_000_000)
    task = problem(ids("p", 200), ids("e", 120), scores, load=3, cap=5)
    found = maximum(task)
    assert found.certificate.proved
    assert found.certificate.rounds > 2
    expected = scores[np.ix_(range(200), range(120))]
    assert bound(task, found.certificate.proposal_prices, found.certificate.expert_prices) == int(
        expected.reshape(-1)[found.keys].sum()
    )


def test_divided_reviews_respect_the_cap_of_a_pair_and_reach_the_best_expected_sum():
    random = np.random.default_rng(5)
    scores = random.integers(0, 1_000_000, (6, 7))
    task = problem(ids("p", 6), ids("e", 7), scores, load=2, cap=3)
    found = maximum(task, unit=10, most=4)
    assert found.amounts.max() == 4
    assert np.bincount(found.keys // 7, found.amounts).tolist() == [20] * 6
    rows = np.kron(np.eye(6), np.ones(7)), np.kron(np.ones(6), np.eye(7))
    again = milp(
        -scores.reshape(-1).astype(float),
        bounds=Bounds(0, 4),
        constraints=[LinearConstraint(rows[0], 20, 20), LinearConstraint(rows[1], 0, 30)],
    )
    assert found.certificate.objective == round(-again.fun)
    assert found.certificate.proved


def test_a_topic_whose_panels_share_nobody_is_no_difficulty():
    scores = np.zeros((4, 6), np.int32)
    scores[:2, :3], scores[2:, 3:] = 7, 9
    apart = [(p, e) for p in range(4) for e in range(6) if (p < 2) != (e < 3)]
    found = maximum(problem(ids("p", 4), ids("e", 6), scores, load=3, cap=2, conflicts=apart))
    assert found.certificate.objective == 6 * 7 + 6 * 9


ONES = np.ones((2, 3), np.int32)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"proposals": [], "similarity": np.ones((0, 3), int)}, rules.NOBODY),
        ({"experts": [], "similarity": np.ones((2, 0), int)}, rules.NOBODY),
        ({"proposals": ["a", "a"]}, rules.NAMED_TWICE),
        ({"experts": ["x", "y", "x"]}, rules.NAMED_TWICE),
        ({"similarity": np.array([[0.5, np.nan, 1], [1, 1, 1]])}, rules.SIMILARITY_INVALID),
        ({"similarity": np.ones((2, 3))}, rules.SIMILARITY_INVALID),
        ({"similarity": ONES.T}, rules.SIMILARITY_INVALID),
        ({"similarity": -ONES}, rules.SIMILARITY_INVALID),
        ({"similarity": ONES * 1_000_001}, rules.SIMILARITY_INVALID),
        ({"similarity": ONES * 0}, rules.NO_SIMILARITY),
        ({"load": 0}, rules.NUMBER_INVALID),
        ({"load": 1.5}, rules.NUMBER_INVALID),
        ({"load": [1, 1, 1]}, rules.NUMBER_INVALID),
        ({"cap": -1}, rules.NUMBER_INVALID),
        ({"cap": 1, "minimum": 2}, rules.MINIMUM_ABOVE_CAP),
        ({"conflicts": [(2, 0)]}, rules.PAIR_UNKNOWN),
        ({"forbidden": [(0, -1)]}, rules.PAIR_UNKNOWN),
        ({"forced": [(0, 0)], "conflicts": [(0, 0)]}, rules.FORCED_FORBIDDEN),
        ({"forced": [(0, 0), (0, 1)], "institutions": ["a", "a", None]}, rules.FORCED_FORBIDDEN),
        ({"forced": [(0, 0), (0, 1)]}, rules.FORCED_TOO_MANY),
        ({"institutions": ["a"]}, rules.PAIR_UNKNOWN),
        ({"cap": 0}, BLOCKED),
        ({"conflicts": [(p, e) for p in range(2) for e in range(3)]}, BLOCKED),
        ({"experts": ["x"], "similarity": ONES[:, :1], "load": 2}, BLOCKED),
        ({"load": 3, "institutions": ["a", "a", None]}, BLOCKED),
        ({"minimum": 1}, IDLE),
    ],
)
def test_bad_input_gets_a_sentence(change, rule):
    given = {"proposals": ["b", "a"], "experts": ["x", "y", "z"], "similarity": ONES, "load": 1, "cap": 2} | change
    with pytest.raises(Refused) as caught:
        maximum(problem(**given))
    assert caught.value.rule == rule
    for text in (rule.zh, rule.en):
        assert "{" not in text.format(**caught.value.facts)


def test_one_expert_and_one_proposal_are_a_pair():
    found = maximum(problem(["p"], ["e"], np.array([[5]]), load=1, cap=1))
    assert (found.keys.tolist(), found.certificate.objective) == ([0], 5)


def test_the_oracle_itself_is_right_on_what_can_be_counted():
    scores = np.array([[5, 9, 1], [4, 8, 2]])
    given = {
        "similarity": scores,
        "load": [2, 1],
        "cap": [1, 1, 1],
        "minimum": [0, 0, 0],
        "conflicts": [],
        "institutions": None,
    }
    assert oracle(given) == max(
        scores[0, list(pair)].sum() + scores[1, other]
        for pair in combinations(range(3), 2)
        for other in set(range(3)) - set(pair)
    )
