"""Every screen with somebody who uses it, as it comes and with all that opens on it: nothing for axe to find, one main
heading, nothing that jumps or scrolls sideways, no console error, no policy violation, nothing asked of other origins.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import TimeoutError as Late

from support.browser import DESK, PHONE, Visitor, visitor
from support.tour import Screen, Toured, screens, signed_in

if TYPE_CHECKING:
    from playwright.async_api import Route

LOOKS = {"zh light": (False, False, False), "en dark": (True, True, False), "zh phone": (False, False, True)}
JUMPS = 0.05
NARROW = 320
OPEN = "dialog[open]"
MOST = 10
"""Buttons that are tried on a screen; tables repeat theirs."""
NAMES = """() => [...document.querySelectorAll('main button')]
    .filter((b) => b.checkVisibility() && !b.closest('.files label'))
    .map((b) => b.getAttribute('aria-label') ?? b.innerText.trim())
    .filter((name) => name && !/打印|Print|下载|Download|CSV/.test(name))"""


async def _reads_alone(route: Route) -> None:
    # So every button may be pressed: what it would do never reaches the server, and pages say that it did not.
    await (route.continue_() if route.request.method in ("GET", "HEAD") else route.abort())


class Look:
    """One look (language, colours, size) at all screens."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[str] = []
        self._menus: set[str | None] = set()

    async def at(self, window: Visitor, screen: Screen) -> None:
        """Open the screen, and what opens on it."""
        where = f"{self.name} {screen.name}"
        page = window.page
        await window.go(screen.path)
        jumped = await page.evaluate("window.shifted")
        self.found += [f"{where}: content jumps by {jumped:.3f}"] if jumped > JUMPS else []
        headings = await page.locator("h1").count()
        self.found += [] if headings == 1 else [f"{where}: {headings} main headings"]
        for size in (PHONE | {"width": NARROW}, PHONE) if self.name == "zh phone" else (DESK,):
            await page.set_viewport_size(size)  # pyright: ignore[reportArgumentType]
            wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
            self.found += [f"{where}: scrolls sideways at {size['width']} px"] if wide else []
        await page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
        self.found += await window.violations(where)
        if screen.person not in self._menus:
            self._menus.add(screen.person)
            await self._menus_of(window, where)
        await self._buttons_of(window, where)

    async def _menus_of(self, window: Visitor, where: str) -> None:
        for opener in await window.page.locator("[aria-haspopup=menu]:visible").all():
            name = await opener.inner_text() or await opener.get_attribute("aria-label")
            await opener.click()
            await window.page.locator("[role=menu]:visible").wait_for()
            self.found += await window.violations(f"{where}, menu {name}", "[role=menu]")
            await window.page.keyboard.press("Escape")
            await window.page.locator("[role=menu]:visible").wait_for(state="hidden")

    async def _buttons_of(self, window: Visitor, where: str) -> None:
        """Press each button of the page; what would come of it never reaches the server."""
        page = window.page
        names = list(dict.fromkeys(await page.evaluate(NAMES)))[:MOST]
        here = page.url
        pressed = ""
        for name in names:
            await self._dialog_of(window, f"{where}, dialog of {pressed}")  # some open only when a draft is saved
            button = page.get_by_role("main").get_by_role("button", name=name, exact=True).first
            if page.url != here or not await button.is_visible():
                await page.goto(here)
                await window.settled()
            if not await button.is_visible():
                continue
            alerts = await page.locator("main [role=alert]").count()
            try:
                await button.click(timeout=3_000)
            except Late:
                if not await page.locator(OPEN).count():  # what opened in between lies over it
                    raise
                continue
            pressed = name
            await page.wait_for_timeout(100)
            if await page.locator("main [role=alert]").count() > alerts and not await page.locator(OPEN).count():
                self.found += await window.violations(f"{where}, after {name}", "main [role=alert]")
        await self._dialog_of(window, f"{where}, dialog of {pressed}")

    async def _dialog_of(self, window: Visitor, where: str) -> None:
        """Look at the open dialog, press what it offers, look again, close it."""
        page = window.page
        if not await page.locator(OPEN).count():
            return
        self.found += await window.violations(where, OPEN)
        for inner in await page.locator(f"{OPEN} .btn.p, {OPEN} .btn.d").all():
            if await inner.is_visible():  # nothing filled in, or nobody to hear it
                await inner.click()
                await page.wait_for_timeout(150)
        if await page.locator(OPEN).count():
            self.found += await window.violations(f"{where}, pressed", OPEN)
            await page.keyboard.press("Escape")
            await page.locator(OPEN).wait_for(state="hidden")


@pytest.mark.long
async def test_every_screen_is_accessible_holds_still_and_keeps_to_the_policy(toured: Toured) -> None:
    shown = await screens(toured.on, toured.plays)

    async def all_of(look: Look, *, english: bool, dark: bool, phone: bool) -> list[str]:
        async with AsyncExitStack() as windows:
            opened: dict[str | None, Visitor] = {}
            for screen in shown:
                if screen.person not in opened:
                    window = await windows.enter_async_context(
                        visitor(
                            toured.started, toured.on.base, toured.on.storage, english=english, dark=dark, phone=phone
                        )
                    )
                    if screen.person is not None:
                        await signed_in(window, toured.on, screen.person)
                    await window.context.route("**/api/**", _reads_alone)
                    window.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
                    opened[screen.person] = window
                await look.at(opened[screen.person], screen)
        return look.found

    found = await asyncio.gather(*(
        all_of(Look(name), english=english, dark=dark, phone=phone) for name, (english, dark, phone) in LOOKS.items()
    ))  # fmt: skip
    faults = [fault for look in found for fault in look]
    assert not faults, "\n".join(faults)
