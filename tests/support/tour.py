"""Every screen with somebody who uses it, on the tour of its topics: for pictures and for the check by axe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jiebang.demo.acts.judging import until
from jiebang.demo.caller import PASSWORD
from jiebang.demo.people import EXPERTS
from jiebang.demo.teams import TEAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from jiebang.demo.caller import Caller
    from jiebang.demo.play import Play
    from support.browser import Visitor
    from support.stage import Stage

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Screen:
    """A page: its picture's name, the address, and the key of the person who looks at it (None: anybody)."""

    name: str
    path: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Toured:
    """The stage, its three topics by name, a browser. Tests take different teams and experts, and leave no step taken."""

    on: Stage
    plays: dict[str, Play]
    started: Browser

    def team(self, n: int) -> tuple[str, str]:
        """The lead and the id of a team that prepares its bid for the open topic."""
        mine = self.plays["open"].state["teams"][n]
        return next(t.lead for t in self.on.online.season.teams if t.key == mine["key"]), mine["team"]

    async def at_work(self, n: int) -> tuple[str, str]:
        """An expert with the id of a seat of theirs, the n-th of the two at work whose blind copies are all there.

        The first is whom the screens show.
        """
        found = [seat async for seat in _at_work(self.on)]
        return found[n]


async def screens(on: Stage, plays: dict[str, Play]) -> list[Screen]:
    """All screens, by the season's people who would open them."""
    online = on.online
    topic = {name: play.state["topics"][0]["id"] for name, play in plays.items()}
    duty = {p.duty: p.key for p in reversed(online.season.people)}
    notice = (await online.callers[duty["drafter"]].get(f"{API}/notices"))["items"][0]["id"]
    mine = plays["open"].state["teams"][0]
    lead = next(team.lead for team in online.season.teams if team.key == mine["key"])
    contracts = await online.callers[duty["funding_requester"]].get(f"{API}/contracts")
    contract = contracts["items"][0]["id"]
    milestones = await online.callers[duty["funding_requester"]].get(f"{API}/contracts/{contract}/milestones")
    expert, seat, proposal = await _expert_at_work(on)
    invited, offer = await _invited(on)
    draft = await begun_draft(on)
    bid = plays["check"].state["teams"][0]["application"]
    reviewed = plays["review"].state
    drawn, bidder = reviewed["topics"][0]["id"], reviewed["teams"][0]
    bidding = next(team.lead for team in TEAMS if team.key == bidder["key"])
    return [
        Screen("topics", "/"),
        Screen("topic", f"/topics/{topic['open']}"),
        Screen("notices", "/notices"),
        Screen("notice", f"/notices/{notice}"),
        Screen("sign-in", "/sign-in"),
        Screen("sign-up", "/sign-up"),
        Screen("verify", "/verify"),
        Screen("invitations", "/invitations"),
        Screen("not-found", "/nowhere"),
        Screen("audit", "/audit"),
        Screen("work", "/work", duty["drafter"]),
        Screen("work-of-a-lead", "/work", lead),
        Screen("organisation", "/organisation", duty["drafter"]),
        Screen("desk", "/desk/topics", duty["drafter"]),
        Screen("topic-new", "/desk/topics/new", duty["drafter"]),
        Screen("topic-editor", f"/desk/topics/{draft}", duty["drafter"]),
        Screen("topic-published", f"/desk/topics/{topic['open']}", duty["approver"]),
        Screen("draws", f"/desk/topics/{drawn}/draws", duty["screener"]),
        Screen("draws-supervised", f"/desk/topics/{drawn}/draws", duty["supervisor"]),
        Screen("draws-before", f"/desk/topics/{topic['check']}/draws", duty["screener"]),
        Screen("draw-public", f"/topics/{drawn}/draws/1"),
        Screen("draw-of-applicants", f"/applications/{bidder['team']}/draw", bidding),
        Screen("work-of-a-screener", "/work", duty["screener"]),
        Screen("cycle", f"/desk/topics/{topic['review']}/cycle", duty["screener"]),
        Screen("cycle-sealed", f"/desk/topics/{topic['open']}/applications", duty["opener"]),
        Screen("cycle-checks", f"/desk/topics/{topic['check']}/applications", duty["screener"]),
        Screen("cycle-application", f"/desk/topics/{topic['check']}/applications/{bid}", duty["screener"]),
        Screen("cycle-copies", f"/desk/topics/{topic['review']}/applications", duty["screener"]),
        Screen("cycle-panel", f"/desk/topics/{topic['review']}/panel", duty["screener"]),
        Screen("cycle-compute", f"/desk/topics/{topic['review']}/scores", duty["screener"]),
        Screen("cycle-scores", f"/desk/topics/{topic['money']}/scores", duty["screener"]),
        Screen("cycle-awards", f"/desk/topics/{topic['money']}/awards", duty["approver"]),
        Screen("experts", "/desk/experts", duty["opener"]),
        Screen("topic-people", f"/desk/topics/{topic['review']}/people", duty["drafter"]),
        Screen("incident", f"/desk/topics/{topic['review']}/incident", duty["approver"]),
        Screen("access", "/access", duty["drafter"]),
        Screen("supervision", "/supervision", duty["supervisor"]),
        Screen("supervision-refused", "/supervision", duty["drafter"]),
        Screen("expertise", "/expertise", expert),
        Screen("expertise-of-a-lead", "/expertise", lead),
        Screen("applications", "/applications", lead),
        Screen("application", f"/applications/{mine['team']}", lead),
        Screen("submit", f"/applications/{mine['team']}/submit", lead),
        Screen("review-queue", "/review", expert),
        Screen("assignment", f"/review/assignments/{seat}", expert),
        Screen("review-queue-of-an-invited", "/review", invited),
        Screen("invitation", f"/review/assignments/{offer}", invited),
        Screen("review", f"/review/proposals/{proposal}", expert),
        Screen("contracts", "/contracts", duty["funding_requester"]),
        Screen("contract", f"/contracts/{contract}", duty["funding_requester"]),
        Screen("milestone", f"/milestones/{milestones[0]['id']}", duty["end_user"]),
        Screen("ledger", "/ledger", duty["funding_requester"]),
    ]


async def begun_draft(on: Stage) -> str:
    """A topic that the drafter has begun to write, made at the first call; its id."""
    drafter, season = on.online.duty("drafter"), on.online.season
    desk = f"{API}/officer/topics"
    mine = (await drafter.get(f"{desk}?status=draft"))["items"]
    if mine:
        return mine[0]["id"]
    text = {"title": {"zh": "深海底栖生物长期观测平台"}, "track": season.topics[0].track, "purse_minor": 200_000_000}
    text["indicators"] = [asdict(i) for i in season.topics[0].indicators[:1]]
    body = {
        "rule_set_id": (await drafter.get(f"{API}/rule-sets"))[0]["id"],
        "funder_id": on.online.org_ids["donghaifund"],
        "end_user_id": on.online.org_ids[season.topics[0].end_user],
        "text": text,
    }
    return (await drafter.post(desk, body))["id"]


async def _at_work(on: Stage) -> AsyncIterator[tuple[str, str]]:
    """Each expert who has accepted, with his seat, once workers have made his blind copies."""
    for expert in EXPERTS:
        caller = on.online.callers[expert.person]
        for seat in await caller.get(f"{API}/review/assignments"):
            if seat["status"] == "accepted":
                path = f"{API}/review/applications?assignment={seat['id']}"

                async def copied(at: Caller = caller, path: str = path, all_of: int = seat["proposals"]) -> bool:
                    return len(await at.get(path)) == all_of

                await until(copied, "workers make the blind copies within a minute and a half")
                yield expert.person, seat["id"]


async def _expert_at_work(on: Stage) -> tuple[str, str, str]:
    """An expert who has accepted, a seat of his, a proposal on it."""
    async for person, seat in _at_work(on):
        proposals = await on.online.callers[person].get(f"{API}/review/applications?assignment={seat}")
        return person, seat, proposals[0]["id"]
    raise LookupError("no expert is at work on this stage")


async def _invited(on: Stage) -> tuple[str, str]:
    """An expert who has yet to answer, and the seat that was offered."""
    for expert in EXPERTS:
        for seat in await on.online.callers[expert.person].get(f"{API}/review/assignments"):
            if seat["status"] == "offered":
                return expert.person, seat["id"]
    raise LookupError("nobody is invited on this stage")


async def signed_in(visitor: Visitor, on: Stage, person: str) -> None:
    """Give the browser this person's session, as signing in would, acting for his organisation."""
    who = on.online.people[person]
    page = visitor.page
    await page.goto(on.base + "/sign-in")
    answer = await page.evaluate(
        """async ({email, password}) => {
            const post = (path, body, csrf) => fetch(path, {method: 'POST', body: JSON.stringify(body),
                headers: {'Content-Type': 'application/json', ...(csrf ? {'X-CSRF-Token': csrf} : {})}});
            const session = await (await post('/api/v1/session', {email, password})).json();
            return session.csrf;
        }""",
        {"email": who.email, "password": PASSWORD},
    )
    org = on.online.org_ids.get(who.org or "")
    if org is not None:
        await page.evaluate(
            """async ({csrf, org}) => fetch('/api/v1/session/acting', {method: 'POST',
                body: JSON.stringify({org_id: org}),
                headers: {'Content-Type': 'application/json', 'X-CSRF-Token': csrf}})""",
            {"csrf": answer, "org": org},
        )
