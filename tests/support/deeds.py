"""What people do through the pages, a function for each deed: who, what, in either language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from jiebang.demo.caller import PASSWORD
from jiebang.demo.pdf import make_pdf
from jiebang.demo.season import ZONE, identity_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from jiebang.demo.model import Bid, Criterion, Evidence, Organisation, Person, Review, Team, Text, TopicContent
    from support.hands import Hands


async def sign_up(at: Hands) -> None:
    """Make an account, confirm the address by the mail's link, sign in."""
    await at.go("/sign-up")
    await at.fill("姓名", "Name", at.side(at.who.name))
    await at.fill("电子邮箱", "Email", at.who.email)
    await at.fill("密码", "Password", PASSWORD)
    await at.press("注册", "Sign up")
    await at.heading("请查收邮件", "Look into your mail")
    await at.go(await at.mail("verify"))
    await at.fill("注册时设置的密码", "The password you chose", PASSWORD)
    await at.press("确认邮箱", "Confirm")
    await at.follow("登录", "Sign in")
    await _sign_in(at)


async def sign_in(at: Hands) -> None:
    """Sign in to an account that is there."""
    await at.go("/sign-in")
    await _sign_in(at)


async def _sign_in(at: Hands) -> None:
    await at.heading("登录", "Sign in")
    await at.fill("电子邮箱", "Email", at.who.email)
    await at.fill("密码", "Password", PASSWORD)
    await at.press("登录", "Sign in")
    await at.heading("我的待办", "My work")


async def join(at: Hands) -> None:
    """Accept an invitation to an organisation from the mail."""
    await at.go(await at.mail("invitations"))
    await at.press("接受邀请", "Accept")
    await at.follow("去我的待办", "To my work")
    await at.heading("我的待办", "My work")


async def register(at: Hands, org: Organisation) -> None:
    """Register an organisation; its first person administers it and acts for it."""
    await at.menu("单位与成员", "Organisation and people")
    form = at.region("登记单位", "Register an organisation")
    await at.fill("中文名称", "Name in Chinese", org.name.zh, within=form)
    await at.fill("英文名称", "Name in English", org.name.en, within=form)
    if org.uscc is not None:
        await at.fill("统一社会信用代码", "Unified social credit code", org.uscc, within=form)
    else:
        await form.get_by_label(at.word("境外单位", "Elsewhere")).check()
        await at.fill("国家或地区代码", "Country code", org.country, within=form)
        await at.fill("登记机关", "Register", org.registry or "", within=form)
        await at.fill("登记号", "Number in the register", org.registry_id or "", within=form)
    await at.press("登记", "Register", within=form)
    await at.seen(org.name.zh, org.name.en, within=at.region("我的单位", "My organisations"))


async def invite(at: Hands, person: Person, role: str) -> None:
    """Invite somebody to one's organisation, in a role by its words."""
    await at.menu("单位与成员", "Organisation and people")
    form = at.region("邀请成员", "Invite somebody")
    await at.fill("电子邮箱", "Email", person.email, within=form)
    await at.choose("角色", "Role", role, within=form)
    await at.press("发送邀请", "Send the invitation", within=form)
    await at.seen(f"邀请已发往 {person.email}", f"An invitation is on its way to {person.email}", within=form)


async def draft(
    at: Hands, topic: TopicContent, closes_at: datetime, funder: Organisation, end_user: Organisation
) -> str:
    """Write a topic in both languages, line by line, and submit it for review; its id."""
    await at.menu("榜题管理")
    await at.follow("起草榜题")
    await at.fill("出资方统一社会信用代码", "", funder.uscc or "")
    await at.fill("最终用户统一社会信用代码", "", end_user.uscc or "")
    await at.seen(f"已找到：{funder.name.zh}")
    await at.seen(f"已找到：{end_user.name.zh}")
    await at.press("开始起草")
    await at.heading("未命名榜题")
    for label, text in (
        ("榜题名称", topic.title), ("需求与问题", topic.problem), ("现有水平", topic.baseline), ("差距", topic.gap),
        ("验收方式", topic.acceptance), ("知识产权", topic.ip_terms),
    ):  # fmt: skip
        await _both(at, label, text)
    basics = at.region("分类与经费")
    await at.main.get_by_label("赛道", exact=True).select_option(value=topic.track)
    await at.fill("支持经费（元）", "", str(topic.purse_minor // 100), within=basics)
    await at.fill("拟立项数", "", str(topic.award_count), within=basics)
    await at.fill("截止时间（北京时间）", "", f"{closes_at.astimezone(ZONE):%Y-%m-%dT%H:%M}", within=basics)
    for n, indicator in enumerate(topic.indicators, 1):
        await at.press("添加指标")
        row = at.main.get_by_role("group", name=f"指标 {n}", exact=True)
        await _both(at, "名称", indicator.name, row)
        await row.get_by_label("比较").select_option(value=indicator.comparator)
        await at.fill("指标值", "", indicator.threshold, within=row)
        await at.fill("单位", "", indicator.unit, within=row)
        await _both(at, "测试方法", indicator.method, row)
    for n, criterion in enumerate(topic.criteria, 1):
        await at.press("添加标准")
        row = at.main.get_by_role("group", name=f"标准 {n}", exact=True)
        await _both(at, "名称", criterion.name, row)
        await at.fill("权重 %", "", str(criterion.weight), within=row)
    for n, milestone in enumerate(topic.milestones, 1):
        await at.press("添加里程碑")
        row = at.main.get_by_role("group", name=f"里程碑 {n}", exact=True)
        await _both(at, "名称", milestone.title, row)
        await at.fill("合同生效后（月）", "", str(milestone.months), within=row)
        await at.fill("拨付（元）", "", str(milestone.tranche_minor // 100), within=row)
        await _both(at, "证明材料", milestone.evidence, row)
    await at.saved()
    await at.seen("全部就绪，可以提交审核。")
    await step(at, "提交审核")
    await at.seen("等待法制与财政审核")
    return at.page.url.rsplit("/", 1)[-1]


async def _both(at: Hands, label: str, text: Text, within: object = None) -> None:
    await at.fill(f"{label}（中文）", "", text.zh, within=within)  # pyright: ignore[reportArgumentType]
    await at.fill(f"{label}（英文）", "", text.en, within=within)  # pyright: ignore[reportArgumentType]


async def step(at: Hands, command: str, sure: str | None = None) -> None:
    """Take a topic one step further at its desk, and confirm it."""
    await at.press(command, within=at.region("办理"))
    await at.press(sure or command, within=at.dialog)
    await expect(at.dialog).to_be_hidden()


async def due(at: Hands, words: str) -> None:
    """Come back, and follow what waits in one's own list."""
    await at.go("/work")
    await at.follow(words, words)


async def appoint(at: Hands, person: Person, duty: str) -> None:
    """Say who does what for the topic on the screen."""
    panel = at.region("本榜题的经办人")
    await at.choose("人员", "", person.name.zh, within=panel)
    await at.choose("职责", "", duty, within=panel)
    await at.press("指定", within=panel)
    await expect(panel.get_by_role("listitem").filter(has_text=person.name.zh).filter(has_text=duty)).to_be_visible()


async def take_up(at: Hands, topic: Text, name: str) -> str:
    """From the public list to a team of one's own; its id."""
    await at.go("/")
    await at.follow(topic.zh, topic.en)
    await at.heading(topic.zh, topic.en)
    await at.press("我要揭榜", "Take up this challenge")
    await at.fill("团队名称", "Name of the team", name, within=at.dialog)
    await at.press("组建团队", "Found the team", within=at.dialog)
    await at.page.wait_for_url("**/applications/*")
    await at.heading(f"{topic.zh}·揭榜申请", f"Application: {topic.en}")
    return at.page.url.rsplit("/", 1)[-1]


async def invite_partner(at: Hands, person: Person, org: Organisation) -> None:
    """Ask another organisation into the team on the screen, through one of its people."""
    form = at.region("邀请参与单位", "Invite a partner")
    await at.fill("电子邮箱", "Email", person.email, within=form)
    await at.fill("统一社会信用代码", "Unified social credit code", org.uscc or "", within=form)
    await at.press("发送邀请", "Send the invitation", within=form)
    await at.seen(person.email, person.email, within=at.region("成员", "People"))


async def join_team(at: Hands) -> None:
    """Accept an invitation to a team from the mail, and see its application."""
    await at.go(await at.mail("team-invitations"))
    await at.press("接受邀请", "Accept")
    await at.follow("打开申请", "Open the application")
    await at.page.wait_for_url("**/applications/*")


async def share(at: Hands, shares: Mapping[str, tuple[int, int]]) -> None:
    """Divide work and money among organisations, by name, in basis points."""
    for org, (work, money) in shares.items():
        await at.fill(f"任务份额：{org}", f"Share of the work: {org}", f"{work / 100:g}")
        await at.fill(f"经费份额：{org}", f"Share of the money: {org}", f"{money / 100:g}")
    await at.press("保存份额", "Save the shares")


async def write(at: Hands, bid: Bid, topic: TopicContent) -> None:
    """Fill in both parts of the form."""
    for zh, en, value in (
        ("方案名称", "Title of the proposal", at.side(bid.title)),
        ("技术路线", "Approach", "\n\n".join(bid.approach)),
        ("工作计划", "Work plan", "\n\n".join(bid.work_plan)),
        ("经费预算说明", "Budget", "\n\n".join(bid.budget)),
        ("风险与对策", "Risks and answers", "\n\n".join(bid.risk)),
        ("联系人", "Contact person", at.side(at.who.name)),
        ("联系邮箱", "Contact email", at.who.email),
        ("联系电话", "Contact phone", "021-5550-0100"),
    ):
        await at.fill(zh, en, value)
    for indicator in topic.indicators:
        name = at.side(indicator.name)
        await at.fill(f"承诺值：{name}", f"Promised: {name}", bid.promised[indicator.code])
    await at.saved()


async def attach_both(at: Hands, team: Team, bid: Bid, folder: Path) -> None:
    """Upload the proposal and the identity sheet, straight to storage."""
    proposal, sheet = folder / f"{team.key}-申请书.pdf", folder / f"{team.key}-身份信息表.pdf"
    proposal.write_bytes(make_pdf(at.side(bid.title), bid.part_b, author=at.who.name.zh))
    sheet.write_bytes(make_pdf("身份信息表", identity_sheet(team.key), author=team.lead))
    await at.attach("乙部材料（匿名申请书）", "Part B files (blind proposal)", proposal)
    await at.attach("甲部材料（身份信息）", "Part A files (identity)", sheet)


async def submit(at: Hands) -> str:
    """Check, declare, submit; the receipt's number."""
    await at.follow("检查并提交", "Check and submit")
    await at.seen("检查通过，可以提交。", "Everything is in place; you can submit.")
    await at.tick("我们已核对全部内容", "We have checked everything")
    await at.press("提交申请", "Submit")
    said = at.main.get_by_text(re.compile(at.word(r"已提交，回执 \S+。", r"Submitted, receipt \S+\.")))
    await expect(said).to_be_visible()
    slip = at.region("提交回执", "Receipt")
    return (await slip.get_by_role("definition").first.inner_text()).strip()


async def console(at: Hands, topic: Text, page: str) -> None:
    """From the list of topics to a page of this topic's cycle."""
    await at.go("/desk/topics")
    row = at.main.get_by_role("row").filter(has_text=topic.zh)
    await row.get_by_role("link", name="进入评审流程").click()
    await at.follow(page, within=at.page.get_by_role("navigation", name="评审流程的页面"))
    await at.heading(page)


async def ask(at: Hands, label: str, sure: str) -> None:
    """Take a step of the cycle: its button, then the one that says what follows."""
    await at.press(label)
    await at.press(sure, within=at.dialog)
    await expect(at.dialog).to_be_hidden()


async def check(at: Hands, receipt: str) -> None:
    """Read one opened application, look into a file, find it eligible."""
    await at.follow(receipt, within=at.region("申请书"))
    await at.heading("申请书")
    async with at.page.expect_download():
        await at.region("提交的文件").get_by_role("button", name=re.compile("^下载 ")).first.click()
    await at.region("形式审查").get_by_label("受理，进入评审").check()
    await ask(at, "提交结论", "确认受理")
    await at.seen("已有结论", within=at.region("形式审查"))
    await at.follow("返回申请列表")


async def offer(at: Hands, kind: str, track: str) -> None:
    """Offer oneself to the one agency's pool of experts, for a track by its name."""
    await at.menu("专家申请")
    form = at.region("申请加入专家库")
    await form.get_by_label(kind).check()
    await form.get_by_label(track, exact=True).check()
    await at.fill("第 1 段", "", "水下自主对接的声学与光学联合导引：误差预算与近底流场试验。", within=form)
    await at.press("提交申请", within=form)
    await at.seen("申请已提交，等待核验。")


async def commit_share(at: Hands) -> None:
    """Have the browser make random bytes, take the slip away, commit to them."""
    own = at.region("您的随机数")
    await at.press("生成随机数并承诺", within=own)
    async with at.page.expect_download():
        await at.press("下载凭条", within=at.dialog)
    await at.press("提交承诺", within=at.dialog)
    await at.seen("请回到这一页公开随机数", within=own)


async def reveal_share(at: Hands) -> None:
    """Give the bytes away once the roster is frozen; the page finds that out by itself."""
    own = at.region("您的随机数")
    await own.get_by_role("button", name="公开随机数", exact=True).click(timeout=90_000)
    await expect(own.get_by_text(re.compile(r"已于 .+ 公开。"))).to_be_visible()


async def accept_review(at: Hands, topic: Text) -> None:
    """Read the declaration of no conflict, make it, take the seat."""
    await at.menu("评审", "Review")
    await at.follow(f"查看邀请 {topic.zh}", f"See the invitation {topic.en}")
    await at.tick("我已阅读并作出上述声明。", "I have read this and declare it.")
    await at.press("接受邀请", "Accept")
    await expect(at.region("待评申请", "Proposals")).to_be_visible()


async def decline_review(at: Hands, topic: Text) -> None:
    """Declare a conflict of interest instead."""
    await at.menu("评审", "Review")
    await at.follow(f"查看邀请 {topic.zh}", f"See the invitation {topic.en}")
    await at.press("谢绝", "Decline")
    await at.tick("存在利益冲突", "A conflict of interest", within=at.dialog)
    await at.press("确认谢绝", "Decline", within=at.dialog)
    await at.seen("您已谢绝这次邀请。", "You have declined this invitation.")


async def proposals(at: Hands, topic: Text, count: int) -> list[str]:
    """Go to one's seat and wait until every blind copy is there; their aliases."""
    await at.menu("评审", "Review")
    await at.follow(f"进入评审 {topic.zh}", f"Review {topic.en}")
    rows = at.region("待评申请", "Proposals").get_by_role("row").filter(has=at.page.get_by_role("link"))
    await expect(rows).to_have_count(count, timeout=90_000)
    return [name.strip() for name in await rows.get_by_role("rowheader").all_inner_texts()]


async def review(at: Hands, alias: str, judge: Callable[[str], Review], criteria: Sequence[Criterion]) -> None:
    """Read one blind copy and its form, score and comment each criterion, submit."""
    await at.follow(f"评审 {alias}", f"Review {alias}")
    await at.heading(alias, alias)
    await expect(at.page.locator(".textLayer").first).not_to_be_empty()
    form = at.main.get_by_role("group").filter(has_text=at.word("申请表内容", "The form"))
    await form.get_by_text(at.word("申请表内容", "The form")).click()
    title = form.get_by_role("heading", name=at.word("方案名称", "Title"), exact=True)
    opinion = judge(await title.locator("xpath=following-sibling::p").inner_text())
    for criterion in criteria:
        name = at.side(criterion.name)
        await at.fill(f"分数（0–100） {name}", f"Score (0–100) {name}", str(opinion.scores[criterion.code]))
        await at.fill(f"评语：{name}", f"Comment: {name}", opinion.comments[criterion.code])
    await at.saved()
    await at.press("提交评审", "Submit the review")
    await at.press("确认提交", "Submit", within=at.dialog)
    await at.seen("评审已提交，内容不能再改。", "The review is submitted and cannot be changed.")
    await at.follow("全部申请", "All proposals")


async def sign(at: Hands, number: str, *documents: str) -> None:
    """Sign documents of a contract that waits in one's list, each as its button is called."""
    await due(at, f"签署任务书 {number}")
    await at.heading("任务书")
    signatures = at.region("签署")
    for document in documents:
        await at.press(document, within=signatures)
        await at.tick("我已阅读全文，同意以上声明。", within=at.dialog)
        await at.press("签署", within=at.dialog)
        await expect(signatures.get_by_role("button", name=document, exact=True)).to_be_hidden()


async def milestone(at: Hands, topic: Text, title: str) -> None:
    """From one's contracts to a milestone."""
    await at.go("/contracts")
    await at.follow(topic.zh, topic.en)
    await at.follow(title, within=at.region("里程碑"))
    await at.page.wait_for_url("**/milestones/*")


async def hand_in(at: Hands, shown: Evidence, topic: TopicContent, path: Path) -> None:
    """Say what was measured, upload the proof, hand it in."""
    for indicator in topic.indicators:
        await at.fill(f"实测值：{indicator.name.zh}", "", shown.measured[indicator.code])
    await at.fill("说明", "", shown.title.zh)
    path.write_bytes(make_pdf(shown.title.zh, shown.paragraphs))
    await at.attach("证明文件", "", path)
    await at.press("提交证明材料")
    await at.seen(shown.measured[topic.indicators[0].code], within=at.region("证明材料"))


async def confirm(at: Hands, opinion: str) -> None:
    """Read the evidence, confirm that the milestone is met."""
    async with at.page.expect_download():
        await at.main.get_by_role("button", name=re.compile("^下载 ")).click()
    await at.fill("最终用户意见", "", opinion)
    await at.press("确认达标")
    await expect(at.main.get_by_text("已确认", exact=True)).to_be_visible()
