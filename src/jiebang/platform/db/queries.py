"""Named SQL: a slice's `queries.sql`, cut at `-- name: x` lines."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Queries:
    """The statements of one `queries.sql`, as attributes: `Q = Queries("jiebang.identity"); Q.find_person`.

    Raises:
        ValueError: a name stands twice.
    """

    def __init__(self, package: str, filename: str = "queries.sql") -> None:
        text = (files(package) / filename).read_text(encoding="utf-8")
        parts = _NAME.split(text)[1:]
        statements = dict(zip(parts[::2], (p.strip().rstrip(";") for p in parts[1::2]), strict=True))
        if len(statements) * 2 != len(parts):
            raise ValueError(f"{package}/{filename} names a query twice")
        vars(self).update(statements)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> str: ...
