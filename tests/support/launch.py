"""Processes of the app that nobody starts again, with what they are given; and files out of Debian's packages."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING
from uuid import uuid4

from support.lacking import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.measure import Ground


@contextlib.contextmanager
def process(at: Ground, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`jiebang …` over the installation's engines."""
    log: Path = at.installation.root / "log" / f"{uuid4().hex}.log"
    with log.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "jiebang.cli", *arguments],
            env=at.installation.environment(**environment), stderr=file,
        )  # fmt: skip
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait(timeout=20)


def from_package(package: str, path: str, folder: Path) -> Path:
    """A file out of a Debian package, which is fetched and not installed; apt may have to learn of it first."""
    fetch = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
    with contextlib.suppress(OSError):
        for command in (fetch, ["apt-get", "update", "-qq"], fetch):
            if not list(folder.glob(f"{package}_*.deb")):
                subprocess.run(command, cwd=folder, capture_output=True, check=False)
    packages = list(folder.glob(f"{package}_*.deb"))
    if not packages:
        lacking(f"Debian's package {package} cannot be fetched here")
    subprocess.run(["dpkg-deb", "-x", packages[0], folder / "x"], check=True)
    return next((folder / "x").glob(path))
