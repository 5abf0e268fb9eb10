"""The random draw of a panel: seeded, stratified, replayable.

The seed's SHA-256 is published before the roster is frozen. Each expert's place in a stratum follows from
HMAC-SHA256(seed, stratum and expert) alone, so that neither the order of the roster nor the presence of
others moves it. Strata are filled in the order of their names; within each, experts are taken in rank order,
at most one per organisation over the whole panel, and one is passed over only where taking them would leave a
seat that nobody could fill. Whoever is not chosen is a reserve, in the same order: a decline never calls for
a second draw.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jiebang.kernel.canonical import NotCanonicalError, canonical_json, digest
from jiebang.kernel.errors import Refused, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SCHEME = "jiebang-draw-1"
_SEED_BYTES = 32

STRATUM_SHORT = Rule(
    "draw.stratum_short",
    zh="专家类别“{stratum}”需要 {needed} 人，回避后可抽取 {eligible} 人，"
    "在“同一单位至多一人”的要求下无法满足。未抽取任何专家。请扩充专家库后再抽取。",
    en="The stratum “{stratum}” needs {needed} experts; {eligible} remain after recusal, and with at most "
    "one expert per organisation the panel cannot be filled. Nobody was drawn. Enlarge the pool, then draw.",
)
RESERVES_EXHAUSTED = Rule(
    "draw.reserves_exhausted",
    zh="专家类别“{stratum}”已无可递补的备选专家。请扩充专家库，并说明理由后补充抽取。",
    en="The stratum “{stratum}” has no reserve left who could step in. Enlarge the pool and draw for the "
    "open seat, stating the reason.",
)


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """An expert in the roster: opaque id, kind (the stratum) and the organisation that the cap counts."""

    id: str
    kind: str
    org_id: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """A draw, with all that its replay needs. `order` ranks every eligible expert of each stratum by id."""

    seed: bytes
    roster: tuple[Candidate, ...]
    conflicts: dict[str, tuple[str, ...]]
    strata: dict[str, int]
    order: dict[str, tuple[str, ...]]
    chosen: dict[str, tuple[str, ...]]

    @property
    def inputs_digest(self) -> str:
        """SHA-256 over roster, conflicts and strata in canonical form; the seed is not part of it."""
        return digest({"roster": self.roster, "conflicts": self.conflicts, "strata": self.strata})

    def reserves(self, stratum: str) -> tuple[str, ...]:
        """Those not chosen, in rank order. `next_reserve` says who of them may step in."""
        return tuple(one for one in self.order[stratum] if one not in self.chosen[stratum])

    def export(self) -> dict[str, Any]:
        """A JSON object for `verify`. It reveals the seed and the experts: for the supervisor only."""
        return {
            "scheme": SCHEME,
            "commitment": commit(self.seed),
            "seed": self.seed.hex(),
            "roster": [asdict(one) for one in self.roster],
            "conflicts": {one: list(reasons) for one, reasons in self.conflicts.items()},
            "strata": dict(self.strata),
            "inputs_digest": self.inputs_digest,
            "order": {stratum: list(ids) for stratum, ids in self.order.items()},
            "chosen": {stratum: list(ids) for stratum, ids in self.chosen.items()},
        }


def commit(seed: bytes) -> str:
    """What is published before the draw: the seed's plain SHA-256 in hexadecimal, which anyone can check."""
    return sha256(seed).hexdigest()


def draw(
    roster: Iterable[Candidate],
    conflicts: Mapping[str, Collection[str]],
    strata: Mapping[str, int],
    seed: bytes,
) -> Ranking:
    """Draw `strata[kind]` experts of each kind.

    `conflicts` maps an expert's id to the reasons for which they stay out; the reasons are kept in the
    record. `seed` is 32 random bytes. Raises `Refused` (`STRATUM_SHORT`; facts: stratum, needed, eligible)
    when a stratum cannot be filled, `ValueError` for a malformed call.
    """
    pool = tuple(sorted(roster))
    if len(seed) != _SEED_BYTES:
        raise ValueError("a seed has 32 bytes")
    if len({one.id for one in pool}) != len(pool):
        raise ValueError("an expert stands in the roster twice")
    if not strata or any(type(n) is not int or n < 1 for n in strata.values()):
        raise ValueError("every stratum needs a whole number of seats, one at least")
    seats = {stratum: strata[stratum] for stratum in sorted(strata)}
    order = {
        stratum: sorted(
            (one for one in pool if one.kind == stratum and one.id not in conflicts),
            key=lambda one: (_key(seed, one), one.id),
        )
        for stratum in seats
    }
    chosen, short = _fill(order, seats, frozenset())
    if short is not None:
        raise Refused(STRATUM_SHORT, stratum=short, needed=seats[short], eligible=len(order[short]))
    return Ranking(
        seed=seed,
        roster=pool,
        conflicts={one: tuple(sorted(set(conflicts[one]))) for one in sorted(conflicts)},
        strata=seats,
        order={stratum: tuple(one.id for one in ranked) for stratum, ranked in order.items()},
        chosen={stratum: tuple(one.id for one in picked) for stratum, picked in chosen.items()},
    )


def next_reserve(ranking: Ranking, taken: Collection[str], declined: Collection[str]) -> Candidate | None:
    """Who steps in next, None when every seat is taken.

    `taken` holds the experts who keep their seats, `declined` those who gave one up or lost it. Several open
    seats are filled together, so that one reserve does not use up the only organisation that another seat
    could have. Raises `Refused` (`RESERVES_EXHAUSTED`) when there is an open seat and no reserve for any.
    """
    by_id = {one.id: one for one in ranking.roster}
    orgs = frozenset(by_id[one].org_id for one in taken)
    open_seats = {
        stratum: left
        for stratum, seats in ranking.strata.items()
        if (left := seats - len(set(ranking.order[stratum]) & set(taken))) > 0
    }
    gone = {*taken, *declined}
    order = {s: [by_id[one] for one in ranking.order[s] if one not in gone] for s in open_seats}
    picked, short = _fill(order, open_seats, orgs)
    if short is None:
        return next((picked[s][0] for s in open_seats), None)
    for stratum in open_seats:
        for one in order[stratum]:
            if one.org_id not in orgs:
                return one
    raise Refused(RESERVES_EXHAUSTED, stratum=short)


def replay(export: Mapping[str, Any]) -> Ranking:
    """The ranking again, from the inputs and the seed of a stored export; `verify` compares the two.

    Raises what `draw` raises, and KeyError or TypeError for an export that lacks something.
    """
    return draw(
        [Candidate(**one) for one in export["roster"]],
        export["conflicts"],
        export["strata"],
        bytes.fromhex(export["seed"]),
    )


def verify(export: Mapping[str, Any], commitment: str | None = None) -> list[str]:
    """Draw again from an export and name every difference; an empty list means that it holds.

    `commitment` is the one published beforehand, if the caller has it.
    """
    try:
        again = replay(export).export()
    except Refused as refusal:
        return [f"the draw cannot be repeated: {refusal.rule.code}"]
    except (KeyError, TypeError, ValueError, AttributeError, NotCanonicalError) as error:
        return [f"the export is malformed: {error}"]
    found = [
        f"{name}: the export and the repeated draw differ"
        for name in sorted({*again, *export})
        if name not in export or name not in again or export[name] != again[name]
    ]
    if commitment is not None and commitment != again["commitment"]:
        found.append("commitment: the seed is not the one that was committed to")
    return found


def _key(seed: bytes, one: Candidate) -> bytes:
    return hmac.digest(seed, canonical_json([SCHEME, one.kind, one.id]), "sha256")


def _fill(
    order: Mapping[str, list[Candidate]], seats: Mapping[str, int], taken_orgs: frozenset[str]
) -> tuple[dict[str, list[Candidate]], str | None]:
    """The first panel in rank order with one expert per organisation, or a stratum that cannot be filled."""
    picked: dict[str, list[Candidate]] = {stratum: [] for stratum in seats}
    used = set(taken_orgs)
    left = dict(seats)
    if (short := _short(order, left, used)) is not None:
        return picked, short
    for stratum in seats:
        for one in order[stratum]:
            if not left[stratum]:
                break
            if one.org_id in used:
                continue
            left[stratum] -= 1
            if _short(order, left, used | {one.org_id}) is None:
                used.add(one.org_id)
                picked[stratum].append(one)
            else:
                left[stratum] += 1
    return picked, None


def _short(order: Mapping[str, list[Candidate]], left: Mapping[str, int], used: set[str]) -> str | None:
    """A stratum whose seats cannot each get an organisation, None if all can (bipartite matching)."""
    orgs = {s: list(dict.fromkeys(one.org_id for one in order[s] if one.org_id not in used)) for s in left}
    holder: dict[str, tuple[str, int]] = {}

    def seat(place: tuple[str, int], tried: set[str]) -> bool:
        for org in orgs[place[0]]:
            if org in tried:
                continue
            tried.add(org)
            if org not in holder or seat(holder[org], tried):
                holder[org] = place
                return True
        return False

    for stratum, seats in left.items():
        for i in range(seats):
            if not seat((stratum, i), set()):
                return stratum
    return None
