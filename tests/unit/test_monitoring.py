"""Dashboard and alerts speak of series that the processes have, and of headings that the handbook has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from jiebang.platform.telemetry import Metrics
from jiebang.workers.metrics import WorkerMetrics

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"


def _series() -> set[str]:
    """Every name under which the processes' registries can answer."""
    names = set()
    for registry in (Metrics().registry, WorkerMetrics().registry):
        for family in registry.collect():
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
            names |= {family.name + suffix for suffix in suffixes}
    return names


def _asked(expression: str) -> set[str]:
    return set(re.findall(r"\bjiebang_\w+", expression))


def _rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def test_every_panel_asks_for_series_that_there_are() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    asked = {name for panel in dashboard["panels"] for target in panel["targets"] for name in _asked(target["expr"])}
    assert asked
    assert asked <= _series()
    assert _series() - asked <= {name for name in _series() if name.endswith(("_sum", "_count"))}, (
        "nothing is left unseen"
    )


def test_every_alert_asks_for_series_that_there_are_and_names_its_page() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")
        for line in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    }
    for rule in _rules():
        assert _asked(rule["expr"]) <= _series(), rule["alert"]
        assert rule["annotations"]["runbook"] in headings, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
