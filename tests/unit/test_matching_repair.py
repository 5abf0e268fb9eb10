from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.matching.repair import repaired
from jiebang.matching.seats import Person, seats

KINDS = ("technical", "finance")


def most_kept(of, standing):
    """How many of `standing` any assignment keeps, by trying all; None where there is none."""
    places = []
    for row in of.rows:
        fit = [e for e, one in enumerate(of.people) if one.kind == row.kind and of.similarity[row.unit, e] >= 0]
        places.append([(row.unit, chosen) for chosen in combinations(fit, row.count)])
    best = None
    for choice in product(*places):
        pairs = [(unit, e) for unit, chosen in choice for e in chosen]
        loads = [sum(e == one for _, e in pairs) for one in range(len(of.people))]
        if any(n > of.people[e].cap for e, n in enumerate(loads)):
            continue
        houses = [(unit, of.people[e].institution) for unit, e in pairs]
        if len(set(houses)) < len(houses):
            continue
        kept = sum((of.units[unit], of.people[e].id) in standing for unit, e in pairs)
        best = kept if best is None else max(best, kept)
    return best


@st.composite
def cases(draw):
    units, people = draw(st.integers(1, 3)), draw(st.integers(2, 7))
    everybody = [
        Person(f"e{i}", KINDS[draw(st.integers(0, 1))], f"o{draw(st.integers(0, 4))}", "", draw(st.integers(1, 2)))
        for i in range(people)
    ]
    names = [f"p{i}" for i in range(units)]
    pair = st.tuples(st.sampled_from(names), st.sampled_from([one.id for one in everybody]))
    scores = np.array([[draw(st.integers(0, 10**6)) for _ in range(people)] for _ in range(units)])
    barred = draw(st.sets(pair, max_size=3))
    of = seats(names, everybody, {(name, kind): 1 for name in names for kind in KINDS}, scores, barred=barred)
    return of, draw(st.sets(pair, max_size=5))


@settings(max_examples=120, deadline=None)
@given(cases())
def test_as_many_as_possible_keep_their_places(case):
    of, standing = case
    best = most_kept(of, standing)
    if best is None:
        with pytest.raises(Refused):
            repaired(of, standing)
        return
    found = repaired(of, standing)
    assert len(found.of("kept")) == best
    assert found.fewest
    assert len(found.of("kept")) + len(found.of("added")) == sum(row.count for row in of.rows)
    assert {*found.of("kept"), *found.of("displaced"), *found.of("recused")} == standing


def test_a_decline_and_a_late_application_move_nobody_else():
    random = np.random.default_rng(3)
    people = [Person(f"e{i:02}", KINDS[i % 2], f"o{i}", "", 3) for i in range(20)]
    names = [f"p{i}" for i in range(8)]
    needs = {(name, kind): 1 for name in names for kind in KINDS}
    scores = random.integers(1, 10**6, (9, 20))
    first = repaired(seats(names, people, needs, scores[:8]), ())
    standing = first.of("added")
    gone = standing[0][1]
    later = seats(
        [*names, "p8"], people, needs | {("p8", kind): 1 for kind in KINDS}, scores, out=[gone],
    )  # fmt: skip
    found = repaired(later, standing)
    assert found.fewest
    assert {person for _, person in found.of("recused")} == {gone}
    assert found.of("displaced") == ()
    assert len(found.of("added")) == 2 + len(found.of("recused"))
