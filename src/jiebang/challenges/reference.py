"""Loads what the software knows by itself: taxonomy, rule-set presets, working calendars. Safe to repeat."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from uuid import uuid4

from jiebang.challenges import repository
from jiebang.challenges.rules import PRESETS
from jiebang.challenges.taxonomy import Taxonomy, parse_taxonomy
from jiebang.kernel.canonical import digest
from jiebang.kernel.working_days import parse_calendar
from jiebang.platform.db import ENGINE, Role

_TAXONOMIES = ("taxonomy.json",)
_CALENDARS = ("cn_calendar_2026.json",)


class Changed(RuntimeError):
    """A rule set differs from the stored one of the same version, which topics may rest on."""


def _data(name: str) -> Any:
    return json.loads((files("jiebang.challenges.data") / name).read_text(encoding="utf-8"))


async def load() -> None:
    """Add what is missing, in one unit of the worker. Calendars are brought up to date.

    Raises:
        Changed: a preset was changed without a new version.
    """
    years = [_data(name) for name in _CALENDARS]
    parse_calendar(years)
    taxonomies = [parse_taxonomy(_data(name)) for name in _TAXONOMIES]
    async with ENGINE.unit_of_work(Role.WORKER):
        for taxonomy in taxonomies:
            await repository.add_nodes(_nodes(taxonomy))
        for rules in PRESETS.values():
            sha256 = digest(rules)
            stored = await repository.add_rule_set(
                uuid4(), rules.code, rules.version, rules.model_dump(mode="json"), sha256
            )
            if stored != sha256:
                raise Changed(f"{rules.code} {rules.version} differs from the stored one: give it a new version")
        for year in years:
            await repository.put_calendar(uuid4(), year["year"], year, year["source"])


def _nodes(taxonomy: Taxonomy) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []

    def add(kind: str, code: str, parent: str | None, name: Any, section: str, flags: tuple[str, ...] = ()) -> None:
        rows.append(
            (
                uuid4(), taxonomy.version, kind, code, parent, len(rows), name.zh, name.en, list(flags),
                f"{taxonomy.source} {section}",
            )
        )  # fmt: skip

    for field in taxonomy.fields:
        add("field", field.code, None, field.name, field.section)
        for track in field.tracks:
            add("track", track.code, field.code, track.name, track.section, track.gate_flags)
            for direction in track.directions:
                add("direction", direction.code, track.code, direction.name, track.section)
    return rows
