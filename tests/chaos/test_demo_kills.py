"""A season is played while its processes and engines are killed: it ends well, nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from redis.asyncio import Redis

from jiebang.demo.run import Stopwatch, prepare
from jiebang.demo.season import season
from jiebang.local import Installation, temporary_folder
from jiebang.platform.audit_chain import ANCHORS, read_anchors, verify_database
from jiebang.platform.db import Role
from jiebang.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jiebang.demo.model import Season
    from jiebang.engines.supervisor import Supervisor

READY_AGAIN = 15.0
WIPE = "wipe"
STEPS = {
    "start": 5.0, "draft": 0.05, "topic_review": 0.05, "approve": 0.04, "publish": 0.1, "apply": 0.6, "submit": 1.5,
    "close": 0.01, "opening": 0.03, "formal_check": 0.08, "draw": 0.5, "declare": 0.4, "review": 2.5, "score": 0.03,
    "award_list": 0.06, "notice": 0.05, "confirm": 0.03, "contract": 0.2, "milestone": 0.3, "confirm_milestone": 0.07,
    "request_payment": 0.03, "approve_payment": 0.03, "end": 0.05,
}  # fmt: skip
"""Steps, and how many seconds each goes on for at least."""
ONCE = {
    "org_invitation": "org_id, email, role",
    "org_role": "org_id, person_id, role",
    "verification": "person_id",
    "team": "topic_id, lead_person_id",
    "team_org": "team_id, org_id",
    "team_invitation": "team_id, email",
    "material": "team_id, part, sha256",
    "expert_draw": "topic_id",
    "draw_share": "draw_id, party",
    "review_assignment": "topic_id, expert_id",
    "blind_copy": "assignment_id, application_id",
    "score_run": "topic_id",
    "award_list": "topic_id",
    "public_notice": "award_list_id",
    "contract": "topic_id",
    "signature": "contract_id, document, party",
    "disbursement": "milestone_id",
    "ledger_entry": "contract_id, kind, reference",
}
"""Tables, and columns of which no two rows of a season are alike, though not every one is a constraint."""


class Watch(Stopwatch):
    """Also tells when a step begins."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.now = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.now = name
        self.begun[name].set()
        with super().step(name):
            yield


def plan(victims: Sequence[str], chance: random.Random) -> list[tuple[str, float, str]]:
    """Who is killed how many seconds after the beginning of which step; in the order of the steps."""
    steps = list(STEPS)
    # The operator founds the agency in the first moments, without a browser that would ask again.
    return [
        (steps[at], chance.uniform(1.5 if steps[at] == "start" else 0, STEPS[steps[at]]), name)
        for at, name in zip(sorted(chance.sample(range(len(steps)), len(victims))), victims, strict=True)
    ]


def small(whole: Season) -> Season:
    """The season's first topic with its four teams and everybody whom they meet."""
    teams = tuple(t for t in whole.teams if t.slot == 0)
    experts = tuple(replace(e, slots=(0,)) for e in whole.experts if 0 in e.slots)
    topic = whole.topics[0]
    keys = {key for t in teams for key in (t.lead, t.member)} | {e.person for e in experts}
    people = tuple(
        p
        for p in whole.people
        if p.key in keys or p.org == topic.end_user or p.duty not in {"lead", "member", "expert", "end_user"}
    )
    return replace(
        whole, teams=teams, experts=experts, people=people, topics=(topic,), evidence=whole.evidence[:1],
        bids=tuple(b for b in whole.bids if b.team in {t.key for t in teams}),
    )  # fmt: skip


async def disturb(installation: Installation, kills: Sequence[tuple[str, float, str]], watch: Watch) -> list[str]:
    """Kill as planned, whatever else is down by then (`WIPE`: empty the queue instead); returns what happened."""
    supervisor = installation.supervisor
    async with asyncio.TaskGroup() as group:
        returning = []
        for planned, delay, name in kills:
            await watch.begun[planned].wait()
            await asyncio.sleep(delay)
            if name == WIPE:
                async with Redis.from_url(installation.settings.redis_url or "") as queue:
                    await queue.flushall()
                continue
            while (pid := supervisor.pid(name)) is None:
                await asyncio.sleep(0.01)
            assert watch.now != "check", f"the season is over, and {name} was to be killed in {planned}"
            os.kill(pid, signal.SIGKILL)
            returning.append(group.create_task(_back(supervisor, name, pid, watch.now)))
    return [task.result() for task in returning]


async def _back(supervisor: Supervisor, name: str, killed: int, step: str) -> str:
    began = time.monotonic()
    async with asyncio.timeout(READY_AGAIN):
        while supervisor.pid(name) in {None, killed} or not supervisor.is_ready(name):
            await asyncio.sleep(0.02)
    return f"{name} in {step}: ready again after {time.monotonic() - began:.1f} s"


async def play(content: Season, kills: Sequence[tuple[str, float, str]]) -> dict[str, float]:
    """Play, disturb, and check everything; seconds per step."""
    watch = Watch()
    with temporary_folder("jiebang-chaos-") as folder:
        # Durable: what was acknowledged must outlive the death of the database's processes.
        installation = Installation(folder / "data", settings=Settings(_env_file=None))  # pyright: ignore[reportCallIssue]
        try:
            await installation.start()
            await installation.open_storage()
            season_ = await prepare(installation, watch, content)
            async with asyncio.TaskGroup() as group:  # whichever fails ends the other
                killing = group.create_task(disturb(installation, kills, watch))
                playing = group.create_task(season_.season())
            killed, outcome = killing.result(), playing.result()
            print("\n".join([*killed, f"{outcome['retried']} requests repeated", str(watch.seconds)]))
            assert outcome["ok"]
            await nothing_twice(installation, content)
            assert five_hundreds(installation.root / "log") == []
        except BaseException:
            print("\n".join(five_hundreds(installation.root / "log")))
            raise
        finally:
            await installation.stop()
    return watch.seconds


def five_hundreds(logs: Path) -> list[str]:
    """What the API processes could not explain."""
    return [
        line[-1500:]
        for path in logs.glob("api-*.log")
        for line in path.read_text(errors="replace").splitlines()
        if "request_failed" in line or '"status": 500' in line
    ]


async def nothing_twice(installation: Installation, content: Season) -> None:
    """Counted over the database, after the invariants that every season checks."""
    settings = installation.settings
    owner = await asyncpg.connect(**settings.connect(Role.OWNER))
    try:
        for table, columns in ONCE.items():
            twice = await owner.fetch(f"select {columns}, count(*) from {table} group by {columns} having count(*) > 1")
            assert not twice, f"{table}: {twice}"
        jobs = await owner.fetch(
            "select kind, payload from outbox where kind <> all($1::text[]) group by kind, payload having count(*) > 1",
            ["applications.check_material", "identity.mail_known", "awards.signed"],  # may be asked for repeatedly
        )
        assert not jobs
        counted = await owner.fetchrow(
            "select (select count(*) from person) as people, (select count(*) from submission) as submissions,"
            " (select count(*) from submission where current and opened_at is not null) as opened,"
            " (select count(*) from review where submitted_at is not null) as reviews,"
            " (select count(*) from disbursement where status = 'settled') as paid"
        )
        assert dict(counted or {}) == {
            "people": len(content.people),
            "submissions": len(content.teams) + 1,  # one team submits twice
            "opened": len(content.teams),
            "reviews": 3 * len(content.teams),
            "paid": len(content.topics),
        }
    finally:
        await owner.close()
    report = await verify_database(settings.connect(Role.WORKER), read_anchors(installation.root / ANCHORS))
    assert report.ok, report.findings


async def test_a_small_season_outlives_a_kill_of_each() -> None:
    await play(small(season()), plan(["api-1", "postgres", "worker", "valkey"], random.Random(2026)))  # noqa: S311


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_season_outlives_kills_of_all(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    victims = ["api-1", "api-2", "worker", "postgres", "valkey"] * 3
    chance.shuffle(victims)
    await play(season(), plan(victims, chance))


@pytest.mark.long
async def test_a_season_outlives_a_queue_that_is_wiped_again_and_again() -> None:
    """While mails, file checks, draws and blind copies wait and run. What was in the queue comes back by its lease."""
    wipes = [
        ("start", 2.0, WIPE),
        ("start", 3.0, WIPE),
        ("apply", 0.4, WIPE),
        ("draw", 0.2, WIPE),
        ("review", 1.0, WIPE),
    ]
    seconds = await play(season(), wipes)
    assert max(seconds.values()) < 60
