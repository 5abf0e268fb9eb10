"""Facts that ship with the package, each file with its source."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def payload(name: str) -> dict[str, Any]:
    """The JSON object in `<name>.json` beside this file, unchecked: the parsers check it."""
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
