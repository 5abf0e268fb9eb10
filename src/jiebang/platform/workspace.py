"""Where files lie while a worker works on them: folders of this process, swept when their process is gone.

A worker that is killed cannot clean up; what it left names teams, so the next worker to start removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "jiebang-work-"


@contextmanager
def folder() -> Iterator[Path]:
    """A private folder for one job (mode 0700), gone with all in it when the job ends."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as path:
        yield Path(path)


def sweep() -> int:
    """Remove what our account's ended processes left; how many folders that were."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = path.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not _lives(int(pid)) and path.stat().st_uid == os.getuid():
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
