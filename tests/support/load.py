"""A load of people who bid, review and pay, and try again with their keys until they are told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx

from jiebang.platform.crypto import SALT_BYTES, password_digest
from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, files, people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jiebang.kernel.actor import Actor

PASSWORD = "a password of the load"


@dataclass(slots=True)
class Seen:
    """What the clients saw."""

    receipts: set[str] = field(default_factory=set)
    uploads: set[str] = field(default_factory=set)
    paid: set[UUID] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    slowest_check: float = 0.0
    last: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """A team's lead, who tries again until he is told."""

    hosts: Sequence[httpx.AsyncClient]
    bid: applications.Submitted
    seen: Seen
    end: asyncio.Event
    email: str = ""
    saved: dict[str, int] = field(default_factory=dict)

    async def insist(
        self, kind: str, method: str, path: str, wanted: set[int], **request: Any
    ) -> httpx.Response | None:
        """Send until the status is wanted, with one key; None when the test ended meanwhile."""
        headers = {"idempotency-key": uuid4().hex} | request.pop("headers", {})
        for http in itertools.cycle(self.hosts):
            if self.end.is_set():
                break
            try:
                answer = await http.request(method, path, headers=headers, **request)
            except httpx.TransportError as error:
                self.seen.answers[f"{kind} {type(error).__name__}"] += 1
            else:
                self.seen.answers[f"{kind} {answer.status_code}"] += 1
                if answer.status_code in wanted:
                    self.seen.last[kind] = time.monotonic()
                    return answer
                assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.2)
        return None

    async def sign_in(self) -> None:
        """Sign in with the password, from one address after the other: a strange guess is counted by address."""
        visitors = itertools.count(1)
        body = {"email": self.email, "password": PASSWORD}
        while not self.end.is_set():
            n = next(visitors)
            visitor = {"x-forwarded-for": f"10.77.{n // 250 % 250}.{n % 250 + 1}", "cookie": ""}
            await self.insist("sign_in", "POST", "/api/v1/session", {201}, json=body, headers=visitor)
            await asyncio.sleep(0.5)

    async def autosave(self) -> None:
        """Save the form, again and again; what was saved last is what is read."""
        path = f"/api/v1/applications/{self.bid.application_id}"
        answers = applications.answers({"depth": "4500", "latency": "20"})
        for n in itertools.count():
            if self.end.is_set():
                return
            answers["part_b"]["title"] = f"样机方案 {n}"
            if (seen := await self.insist("read", "GET", path, {200})) is not None:
                await self._save("autosave", f"{path}/answers", answers, seen, n)
            await asyncio.sleep(0.3)

    async def review(self, proposal: UUID) -> None:
        """Save a reviewer's draft, again and again."""
        path = f"/api/v1/review/applications/{proposal}"
        for n in itertools.count():
            if self.end.is_set():
                return
            draft = {"scores": {"merit": n % 101}, "comments": {"merit": f"误差预算完整 {n}"}}
            if (seen := await self.insist("read", "GET", path, {200})) is not None:
                await self._save("review", f"{path}/review", draft, seen, n)
            await asyncio.sleep(0.3)

    async def pay(self, approver: Client, milestone: UUID) -> None:
        """Ask for a tranche, have it approved by the colleague, record the payment."""
        path, body = f"/api/v1/milestones/{milestone}/disbursements", {"bank_reference": f"BANK-{uuid4().hex}"}
        if (asked := await self.insist("request", "POST", path, {201})) is None:
            return
        path = f"/api/v1/disbursements/{asked.json()['id']}"
        seen = {"if-match": asked.headers["etag"]}
        if (approved := await approver.insist("approve", "POST", f"{path}/approval", {200}, headers=seen)) is None:
            return
        seen = {"if-match": approved.headers["etag"]}
        if await self.insist("pay", "POST", f"{path}/settlement", {200}, json=body, headers=seen) is not None:
            self.seen.paid.add(milestone)

    async def _save(self, kind: str, path: str, body: Any, seen: httpx.Response, n: int) -> None:
        """Replace the version that was seen; 412 where our own came first, of which only the answer was lost."""
        version = {"if-match": seen.headers["etag"]}
        saved = await self.insist(kind, "PUT", path, {200, 412}, json=body, headers=version)
        if saved is not None and saved.status_code == 200:
            self.saved[path.rpartition("/")[0]] = n

    async def close(self) -> None:
        """Hang up."""
        for http in self.hosts:
            await http.aclose()

    async def submit(self) -> None:
        """Submit and read, again and again."""
        path = f"/api/v1/applications/{self.bid.application_id}"
        body = {"material_ids": [str(one) for one in self.bid.materials.values()]}
        while not self.end.is_set():
            if (told := await self.insist("submit", "POST", f"{path}/submissions", {201}, json=body)) is not None:
                self.seen.receipts.add(told.json()["receipt_no"])
            await self.insist("read", "GET", path, {200})
            await asyncio.sleep(0.05)

    async def upload(self) -> None:
        """Bring a file into the store, see it checked, delete it; again and again."""
        for n in itertools.count():
            if self.end.is_set():
                return
            body = files.pdf(f"{self.bid.team_id} {n}")
            path = f"/api/v1/teams/{self.bid.team_id}/materials"
            told = await self.insist("announce", "POST", path, {201}, json=files.announced(body))
            if told is None:
                return
            link = told.json()
            while not self.end.is_set():
                with contextlib.suppress(httpx.TransportError):
                    async with httpx.AsyncClient(trust_env=False, timeout=8) as http:
                        put = await http.request(link["method"], link["url"], content=body, headers=link["headers"])
                    self.seen.answers[f"put {put.status_code}"] += 1
                    if put.status_code in {200, 412}:  # 412: it arrived before, and only the answer was lost
                        self.seen.last["put"] = time.monotonic()
                        break
                await asyncio.sleep(0.2)
            done = await self.insist("complete", "POST", f"/api/v1/materials/{link['material_id']}/complete", {202})
            path, completed = f"/api/v1/materials/{link['material_id']}", time.monotonic()
            while done is not None and (found := await self.insist("look", "GET", path, {200})) is not None:
                assert found.json()["status"] in {"pending", "checked"}, found.text
                if found.json()["status"] == "checked":
                    self.seen.uploads.add(link["material_id"])
                    self.seen.slowest_check = max(self.seen.slowest_check, time.monotonic() - completed)
                    break
                await asyncio.sleep(0.1)
            await self.insist("delete", "DELETE", path, {204, 404})


async def client(addresses: Sequence[str], topic: UUID, seen: Seen, end: asyncio.Event) -> Client:
    """A team's lead at these hosts."""
    bid = await applications.submitted_application(topic, opened=False, promised={"depth": "4500", "latency": "20"})
    salt = secrets.token_bytes(SALT_BYTES)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        email = await db.fetchval("select email from person where id = $1", bid.lead.person_id)
        await db.execute(
            "insert into credential (person_id, salt, digest, failures) values ($1, $2, $3, 0)",
            bid.lead.person_id, salt, await password_digest(PASSWORD, salt),
        )  # fmt: skip
    return Client(await hosts(addresses, bid.lead), bid, seen, end, email)


async def hosts(addresses: Sequence[str], actor: Actor) -> list[httpx.AsyncClient]:
    """The actor's browser at each of these."""
    _, token = await people.sign_in(actor.person_id, actor.org_id)
    headers = {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token)}
    return [httpx.AsyncClient(base_url=a, headers=headers, trust_env=False, timeout=8) for a in addresses]


async def jobs_end() -> None:
    """Wait until every job wanted so far is done, two minutes at most: then say what the others wait for."""
    end = time.monotonic() + 120
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        last = await db.fetchval("select max(id) from outbox")
    while True:
        async with ENGINE.unit_of_work(Role.WORKER) as db:
            left = await db.fetch(
                "select kind, attempts, spared, run_at - now() as due_in, lease_owner, dead_at is not null as dead, error"
                " from outbox where done_at is null and id <= $1 limit 20", last,
            )  # fmt: skip
        if not left:
            return
        assert time.monotonic() < end, [dict(row) for row in left]
        await asyncio.sleep(0.2)
