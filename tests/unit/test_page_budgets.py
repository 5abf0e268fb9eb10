"""What a visitor loads stays small: brotli sizes of the built pages, per route, from Vite's manifest.

A route costs what the entry imports at once and what its own chunk adds; workers and what is loaded on demand do not
count. Without a build: a failure in CI, a visible skip elsewhere.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jiebang.web.build import FOLDER, Build, closure
from support.lacking import lacking

ROOT = Path(__file__).parents[2]
KB = 1000
BUDGETS = {"public": 165, "forms": 190, "console": 190, "review": 280}
SHELL = 155
CSS = 20
_ROUTE = re.compile(r"src/pages/(\w+)/([\w-]+)/index\.tsx")


@pytest.fixture(scope="module")
def build() -> Build:
    if not (FOLDER / "routes.json").is_file():
        lacking("the pages are not built (make pages)")
    return Build(FOLDER)


def _cost(build: Build, *keys: str) -> tuple[float, float]:
    """KB brotli of the scripts and of the styles that these chunks and all that they import take."""
    wanted = {key: None for start in keys for key in closure(build.manifest, start)}
    scripts = {f"/{build.manifest[key].file}" for key in wanted}
    styles = {f"/{css}" for key in wanted for css in build.manifest[key].css}

    def size(paths: set[str]) -> float:
        return sum(len(asset.read(asset.best("br"))) for path, asset in build.assets.items() if path in paths) / KB

    assert scripts | styles <= set(build.assets)
    return size(scripts), size(styles)


def _entry(build: Build) -> str:
    (entry,) = [key for key, chunk in build.manifest.items() if chunk.is_entry]
    return entry


def test_the_shell_keeps_its_budget(build: Build) -> None:
    scripts, styles = _cost(build, _entry(build))
    assert scripts <= SHELL
    assert styles <= CSS


@pytest.mark.parametrize("group", BUDGETS)
def test_every_route_keeps_its_group_s_budget(build: Build, group: str) -> None:
    routes = [key for key in build.manifest if (found := _ROUTE.fullmatch(key)) and found[1] == group]
    assert routes, f"no page of the group {group} is a chunk of its own"
    costs = {key: _cost(build, _entry(build), key) for key in routes}
    print(*(f"{key}: {scripts:.1f} KB, styles {styles:.1f} KB" for key, (scripts, styles) in costs.items()), sep="\n")
    assert {key: cost for key, cost in costs.items() if cost[0] > BUDGETS[group] or cost[1] > CSS} == {}


def test_every_page_belongs_to_a_group_with_a_budget(build: Build) -> None:
    pages = [key for key in build.manifest if key.startswith("src/pages/")]
    assert [key for key in pages if (found := _ROUTE.fullmatch(key)) is None or found[1] not in BUDGETS] == []


def test_large_files_are_packed(build: Build) -> None:
    large = [path for path, asset in build.assets.items() if asset.immutable and len(asset.read("identity")) > 4 * KB]
    packed = [path for path in large if path.endswith((".js", ".mjs", ".css"))]
    assert packed
    assert [path for path in packed if build.assets[path].forms != ("br", "gzip")] == []


def test_the_server_knows_the_addresses_of_the_client_s_router() -> None:
    router = (ROOT / "frontend/src/app/router.tsx").read_text(encoding="utf-8")
    theirs = {re.sub(r"\$(\w+)", r"{\1}", path) for path in re.findall(r"(?:shown|kept)\('([^']+)'", router)}
    assert set(json.loads((ROOT / "frontend/routes.json").read_bytes())) == theirs - {"/$"}
