"""A person of the season at a browser: finds things by what they are called, clicks and types."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Locator, expect

from support.browser import visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from jiebang.demo.model import Person, Text
    from jiebang.demo.people_online import Online
    from support.browser import Visitor
    from support.stage import Stage

WAIT = 30_000
expect.set_options(timeout=WAIT)


@dataclass(frozen=True, slots=True)
class Hands:
    """One person's hands at one window. Words are given as `(zh, en)`; the window's language decides."""

    window: Visitor
    online: Online
    who: Person

    @property
    def page(self) -> Page:
        """What is in the window."""
        return self.window.page

    @property
    def main(self) -> Locator:
        """The page's own part."""
        return self.page.get_by_role("main")

    @property
    def dialog(self) -> Locator:
        """The open dialog."""
        return self.page.get_by_role("dialog")

    def word(self, zh: str, en: str = "") -> str:
        """The words of the window's language."""
        return en if self.window.english else zh

    def side(self, text: Text) -> str:
        """The side of a bilingual text that the window shows."""
        return text.en if self.window.english else text.zh

    def region(self, zh: str, en: str = "") -> Locator:
        """The panel with this title."""
        return self.main.get_by_role("region", name=self.word(zh, en), exact=True)

    async def go(self, path: str) -> None:
        """Type an address."""
        await self.page.goto(self.window.base + self.window.address(path))

    async def heading(self, zh: str, en: str = "") -> None:
        """The page is this one."""
        await expect(self.page.get_by_role("heading", level=1, name=self.word(zh, en))).to_be_visible()

    async def seen(self, zh: str, en: str = "", *, within: Locator | None = None) -> None:
        """These words are there."""
        await expect((within or self.page).get_by_text(self.word(zh, en)).first).to_be_visible()

    async def press(self, zh: str, en: str = "", *, within: Locator | None = None) -> None:
        """Press a button."""
        await (within or self.main).get_by_role("button", name=self.word(zh, en), exact=True).click()

    async def follow(self, zh: str, en: str = "", *, within: Locator | None = None) -> None:
        """Follow the one link that has these words in its name."""
        await (within or self.main).get_by_role("link", name=self.word(zh, en)).click()

    async def menu(self, zh: str, en: str = "") -> None:
        """Follow a link of the rail."""
        rail = self.page.get_by_role("navigation", name=self.word("工作页面", "Work pages"), exact=True)
        await rail.get_by_role("link", name=self.word(zh, en), exact=True).click()

    async def fill(self, zh: str, en: str, value: str, *, within: Locator | None = None) -> None:
        """Type into a field."""
        await (within or self.main).get_by_label(self.word(zh, en), exact=True).fill(value)

    async def choose(self, zh: str, en: str, option: str, *, within: Locator | None = None) -> None:
        """Choose an option by its words."""
        await (within or self.main).get_by_label(self.word(zh, en), exact=True).select_option(label=option)

    async def tick(self, zh: str, en: str = "", *, within: Locator | None = None) -> None:
        """Tick a box."""
        await (within or self.main).get_by_label(self.word(zh, en)).check()

    async def attach(self, zh: str, en: str, path: Path) -> None:
        """Choose a file, and wait until a worker has found it good."""
        section = self.main.get_by_role("region", name=self.word(zh, en), exact=True)
        await section.get_by_label(self.word("添加文件", "Add a file")).set_input_files(path)
        row = section.get_by_role("listitem").filter(has_text=path.name)
        await expect(row.get_by_text(self.word("已通过检查", "Checked"))).to_be_visible(timeout=60_000)

    async def saved(self) -> None:
        """What was typed is with the server."""
        await expect(self.page.locator("[data-draft=clean]")).to_contain_text(self.word("已保存", "Saved at"))

    async def mail(self, purpose: str) -> str:
        """The link of the newest mail of its kind, with its token in the fragment."""
        return f"/{purpose}#token={await self.online.mailbox.token(self.who.email, purpose)}"


@asynccontextmanager
async def hands(
    started: Browser, on: Stage, person: str, *, english: bool = False, phone: bool = False
) -> AsyncIterator[Hands]:
    """Somebody of the season sits down at a browser."""
    async with visitor(started, on.base, on.storage, english=english, phone=phone) as window:
        window.context.set_default_timeout(WAIT)
        yield Hands(window, on.online, on.online.people[person])
