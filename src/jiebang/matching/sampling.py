"""A random draw of the assignment whose probabilities are known, capped, and checkable by anyone.

The order of events: each party (agency, supervisor, the applicants' representative) commits to 32 random bytes;
then the roster is frozen and `lottery` solves the marginals; then the parties reveal, `drawn` mixes what they revealed
with everything frozen into one seed, and `rounding` does the rest. The export names experts by salted commitments;
`verify` checks it offline from the stored marginals and never solves anything again.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from jiebang.kernel.canonical import NotCanonicalError, canonical_json, digest
from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.draw import commit
from jiebang.matching.flow import maximum
from jiebang.matching.problem import Problem, fingerprint
from jiebang.matching.rounding import Stream, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEME = "jiebang-lottery-1"
DENOMINATOR = 1_000
_SECRET = 32

REDRAW_UNEXPLAINED = Rule(
    "lottery.redraw_unexplained",
    zh="第 {number} 次抽取必须说明重新抽取的理由，理由将随抽取记录公开。未作抽取。",
    en="Draw number {number} needs the reason for drawing again, which stays visible in its record. Nothing was drawn.",
)
NOT_COMMITTED = Rule(
    "lottery.not_committed",
    zh="“{party}”公开的随机数与其事先的承诺不符，或未作承诺、未公开。未作抽取。",
    en="What “{party}” revealed is not what it had committed to, or one of the two is missing. Nothing was drawn.",
)
PARTIES_MISSING = Rule(
    "lottery.parties_missing",
    zh="至少需要一方作出随机数承诺后方可抽取。未作抽取。",
    en="At least one party must have committed to its random bytes before a draw. Nothing was drawn.",
)


@dataclass(frozen=True, slots=True)
class Lottery:
    """What is frozen before the parties reveal. Experts stand in the order of `roster`, their salted commitments.

    `marginals` (proposal, expert, numerator) over `DENOMINATOR`, none above `most`; `loads` and `caps` in whole
    reviews. `inputs` is the problem's `fingerprint`.
    """

    proposals: tuple[str, ...]
    roster: tuple[str, ...]
    loads: tuple[int, ...]
    caps: tuple[int, ...]
    most: int
    marginals: tuple[tuple[int, int, int], ...]
    inputs: str

    @property
    def frozen(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "proposals": list(self.proposals),
            "roster": list(self.roster),
            "loads": list(self.loads),
            "caps": list(self.caps),
            "denominator": DENOMINATOR,
            "most": self.most,
            "marginals": [list(one) for one in self.marginals],
            "inputs": self.inputs,
        }


def salt(key: bytes, expert: str) -> bytes:
    """The salt of an expert's commitment, from the agency's secret key (32 random bytes, one per draw)."""
    if len(key) != _SECRET:
        raise ValueError("a salt key has 32 bytes")
    return hmac.digest(key, canonical_json([SCHEME, "salt", expert]), "sha256")


def veiled(salted: bytes, expert: str) -> str:
    """An expert's commitment in hexadecimal; opened later by publishing salt and id."""
    return sha256(canonical_json([SCHEME, "expert", salted.hex(), expert])).hexdigest()


def lottery(task: Problem, key: bytes, *, most: int = 500) -> Lottery:
    """Marginals with the greatest expected similarity, no pair likelier than `most` / `DENOMINATOR`.

    Fixed pairs stand at certainty; caps and minimum loads are whole, so that rounding keeps them. Raises `Refused`
    as `maximum` does, ValueError under institution rules, which this rounding would not keep.
    """
    if task.institution is not None:
        raise ValueError("rounding keeps loads and caps, not institutions")
    found = maximum(task, unit=DENOMINATOR, most=most)
    width = len(task.experts)
    veils = [veiled(salt(key, expert), expert) for expert in task.experts]
    order = sorted(range(width), key=veils.__getitem__)
    place = {expert: i for i, expert in enumerate(order)}
    rows, columns = (found.keys // width).tolist(), (found.keys % width).tolist()
    fixed = np.bincount(task.forced // width, minlength=len(task.proposals))
    taken = np.bincount(task.forced % width, minlength=width)
    return Lottery(
        task.proposals,
        tuple(veils[expert] for expert in order),
        tuple((task.loads + fixed).tolist()),
        tuple((task.caps + taken)[order].tolist()),
        most,
        tuple(sorted((p, place[e], n) for p, e, n in zip(rows, columns, found.amounts.tolist(), strict=True))),
        fingerprint(task),
    )


def seed(frozen: Mapping[str, Any], number: int, reveals: Mapping[str, str]) -> bytes:
    """SHA-256 over everything frozen, the draw's number and what the parties revealed."""
    return sha256(canonical_json([SCHEME, "seed", digest(frozen), number, dict(reveals)])).digest()


def drawn(
    frozen: Lottery,
    commitments: Mapping[str, str],
    reveals: Mapping[str, bytes],
    *,
    number: int = 1,
    reason: str = "",
) -> dict[str, Any]:
    """Draw and export: a JSON object for `verify`, without the id of any expert.

    `commitments` by party as published (`draw.commit`), `reveals` the 32 bytes behind them. `pairs` and the ordered
    `reserves` of each proposal are positions in `roster`. Raises `Refused` with this module's rules.
    """
    if not commitments:
        raise Refused(PARTIES_MISSING)
    for party in sorted({*commitments, *reveals}):
        if len(reveals.get(party, b"")) != _SECRET or commitments.get(party) != commit(reveals[party]):
            raise Refused(NOT_COMMITTED, party=party)
    if number > 1 and not reason.strip():
        raise Refused(REDRAW_UNEXPLAINED, number=number)
    if number < 1:
        raise ValueError("draws are numbered from 1")
    export = {
        "scheme": SCHEME,
        **frozen.frozen,
        "commitments": dict(commitments),
        "reveals": {party: reveals[party].hex() for party in reveals},
        "number": number,
        "reason": reason,
    }
    export |= _outcome(export)
    return export | {"digest": digest(export)}


def _outcome(export: Mapping[str, Any]) -> dict[str, Any]:
    """Seed, pairs and reserves from what an export holds."""
    frozen = {name: export[name] for name in Lottery.__slots__ if name != "frozen"} | {
        "denominator": export["denominator"]
    }
    source = seed(frozen, export["number"], export["reveals"])
    marginals = {(p, e): n for p, e, n in export["marginals"]}
    stream = Stream(source)
    pairs = rounded(marginals, export["denominator"], stream)
    chosen = set(pairs)
    order = stream.shuffled(range(len(export["roster"])))
    reserves = [
        [e for e in order if (p, e) in marginals and (p, e) not in chosen] for p in range(len(export["proposals"]))
    ]
    return {"seed": source.hex(), "pairs": [list(pair) for pair in pairs], "reserves": reserves}


def verify(text: bytes, published: str | None = None, openings: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Check an export as it lies in a file (canonical JSON); an empty list means that it holds.

    Checks that commitments match reveals, that the stored marginals are probabilities within their cap that meet
    loads and caps, and that the rounding gives these pairs and reserves. `published` is the digest made public;
    `openings` are (salt, expert id) of commitments opened so far.
    """
    try:
        export = json.loads(text)
        if canonical_json(export) != text:
            return ["the export is not in canonical form"]
        found = _flaws(export)
        again = _outcome(export) if not found else {}
        roster = set(export["roster"])
        found += [
            f"opening {expert}: no such commitment in the roster"
            for salted, expert in openings
            if veiled(bytes.fromhex(salted), expert) not in roster
        ]
        rest = {name: value for name, value in export.items() if name != "digest"}
        if export["digest"] != digest(rest):
            found.append("digest: it is not that of the export")
        if published is not None and export["digest"] != published:
            found.append("digest: it is not the one published")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, NotCanonicalError) as error:
        return [f"the export is malformed: {error}"]
    return found + [f"{name}: the export and the repeated draw differ" for name in again if export[name] != again[name]]


def _flaws(export: Mapping[str, Any]) -> list[str]:
    """What is wrong with the stored inputs of the rounding."""
    loads, caps, number = export["loads"], export["caps"], export["number"]
    numbers = [export["denominator"], export["most"], number, *loads, *caps, *chain.from_iterable(export["marginals"])]
    if any(type(one) is not int or one < 0 for one in numbers):
        return ["a number is not whole"]
    parties = sorted({*export["commitments"], *export["reveals"]})
    found = [
        f"commitments: {party} revealed something else"
        for party in parties
        if export["commitments"].get(party) != commit(bytes.fromhex(export["reveals"].get(party, "")))
    ]
    sizes = [len(set(export[names])) for names in ("proposals", "roster")]
    checks = {
        "scheme: another kind of export": export["scheme"] == SCHEME and set(export) == _FIELDS,
        "commitments: there are none": bool(parties),
        "reason: a repeated draw needs one": number == 1 or (number > 1 and bool(export["reason"].strip())),
        "roster: it does not fit the loads and caps": [len(export["proposals"]), len(export["roster"])] == sizes
        and sizes == [len(loads), len(caps)],
    }
    return found + [flaw for flaw, fine in checks.items() if not fine] + _no_marginals(export)


def _no_marginals(export: Mapping[str, Any]) -> list[str]:
    """Whether the stored marginals are probabilities within their cap that meet loads and caps."""
    whole, most, loads, caps = export["denominator"], export["most"], export["loads"], export["caps"]
    pairs = [(p, e) for p, e, _ in export["marginals"]]
    if sorted(set(pairs)) != pairs or any(p >= len(loads) or e >= len(caps) for p, e in pairs):
        return ["marginals: not in order, or of nobody"]
    rows, columns = Counter[int](), Counter[int]()
    for p, e, n in export["marginals"]:
        rows[p] += n
        columns[e] += n
    checks = {
        "a probability beyond its cap": all(0 < n <= most or n == whole for _, _, n in export["marginals"]),
        "a proposal's load is not met": all(rows[p] == load * whole for p, load in enumerate(loads)),
        "an expert's cap is exceeded": all(columns[e] <= cap * whole for e, cap in enumerate(caps)),
    }
    return [f"marginals: {flaw}" for flaw, fine in checks.items() if not fine]


_FIELDS = {
    *Lottery.__slots__,
    *("scheme", "denominator", "commitments", "reveals", "number", "reason", "seed", "pairs", "reserves", "digest"),
}
