"""Named SQL: a slice's `queries.sql`, cut at `-- name: x` lines."""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Queries:
    """The statements of one `queries.sql`, as attributes: `Q = Queries("jiebang.identity"); Q.find_person`.

    Raises:
        ValueError: a name stands twice.
    """

    def __init__(self, package: str, filename: str = "queries.sql") -> None:
        text = (files(package) / filename).read_text(encoding="utf-8")
        parts = _NAME.split(text)[1:]
        self._statements = dict(zip(parts[::2], (p.strip().rstrip(";") for p in parts[1::2]), strict=True))
        if len(self._statements) * 2 != len(parts):
            raise ValueError(f"{package}/{filename} names a query twice")

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(name) from None
