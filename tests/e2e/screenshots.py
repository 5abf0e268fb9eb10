"""Pictures of every screen: `python tests/e2e/screenshots.py FOLDER` (zh light and en dark at 1280, zh at 375)."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from jiebang.local import temporary_folder
from support.browser import browser, visitor
from support.stage import stage, tour
from support.tour import screens, signed_in

LOOKS = (
    ("zh-light-1280", False, False, False),
    ("en-dark-1280", True, True, False),
    ("zh-light-375", False, False, True),
)


async def main() -> None:
    """Play the tour, open each screen as its person, take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="screens whose names begin so")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with temporary_folder("jiebang-pictures-") as folder:
        async with stage(folder / "data", until=None) as on, browser() as chromium:
            shown = [s for s in await screens(on, await tour(on)) if s.name.startswith(given.only)]
            for look, english, dark, phone in LOOKS:
                async with AsyncExitStack() as open_windows:
                    windows = {}
                    for screen in shown:
                        if screen.person not in windows:
                            window = await open_windows.enter_async_context(
                                visitor(chromium, on.base, on.storage, english=english, dark=dark, phone=phone)
                            )
                            if screen.person is not None:
                                await signed_in(window, on, screen.person)
                            windows[screen.person] = window
                        window = windows[screen.person]
                        await window.go(screen.path)
                        at = given.folder / f"{screen.name}.{look}.png"
                        await window.page.screenshot(path=at, full_page=True)
                        print(at, *window.faults, sep="\n  ", flush=True)
                        window.faults.clear()


if __name__ == "__main__":
    asyncio.run(main())
