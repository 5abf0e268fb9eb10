"""Every screen with somebody who uses it, on the tour of three topics: for pictures and for the check by axe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiebang.demo.acts.judging import until
from jiebang.demo.caller import PASSWORD

if TYPE_CHECKING:
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
    fresh = await online.duty("drafter").get(f"{API}/officer/topics?status=draft")
    draft = fresh["items"][0]["id"] if fresh["items"] else topic["open"]
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
        Screen("review", f"/review/proposals/{proposal}", expert),
        Screen("contracts", "/contracts", duty["funding_requester"]),
        Screen("contract", f"/contracts/{contract}", duty["funding_requester"]),
        Screen("contract-milestones", f"/contracts/{contract}?tab=milestones", duty["funding_requester"]),
        Screen("contract-ledger", f"/contracts/{contract}?tab=ledger", duty["funding_requester"]),
        Screen("milestone", f"/milestones/{milestones[0]['id']}", duty["end_user"]),
        Screen("ledger", "/ledger", duty["funding_requester"]),
    ]


async def _expert_at_work(on: Stage) -> tuple[str, str, str]:
    """An expert who has accepted, a seat of his, a proposal on it, once workers have made his blind copies."""
    for expert in on.online.season.experts:
        caller = on.online.callers[expert.person]
        for seat in await caller.get(f"{API}/review/assignments"):
            if seat["status"] == "accepted":
                list_of = f"{API}/review/applications?assignment={seat['id']}"

                async def copied(at: Caller = caller, path: str = list_of, all_of: int = seat["proposals"]) -> bool:
                    return len(await at.get(path)) == all_of

                await until(copied, "workers make the blind copies within a minute and a half")
                return expert.person, seat["id"], (await caller.get(list_of))[0]["id"]
    raise LookupError("no expert is at work on this stage")


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
