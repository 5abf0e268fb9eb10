"""A small competition for an empty database, so that the first `make run` has something to show.

Two topics of the season, played in the past so that their public notice runs today, and one that is open with bids
under way. Everything goes over HTTP, as its people would; the database's clock is real again before this returns.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg

from jiebang.demo.acts import bids
from jiebang.demo.caller import PASSWORD
from jiebang.demo.mail import Mailbox
from jiebang.demo.people_online import Online
from jiebang.demo.play import Play
from jiebang.demo.run import Clock, Stopwatch
from jiebang.demo.season import instant, season
from jiebang.platform.db import Role

if TYPE_CHECKING:
    from jiebang.demo.model import Season
    from jiebang.local import Installation

SHOWN = (
    "drafter",
    "legal_budget_reviewer",
    "approver",
    "screener",
    "opener",
    "funding_requester",
    "end_user",
    "lead",
    "expert",
)


async def seed_if_empty(installation: Installation, base_url: str) -> list[str]:
    """Seed where nobody has an account yet; what to tell the person at the terminal, at every start."""
    whole = season()
    owner = await asyncpg.connect(**installation.settings.connect(Role.OWNER))
    try:
        if await owner.fetchval("select exists (select from app.person)"):
            ours = await owner.fetchval(
                "select exists (select from app.person where email = $1)", whole.people[0].email
            )
            return accounts(whole) if ours else []
    finally:
        await owner.close()
    clock = Clock(installation.settings.connect(Role.OWNER))
    online = Online([base_url], part(whole, (0, 1)), Mailbox(installation.mail_dir))
    try:
        play = Play(installation, online, clock, Stopwatch())
        online.offset = datetime.now(UTC) - timedelta(hours=20) - instant("notice")
        await play.until("notice")
        await clock.real()
        online.season = part(whole, (2,))
        online.offset = datetime.now(UTC) + timedelta(days=35) - instant("close")
        later = Play(installation, online, clock, Stopwatch())
        await later.open_one()
        for mine in later.state["teams"][:2]:
            await bids.submit_one(online, mine)
    finally:
        await clock.real()
        await online.close()
    return [
        "A small demo competition is in place: two topics in public notice, one open for bids.",
        *accounts(whole),
    ]


def accounts(whole: Season) -> list[str]:
    """One account for each part in the competition."""
    first = [next(p for p in whole.people if p.duty == duty) for duty in SHOWN]
    return [
        f"The demo's accounts, each with the password {PASSWORD!r}:",
        *(f"  {p.email:<42} {p.duty}" for p in first),
    ]


def part(whole: Season, slots: tuple[int, ...]) -> Season:
    """The season with some of its topics, renumbered from 0, and the teams that bid for them."""
    number = {slot: n for n, slot in enumerate(slots)}
    teams = tuple(replace(team, slot=number[team.slot]) for team in whole.teams if team.slot in number)
    keys = {team.key for team in teams}
    experts = tuple(
        replace(expert, slots=tuple(number[slot] for slot in expert.slots if slot in number))
        for expert in whole.experts
        if set(expert.slots) & set(slots)
    )
    return replace(
        whole,
        topics=tuple(whole.topics[slot] for slot in slots),
        evidence=tuple(whole.evidence[slot] for slot in slots),
        bids=tuple(bid for bid in whole.bids if bid.team in keys),
        teams=teams,
        experts=experts,
    )
