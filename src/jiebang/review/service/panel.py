"""How review calls the mathematics of draws and scores: stored inputs in, results out; nothing is read or written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Refused
from jiebang.kernel.text import BilingualText
from jiebang.matching.lottery import lottery
from jiebang.matching.record import drawn, freeze, openings, places, reserves
from jiebang.matching.scores import verify
from jiebang.matching.seats import Person, SeatBlock, Seats, blocks, seats
from jiebang.matching.similarity import Grams, Weights, nearest
from jiebang.review import domain, rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from jiebang.applications.api import OpenedApplication
    from jiebang.challenges.api import FrozenTopic, RuleSet
    from jiebang.matching.problem import Scores
    from jiebang.matching.record import Frozen
    from jiebang.matching.scores import ScoreRun
    from jiebang.review.domain import Inputs, Placed, Seat

_GRAMS = Grams()
"""Texts that this process has counted already."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one draw is about. `placed` are the seats that are held on the panels of single proposals."""

    topic: FrozenTopic
    inputs: Inputs
    bids: Sequence[OpenedApplication]
    placed: Sequence[Placed] = ()
    reserves: int = 0

    @property
    def sha256(self) -> str:
        """Tells whether anything has moved."""
        return digest([self.inputs.sha256, sorted(str(bid.submission_id) for bid in self.bids), self.placed])


def seats_of(case: Case, *, fit: bool = True) -> Seats:
    """The open seats: of a topic's one panel, or of a panel for each proposal, as its rules say.

    Without `fit` all are taken to fit equally well, which tells as surely whether a draw is possible.
    """
    by, inputs = case.topic.rules.draw, case.inputs
    together = by.mode == "topic"
    units = [str(case.topic.topic_id)] if together else [str(bid.application_id) for bid in case.bids]
    needs = {(unit, kind): count for unit in units for kind, count in inputs.strata.items()}
    barred: set[tuple[str, str]] = set()
    if not together:
        full = Counter((one.application_id, one.region) for one in case.placed)
        for one in case.placed:
            needs[one.application_id, one.kind] -= 1
            barred |= {
                (one.application_id, e.id)
                for e in inputs.roster
                if e.org_id == one.org_id
                or (by.per_region is not None and full[one.application_id, _region(e)] >= by.per_region)
            }
        units = [unit for unit in units if any(needs[unit, kind] > 0 for kind in inputs.strata)]
    load = Counter(one.expert_id for one in case.placed)
    cap = {e.id: 1 if together else max(by.max_load - load[e.id], 0) for e in inputs.roster}
    sitting = Counter(one.region for one in case.placed if units == [one.application_id])
    return seats(
        units,
        [Person(e.id, e.kind, e.org_id, _region(e), cap[e.id]) for e in inputs.roster],
        {key: count for key, count in needs.items() if count > 0 and key[0] in units},
        _similarity(case, units) if fit else None,
        barred={(unit, person) for unit, person in barred if unit in units},
        out=inputs.conflicts,
        per_region=by.per_region,
        seated=inputs.seated_regions if together else sitting,
    )


def shortage(case: Case) -> list[SeatBlock]:
    """What keeps the seats from being drawn, the smallest first, whatever anybody reveals; empty: nothing does."""
    open_seats = seats_of(case, fit=False) if case.inputs.roster else None
    return _shortage(case.inputs, open_seats, case.topic.rules.draw.chance_cap, case.reserves)


def outlook(inputs: Inputs, by: RuleSet) -> list[SeatBlock]:
    """As `shortage`, for the panel of a topic (or of any one proposal) that is not published yet."""
    people = [Person(e.id, e.kind, e.org_id, _region(e)) for e in inputs.roster]
    needs = {("panel", kind): count for kind, count in inputs.strata.items()}
    one = seats(["panel"], people, needs, None, out=inputs.conflicts, per_region=by.draw.per_region) if people else None
    return _shortage(inputs, one, by.draw.chance_cap, by.reserves_per_stratum)


def _shortage(inputs: Inputs, open_seats: Seats | None, cap: int, reserves_needed: int) -> list[SeatBlock]:
    if open_seats is None:
        facts = {"need": sum(inputs.strata.values()), "supply": 0, "experts": 0, "institutions": 0}
        return [SeatBlock(rules.POOL_EMPTY, facts)]
    if found := blocks(open_seats):
        return list(found)
    if open_seats.together:
        try:
            lottery(open_seats, most=cap, quality=0)
        except Refused as refusal:
            return [blocked_by(refusal)]
    return [
        SeatBlock(
            rules.RESERVES_SHORT,
            {"stratum": kind, "eligible": eligible, "needed": needed, "reserves": reserves_needed},
        )
        for kind, needed in sorted(inputs.strata.items())
        if (eligible := inputs.eligible(kind)) < needed + reserves_needed
    ]


def blocked_by(refusal: Refused) -> SeatBlock:
    """A refusal of the mathematics, as a block."""
    return SeatBlock(refusal.rule, refusal.facts)


def frozen(case: Case, *, key: bytes, number: int, reason: str | None) -> Frozen:
    """The chances of a draw with their record; takes seconds where many bid. Raises `Refused` where there is none."""
    topic, by = case.topic, case.topic.rules.draw
    return freeze(
        lottery(seats_of(case), most=by.chance_cap, quality=by.quality),
        key,
        number=number,
        reason=reason,
        context={"topic": str(topic.topic_id), "rules": topic.sha256, "mode": by.mode},
        conflicts=case.inputs.conflicts,
    )


def solved(case: Case, *, key: bytes, number: int, reason: str | None) -> Frozen | list[SeatBlock]:
    """`frozen`, or what keeps it from being."""
    if blocking := shortage(case):
        return blocking
    try:
        return frozen(case, key=key, number=number, reason=reason)
    except Refused as refusal:
        return [blocked_by(refusal)]


def outcome(
    inputs: Mapping[str, Any], commitments: Mapping[str, str], shares: Mapping[str, bytes]
) -> tuple[dict[str, Any], list[tuple[str, str, int, list[str]]]]:
    """What a finished draw stores, and its places: expert, kind, rank, units."""
    record = drawn(inputs["public"], commitments, shares)
    found: dict[str, tuple[str, list[str]]] = {}
    for place in places(record, inputs["evidence"]):
        found.setdefault(place.person, (place.kind, []))[1].append(place.unit)
    opened = openings(record, inputs["evidence"], set(found))
    ranks: Counter[str] = Counter()
    placed: list[tuple[str, str, int, list[str]]] = []
    for person, (kind, units) in sorted(found.items()):
        ranks[kind] += 1
        placed.append((person, kind, ranks[kind], units))
    return {"record": record, "openings": opened}, placed


def file(inputs: Mapping[str, Any], output: Mapping[str, Any]) -> dict[str, Any]:
    """A finished draw with its evidence, as `verify-draw` takes it."""
    return {"draw": output["record"], "openings": output["openings"], "evidence": inputs["evidence"]}


def next_in_line(
    draws: Sequence[Mapping[str, Any]], taken: Collection[Seat], strata: Mapping[str, int], per_region: int | None
) -> tuple[int, str, str, int] | None:
    """Who steps in next on a topic's one panel: the draw's place, expert, kind, rank; None: no seat or no reserve.

    `draws` are the finished ones in their order, `taken` all places ever offered. One who would take the only
    organisation that another open seat can have is passed over while somebody else can step in.
    """
    holding = [seat for seat in taken if seat.status in domain.HOLDS_A_SEAT]
    held, known = Counter(seat.kind for seat in holding), {seat.expert_id for seat in taken}
    left = {kind: n - held[kind] for kind, n in strata.items() if n > held[kind]}
    orgs, regions = {seat.org_id for seat in holding}, Counter(seat.region for seat in holding)
    line: list[tuple[int, str, str, int, str]] = []
    for at, draw in enumerate(draws):
        people = {one["id"]: one for one in draw["inputs"]["people"]}
        for (_, kind), order in reserves(draw["output"]["record"], draw["inputs"]["evidence"]).items():
            for rank, person in enumerate(order, start=1):
                one = people[person]
                fits = per_region is None or regions[one["region"]] < per_region
                if fits and kind in left and person not in known and one["org_id"] not in orgs:
                    line.append((at, person, kind, rank, one["org_id"]))
    for careful in (True, False):
        for at, person, kind, rank, org in line:
            rest = {k: n - (k == kind) for k, n in left.items()}
            others = [(k, o) for _, _, k, _, o in line if o != org]
            if not careful or _fits(rest, others):
                return at, person, kind, rank
    return None


def next_apart(
    draws: Sequence[Mapping[str, Any]],
    units: Sequence[str],
    kind: str,
    taken: Collection[Seat],
    placed: Iterable[Placed],
    per_region: int | None,
) -> dict[str, tuple[int, int, list[str]]]:
    """Who takes over the applications `units` from an expert of `kind`: expert to draw's place, rank, applications.

    Only those who hold and have declined no place on the topic; each application takes the first reserve in its own
    drawn order who fits its panel. Applications without a reserve are missing from the answer.
    """
    known, held = {seat.expert_id for seat in taken}, list(placed)
    found: dict[str, tuple[int, int, list[str]]] = {}
    for unit in units:
        panel = [one for one in held if one.application_id == unit]
        orgs, regions = {one.org_id for one in panel}, Counter(one.region for one in panel)
        for at, draw in enumerate(draws):
            people = {one["id"]: one for one in draw["inputs"]["people"]}
            order = reserves(draw["output"]["record"], draw["inputs"]["evidence"]).get((unit, kind), [])
            fit = next(
                (
                    (rank, person)
                    for rank, person in enumerate(order, start=1)
                    if person not in known
                    and people[person]["org_id"] not in orgs
                    and (per_region is None or regions[people[person]["region"]] < per_region)
                ),
                None,
            )
            if fit is not None:
                found.setdefault(fit[1], (at, fit[0], []))[2].append(unit)
                break
    return found


def reason_for(place: Mapping[str, Any]) -> BilingualText:
    """Why an expert sits on a panel, in words: kind, fit, chance."""
    zh, en = domain.KIND_NAMES[place["kind"]]
    fit, chance = f"{place['similarity'] / 10_000:.1f}%", f"{place['chance'] / 10:.1f}%"
    return BilingualText(
        zh=f"{zh}类席位；与评审内容的匹配度 {fit}；抽中概率 {chance}；无回避情形。",
        en=f"A seat for {en} experts; fit with what is judged {fit}; chance of being drawn {chance}; "
        "no recusal applies.",
    )


def stored_run(run: ScoreRun) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's inputs and output, which together are its export."""
    export = run.export()
    output = {name: export.pop(name) for name in ("scheme", "inputs_digest", "entries")}
    return export, output


def wrong_in(export: Mapping[str, Any]) -> list[str]:
    """What a replay of a run's export does not confirm."""
    return verify(export)


def _region(expert: domain.PoolExpert) -> str:
    return expert.region or expert.org_id


def _fits(left: Mapping[str, int], line: Sequence[tuple[str, str]]) -> bool:
    """Whether every open seat can have an organisation of its own."""
    holder: dict[str, tuple[str, int]] = {}

    def seat(place: tuple[str, int], tried: set[str]) -> bool:
        for kind, org in line:
            if kind == place[0] and org not in tried:
                tried.add(org)
                if org not in holder or seat(holder[org], tried):
                    holder[org] = place
                    return True
        return False

    return all(seat((kind, i), set()) for kind, n in left.items() for i in range(n))


def _similarity(case: Case, units: Sequence[str]) -> Scores:
    """Units × roster: by the topic's own words, or by each proposal's blind part; the nearest of the directions."""
    by, body, inputs = case.topic.rules.draw, case.topic.body, case.inputs
    about = [body.title, body.problem, body.baseline, body.gap]
    texts = ["\n".join(part for text in about for part in (text.zh, text.en) if part)]
    if by.mode == "proposal":
        words = {str(bid.application_id): _words(domain.blind_answers(bid.answers)) for bid in case.bids}
        texts = [words[unit] for unit in units]
    paths = [(code.split(".")[0], code) for code in body.directions] or [(body.track,)]
    theirs = [[(code.split(".")[0], code) for code in e.directions] or [(body.track,)] for e in inputs.roster]
    weights = Weights(by.text_weight, 100 - by.text_weight, by.similarity_ceiling)
    return nearest(texts, [e.publications for e in inputs.roster], paths, theirs, weights, _GRAMS)


def _words(value: Any) -> str:
    match value:
        case str():
            return value
        case dict():
            return "\n".join(_words(part) for part in value.values())
        case list():
            return "\n".join(_words(part) for part in value)
        case _:
            return ""
