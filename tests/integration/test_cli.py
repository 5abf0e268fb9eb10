"""The command line on engines that are given by URL, as on a cluster."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from typing import TYPE_CHECKING

import asyncpg
import pytest

from jiebang.kernel.canonical import canonical_json
from jiebang.matching.record import commit, drawn
from jiebang.platform.db import Role
from support import people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jiebang.engines.local import Endpoints


async def jiebang(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command in a process of its own: (exit status, stdout, stderr)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jiebang.cli", *arguments,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture(scope="module")
async def cluster(endpoints: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """The environment of a cluster on an empty database of its own: URLs, and one secret file for each login."""
    folder = tmp_path_factory.mktemp("secrets")
    name = f"cluster_{secrets.token_hex(4)}"
    at = f"{endpoints.database_host}:{endpoints.database_port}"
    admin = f"postgresql://{endpoints.admin_user}:{endpoints.admin_password}@{at}"
    connection = await asyncpg.connect(f"{admin}/jiebang", ssl=False)
    await connection.execute(f"create database {name}")
    # Roles belong to the server: give back the secrets that the other tests' pools use.
    stored = await connection.fetch("select rolname, rolpassword from pg_authid where rolname ^@ 'jiebang_'")
    environment = {
        "DATABASE_URL": f"postgresql://{at}/{name}?sslmode=disable",
        "DATABASE_ADMIN_URL": f"{admin}/{name}?sslmode=disable",
        "JIEBANG_SECRET_KEY_FILE": _secret(folder, "key"),
        **{f"DATABASE_PASSWORD_{role.short.upper()}_FILE": _secret(folder, role.short) for role in Role},
    }
    yield environment
    for row in stored:
        if row["rolpassword"]:
            await connection.execute(f"alter role {row['rolname']} password '{row['rolpassword']}'")
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


def _secret(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text(secrets.token_hex(32))
    return str(path)


async def test_migrate_bootstraps_once_and_again(cluster: dict[str, str]) -> None:
    status, out, err = await jiebang("migrate", **cluster)
    assert (status, err) == (0, "")
    assert "FUNDING" in out
    status, out, err = await jiebang("migrate", **cluster)
    assert (status, err) == (0, "")
    assert "No migrations need to be run" in out


async def test_an_agency_is_founded_once_and_its_administrator_invited(cluster: dict[str, str]) -> None:
    assert (await jiebang("migrate", **cluster))[0] == 0
    uscc = people.valid_uscc()
    named = ("--uscc", uscc, "--name-zh", "测试局", "--name-en", "Test bureau", "--admin-email", "admin@bureau.example")
    without_admin = {k: v for k, v in cluster.items() if k != "DATABASE_ADMIN_URL"}
    assert (await jiebang("found-agency", *named, **without_admin))[0] == 0
    status, _, err = await jiebang("found-agency", *named, **without_admin)
    assert (status, err) == (1, f"jiebang: an organisation with {uscc} is registered already\n")
    status, _, err = await jiebang("found-agency", "--uscc", "123", *named[2:], **without_admin)
    assert (status, err) == (1, "jiebang: 123 is not a valid 统一社会信用代码\n")
    connection = await asyncpg.connect(cluster["DATABASE_ADMIN_URL"])
    try:
        assert await connection.fetchval("select count(*) from app.org_invitation") == 1
        assert await connection.fetchval("select count(*) from app.outbox where kind = 'identity.mail_invitation'") == 1
    finally:
        await connection.close()


async def test_the_audit_log_of_the_database_is_verified(cluster: dict[str, str]) -> None:
    assert (await jiebang("migrate", **cluster))[0] == 0
    status, out, _ = await jiebang("verify-audit", **cluster)
    assert status == 0
    assert "links are as they were written" in out


async def test_a_draw_is_verified_from_its_file_alone(tmp_path: Path) -> None:
    public = {
        "scheme": "jiebang-draw-2", "context": {"topic": "t"}, "number": 1, "reason": "", "units": ["u"],
        "roster": ["v0", "v1", "v2"], "rows": [[0, "technical", 1]], "kinds": ["technical"] * 3,
        "institutions": [0, 1, 2], "regions": [], "region_limits": [], "caps": [1] * 3, "out": [2], "barred": [],
        "denominator": 1000, "most": 500, "over": [], "chances": [[0, 0, 500], [0, 1, 500]],
        "certificate": {"objective": 1, "best": 1, "bound": 1}, "evidence": "0" * 64,
    }  # fmt: skip
    shares = {"platform": bytes(32), "agency": b"a" * 32}
    given = {party: commit(share) for party, share in shares.items()}
    record = drawn(public, given, shares)
    file, published = tmp_path / "draw.json", tmp_path / "published.json"
    file.write_bytes(canonical_json({"draw": record}))
    parties = [{"party": party, "commitment": commitment} for party, commitment in given.items()]
    published.write_text(json.dumps([{"n": 1, "frozen_sha256": record["frozen"], "parties": parties}]))
    status, out, err = await jiebang("verify-draw", str(file), "--published", str(published))
    assert (status, err) == (0, "")
    assert out.startswith("The draw holds")
    parties[1]["commitment"] = "0" * 64
    published.write_text(json.dumps([{"n": 1, "frozen_sha256": record["frozen"], "parties": parties}]))
    status, _, err = await jiebang("verify-draw", str(file), "--published", str(published))
    assert (status, err) == (1, "wrong: commitments: that of agency is not the one published\n")
    file.write_bytes(canonical_json({"draw": {**record, "pairs": [[0, 1 - record["pairs"][0][1]]]}}))
    status, _, err = await jiebang("verify-draw", str(file))
    assert status == 1
    assert "digest" in err
    status, _, err = await jiebang("verify-draw", str(tmp_path / "missing"))
    assert (status, err.count("\n")) == (1, 1)


@pytest.mark.parametrize("command", ["migrate", "worker"])
async def test_a_missing_setting_is_said_in_one_sentence(command: str) -> None:
    status, _, err = await jiebang(command)
    assert status == 1
    assert err.startswith("jiebang: ")
    assert err.count("\n") == 1


async def test_a_failed_demo_says_why_and_fails(tmp_path: Path) -> None:
    status, out, _ = await jiebang("demo", "--json", "--topics", str(tmp_path / "missing.json"))
    outcome = json.loads(out.splitlines()[-1])
    assert status == 1
    assert outcome["ok"] is False
    assert "missing.json" in outcome["reason"]
