"""The outbox's statements on a real database: fair claims, leases, retries, dead letters."""

from __future__ import annotations

import asyncio
import smtplib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from jiebang.kernel.errors import Refused, Rule
from jiebang.platform import queue
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import AlreadyDone, GiveUp, Job
from jiebang.platform.queue import MAX_ATTEMPTS, Kinds, Ticket
from support import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALL = Kinds(excepted=True)


@pytest.fixture(autouse=True)
async def quiet(database: object) -> AsyncIterator[None]:
    await jobs.clear()
    yield
    await jobs.clear()


async def _start(outbox_id: int, owner: str = "w1") -> Job:
    attempts = (await jobs.row(outbox_id))["attempts"]
    started = await queue.start(Ticket(outbox_id, attempts), owner)
    assert started is not None
    return started[0]


async def test_a_crowd_of_ten_thousand_does_not_starve_a_stranger() -> None:
    await jobs.add_many("t.crowd", 10_000)
    first = await queue.claim(ALL, 50)
    assert len(first) == 50
    stranger = await jobs.add("t.one", key="stranger")
    assert await queue.claim(ALL, 50) == [], "50 wait: no place"
    started = await queue.start(first[0], "w1")
    assert started is not None
    assert [t.id for t in await queue.claim(ALL, 50)] == [stranger], "the one free place is the stranger's"


async def test_claims_deal_out_in_turns() -> None:
    a = [await jobs.add("t.x", key="a") for _ in range(4)]
    b = [await jobs.add("t.x", key="b") for _ in range(2)]
    assert [t.id for t in await queue.claim(ALL, 100)] == [a[0], b[0], a[1], b[1], a[2], a[3]]


async def test_concurrent_relays_never_claim_the_same_job() -> None:
    await jobs.add_many("t.x", 300)
    claims = await asyncio.gather(*(queue.claim(ALL, 300) for _ in range(6)))
    ids = [t.id for claim in claims for t in claim]
    assert len(ids) == len(set(ids)) > 0


async def test_lanes_see_their_own_kinds_and_only_due_jobs() -> None:
    long, short, later = await jobs.add("t.long"), await jobs.add("t.short"), await jobs.add("t.short")
    await jobs.run_sql("update outbox set run_at = now() + interval '1 minute' where id = $1", later)
    assert [t.id for t in await queue.claim(Kinds(frozenset({"t.long"})), 9)] == [long]
    assert [t.id for t in await queue.claim(Kinds(frozenset({"t.long"}), excepted=True), 9)] == [short]


async def test_a_ticket_starts_once_and_an_expired_lease_frees_the_job() -> None:
    outbox_id = await jobs.add("t.x")
    (ticket,) = await queue.claim(ALL, 9)
    assert await queue.start(ticket, "w1") is not None
    assert await queue.start(ticket, "w2") is None
    assert await queue.claim(ALL, 9) == [], "leased"
    await jobs.expire_leases()
    assert await queue.claim(ALL, 9) == [Ticket(outbox_id, 1)]


async def test_unclaimed_jobs_are_due_at_once_with_no_attempt_spent() -> None:
    outbox_id = await jobs.add("t.x")
    await queue.unclaim(await queue.claim(ALL, 9))
    assert await queue.claim(ALL, 9) == [Ticket(outbox_id, 0)]


async def test_only_the_owner_keeps_its_lease_and_an_open_unit_holds_up_nobody() -> None:
    mine, other = await _start(await jobs.add("t.x")), await _start(await jobs.add("t.x"))
    before = (await jobs.row(mine.id))["lease_until"]
    async with other.unit():  # holds its row's lock
        async with asyncio.timeout(5):
            kept = await asyncio.create_task(_outside(queue.heartbeat([mine, other], "w1")))
        assert kept == {(mine.id, 1), (other.id, 1)}
    assert (await jobs.row(mine.id))["lease_until"] > before
    await jobs.expire_leases()
    await _start(mine.id, "w2")
    assert await queue.heartbeat([mine], "w1") == set()


async def _outside(work: Any) -> Any:
    """In a context of its own: the caller's unit of work is not ours."""
    from contextvars import Context

    return await asyncio.get_running_loop().create_task(work, context=Context())


async def test_two_runs_have_one_effect() -> None:
    outbox_id = await jobs.add("t.x")
    first = await _start(outbox_id)
    await jobs.expire_leases()
    second = await _start(outbox_id, "w2")
    async with second.unit():
        pass
    with pytest.raises(AlreadyDone):
        async with first.unit():
            raise AssertionError("no second effect")


async def test_failures_pause_longer_and_longer_then_the_job_is_a_dead_letter() -> None:
    outbox_id = await jobs.add("t.x")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        job = await _start(outbox_id)
        assert job.attempts == attempt
        outcome = await queue.fail(job, RuntimeError("li.si@people.example was here"))
        assert outcome == ("dead" if attempt == MAX_ATTEMPTS else "failed")
        row = await jobs.row(outbox_id)
        assert row["error"].startswith("RuntimeError")
        assert "li.si" not in row["error"]
        if attempt < MAX_ATTEMPTS:
            assert not row["due"]
            assert await queue.claim(ALL, 9) == [], "not before its pause is over"
            await jobs.run_sql("update outbox set run_at = now() where id = $1", outbox_id)
    assert (await jobs.row(outbox_id))["dead_at"] is not None
    assert await queue.claim(ALL, 9) == []
    assert (await queue.state()).dead == 1
    assert await queue.retry_dead(outbox_id)
    assert await queue.claim(ALL, 9) == [Ticket(outbox_id, 0)]
    assert not await queue.retry_dead(outbox_id), "it is no dead letter any more"


def _answered(status: int) -> ClientError:
    return ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.CannotConnectNowError(), True),
        (asyncpg.DiskFullError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (EndpointConnectionError(endpoint_url="http://store.example"), True),
        (ReadTimeoutError(endpoint_url="http://store.example"), True),
        (_answered(503), True),
        (smtplib.SMTPServerDisconnected(), True),
        (asyncpg.QueryCanceledError(), False),
        (asyncpg.DataError("no number"), False),
        (asyncpg.UniqueViolationError(), False),
        (_answered(403), False),
        (smtplib.SMTPDataError(451, b"later"), False),
        (FileNotFoundError(2, "no such file", "qpdf"), False),
        (ValueError(), False),
    ],
    ids=repr,
)
async def test_an_absent_engine_costs_no_attempt_and_a_short_pause(error: Exception, *, away: bool) -> None:
    outbox_id = await jobs.add("t.x")
    await jobs.run_sql("update outbox set attempts = 30, spared = 20 where id = $1", outbox_id)
    assert await queue.fail(await _start(outbox_id), error) == ("away" if away else "failed")
    row = await jobs.row(outbox_id)
    pause = (row["run_at"] - datetime.now(UTC)).total_seconds()
    assert (row["attempts"], row["spared"]) == (31, 21 if away else 20)
    assert 0 < pause <= queue.LONGEST_ABSENCE if away else pause > 100


async def test_an_absence_without_end_is_a_failure_at_last() -> None:
    outbox_id = await jobs.add("t.x")
    spared = queue.MAX_SPARED
    await jobs.run_sql("update outbox set attempts = $2, spared = $2 where id = $1", outbox_id, spared)
    assert await queue.fail(await _start(outbox_id), ConnectionRefusedError()) == "failed"
    await jobs.run_sql("update outbox set attempts = attempts + $2 where id = $1", outbox_id, MAX_ATTEMPTS - 2)
    assert await queue.fail(await _start(outbox_id), ConnectionRefusedError()) == "dead"


async def test_a_job_that_a_stopping_worker_gives_back_loses_no_attempt() -> None:
    outbox_id = await jobs.add("t.x")
    await queue.release(await _start(outbox_id))
    assert (await _start(outbox_id)).spared == 1


async def test_giving_up_buries_at_once_and_a_late_twin_changes_nothing() -> None:
    job = await _start(await jobs.add("t.x"))
    assert await queue.fail(job, GiveUp("no such thing")) == "dead"
    assert (await jobs.row(job.id))["error"] == "no such thing"
    await queue.finish(job)
    assert (await jobs.row(job.id))["done_at"] is None


async def test_an_old_run_cannot_touch_the_new_one() -> None:
    old = await _start(await jobs.add("t.x"))
    await jobs.expire_leases()
    new = await _start(old.id, "w2")
    await queue.fail(old, RuntimeError())
    await queue.release(old)
    await queue.finish(old)
    row = await jobs.row(new.id)
    assert (row["lease_owner"], row["attempts"], row["done_at"], row["error"]) == ("w2", 2, None, None)


def test_back_off_doubles_to_an_hour_and_never_comes_at_once() -> None:
    assert [queue.back_off(n, 0.0) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
    assert queue.back_off(1, 0.999) < 2.0
    assert queue.back_off(40, 0.0) == 1800.0


async def test_an_error_is_described_without_its_message() -> None:
    rule = Rule("topic.closed", "已截止", "closed")
    assert queue.describe(Refused(rule, name="李四")).startswith("Refused topic.closed")
    with pytest.raises(asyncpg.PostgresError, match="people") as raised:
        await ENGINE.read(Role.WORKER, "select 'li.si@people.example'::integer")
    text = queue.describe(raised.value)
    assert text.startswith("InvalidTextRepresentationError sqlstate=22P02")
    assert " at jiebang.platform.db.engine:" in text
    assert "li.si" not in text


async def test_what_is_long_done_is_forgotten() -> None:
    old, fresh = await jobs.add("t.x"), await jobs.add("t.x")
    await jobs.run_sql("update outbox set done_at = now() - interval '31 days' where id = $1", old)
    await queue.forget()
    assert await jobs.row(old) is None
    assert await jobs.row(fresh) is not None


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.MEMBER, Role.OFFICER, Role.REVIEWER])
async def test_no_other_login_reads_the_outbox(role: Role) -> None:
    async with ENGINE.unit_of_work(role) as db:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.savepoint():
                await db.fetch("select * from outbox")
