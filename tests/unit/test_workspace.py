from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jiebang.platform import workspace

LEAVE = """
import os, signal
from jiebang.platform import workspace
with workspace.folder() as folder:
    (folder / "original.pdf").write_bytes(b"%PDF")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_goes_with_its_job(temporary: Path) -> None:
    with workspace.folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a").touch()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_nothing_else(temporary: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAVE], env={"TMPDIR": str(temporary), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    left = Path(done.stdout.strip())
    assert (left / "original.pdf").exists()
    (temporary / "jiebang-work-notes").mkdir()
    with workspace.folder() as mine:
        assert workspace.sweep() == 1
        assert mine.exists()
    assert not left.exists()
    assert [p.name for p in temporary.iterdir()] == ["jiebang-work-notes"]
