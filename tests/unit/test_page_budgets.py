"""What a visitor loads stays small: brotli sizes of the built pages, per route, from Vite's manifest.

A route costs what the entry imports at once and all that its own chunk leads to, at once or on demand (the review page
with its PDF reader); other routes' chunks, which the entry loads on demand, do not count, and workers have a budget of
their own. Without a build: a failure in CI, a visible skip elsewhere.
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
WORKER = 310
_ROUTE = re.compile(r"src/pages/(\w+)/([\w-]+)/index\.tsx")


@pytest.fixture(scope="module")
def build() -> Build:
    if not (FOLDER / "routes.json").is_file():
        lacking("the pages are not built (make pages)")
    return Build(FOLDER)


def _cost(build: Build, page: str | None = None) -> tuple[float, float]:
    """KB brotli of the scripts and of the styles that the entry, and a page with all that it may load, take."""
    wanted = dict.fromkeys(closure(build.manifest, _entry(build)))
    ahead = [page] if page else []
    while ahead:
        for key in closure(build.manifest, ahead.pop()):
            if key not in wanted:
                wanted[key] = None
                ahead += build.manifest[key].dynamic_imports
    scripts = {f"/{build.manifest[key].file}" for key in wanted}
    styles = {f"/{css}" for key in wanted for css in build.manifest[key].css}
    assert scripts | styles <= set(build.assets)
    return _size(build, scripts), _size(build, styles)


def _size(build: Build, paths: set[str]) -> float:
    return sum(len(build.assets[path].read(build.assets[path].best("br"))) for path in paths) / KB


def _entry(build: Build) -> str:
    (entry,) = [key for key, chunk in build.manifest.items() if chunk.is_entry]
    return entry


def test_the_shell_keeps_its_budget(build: Build) -> None:
    scripts, styles = _cost(build)
    assert scripts <= SHELL
    assert styles <= CSS


@pytest.mark.parametrize("group", BUDGETS)
def test_every_route_keeps_its_group_s_budget(build: Build, group: str) -> None:
    routes = [key for key in build.manifest if (found := _ROUTE.fullmatch(key)) and found[1] == group]
    assert routes, f"no page of the group {group} is a chunk of its own"
    costs = {key: _cost(build, key) for key in routes}
    print(*(f"{key}: {scripts:.1f} KB, styles {styles:.1f} KB" for key, (scripts, styles) in costs.items()), sep="\n")
    assert {key: cost for key, cost in costs.items() if cost[0] > BUDGETS[group] or cost[1] > CSS} == {}


def test_what_a_page_loads_on_demand_counts(build: Build) -> None:
    reader = "node_modules/pdfjs-dist/build/pdf.mjs"
    alone = _size(build, {f"/{build.manifest[reader].file}"})
    assert _cost(build, "src/pages/review/proposal/index.tsx")[0] > _cost(build)[0] + alone


def test_workers_keep_their_budget(build: Build) -> None:
    workers = {path for path in build.assets if re.search(r"/assets/[\w.]*worker[\w.]*-", path)}
    assert len(workers) >= 2
    assert {path: size for path in workers if (size := _size(build, {path})) > WORKER} == {}


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
