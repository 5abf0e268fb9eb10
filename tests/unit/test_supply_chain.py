"""What we ship is what the lock says, and the checkers of others find nothing in it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from support.lacking import lacking

ROOT = Path(__file__).parents[2]


def _sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bill_of_materials_equals_the_lock() -> None:
    committed = (ROOT / "docs" / "sbom.cdx.json").read_text(encoding="utf-8")
    assert committed == _sbom().text(), "run `make sbom` and commit it"
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = {
        (name.lower().replace("_", "-"), version)
        for name, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", lock, re.MULTILINE)
    }
    assert {(c["name"], c["version"]) for c in json.loads(committed)["components"]} == pins
    assert len(pins) > 80


def test_every_pin_has_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert all("--hash=sha256:" in block for block in blocks if block.strip())


def test_what_runs_here_is_what_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in _sbom().runtime((ROOT / "pyproject.toml").read_text(encoding="utf-8")):
        assert re.search(
            rf"^{re.escape(name)}(\[.*?\])?=={re.escape(metadata.version(name))}[\s;\\]", lock, re.MULTILINE
        ), name


def test_bandit_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "src/jiebang", "workers", "deploy"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_squawk_finds_nothing() -> None:
    squawk = shutil.which("squawk", path=f"{Path(sys.executable).parent}:{_path()}")
    if squawk is None:
        lacking("squawk-cli is not installed")
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "migrations").glob("*/*.sql"))
    assert len(files) >= 7
    done = subprocess.run(
        [squawk, "--config", ".squawk.toml", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


def _path() -> str:
    import os

    return os.environ.get("PATH", "")


@pytest.mark.parametrize("name", ["LICENSE", "SECURITY.md", "CHANGELOG.md"])
def test_what_a_stranger_looks_for_is_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 300
