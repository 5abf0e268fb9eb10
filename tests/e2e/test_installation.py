"""Whole installations as a newcomer runs them: `jiebang demo` and `jiebang up`, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jiebang.local import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (sys.executable, "-m", "jiebang.cli")
REALDATA = Path(os.environ.get("JIEBANG_REALDATA", Path(__file__).parents[3] / "shared" / "realdata"))


def played(*arguments: str) -> dict[str, Any]:
    """The demo's outcome: the last line of its standard output, with nothing after it."""
    done = subprocess.run([*COMMAND, "demo", "--json", *arguments], capture_output=True, text=True, check=False)
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert done.stdout.endswith("}\n")
    assert (done.returncode, outcome["ok"], outcome.get("reason")) == (0, True, None), done.stderr[-2000:]
    return outcome


def test_a_season_is_played_over_http() -> None:
    outcome = played()
    assert len(outcome["topics"]) == 3
    assert len(outcome["teams"]) == 12
    assert outcome["reviews"] == 36
    for state in outcome["states"].values():
        assert state == {"topic": "awarded", "applications": ["contracted", *["not_recommended"] * 3]}
    assert all(topic["ledger"]["payable"] == 0 < topic["paid_minor"] for topic in outcome["topics"])


@pytest.mark.long
def test_a_season_is_played_with_real_challenge_texts() -> None:
    texts = REALDATA / "challenge_gov.json"
    if not texts.is_file():
        pytest.skip(f"there are no real challenge texts in {REALDATA}")
    outcome = played("--topics", str(texts))
    assert all(topic["key"].startswith("challenge-gov-") for topic in outcome["topics"])


@contextmanager
def running(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`jiebang up`, answering; ended by Ctrl-C."""
    process = subprocess.Popen(
        [*COMMAND, "up", "--data-dir", str(data), "--port", str(port)], stdout=subprocess.DEVNULL, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).is_success:
                    break
            except httpx.TransportError:
                assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it never answered"
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def processes_over(data: Path) -> list[str]:
    """Command lines of living processes that name the folder or work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                works_in = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(data) in line or works_in.startswith(str(data)):
                found.append(line)
    return found


def test_up_keeps_what_it_was_given_and_leaves_no_process_behind() -> None:
    port = 32517
    base = f"http://127.0.0.1:{port}"
    with temporary_folder("jiebang-up-") as folder:
        data = folder / "数据"
        with running(data, port), httpx.Client(trust_env=False) as http:
            rules = http.get(f"{base}/api/v1/rule-sets").json()
            assert len(http.get(f"{base}/api/v1/taxonomies").json()) == 1
            body = {"email": "kept@people.example", "display_name": "留下", "password": "a long enough password"}
            assert http.post(f"{base}/api/v1/sign-up", json=body).status_code == 202
            second = subprocess.run(
                [*COMMAND, "up", "--data-dir", str(data), "--port", str(port + 1)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert second.returncode == 1
            assert second.stderr.count("\n") == 1
            assert processes_over(data)
        assert processes_over(data) == []
        with running(data, port), httpx.Client(trust_env=False) as http:
            assert http.get(f"{base}/api/v1/rule-sets").json() == rules
            again = http.post(f"{base}/api/v1/session", json={"email": body["email"], "password": body["password"]})
            assert again.json()["code"] == "identity.unverified", "the account is there, and its password"
        assert processes_over(data) == []
