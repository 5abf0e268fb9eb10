"""The wheel holds what the tree holds: linked folders, SQL and data too, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "jiebang"
LINKED = ("migrations", "workers")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built straight from the tree, without a network."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, PACKAGE.parents[1]],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name.removeprefix("jiebang/") for name in archive.namelist() if name.startswith("jiebang/")}


def _in_tree(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_tree(shipped: set[str]) -> None:
    tree = _in_tree(PACKAGE)
    for name in LINKED:
        assert (PACKAGE / name).is_symlink()
        tree |= {f"{name}/{path}" for path in _in_tree((PACKAGE / name).resolve())}
    assert shipped == tree


def test_what_is_read_at_run_time_is_shipped(shipped: set[str]) -> None:
    assert {
        "challenges/data/taxonomy.json",
        "challenges/queries.sql",
        "identity/queries.sql",
        "migrations/platform/rules.sql",
        "workers/__init__.py",
    } <= shipped
