"""Every screen with somebody who uses it: no console error, no policy violation, nothing for axe to find."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from jiebang.local import temporary_folder
from support.browser import Visitor, browser, chromium, visitor
from support.stage import stage, tour
from support.tour import screens, signed_in

LOOKS = {"zh light": (False, False, False), "en dark": (True, True, False), "zh phone": (False, False, True)}


@pytest.mark.long
async def test_every_screen_is_accessible_and_keeps_to_the_policy() -> None:
    chromium()
    found: list[str] = []
    with temporary_folder("jiebang-screens-") as folder:
        async with stage(folder / "data", until=None) as on, browser() as started:
            shown = await screens(on, await tour(on))
            for look, (english, dark, phone) in LOOKS.items():
                async with AsyncExitStack() as windows:
                    opened: dict[str | None, Visitor] = {}
                    for screen in shown:
                        if screen.person not in opened:
                            window = await windows.enter_async_context(
                                visitor(started, on.base, on.storage, english=english, dark=dark, phone=phone)
                            )
                            if screen.person is not None:
                                await signed_in(window, on, screen.person)
                            opened[screen.person] = window
                        window = opened[screen.person]
                        await window.go(screen.path)
                        found += await window.violations(f"{look} {screen.name}")
                        headings = await window.page.locator("h1").count()
                        found += [] if headings == 1 else [f"{look} {screen.name}: {headings} main headings"]
                        wide = await window.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
                        found += [f"{look} {screen.name}: scrolls sideways"] if wide else []
    assert found == []
