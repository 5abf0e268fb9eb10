"""The audit chain over a real log, and what a superuser does to it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from jiebang.applications.schemas import Share, Shares
from jiebang.applications.service import teams
from jiebang.challenges import oversight, supervision
from jiebang.kernel.errors import Forbidden
from jiebang.platform import audit, audit_chain
from jiebang.platform.audit_chain import (
    GENESIS,
    Anchor,
    Chain,
    Row,
    encoded,
    entry_digest,
    link_hash,
    read_anchors,
    verify,
)
from jiebang.platform.audit_checkpoint import publish_if_due, published
from jiebang.platform.audit_export import export_audit, verify_export
from jiebang.platform.db import ENGINE, Role
from support import applications, people, topics
from support.audit import export_of
from support.engines import connect_as

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from jiebang.engines.local import Endpoints


@pytest.fixture
async def root(endpoints: Endpoints, database: object) -> AsyncIterator[Any]:
    """A superuser whose changes are rolled back at the end of the test."""
    connection = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
    yield connection
    await connection.close()


async def _write(count: int, **detail: Any) -> None:
    actor = await people.actor()
    async with ENGINE.unit_of_work(Role.MEMBER, actor.token_hash):
        for n in range(count):
            await audit.record("t.done", "thing", uuid4(), n=n, **detail)


async def _chained() -> Anchor:
    await Chain().step()
    report = await _report()
    return Anchor(report.links, report.head)


async def _report(*anchors: Anchor) -> audit_chain.Report:
    return await audit_chain.verify_database(_connect[0], anchors)


_connect: list[Any] = []


@pytest.fixture(autouse=True)
async def _worker(database: dict[Role, Any]) -> None:
    _connect[:] = [database[Role.WORKER]]
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into audit_action (action, logins, sensitive) select a, '{jiebang_member}', false"
            " from unnest('{t.done,t.slow,t.quick}'::text[]) a on conflict do nothing"
        )


@pytest.mark.parametrize(
    ("login", "action"),
    [
        (Role.REVIEWER, "draw.drawn"), (Role.MEMBER, "topic.publish"), (Role.PUBLIC, "session.acts_for"),
        (Role.OFFICER, "review.submitted"), (Role.WORKER, "contract.signed"), (Role.MEMBER, "no.such_thing"),
    ],
)  # fmt: skip
async def test_a_login_says_what_its_operations_do_and_no_more(login: Role, action: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="says no such thing"):
        async with ENGINE.unit_of_work(login):
            await audit.record(action, "thing", None)


async def test_entries_are_chained_in_commit_order_and_verify() -> None:
    await _chained()
    actor = await people.actor()
    before = (await _report()).links
    async with ENGINE.unit_of_work(Role.MEMBER, actor.token_hash):
        await audit.record("t.slow", "thing", None)
        other = asyncio.get_running_loop().create_task(_outside(), context=Context())
        await other  # begins later, commits first
    assert await audit_chain.lag() > 0
    await _chained()
    rows = await ENGINE.read(
        Role.WORKER,
        "select e.action from audit_link l join audit_entry e on e.id = l.entry_id where l.seq > $1 order by l.seq",
        before,
    )
    assert [r["action"] for r in rows] == ["t.quick", "t.slow"]
    report = await _report()
    assert (report.ok, report.tail) == (True, 0)
    assert await audit_chain.lag() == 0


async def _outside() -> None:
    actor = await people.actor()
    async with ENGINE.unit_of_work(Role.MEMBER, actor.token_hash):
        await audit.record("t.quick", "thing", None)
    await Chain().step()


async def test_an_unchained_tail_is_reported_and_is_no_finding() -> None:
    await _chained()
    await _write(3)
    report = await _report()
    assert (report.ok, report.tail) == (True, 3)


async def test_fractions_and_any_text_can_be_chained() -> None:
    await _write(2, share=0.1, text="e\u0301 é \u2028", nested={"b": [1.50, None], "a": {"é": 1, "e\u0301": 2}})
    await _chained()
    assert (await _report()).ok


async def test_one_worker_chains_at_a_time_and_none_chains_twice() -> None:
    await _write(40)
    await asyncio.gather(*(Chain().step() for _ in range(5)))
    await _chained()
    rows = await ENGINE.read(Role.WORKER, "select count(*) as n, count(distinct entry_id) as d from audit_link")
    assert rows[0]["n"] == rows[0]["d"]
    assert (await _report()).ok


async def test_more_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 7)
    await _write(30)
    await _chained()
    report = await _report()
    assert (report.ok, report.tail) == (True, 0)


@pytest.mark.parametrize("login", [Role.WORKER, Role.OWNER, Role.MEMBER])
@pytest.mark.parametrize(
    "sql",
    [
        "update audit_entry set action = 'x'", "delete from audit_entry", "truncate audit_entry cascade",
        "update audit_link set hash = ''", "delete from audit_link", "truncate audit_link",
    ],
)  # fmt: skip
async def test_no_login_changes_history(login: Role, sql: str) -> None:
    await _write(1)
    await _chained()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ENGINE.unit_of_work(login) as db:
            await db.execute(sql)


_TAMPERING = {
    "an entry's action": "update audit_entry set action = 'forged' where id = {id}",
    "an entry's instant": "update audit_entry set at = at + interval '1 microsecond' where id = {id}",
    "an entry's actor": "update audit_entry set actor_id = gen_random_uuid() where id = {id}",
    "an entry's reason": 'update audit_entry set detail = detail || \'{{"reason": "forged"}}\' where id = {id}',
    "an entry": "delete from audit_entry where id = {id}",
    "an entry and its link": "delete from audit_link where entry_id = {id}; delete from audit_entry where id = {id}",
    "a link": "delete from audit_link where entry_id = {id}",
    "all links": "truncate audit_link",
    "the order": "update audit_link set seq = -seq;"
    "update audit_link set seq = (select max(-seq) + 1 from audit_link) + seq",
    "two neighbours": "update audit_link set seq = case seq when {seq} then -1 else {seq} end"
    " where seq in ({seq}, {seq} + 1);"
    "update audit_link set seq = {seq} + 1 where seq = -1",
    "a hash": "update audit_link set hash = sha256(hash) where seq = {seq}",
    "whose entry it is": "update audit_link set entry_id = -entry_id where seq = {seq}",
    "an entry slipped in": "insert into audit_entry (at, role_name, action, object_kind, detail)"
    " values (now(), 'x', 'forged', 'thing', '{{}}')",
    "what waits": "insert into audit_pending (entry_id) values ({id})",
}


@pytest.mark.parametrize("sql", _TAMPERING.values(), ids=_TAMPERING.keys())
async def test_a_superuser_who_changes_something_is_found_without_anchors(root: Any, sql: str, endpoints: Any) -> None:
    await _write(5)
    head = await _chained()
    seq = head.seq - 2
    entry = await root.fetchval("select entry_id from app.audit_link where seq = $1", seq)
    assert await _tampered(root, "select 1") == []
    assert await _tampered(root, sql.format(id=entry, seq=seq)) != []


async def _tampered(root: Any, sql: str, *anchors: Anchor) -> list[str]:
    """What the verifier finds in the rows as the superuser leaves them; the change is rolled back."""
    transaction = root.transaction()
    await transaction.start()
    try:
        await root.execute("set local session_replication_role = replica; set local search_path = app")
        await root.execute(
            "alter table audit_link drop constraint audit_link_pkey, drop constraint audit_link_entry_id_key"
        )
        await root.execute(sql)
        found = await root.fetch(audit_chain._ALL)
    finally:
        await transaction.rollback()
    return verify((audit_chain.row_of(r) for r in found), anchors).findings


async def test_a_shortened_or_rewritten_log_is_found_by_its_anchor(root: Any) -> None:
    await _write(6)
    head = await _chained()
    rows = await _rows()
    assert verify(rows, [head]).ok
    shortened = verify(rows[:-2], [head])
    assert shortened.findings == [f"link {head.seq} was anchored and is missing"]
    rewritten, previous = [], GENESIS
    for row in rows:
        assert row.entry is not None
        entry = encoded(json.loads(row.entry) | ({"action": "forged"} if row.seq == 2 else {}))
        digest = entry_digest(entry)
        rewritten.append(replace(row, entry=entry, prev_hash=previous, digest=digest, hash=link_hash(previous, digest)))
        previous = rewritten[-1].hash or b""
    assert verify(rewritten).ok, "a whole new chain is as good as the old one, but for the anchor"
    assert verify(rewritten, [head]).findings == [f"link {head.seq} is not the one that was anchored"]


async def _rows() -> list[Row]:
    return [row async for row in audit_chain.stored(_connect[0])]


def _swap(rows: list[Row], chance: random.Random) -> list[Row]:
    i, j = sorted(chance.sample(range(len(rows)), 2))
    rows[i], rows[j] = rows[j], rows[i]
    return rows


def _drop(rows: list[Row], chance: random.Random) -> list[Row]:
    first = chance.randrange(len(rows))
    return rows[:first] + rows[first + chance.randint(1, 3) :]


def _cut(rows: list[Row], chance: random.Random) -> list[Row]:
    return rows[: chance.randrange(len(rows))]


def _edit(rows: list[Row], chance: random.Random) -> list[Row]:
    i = chance.randrange(len(rows))
    entry = json.loads(rows[i].entry or b"{}")
    name = chance.choice(sorted(entry))
    entry[name] = f"{entry[name]}x"
    rows[i] = replace(rows[i], entry=encoded(entry))
    return rows


def _renumber(rows: list[Row], chance: random.Random) -> list[Row]:
    """Drop one and close the gap in the numbers."""
    rows = _drop(rows, chance)
    return [replace(row, seq=n) for n, row in enumerate(rows, 1)]


async def test_two_hundred_random_mutations_are_all_found() -> None:
    await _write(12)
    head = await _chained()
    rows = [row for row in await _rows() if row.seq is not None]
    chance = random.Random(20261122)  # noqa: S311
    mutations: list[Callable[[list[Row], random.Random], list[Row]]] = [_swap, _drop, _cut, _edit, _renumber]
    for n in range(200):
        mutated = mutations[n % len(mutations)](list(rows), chance)
        assert mutated != rows
        assert not verify(mutated, [head]).ok, (n, mutations[n % len(mutations)].__name__)


async def test_an_export_is_verified_offline_and_every_damage_found(tmp_path: Path) -> None:
    await _write(5, note="中文")
    await _chained()
    await _write(1)
    path = tmp_path / "audit.jsonl"
    head = await export_audit(_connect[0], path)
    report = verify_export(path, [head])
    assert (report.ok, report.tail, report.head, report.anchors) == (True, 1, head.hash, 1)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for damaged in (lines[:-1], lines[1:], lines[:-4] + lines[-1:], lines + lines[-1:], ["{}\n", *lines], ["x\n"], []):
        path.write_text("".join(damaged), encoding="utf-8")
        assert not verify_export(path).ok
    one = json.loads(lines[0])
    one["entry"]["action"] = "forged"
    path.write_text("".join([json.dumps(one) + "\n", *lines[1:]]), encoding="utf-8")
    assert any("was changed" in finding for finding in verify_export(path).findings)


async def test_the_worker_writes_anchors_outside_the_database(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    chain = Chain(path)
    await _write(1)
    await chain.last_step()
    await _write(1)
    await chain.last_step()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"seq": 9')  # the machine died here
    anchors = read_anchors(path)
    assert len(anchors) == 2
    report = await _report(*anchors)
    assert (report.ok, report.anchors) == (True, 2)


_TEXTS = ("role_name", "action", "object_kind", "request_id")
_KEYS = ("actor_id", "org_id", "object_id", "topic_id")
_HASHES = ("prev_hash", "digest", "hash")


def _mutation(chance: random.Random, first: int, last: int) -> str:
    """A statement of a superuser who wants the log to say something else, on links `first` to `last`."""
    seq = chance.randint(first, last)
    entry = f"(select entry_id from audit_link where seq = {seq})"
    other = chance.choice([n for n in range(first, last + 1) if n != seq])
    return chance.choice((
        f"update audit_entry set {chance.choice(_TEXTS)} = 'm{chance.random()}' where id = {entry}",
        f"update audit_entry set {chance.choice(_KEYS)} = gen_random_uuid() where id = {entry}",
        f"update audit_entry set at = at + {chance.choice((-1, 1))} * interval '{chance.randint(1, 10**9)} microseconds'"
        f" where id = {entry}",
        f"update audit_entry set detail = detail || '{{\"m\": {chance.random()}}}' where id = {entry}",
        f"update audit_link set {chance.choice(_HASHES)} = sha256('{chance.random()}') where seq = {seq}",
        f"update audit_link set entry_id = (select entry_id from audit_link where seq = {other}) where seq = {seq}",
        f"delete from audit_entry where id = {entry}",
        f"delete from audit_link where seq between {seq} and {seq + chance.randint(0, 3)}",
        f"delete from audit_link where seq >= {seq}",
        f"update audit_link set seq = case seq when {seq} then {other} else {seq} end where seq in ({seq}, {other})",
        f"update audit_link set seq = seq - 1 where seq > {seq}; delete from audit_link where seq = {seq} - 1",
        f"insert into audit_link (seq, entry_id, prev_hash, digest, hash) select {last} + 1, entry_id, prev_hash, digest,"
        f" hash from audit_link where seq = {seq}",
        f"insert into audit_pending (entry_id) select entry_id from audit_link where seq = {seq}",
        "truncate audit_link",
        "truncate audit_entry cascade",
    ))  # fmt: skip


async def test_two_hundred_random_statements_of_a_superuser_are_all_found(root: Any) -> None:
    """In the database itself, by its verifier, with the head that was anchored before."""
    await _write(30)
    head = await _chained()
    chance = random.Random(20261123)  # noqa: S311
    missed: list[str] = []
    for _ in range(200):
        statement = _mutation(chance, head.seq - 25, head.seq)
        if not await _tampered(root, statement, head):
            missed.append(statement)
    assert not missed, missed


def test_a_million_entries_are_verified_in_twenty_seconds(tmp_path: Path) -> None:
    """A fiftieth of them in a fiftieth of the time, on this process's own clock; `make bench BENCH=audit` does them all."""
    path = tmp_path / "audit.jsonl"
    export_of(path, 20_000)
    begin = time.process_time()
    report = verify_export(path)
    assert time.process_time() - begin < 20 / 50
    assert (report.ok, report.links) == (True, 20_000)
    text = path.read_bytes().splitlines(keepends=True)
    text[12_345] = text[12_345].replace(b"application.submit", b"application.reject")
    path.write_bytes(b"".join(text))
    assert verify_export(path).findings == ["entry 12346 of link 12346 was changed"]


async def test_checkpoints_are_signed_once_a_day_and_hold_an_export_to_account(tmp_path: Path) -> None:
    await _write(3)
    await _chained()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("alter table audit_checkpoint disable trigger user; delete from audit_checkpoint")
    assert await publish_if_due()
    assert not await publish_if_due(), "one a day"
    await _write(2)
    await _chained()
    (kept,) = await published(None, 10)
    path = tmp_path / "audit.jsonl"
    await export_audit(_connect[0], path)
    key = bytes.fromhex(kept.public_key)
    report = verify_export(path, (), [kept], key)
    assert (report.ok, report.anchors) == (True, 1)
    for wrong in (replace(kept, hash="0" * 64), replace(kept, seq=kept.seq - 1), replace(kept, signature="00" * 64)):
        assert not verify_export(path, (), [wrong], key).ok
    assert not verify_export(path, (), [kept], bytes(32)).ok


async def test_a_supervisors_pages_are_an_export_that_withholds_what_he_must_not_see(tmp_path: Path) -> None:
    topic = await topics.published_topic(closes_in=timedelta(hours=1))
    bid = await applications.submitted_application(topic.id, opened=False)
    org = str(bid.partner_org)
    shares = [Share(org_id=o, work_bp=5000, share_bp=5000) for o in (bid.lead_org, bid.partner_org)]
    await teams.set_shares(bid.lead, bid.team_id, Shares(shares=shares), 1)
    await oversight.reads(topic.supervisor, topic.id, None, 10)
    await _chained()
    found = await supervision.search(topic.supervisor, supervision.Search(topic_id=topic.id), None, 100)
    assert [entry.action for entry in found] == ["topic.reads_read"], "no word of a sealed bid"
    path, after = tmp_path / "pages.jsonl", 0
    with path.open("wb") as file:
        while True:
            page = await supervision.chain(topic.supervisor, after, 7)
            file.write(msgspec.json.encode(page) + b"\n")
            if page.next is None:
                break
            after = page.next
    assert org not in path.read_text("utf-8")
    assert str(topic.id) in path.read_text("utf-8")
    report = verify_export(path)
    assert report.ok, report.findings
    assert 0 < report.withheld < report.links
    for rival in (topic.drafter, topic.funder_requester):
        with pytest.raises(Forbidden):
            await supervision.search(rival, supervision.Search(), None, 10)
    other = await topics.published_topic()
    assert not await supervision.search(other.supervisor, supervision.Search(topic_id=topic.id), None, 10)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set opened_at = now(), opened_by = $2, opening_first_id = $3, closes_at = now()"
                         " where id = $1", topic.id, *(o.person_id for o in topic.opening_officers))  # fmt: skip
    found = await supervision.search(topic.supervisor, supervision.Search(action="team."), None, 100)
    assert "team.shares_set" in [entry.action for entry in found if entry.topic_id == topic.id]


async def test_a_supervisor_learns_how_far_the_chain_is_and_what_waits() -> None:
    topic = await topics.published_topic()
    await _chained()
    before = await supervision.state(topic.supervisor)
    assert (before.waiting, before.lag) == (0, 0)
    await oversight.reads(topic.supervisor, topic.id, None, 10)
    after = await supervision.state(topic.supervisor)
    assert (after.links, after.head, after.waiting) == (before.links, before.head, 1)
    assert 0 < after.lag < 60
    await _chained()
    last = await supervision.state(topic.supervisor)
    assert (last.links, last.waiting) == (before.links + 1, 0)
    assert last.head != before.head
    assert last.checkpoint == next(iter(await supervision.checkpoints(None, 1)), None)
    for rival in (topic.drafter, topic.funder_requester):
        with pytest.raises(Forbidden):
            await supervision.state(rival)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ENGINE.read(Role.OFFICER, "select * from app.audit_state()", token=rival.token_hash)
