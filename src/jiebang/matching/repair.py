"""A panel mended: as many of those who sit keep their places as any assignment allows, then the best sum.

For a decline, a conflict that came to light, or an application that is judged after all. The result is whole; who
comes new is drawn by lot elsewhere, among the seats that this leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from jiebang.matching.lottery import whole
from jiebang.matching.problem import ABSENT, SCALE

if TYPE_CHECKING:
    from collections.abc import Collection

    from jiebang.matching.seats import Seats

What = Literal["kept", "added", "displaced", "recused"]


@dataclass(frozen=True, slots=True)
class Change:
    """A pair, and what becomes of it.

    `kept`; `added`; `displaced`: it could stand, but all seats can be filled with more of the others only without it;
    `recused`: it may not stand any more. `similarity` 0..10⁶, None where recused.
    """

    unit: str
    person: str
    what: What
    similarity: int | None


@dataclass(frozen=True, slots=True)
class Repair:
    """`changes` by unit and person. `fewest`: it is proved that nothing changes fewer people's places."""

    changes: tuple[Change, ...]
    fewest: bool

    def of(self, what: What) -> tuple[tuple[str, str], ...]:
        """The pairs (unit, person) of which that becomes."""
        return tuple((one.unit, one.person) for one in self.changes if one.what == what)


def repaired(of: Seats, standing: Collection[tuple[str, str]]) -> Repair:
    """Fill all seats of `of`, keeping as many `standing` pairs (unit, person) as can be kept.

    `of` holds every seat, not the open ones alone, with recusals as they are now; a standing pair that it does not
    know any more counts as recused. Raises `Refused` where the seats cannot be filled at all.
    """
    at_unit = {name: n for n, name in enumerate(of.units)}
    at_person = {one.id: n for n, one in enumerate(of.people)}
    kinds = {(row.unit, row.kind) for row in of.rows}
    able = {
        (at_unit[unit], at_person[person])
        for unit, person in standing
        if unit in at_unit
        and person in at_person
        and of.similarity[at_unit[unit], at_person[person]] > ABSENT
        and (at_unit[unit], of.people[at_person[person]].kind) in kinds
    }
    # All similarities together weigh less than one kept place.
    weight = sum(row.count for row in of.rows) + 1
    scores = np.where(of.similarity > ABSENT, of.similarity // weight, ABSENT).astype(np.int32)
    for pair in able:
        scores[pair] = SCALE
    found = whole(of, scores)
    width = len(of.people)
    chosen = {(key // width, key % width) for key in found.keys.tolist()}
    changes = [_change(of, pair, "kept" if pair in able else "added") for pair in chosen]
    changes += [_change(of, pair, "displaced") for pair in able - chosen]
    named = {(of.units[unit], of.people[person].id) for unit, person in able}
    changes += [Change(unit, person, "recused", None) for unit, person in set(standing) - named]
    return Repair(tuple(sorted(changes, key=lambda one: (one.unit, one.person))), found.gap < SCALE - SCALE // weight)


def _change(of: Seats, pair: tuple[int, int], what: What) -> Change:
    return Change(of.units[pair[0]], of.people[pair[1]].id, what, int(of.similarity[pair]))
