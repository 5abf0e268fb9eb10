"""A draw whose chances are written down, so that no solver has a part in it: the same bytes on every Python.

`python tests/support/golden_draw.py` (with `src` on the path) prints the digest of 199 records.
"""

from __future__ import annotations

from typing import Any

from jiebang.kernel.canonical import digest
from jiebang.matching.record import commit, drawn

SHARES = {name: name[:1].encode() * 32 for name in ("platform", "agency", "supervisor", "x-applicants")}
COMMITMENTS = {party: commit(share) for party, share in SHARES.items()}
GOLDEN = "628745886f7553755bd3025e4e4f983b39ddf9a9f5b254ee33bb7c64fe918962"


def golden() -> str:
    """Rounding, reserves and digests of the draws of one frozen record under 199 numbers."""
    public: dict[str, Any] = {
        "scheme": "jiebang-draw-2", "context": {"topic": "golden"}, "number": 1, "reason": "", "units": ["u"],
        "roster": [f"v{i:02}" for i in range(12)], "rows": [[0, "finance", 1], [0, "technical", 2]],
        "kinds": ["finance", "technical"] * 6, "institutions": [i % 7 for i in range(12)], "regions": [],
        "region_limits": [], "caps": [1] * 12, "out": [11], "barred": [], "denominator": 1000,
        "most": 500, "over": [], "certificate": {"objective": 1, "best": 1, "bound": 1}, "evidence": "0" * 64,
        "chances": [[0, 0, 250], [0, 2, 250], [0, 4, 250], [0, 6, 250], [1, 1, 500], [1, 3, 500], [1, 5, 500],
                    [1, 9, 500]],
    }  # fmt: skip
    return digest([drawn(public | {"number": n, "reason": "x"}, COMMITMENTS, SHARES) for n in range(1, 200)])


if __name__ == "__main__":
    print(golden())
