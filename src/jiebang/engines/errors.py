"""How the engines refuse: one plain sentence for the person at the terminal."""

from __future__ import annotations

from jiebang.kernel.errors import JiebangError


class EngineError(JiebangError):
    """An engine, its data directory or a supervised process refuses. `str()` is one sentence."""
