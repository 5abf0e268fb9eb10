"""What is kept of a draw, so that anyone can repeat it: frozen chances first, then what the parties reveal, then pairs.

The order of events: each party commits to 32 random bytes; then the roster is frozen and its chances are solved; then
the parties reveal, and `drawn` mixes what they revealed with everything frozen into one seed. A public record names
units and experts by salted commitments alone; the evidence behind it (ids, reasons for recusal, similarities, prices)
is bound to it by its digest. `verification` checks both offline.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jiebang.kernel.canonical import canonical_json, digest
from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.rounding import Groups, Stream, rounded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from jiebang.matching.lottery import Lottery

SCHEME = "jiebang-draw-2"
DENOMINATOR = 1_000
SHARE_BYTES = 32
RESERVES_APART = 10  # reserves listed for each row where panels are per proposal; one panel lists all

REDRAW_UNEXPLAINED = Rule(
    "draw.redraw_unexplained",
    zh="第 {number} 次抽取必须说明重新抽取的理由，理由将随抽取记录公开。未作抽取。",
    en="Draw number {number} needs the reason for drawing again, which stays visible in its record. Nothing was drawn.",
)
NOT_COMMITTED = Rule(
    "draw.not_committed",
    zh="“{party}”公开的随机数与其事先的承诺不符，或事先未作承诺。未作抽取。",
    en='What "{party}" revealed is not what it had committed to, or it had committed to nothing. Nothing was drawn.',
)
NOTHING_REVEALED = Rule(
    "draw.nothing_revealed",
    zh="尚无任何一方公开随机数，无法抽取。",
    en="Nobody has revealed any random bytes yet, so nothing can be drawn.",
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The public half and the evidence, both JSON objects. Rows, units and people are numbered as in `public`."""

    public: dict[str, Any]
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A drawn seat. `chance` in thousandths; `similarity` 0..10⁶."""

    unit: str
    kind: str
    person: str
    chance: int
    similarity: int


def commit(share: bytes) -> str:
    """What a party publishes beforehand: the plain SHA-256 of its 32 random bytes in hexadecimal."""
    return sha256(share).hexdigest()


def salt(key: bytes, name: str) -> bytes:
    """The salt of a name's commitment, from the draw's secret key (32 random bytes)."""
    if len(key) != SHARE_BYTES:
        raise ValueError("a salt key has 32 bytes")
    return hmac.digest(key, canonical_json([SCHEME, "salt", name]), "sha256")


def veiled(salted: bytes, name: str) -> str:
    """A name's commitment in hexadecimal; opened later by publishing salt and name."""
    return sha256(canonical_json([SCHEME, "name", salted.hex(), name])).hexdigest()


def freeze(
    found: Lottery,
    key: bytes,
    *,
    number: int,
    reason: str | None,
    context: Mapping[str, Any],
    conflicts: Mapping[str, Collection[str]],
) -> Frozen:
    """The record of chances, before anybody reveals. `context` names topic and rule set; it is published.

    `conflicts` are each person's reasons to stay out, for the evidence. Raises `Refused` for a further draw without
    a reason.
    """
    if number > 1 and not (reason or "").strip():
        raise Refused(REDRAW_UNEXPLAINED, number=number)
    if number < 1:
        raise ValueError("draws are numbered from 1")
    of = found.seats
    people, units = [one.id for one in of.people], list(of.units)
    veils = [[veiled(salt(key, name), name) for name in names] for names in (units, people)]
    down, across = (sorted(range(len(veil)), key=veil.__getitem__) for veil in veils)
    at_unit, at_person = ({old: new for new, old in enumerate(order)} for order in (down, across))
    rows = sorted(range(len(of.rows)), key=lambda row: (at_unit[of.rows[row].unit], of.rows[row].kind))
    at_row = {old: new for new, old in enumerate(rows)}
    matrix = of.similarity[down][:, across]
    regions = [] if of.per_region is None else _numbers([of.people[e].region for e in across])
    limits = dict(zip(regions, (of.region_limits[of.region[e]] for e in across), strict=False))
    evidence = {
        "key": key.hex(),
        "units": [units[u] for u in down],
        "people": [people[e] for e in across],
        "conflicts": {name: sorted(set(conflicts[name])) for name in sorted(conflicts)},
        "similarity": matrix.tolist(),
        "row_prices": [found.certificate.rows[row] for row in rows],
        "people_prices": [found.certificate.people[e] for e in across],
    }
    out = [e for e, name in enumerate(evidence["people"]) if name in conflicts and bool((matrix[:, e] < 0).all())]
    away = set(out)
    public = {
        "scheme": SCHEME,
        "context": dict(context),
        "number": number,
        "reason": reason or "",
        "units": [veils[0][u] for u in down],
        "roster": [veils[1][e] for e in across],
        "rows": [[at_unit[of.rows[row].unit], of.rows[row].kind, of.rows[row].count] for row in rows],
        "kinds": [of.people[e].kind for e in across],
        "institutions": _numbers([of.people[e].institution for e in across]),
        "regions": regions,
        "region_limits": [limits[region] for region in sorted(limits)],
        "caps": [of.people[e].cap for e in across],
        "out": out,
        "barred": [[u, e] for u in range(len(down)) for e in range(len(across)) if e not in away and matrix[u, e] < 0],
        "denominator": DENOMINATOR,
        "most": found.most,
        "over": sorted([at_row[row], at_person[person]] for row, person in found.over),
        "chances": sorted(
            [at_row[row], at_person[person], chance]
            for (row, person), chance in zip(found.pairs, found.chances, strict=True)
        ),
        "certificate": {
            "objective": found.certificate.objective,
            "best": found.certificate.best,
            "bound": found.certificate.bound,
        },
        "evidence": digest(evidence),
    }
    return Frozen(public, evidence)


def drawn(public: Mapping[str, Any], commitments: Mapping[str, str], shares: Mapping[str, bytes]) -> dict[str, Any]:
    """The record of the draw: what was frozen, commitments, shares, who revealed none, seed, pairs and reserves.

    `commitments` by party, as published beforehand; `shares` the 32 bytes behind them. A party that revealed nothing
    is left out and named. Raises `Refused` where a share is not what was committed to, or where there is none.
    """
    if not shares:
        raise Refused(NOTHING_REVEALED)
    for party in sorted(shares):
        if len(shares[party]) != SHARE_BYTES or commitments.get(party) != commit(shares[party]):
            raise Refused(NOT_COMMITTED, party=party)
    record = {
        **public,
        "frozen": digest(public),
        "commitments": dict(commitments),
        "shares": {party: share.hex() for party, share in shares.items()},
        "silent": sorted(set(commitments) - set(shares)),
    }
    record |= outcome(record)
    return record | {"digest": digest(record)}


def outcome(record: Mapping[str, Any]) -> dict[str, Any]:
    """Seed, pairs and reserves from what else a record holds; `pairs` (row, person), `reserves` people by row."""
    mixed = [SCHEME, "seed", record["frozen"], dict(record["shares"])]
    stream = Stream(source := sha256(canonical_json(mixed)).digest())
    chances = {(row, person): chance for row, person, chance in record["chances"]}
    pairs = rounded(chances, record["denominator"], stream, groups_of(record))
    order = stream.shuffled(range(len(record["roster"])))
    chosen: dict[int, set[int]] = {}
    for row, person in pairs:
        chosen.setdefault(record["rows"][row][0], set()).add(person)
    barred: dict[int, set[int]] = {}
    for unit, person in record["barred"]:
        barred.setdefault(unit, set()).add(person)
    away = set(record["out"])
    most = len(order) if len(record["units"]) == 1 else RESERVES_APART
    reserves: list[list[int]] = []
    for unit, kind, _ in record["rows"]:
        gone = away | barred.get(unit, set()) | chosen.get(unit, set())
        reserves.append([e for e in order if record["kinds"][e] == kind and e not in gone][:most])
    return {"seed": source.hex(), "pairs": [list(pair) for pair in pairs], "reserves": reserves}


def groups_of(record: Mapping[str, Any]) -> Groups:
    """The groups that the rounding of a record keeps."""
    return Groups(tuple(record["institutions"]), tuple(record["regions"]), len(record["units"]) == 1)


def places(record: Mapping[str, Any], evidence: Mapping[str, Any]) -> list[Place]:
    """The drawn seats by name."""
    chances = {(row, person): chance for row, person, chance in record["chances"]}
    return [
        Place(
            evidence["units"][record["rows"][row][0]],
            record["rows"][row][1],
            evidence["people"][person],
            chances[row, person],
            evidence["similarity"][record["rows"][row][0]][person],
        )
        for row, person in record["pairs"]
    ]


def reserves(record: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """The reserves of each (unit, kind) by name, in drawn order."""
    return {
        (evidence["units"][unit], kind): [evidence["people"][person] for person in record["reserves"][place]]
        for place, (unit, kind, _) in enumerate(record["rows"])
    }


def openings(record: Mapping[str, Any], evidence: Mapping[str, Any], names: Collection[str]) -> list[list[Any]]:
    """[place in the roster, id, salt] of `names`: what opens their commitments and no other's."""
    key = bytes.fromhex(evidence["key"])
    found = [[e, name, salt(key, name).hex()] for e, name in enumerate(evidence["people"]) if name in names]
    if any(veiled(bytes.fromhex(salted), name) != record["roster"][e] for e, name, salted in found):
        raise RuntimeError("the evidence is not that of the record")
    return found


def _numbers(names: Sequence[str]) -> list[int]:
    number: dict[str, int] = {}
    return [number.setdefault(name, len(number)) for name in names]
