"""People in a real browser: Debian's Chromium, one context a person, with what nobody may see going wrong recorded."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.lacking import lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "src" / "jiebang" / "web" / "pages"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
# How far content jumped by itself: Chromium's own layout shifts, those right after a key or click left out, added up.
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Where the browser is. Without one, or without built pages: a failure in CI, a visible skip elsewhere."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    missing = [
        *([] if path else ["Chromium is not installed (Debian: apt install chromium fonts-noto-cjk)"]),
        *([] if (PAGES / "index.html").is_file() else ["the pages are not built (make pages)"]),
    ]
    if missing:
        lacking("; ".join(missing))
    return str(path)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    from playwright.async_api import async_playwright

    path = chromium()
    async with async_playwright() as play:
        started = await play.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield started
        finally:
            await started.close()


@dataclass
class Visitor:
    """One person's browser window. `faults` are console errors, policy violations and requests that left the origin."""

    context: BrowserContext
    page: Page
    base: str
    storage: str
    english: bool = False
    faults: list[str] = field(default_factory=list)

    def address(self, path: str) -> str:
        """Where a page of ours is in this window's language."""
        return (f"/en{path}" if self.english else path).rstrip("/") or "/"

    async def go(self, path: str) -> None:
        """Open a page of ours and wait until it has settled."""
        await self.page.goto(self.base + self.address(path))
        await self.settled()

    async def settled(self) -> None:
        """The page has its heading, and no skeleton any more."""
        await self.page.wait_for_load_state("networkidle")
        await self.page.wait_for_function("() => document.querySelector('h1') && !document.querySelector('.lines')")

    async def violations(self, where: str, within: str | None = None) -> list[str]:
        """What axe finds on the page as it is now, overlays included, or in what the selector `within` names."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = await self.page.evaluate(
            "async ([tags, within]) => (await axe.run(within ?? document, {runOnly: {type: 'tag', values: tags}})).violations",
            [TAGS, within],
        )
        return [f"{where}: {v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"console {message.type}: {message.text} ({self.page.url})")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        at = f"{url.scheme}://{url.netloc}"
        if url.scheme in ("http", "https", "ws", "wss") and at not in (self.base, self.storage):
            self.faults.append(f"left the origin: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def watch(self) -> None:
        """Begin to record."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)


@asynccontextmanager
async def visitor(
    started: Browser,
    base: str,
    storage: str,
    *,
    english: bool = False,
    dark: bool = False,
    phone: bool = False,
) -> AsyncIterator[Visitor]:
    """Somebody with a browser; whatever went wrong behind his back fails the test at the end."""
    context = await started.new_context(
        locale="en-GB" if english else "zh-CN",
        timezone_id="Europe/Zurich" if english else "Asia/Shanghai",
        color_scheme="dark" if dark else "light",
        viewport=PHONE if phone else DESK,  # pyright: ignore[reportArgumentType]
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    await context.add_init_script(SHIFTS)
    try:
        it = Visitor(context, await context.new_page(), base, storage, english)
        it.watch()
        yield it
        assert it.faults == []
    finally:
        await context.close()
