"""How everybody of a season gets an account, an organisation and a role: by sign-up, mail and invitation, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jiebang.demo.caller import PASSWORD, Caller, Refused
from jiebang.demo.season import instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jiebang.demo.mail import Mailbox
    from jiebang.demo.model import Organisation, Person, Season

AT_ONCE = 6
AGENCY_ROLES = {
    "drafter": ("agency_officer",),
    "legal_budget_reviewer": ("legal_budget_reviewer",),
    "approver": ("agency_officer",),
    "screener": ("screener", "agency_officer"),
    "opener": ("agency_officer",),
    "opening_witness": ("agency_officer",),
    "supervisor": ("supervisor",),
    "funding_requester": ("finance_officer",),
    "funding_approver": ("finance_officer",),
}
KINDS = {"end_user": "enterprise", "team": "enterprise", "expert": "institute"}


class Online:
    """The season's people as callers, their organisations by key."""

    def __init__(self, bases: Sequence[str], season: Season, mailbox: Mailbox) -> None:
        self.season = season
        self.mailbox = mailbox
        self.people = {p.key: p for p in season.people}
        self.organisations = {o.key: o for o in season.organisations}
        self.callers = {p.key: Caller(bases, p.email) for p in season.people}
        self.org_ids: dict[str, str] = {}
        self.offset = timedelta(0)

    def at(self, code: str) -> datetime:
        """When a step of the calendar happens: the season's instant, or that much later."""
        return instant(code) + self.offset

    async def close(self) -> None:
        """Close every connection."""
        for caller in self.callers.values():
            await caller.close()

    def duty(self, duty: str) -> Caller:
        """Whoever does this in the season."""
        return self.callers[next(p.key for p in self.season.people if p.duty == duty)]

    def of(self, org: str, duty: str) -> Caller:
        """The person of an organisation with a duty."""
        return self.callers[next(p.key for p in self.season.people if p.org == org and p.duty == duty)]

    async def everybody_signs_up(self) -> None:
        """Sign up, verify by mail, sign in: the whole cast, a few at a time."""
        await each(self.season.people, self._sign_up)

    async def _sign_up(self, person: Person) -> None:
        caller = self.callers[person.key]
        await caller.send(
            "POST",
            "/api/v1/sign-up",
            {"email": person.email, "display_name": person.name.zh, "password": PASSWORD, "locale": "zh-CN"},
        )
        while True:
            token = await self.mailbox.token(person.email, "verify")
            try:
                await caller.send("POST", "/api/v1/verification", {"token": token, "password": PASSWORD})
            except Refused as refused:
                if not caller.retried or refused.code != "identity.verification_refused":  # a lost answer: it was taken
                    raise
            try:
                return await caller.sign_in()
            except Refused as refused:
                if not caller.retried or refused.code != "identity.unverified":  # a repeated sign-up's link counts
                    raise

    async def organisations_register(self) -> None:
        """The first person of each organisation registers it; the others are invited."""
        staffed = [o for o in self.season.organisations if any(p.org == o.key for p in self.season.people)]
        await each(staffed, self._join)

    async def _join(self, org: Organisation) -> None:
        people = [p for p in self.season.people if p.org == org.key]
        if org.kind in ("agency", "funder"):  # founded by the operator, who invited the first person by mail
            first = self.callers[people[0].key]
            self.org_ids[org.key] = await self._accept(first)
        else:
            leading = next((p for p in people if p.duty == "lead"), people[0])
            first = self.callers[leading.key]
            self.org_ids[org.key] = (await first.post("/api/v1/organisations", self._identified(org)))["id"]
        await first.act_for(self.org_ids[org.key])
        for person in people:
            caller = self.callers[person.key]
            roles = AGENCY_ROLES.get(person.duty) or (("end_user",) if person.duty == "end_user" else ("member",))
            for role in roles:
                if role == "member" and caller is first:
                    continue
                await first.send("POST", "/api/v1/organisations/invitations", {"email": person.email, "role": role})
                await self._accept(caller)
            await caller.act_for(self.org_ids[org.key])

    async def _accept(self, caller: Caller) -> str:
        token = await self.mailbox.token(caller.email, "invitations")
        joined = await caller.send("POST", "/api/v1/organisations/invitations/acceptance", {"token": token})
        return joined["org_id"]

    def identifier(self, org: Organisation) -> dict[str, Any]:
        """How others look it up."""
        if org.uscc is not None:
            return {"uscc": org.uscc}
        return {"country": org.country, "registry": org.registry, "registry_id": org.registry_id}

    def _identified(self, org: Organisation) -> dict[str, Any]:
        return {
            "kind": KINDS[org.kind],
            "name_zh": org.name.zh,
            "name_en": org.name.en,
            **self.identifier(org),
        }


async def each(items: Sequence[Any], act: Any) -> list[Any]:
    """Let `act` do every item, a few at a time; the first failure ends it."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: Any) -> Any:
        async with slots:
            return await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]
