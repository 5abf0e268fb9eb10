"""`start_cold`, `start_warm`: `jiebang up` from its first instant until /ready answers, without and with data. TURNS (5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from jiebang.local import temporary_folder
from support.measure import row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TURNS = int(os.environ.get("TURNS", "5"))
PORT = 32_611


def start_cold() -> list[dict[str, Any]]:
    """On an empty directory: clusters are made, migrations run."""
    seconds = []
    for _ in range(TURNS):
        with temporary_folder("jiebang-bench-") as folder, _up(folder / "data") as took:
            seconds.append(took)
    return [row("start_cold", seconds, unit="s")]


def start_warm() -> list[dict[str, Any]]:
    """On a directory that has served before."""
    seconds = []
    with temporary_folder("jiebang-bench-") as folder:
        for _ in range(TURNS + 1):
            with _up(folder / "data") as took:
                seconds.append(took)
    return [row("start_warm", seconds[1:], unit="s")]


@contextmanager
def _up(data: Path) -> Iterator[float]:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "jiebang.cli", "up", "--data-dir", str(data), "--port", str(PORT)],
        stdout=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(trust_env=False) as http:
            while True:
                assert process.poll() is None, "it ended"
                try:
                    if http.get(f"http://127.0.0.1:{PORT}/ready").is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.01)
        yield time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
