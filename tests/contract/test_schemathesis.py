"""schemathesis over the OpenAPI document, as everybody who can come: examples, coverage, fuzzing, stateful; all checks."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import people
from support.measure import ground

TESTS = Path(__file__).parents[1]
EXAMPLES = os.environ.get("JIEBANG_SCHEMATHESIS_EXAMPLES", "1")
"""Fuzzed cases of an operation; 3 by hand: docs/reliability.md has the figures."""
OFFICERS = ["agency_officer", "legal_budget_reviewer", "screener", "finance_officer", "supervisor"]
WHO: dict[str, tuple[str, list[str], bool]] = {
    "member": ("enterprise", ["org_admin", "member"], False),
    "officer": ("agency", OFFICERS, False),
    "funder": ("funder", ["finance_officer"], False),
    "reviewer": ("university", ["member"], True),
}
ENDS_THE_SESSION = ("sign_out", "act_for")
"""Held in test_web_session and test_operations_*; here they would leave everybody else signed out."""


async def _session(who: str) -> dict[str, str]:
    kind, roles, reviewer = WHO[who]
    org = await people.organisation(kind)
    actor = await people.actor(org, roles, reviewer=reviewer)
    _, token = await people.sign_in(actor.person_id, org)
    return {"COOKIE": token, "CSRF": csrf_token(token)}


async def _run(address: str, who: str, folder: Path) -> int:
    """Cases generated.

    Raises:
        AssertionError: a check failed; the report's end is told.
    """
    signed_in = await _session(who) if who in WHO else {}
    left_out = [word for name in ENDS_THE_SESSION for word in ("--exclude-operation-id", name)] if signed_in else []
    paths = [*sys.path, str(TESTS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", str(TESTS / "support" / "schemathesis.toml"), "run",
        f"{address}/api/v1/openapi.json", "--phases", "examples,coverage,fuzzing,stateful",
        "--max-examples", EXAMPLES, "--seed", "7", "--suppress-health-check", "all", "--no-color", *left_out,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **signed_in, "SCHEMATHESIS_HOOKS": "support.schemathesis_hooks",
             "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )  # fmt: skip
    assert process.stdout is not None
    said = (await process.stdout.read()).decode(errors="replace")
    found = re.search(r"([\d,]+) generated", said)
    assert await process.wait() == 0, said[said.find("FAILURES") :][:4000] + said[-1500:]
    assert found is not None, said[-1500:]
    return int(found[1].replace(",", ""))


@pytest.mark.long
async def test_everybody_finds_what_the_document_says(tmp_path: Path) -> None:
    everybody = ("anonymous", *WHO)
    async with ground(2, base_url="https://jiebang.example") as at:
        runs = [_run(at.addresses[n % 2], who, tmp_path) for n, who in enumerate(everybody)]
        cases = dict(zip(everybody, await asyncio.gather(*runs), strict=True))
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            assert await db.fetchval("select count(*) from outbox where dead_at is not null") == 0
    print(cases)
    assert sum(cases.values()) >= 5_000
