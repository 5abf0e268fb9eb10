"""How review calls the mathematics of draws and scores: stored inputs in, results out; nothing is read or written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from jiebang.kernel.errors import Refused
from jiebang.matching.draw import Candidate, commit, draw, next_reserve, replay
from jiebang.matching.scores import verify
from jiebang.review import domain, rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jiebang.matching.draw import Ranking
    from jiebang.matching.scores import ScoreRun
    from jiebang.review.domain import Inputs, Seat


def drawn(inputs: Mapping[str, Any], seed: bytes, commitment: str) -> Ranking:
    """The draw of a frozen roster, conflicts and seats; RuntimeError if `seed` is not what was committed to."""
    if commit(seed) != commitment:
        raise RuntimeError("the stored seed is not the one that was committed to")
    return _draw(inputs, seed)


def shortage(inputs: Inputs, reserves: int) -> Refused | None:
    """Why no panel can be drawn from these inputs, whatever the seed; None if one can.

    Whether a panel exists depends on organisations and conflicts alone, so any seed tells.
    """
    if not inputs.strata:
        return None  # the panel is complete
    try:
        _draw(inputs.stored(), bytes(32))
    except Refused as refusal:
        return refusal
    for kind, needed in sorted(inputs.strata.items()):
        if (eligible := inputs.eligible(kind)) < needed + reserves:
            return Refused(rules.RESERVES_SHORT, stratum=kind, eligible=eligible, needed=needed, reserves=reserves)
    return None


def next_in_line(
    exports: Iterable[Mapping[str, Any]], seats: Collection[Seat], strata: Mapping[str, int]
) -> tuple[int, Candidate] | None:
    """The reserve who steps in next, and the index of the draw he comes from; None if no seat or no reserve is left.

    `exports` are the topic's finished draws in their order, `strata` all seats of the panel.
    """
    taken = [seat for seat in seats if seat.status in domain.HOLDS_A_SEAT]
    held, orgs = Counter(s.kind for s in taken), {s.org_id for s in taken}
    sitting, gone = {s.expert_id for s in taken}, {s.expert_id for s in seats} - {s.expert_id for s in taken}
    for place, export in enumerate(exports):
        ranking = replay(export)
        known = {one.id for one in ranking.roster}
        try:
            found = next_reserve(ranking, sitting & known, gone)
        except Refused:
            continue
        if found is not None and held[found.kind] < strata.get(found.kind, 0) and found.org_id not in orgs:
            return place, found
    return None


def stored_run(run: ScoreRun) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's inputs and output, which together are its export."""
    export = run.export()
    output = {name: export.pop(name) for name in ("scheme", "inputs_digest", "entries")}
    return export, output


def wrong_in(export: Mapping[str, Any]) -> list[str]:
    """What a replay of a run's export does not confirm."""
    return verify(export)


def _draw(inputs: Mapping[str, Any], seed: bytes) -> Ranking:
    return draw([Candidate(**one) for one in inputs["roster"]], inputs["conflicts"], inputs["strata"], seed)
