"""Incidents, recusal and supervision through their pages, dialogs open; what the supervisor exports is verified offline."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jiebang.local import temporary_folder
from jiebang.platform.audit_checkpoint import read_checkpoints
from jiebang.platform.audit_export import verify_export
from support.browser import Visitor, browser, chromium, visitor
from support.stage import stage, tour
from support.tour import signed_in

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from support.stage import Stage

AXE: list[str] = []


async def look(window: Visitor, name: str) -> None:
    """Nothing for axe to find, nothing that scrolls sideways."""
    AXE.extend(await window.violations(name))
    if await window.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        AXE.append(f"{name}: scrolls sideways")


async def press(page: Page, name: str) -> None:
    """A button, in the dialog where one is open."""
    dialog = page.locator("dialog[open]")
    within = dialog if await dialog.count() else page
    await within.get_by_role("button", name=name, exact=True).click()


async def confirm(page: Page, name: str) -> None:
    """The dialog's deed; it closes once that is done."""
    await press(page, name)
    await page.wait_for_function("() => !document.querySelector('dialog[open]')")


async def downloaded(page: Page, role: str, name: str) -> Path:
    """The file that a button or a link makes."""
    async with page.expect_download(timeout=60_000) as waiting:
        await page.get_by_role(role, name=name).click()  # pyright: ignore[reportArgumentType]
    return Path(await (await waiting.value).path())


async def freeze_and_bar(window: Visitor, topic: str) -> None:
    """An officer freezes, thaws, takes an expert's access away, gives it back, and takes a table of readings along."""
    page = window.page
    await window.go(f"/desk/topics/{topic}/incident")
    await press(page, "冻结榜题")
    await press(page, "确认冻结")
    await page.get_by_role("alert").get_by_text("请写明理由").wait_for()
    await look(window, "freeze")
    await page.get_by_label("理由").fill("疑似泄露评审专家名单，正在核查。")
    await page.reload()
    await press(page, "冻结榜题")
    assert await page.get_by_label("理由").input_value() == "疑似泄露评审专家名单，正在核查。", "kept over a reload"
    await confirm(page, "确认冻结")
    await page.get_by_role("button", name="解冻", exact=True).wait_for()
    await look(window, "frozen")
    await press(page, "解冻")
    await look(window, "thaw")
    await confirm(page, "确认解冻")
    await page.get_by_text("本榜题未冻结").wait_for()

    await press(page, "收回访问权")
    await page.locator("optgroup[label=评审专家] option").first.wait_for(state="attached")
    await look(window, "bar")
    expert = (await page.locator("optgroup[label=评审专家] option").all_text_contents())[0]
    await page.get_by_label("人员", exact=True).select_option(label=expert)
    await page.get_by_label("理由").fill("账号疑似被盗用")
    await confirm(page, "确认收回")
    await press(page, f"恢复 {expert} 的访问权")
    await look(window, "lift")
    await confirm(page, "恢复")
    await page.get_by_text("已恢复").first.wait_for()
    table = (await downloaded(page, "button", "导出 CSV")).read_text("utf-8")
    assert "panel.read" in table
    assert table.startswith("\ufeffid,at,who")


async def recuse(window: Visitor, topic: str) -> None:
    """Another officer, on a phone, declares a conflict: the topic is gone for him."""
    page = window.page
    await window.go(f"/desk/topics/{topic}/people")
    await press(page, "申请回避")
    await look(window, "recuse")
    await page.get_by_label("理由").fill("与申请单位存在亲属关系")
    await press(page, "确认回避")
    await page.get_by_role("heading", name="您已回避本榜题").wait_for()
    await look(window, "recused")
    await window.go(f"/desk/topics/{topic}/people")
    await page.get_by_role("heading", name="没有这个页面").wait_for()
    await window.go("/desk/topics")
    assert await page.locator(f"a[href*='{topic}']").count() == 0


async def supervise(window: Visitor, folder: Path) -> None:
    """The supervisor finds the freezing, and takes the chain along to check it elsewhere."""
    page = window.page
    await window.go("/supervision")
    await page.get_by_label("事项").select_option(label="冻结榜题")
    await press(page, "检索")
    await page.wait_for_url(re.compile("action=topic.frozen"))
    await window.settled()
    assert await page.locator("table tbody tr").count() == 1
    await page.get_by_text("详情").click()
    await page.get_by_text("疑似泄露评审专家名单，正在核查。").wait_for()
    await look(window, "supervision")
    chain = await downloaded(page, "button", "导出全链（离线核验）")
    heads = await downloaded(page, "link", "下载签名公布")
    kept = read_checkpoints(heads)  # none yet, where the worker has not come to it since the stage began
    report = verify_export(chain, checkpoints=kept)
    assert report.ok, report.findings
    assert report.anchors == len(kept)
    assert report.withheld > 0, "an open topic's bids are on the tour"
    forged = folder / "forged.jsonl"
    forged.write_text(chain.read_text("utf-8").replace("疑似泄露评审专家名单", "例行检查"), "utf-8")
    assert not verify_export(forged).ok


async def refused(window: Visitor) -> None:
    """Whoever has no right reads which role it takes, and which he has."""
    await window.go("/supervision")
    await window.page.get_by_text("须在主管部门或出资方担任监督人员。").wait_for()
    await window.page.get_by_text("您现在的角色是单位管理员").wait_for()
    await look(window, "refused")


async def play(on: Stage, started: Browser, folder: Path) -> None:
    """All of it, each person in a window of his own."""
    topic = (await tour(on))["review"].state["topics"][0]["id"]
    duty = {p.duty: p.key for p in reversed(on.online.season.people)}
    async with AsyncExitStack() as windows:

        async def open_(person: str, *, phone: bool = False) -> Visitor:
            window = await windows.enter_async_context(visitor(started, on.base, on.storage, phone=phone))
            await signed_in(window, on, person)
            return window

        await freeze_and_bar(await open_(duty["approver"]), topic)
        await recuse(await open_(duty["opening_witness"], phone=True), topic)
        await supervise(await open_(duty["supervisor"]), folder)
        await refused(await open_(on.online.season.teams[0].lead))


@pytest.mark.long
async def test_incidents_recusal_and_supervision_through_the_pages() -> None:
    chromium()
    with temporary_folder("jiebang-oversight-") as folder:
        async with stage(folder / "data", until=None) as on, browser() as started:
            await play(on, started, folder)
    assert AXE == []
