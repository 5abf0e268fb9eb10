"""Check the file of a draw, offline, from what it holds: nothing is solved again.

A file is one JSON object in canonical form: `draw`, the public record; `openings` of commitments, if any; and, for
those who may see it, the `evidence`. What is checked: the parties' commitments, that the stored chances are
probabilities that keep seats, loads, institutions and regions, that the seed and the rounding give these pairs and
reserves; with the evidence also every name, every similarity, and the certificate by weak duality.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from jiebang.kernel.canonical import NotCanonicalError, canonical_json, digest
from jiebang.matching.record import SCHEME, commit, groups_of, outcome, salt, veiled

if TYPE_CHECKING:
    from collections.abc import Mapping

_AFTER = frozenset({"frozen", "commitments", "shares", "silent", "seed", "pairs", "reserves", "digest"})
_RECORD = _AFTER | {
    "scheme", "context", "number", "reason", "units", "roster", "rows", "kinds", "institutions", "regions",
    "region_limits", "caps", "out", "barred", "denominator", "most", "over", "chances", "certificate", "evidence",
}  # fmt: skip
_EVIDENCE = frozenset({"key", "units", "people", "conflicts", "similarity", "row_prices", "people_prices"})


def verify(text: bytes, *, frozen: str | None = None, commitments: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with a draw's file; an empty list means that it holds.

    `frozen` is the digest that was published before anybody revealed, `commitments` those published before that; a
    caller who kept them gives them.
    """
    try:
        file = json.loads(text)
        if canonical_json(file) != text.removesuffix(b"\n"):
            return ["the file is not in canonical form"]
        if not {"draw"} <= set(file) <= {"draw", "openings", "evidence"}:
            return ["the file is not that of a draw"]
        record = file["draw"]
        found = _flaws(record)
        if not found:
            again = outcome(record)
            found = [f"{name}: the file and the repeated draw differ" for name in again if record[name] != again[name]]
        if not found:
            found = _rules_broken(record)
        if "openings" in file:
            found += _opened(record, file["openings"])
        if "evidence" in file:
            found += _evidence(record, file["evidence"])
        if frozen is not None and frozen != record["frozen"]:
            found.append("frozen: these chances are not those that were published before the parties revealed")
        if commitments is not None and dict(commitments) != record["commitments"]:
            found.append("commitments: they are not those that were published before the roster was frozen")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, NotCanonicalError) as error:
        return [f"the file is malformed: {error}"]
    return found


def check(text: bytes, published: bytes | None = None) -> list[str]:
    """`verify`, against the topic's draw commitments as the API listed them before the draw (JSON), if given.

    Parties that committed after the list was saved may have joined; none on it may have gone or changed.
    """
    if published is None:
        return verify(text)
    try:
        number = json.loads(text)["draw"]["number"]
        (listed,) = [one for one in json.loads(published) if one["n"] == number]
        mine = {one["party"]: one["commitment"] for one in listed["parties"]}
        found = verify(text, frozen=listed["frozen_sha256"])
        missing = mine.items() - json.loads(text)["draw"]["commitments"].items()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return [f"the published commitments do not fit the draw: {error}"]
    return found + [f"commitments: that of {party} is not the one published" for party, _ in sorted(missing)]


def _flaws(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with the inputs of the rounding."""
    if set(record) != _RECORD or record["scheme"] != SCHEME:
        return ["the record is of another kind"]
    numbers = [
        record["denominator"], record["most"], record["number"], *record["caps"], *record["out"],
        *record["institutions"], *record["regions"], *chain.from_iterable(record["chances"]),
        *chain.from_iterable(record["barred"]), *(n for unit, _, count in record["rows"] for n in (unit, count)),
        *record["certificate"].values(), *record["region_limits"],
    ]  # fmt: skip
    if any(type(one) is not int or one < 0 for one in numbers):
        return ["a number is not whole"]
    width, units, rows = len(record["roster"]), len(record["units"]), record["rows"]
    sizes = {len(record[name]) for name in ("kinds", "institutions", "caps")} | {len(set(record["roster"]))}
    if record["region_limits"]:
        sizes.add(len(record["regions"]))
    proof = record["certificate"]
    checks = {
        "digest: it is not that of the record": record["digest"] == digest(_without(record, {"digest"})),
        "frozen: it is not the digest of what was frozen": record["frozen"] == digest(_without(record, _AFTER)),
        "reason: a further draw needs one": record["number"] == 1 or bool(record["reason"].strip()),
        "roster: its columns do not fit": sizes == {width} and len(set(record["units"])) == units,
        "rows: a row is of nobody": all(unit < units for unit, _, _ in rows)
        and len({(unit, kind) for unit, kind, _ in rows}) == len(rows),
        "certificate: it contradicts itself": proof["objective"] <= proof["best"] <= proof["bound"],
    }
    return [flaw for flaw, fine in checks.items() if not fine] + _shares(record) + _chances(record)


def _without(record: Mapping[str, Any], names: frozenset[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _shares(record: Mapping[str, Any]) -> list[str]:
    commitments, shares = record["commitments"], record["shares"]
    found = [
        f"commitments: {party} revealed something else"
        for party in sorted(shares)
        if commitments.get(party) != commit(bytes.fromhex(shares[party]))
    ]
    if not shares:
        found.append("shares: nobody revealed any")
    if record["silent"] != sorted(set(commitments) - set(shares)):
        found.append("silent: they are not those who revealed nothing")
    return found


def _chances(record: Mapping[str, Any]) -> list[str]:
    """Whether the stored chances are probabilities within their cap that keep every rule."""
    whole, most, rows = record["denominator"], record["most"], record["rows"]
    pairs = [(row, person) for row, person, _ in record["chances"]]
    if sorted(set(pairs)) != pairs or any(r >= len(rows) or e >= len(record["roster"]) for r, e in pairs):
        return ["chances: not in order, or of nobody"]
    away, barred = set(record["out"]), {(unit, person) for unit, person in record["barred"]}
    seats, loads = Counter[int](), Counter[int]()
    groups: Counter[tuple[Any, ...]] = Counter()
    for row, person, chance in record["chances"]:
        seats[row] += chance
        loads[person] += chance
        groups["institution", rows[row][0], record["institutions"][person]] += chance
        if record["regions"]:
            groups["region", rows[row][0], record["regions"][person]] += chance
    checks = {
        "a probability beyond its cap": all(0 < n <= whole for _, _, n in record["chances"])
        and record["over"] == [[row, person] for row, person, n in record["chances"] if n > most],
        "somebody who stays out": all(e not in away and (rows[r][0], e) not in barred for r, e in pairs),
        "somebody of another kind": all(rows[r][1] == record["kinds"][e] for r, e in pairs),
        "a row's seats are not filled": all(seats[row] == rows[row][2] * whole for row in range(len(rows))),
        "more than somebody's load": all(loads[e] <= cap * whole for e, cap in enumerate(record["caps"])),
        "more of an institution or a region than may be": all(
            total <= (1 if what == "institution" else record["region_limits"][number]) * whole
            for (what, _, number), total in groups.items()
        ),
    }
    return [f"chances: {flaw}" for flaw, fine in checks.items() if not fine]


def _rules_broken(record: Mapping[str, Any]) -> list[str]:
    """The drawn pairs themselves, whatever the rounding promises."""
    groups, rows = groups_of(record), record["rows"]
    houses = Counter((rows[row][0], groups.institution[person]) for row, person in record["pairs"])
    regions = Counter((rows[row][0], groups.region[person]) for row, person in record["pairs"] if groups.region)
    loads = Counter(person for _, person in record["pairs"])
    seats = Counter(row for row, _ in record["pairs"])
    checks = {
        "two experts of one institution": all(n <= 1 for n in houses.values()),
        "too many experts of one region": all(
            n <= record["region_limits"][region] for (_, region), n in regions.items()
        ),
        "an expert beyond their load": all(n <= record["caps"][e] for e, n in loads.items()),
        "a seat is empty": all(seats[row] == count for row, (_, _, count) in enumerate(rows)),
    }
    return [f"pairs: {flaw}" for flaw, fine in checks.items() if not fine]


def _opened(record: Mapping[str, Any], openings: list[Any]) -> list[str]:
    return [
        f"openings: {name} is not who stands at place {place} of the roster"
        for place, name, salted in openings
        if type(place) is not int or place < 0 or veiled(bytes.fromhex(salted), name) != record["roster"][place]
    ]


def _evidence(record: Mapping[str, Any], evidence: Mapping[str, Any]) -> list[str]:
    """Names, similarities and the certificate."""
    if set(evidence) != _EVIDENCE or digest(evidence) != record["evidence"]:
        return ["evidence: it is not that of the record"]
    key, matrix, rows = bytes.fromhex(evidence["key"]), evidence["similarity"], record["rows"]
    veils = [[veiled(salt(key, name), name) for name in evidence[part]] for part in ("units", "people")]
    if veils != [record["units"], record["roster"]]:
        return ["evidence: its names are not those of the record"]
    away, barred = set(record["out"]), {(unit, person) for unit, person in record["barred"]}
    row_prices, people_prices = evidence["row_prices"], evidence["people_prices"]
    if any(type(one) is not int for one in chain(row_prices, people_prices, *matrix)):
        return ["evidence: a number is not whole"]
    bound = sum(price * count for price, (_, _, count) in zip(row_prices, rows, strict=True))
    bound += sum(max(price, 0) * cap for price, cap in zip(people_prices, record["caps"], strict=True))
    for price, (unit, kind, _) in zip(row_prices, rows, strict=True):
        for person, charge in enumerate(people_prices):
            if record["kinds"][person] == kind and matrix[unit][person] >= 0:
                bound += max(0, max(matrix[unit][person], 1) - price - charge)
    objective = sum(max(matrix[rows[row][0]][person], 1) * chance for row, person, chance in record["chances"])
    proof = record["certificate"]
    checks = {
        "its recusals are not those of the record": all(
            (matrix[unit][person] < 0) == (person in away or (unit, person) in barred)
            for unit in range(len(record["units"]))
            for person in range(len(record["roster"]))
        ),
        "somebody stays out without a reason": all(evidence["conflicts"].get(evidence["people"][e]) for e in away),
        "the objective is another": proof["objective"] == objective,
        "the prices prove another bound": proof["bound"] == bound * record["denominator"],
    }
    return [f"evidence: {flaw}" for flaw, fine in checks.items() if not fine]
