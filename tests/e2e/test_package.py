"""The wheel in an empty environment: no checkout, no Node, no compiler; `jiebang up` answers, and the demo ends well."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from jiebang.local import temporary_folder

ROOT = Path(__file__).parents[2]
PORT = 32_519
VERSIONS = ("3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.whl"))


def _python(version: str) -> str | None:
    """An interpreter of this version that really runs: a shim may name one that is not there."""
    candidates = [
        shutil.which(f"python{version}"),
        *map(str, (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")),
    ]
    for path in filter(None, candidates):
        said = subprocess.run(
            [path, "-c", "import venv, ensurepip, sys; print(sys.version)"], capture_output=True, text=True, check=False
        )
        if said.returncode == 0 and said.stdout.startswith(f"{version}."):
            return path
    return None


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Callable[[str], Path]]:
    """By Python's version: the console script of a fresh environment, made once."""
    with temporary_folder("jiebang-wheel-") as folder:
        yield cache(lambda version: _install(version, wheel, folder / version))


def _install(version: str, wheel: Path, folder: Path) -> Path:
    """The console script of a fresh environment with the locked runtime packages and the wheel."""
    python = _python(version)
    if python is None:
        pytest.skip(f"no Python {version} with venv on this machine")
    folder.mkdir(mode=0o755)
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    # The lock's versions as constraints (hashes and wheels need not name the same files for another Python).
    pins = [line.rstrip(" \\") for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line[:80]]
    (folder / "pins.txt").write_text("\n".join(re.sub(r"\[.*?\]", "", pin) for pin in pins))
    subprocess.run(
        [folder / "venv/bin/pip", "install", "-qq", "--disable-pip-version-check", "--only-binary", ":all:", "--no-compile",
         "--constraint", folder / "pins.txt", wheel],
        check=True, cwd=folder,
    )  # fmt: skip
    return folder / "venv" / "bin" / "jiebang"


def _clean() -> dict[str, str]:
    """An environment in which neither a checkout nor a compiler can be found."""
    return {"PATH": "/nowhere", "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}


@pytest.mark.long
def test_the_wheel_runs_up_in_an_empty_environment(installed: Callable[[str], Path]) -> None:
    script = installed(f"{sys.version_info.major}.{sys.version_info.minor}")
    with temporary_folder("jiebang-wheel-") as folder:
        process = subprocess.Popen(
            [script, "up", "--data-dir", folder / "data", "--port", str(PORT)],
            cwd=folder, env=_clean(), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while not _answers():
                assert process.poll() is None, "it ended"
                assert time.monotonic() < deadline, "it never answered"
                time.sleep(0.05)
            topics = httpx.get(f"http://127.0.0.1:{PORT}/api/v1/topics", trust_env=False)
            assert topics.json() == {"items": [], "next_cursor": None}
            page = httpx.get(f"http://127.0.0.1:{PORT}/", trust_env=False)
            (script_,) = re.findall(r'<script[^>]* type="module"[^>]* src="([^"]+)"', page.text)
            assert httpx.get(f"http://127.0.0.1:{PORT}{script_}", trust_env=False).is_success, "with its pages"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0


def _answers() -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{PORT}/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.long
@pytest.mark.parametrize("version", VERSIONS)
def test_every_supported_python_plays_the_demo(installed: Callable[[str], Path], version: str) -> None:
    script = installed(version)
    with temporary_folder("jiebang-wheel-") as folder:
        done = subprocess.run(
            [script, "demo", "--json"], cwd=folder, env=_clean(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert json.loads(done.stdout.splitlines()[-1])["ok"]
