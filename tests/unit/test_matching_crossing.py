import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from jiebang.kernel.errors import Refused
from jiebang.matching.crossing import KIND_BLOCKED, ruled
from jiebang.matching.problem import problem
from jiebang.matching.programme import RULES_MALFORMED, Rules

KINDS = ("technical", "industry", "finance")


@st.composite
def cases(draw):
    height, width = draw(st.integers(1, 5)), draw(st.integers(3, 8))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    scores = random.integers(1, 1_000_000, (height, width))
    pair = st.integers(0, height * width - 1)
    given = {
        "load": draw(st.integers(2, 4)),
        "cap": draw(st.lists(st.integers(1, 4), min_size=width, max_size=width)),
        "conflicts": [
            (int(p), int(e)) for p, e in zip(random.integers(0, height, 2), random.integers(0, width, 2), strict=True)
        ],
        "institutions": [f"i{i}" for i in random.integers(0, max(2, width - 2), width)],
    }
    rules = Rules(
        [KINDS[k] for k in random.integers(0, 3, width)],
        [(kind, 1) for kind in KINDS[: draw(st.integers(0, 3))]],
        [f"r{i}" for i in random.integers(0, 3, width)],
        draw(st.sampled_from([None, 1, 2])),
        draw(st.lists(st.tuples(pair, pair).filter(lambda two: two[0] != two[1]), max_size=4)),
    )
    return scores, given, rules


def oracle(scores, given, rules):
    """All rules written out in full over all pairs, by the mixed-integer solver; None if nothing fits."""
    height, width = scores.shape
    rows, low, high = [], [], []

    def row(cells, least, most):
        line = np.zeros(scores.size)
        line[cells] = 1
        rows.append(line)
        low.append(least)
        high.append(most)

    for p in range(height):
        row(range(p * width, p * width + width), given["load"], given["load"])
        for kind, count in rules.at_least:
            row([p * width + e for e in range(width) if rules.kinds[e] == kind], count, np.inf)
        for name in set(given["institutions"]):
            row([p * width + e for e in range(width) if given["institutions"][e] == name], 0, 1)
        for name in set(rules.regions) if rules.per_region is not None else ():
            row([p * width + e for e in range(width) if rules.regions[e] == name], 0, rules.per_region)
    for e in range(width):
        row(range(e, scores.size, width), 0, given["cap"][e])
    for pair in rules.reciprocal:
        row(list(pair), 0, 1)
    limit = np.ones(scores.shape)
    for p, e in given["conflicts"]:
        limit[p, e] = 0
    found = milp(
        -scores.reshape(-1).astype(float),
        integrality=np.ones(scores.size),
        bounds=Bounds(0, limit.reshape(-1)),  # pyright: ignore[reportArgumentType]
        constraints=LinearConstraint(np.array(rows), low, high),  # pyright: ignore[reportArgumentType]
        options={"mip_rel_gap": 0},
    )
    return None if found.x is None else int(np.rint(found.x) @ scores.reshape(-1))


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_rule_holds_the_bound_is_true_and_the_gap_honest(case):
    scores, given, rules = case
    best = oracle(*case)
    height, width = scores.shape
    task = problem([f"p{i}" for i in range(height)], [f"e{i}" for i in range(width)], scores, **given)
    try:
        found = ruled(task, rules)
    except Refused as refused:
        assert best is None
        for text in (refused.rule.zh, refused.rule.en):
            assert "{" not in text.format(**refused.facts)  # noqa: PT017 -- not every case is refused
        return
    assert best is not None
    assert found.objective <= best <= found.bound
    # Nothing else is left to chance: on whole solutions the optimum, else within what column generation saw.
    assert found.objective == best or found.gap > 0
    rows, columns = np.divmod(found.keys, width)
    assert scores[rows, columns].sum() == found.objective
    assert np.bincount(rows, minlength=height).tolist() == [given["load"]] * height
    assert (np.bincount(columns, minlength=width) <= given["cap"]).all()
    assert not set(zip(rows.tolist(), columns.tolist(), strict=True)) & set(given["conflicts"])
    for p in range(height):
        panel = columns[rows == p].tolist()
        assert len({given["institutions"][e] for e in panel}) == len(panel)
        for kind, count in rules.at_least:
            assert sum(rules.kinds[e] == kind for e in panel) >= count
        if rules.per_region is not None:
            regions = [rules.regions[e] for e in panel]
            assert all(regions.count(name) <= rules.per_region for name in regions)
    chosen = set(found.keys.tolist())
    assert not any({one, other} <= chosen for one, other in rules.reciprocal)


def test_a_kind_that_cannot_serve_is_named_with_its_numbers():
    scores = np.ones((9, 8), np.int32)
    task = problem([f"p{i}" for i in range(9)], [f"e{i}" for i in range(8)], scores, load=2, cap=4)
    with pytest.raises(Refused) as caught:
        ruled(task, Rules(["finance", "finance", *["technical"] * 6], [("technical", 1), ("finance", 1)]))
    assert caught.value.rule == KIND_BLOCKED
    assert caught.value.facts == {"kind": "finance", "proposals": 9, "need": 9, "experts": 2, "supply": 8}


@pytest.mark.parametrize(
    "rules",
    [
        Rules(["technical"], [("technical", 1)]),
        Rules(["technical"] * 3, [("technical", -1)]),
        Rules(regions=["a"], per_region=1),
        Rules(reciprocal=[(0, 99)]),
    ],
)
def test_rules_that_do_not_fit_the_experts_get_a_sentence(rules):
    task = problem(["p"], ["a", "b", "c"], np.ones((1, 3), np.int32), load=1, cap=1)
    with pytest.raises(Refused) as caught:
        ruled(task, rules)
    assert caught.value.rule == RULES_MALFORMED
