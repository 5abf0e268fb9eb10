"""The migrated database's catalogue holds nothing against us; and each question finds the fault it asks for."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

import jiebang
from jiebang.platform.db import API_ROLES, ENGINE, Role
from support import catalogue, people
from support.engines import connect_as

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from jiebang.engines.local import Endpoints

Connect = dict[Role, dict[str, Any]]
Denied = asyncpg.InsufficientPrivilegeError

FAULTS: dict[Callable[[Any], Awaitable[list[str]]], dict[str, list[str]]] = {
    catalogue.unforced_tables: {
        "create table app.bad (id int)": ["bad"],
        "create table app.bad (id int); alter table app.bad enable row level security": ["bad"],
        "alter table app.person no force row level security": ["person"],
        "create materialized view app.bad as select 1 as id": ["bad"],
    },
    catalogue.unclassified_tables: {
        "create table app.bad (id int)": ["bad"],
        "comment on table app.person is 'people'": ["person"],
        "comment on table app.person is 'secret: people'": ["person"],
        "comment on table app.person is null": ["person"],
    },
    catalogue.definer_views: {
        "create view app.bad as select 1 as id": ["bad"],
        "create view app.bad with (security_barrier) as select 1 as id": ["bad"],
        "create view app.bad with (security_invoker=off) as select 1 as id": ["bad"],
    },
    catalogue.slow_policies: {
        "create policy bad on app.person using (exists (select from app.session s where s.person_id = id))": [
            "person.bad"
        ],
        "create policy bad on app.person using (id in (select person_id from app.session))": ["person.bad"],
        "create policy bad on app.person using (id = any (select person_id from app.session))": ["person.bad"],
        "create policy bad on app.person with check (id in (select person_id from app.session))": ["person.bad"],
    },
    catalogue.policies_for_everybody: {
        "create policy bad on app.person using (id = (select app.me()))": ["person.bad"],
    },
    catalogue.open_policies: {
        "create policy bad on app.person to jiebang_officer using (true)": ["person.bad"],
        "create policy bad on app.person for insert to jiebang_worker, jiebang_public with check (true)": [
            "person.bad"
        ],
    },
    catalogue.loose_definers: {
        "set role jiebang_auth; create function app.bad() returns int language plpgsql security definer"
        " as 'begin return 1; end'; reset role": ["bad()"],
        "set role jiebang_auth; create function app.bad() returns int language plpgsql security definer"
        " set search_path = public, app as 'begin return 1; end'; reset role": ["bad()"],
        "create function app.bad() returns int language sql security definer return 1": ["bad()"],
    },
    catalogue.public_functions: {
        "create function app.bad() returns int language sql return 1": ["bad()"],
        "create procedure app.bad() language sql begin atomic select 1; end": ["bad()"],
        "grant execute on function app.me() to public": ["me()"],
    },
    catalogue.grants_to_public: {
        "grant select on app.person to public": ["person"],
        "grant select (email) on app.person to public": ["person.email"],
        "grant usage on schema app to public": ["schema app"],
        "grant create on schema public to public": ["schema public"],
        "grant temp on database jiebang to public": ["database"],
    },
    catalogue.varchars: {
        "alter table app.person add bad varchar(20)": ["person.bad"],
        "alter table app.person add bad char(2)": ["person.bad"],
    },
    catalogue.unnamed_constraints: {
        "alter table app.person add constraint uq unique (id, display_name)": ["uq on person"],
        "alter table app.person add constraint person_uq_key unique (id, display_name)": ["person_uq_key on person"],
        "alter table app.person add constraint ck check (email <> '')": ["ck on person"],
        "alter table app.person add constraint person_check check (email <> display_name)": ["person_check on person"],
        "alter table app.person add constraint fk foreign key (id) references app.person (id)": ["fk on person"],
        "alter table app.person rename constraint person_pkey to pk": ["pk on person"],
    },
    catalogue.powerful_logins: {
        "alter role jiebang_reviewer bypassrls": ["jiebang_reviewer: attributes"],
        "alter role jiebang_public createdb": ["jiebang_public: attributes"],
        "alter role jiebang_public inherit": ["jiebang_public: attributes"],
        "grant jiebang_officer to jiebang_member": ["jiebang_member: member of jiebang_officer"],
        "grant pg_read_all_data to jiebang_worker": ["jiebang_worker: member of pg_read_all_data"],
    },
    catalogue.reviewer_rights: {
        "grant select (display_name) on app.person to jiebang_reviewer": ["person.display_name SELECT"],
        "grant insert (payload) on app.outbox to jiebang_reviewer": ["outbox.payload INSERT"],
    },
}


@pytest.fixture(scope="module")
async def admin(database: Connect, endpoints: Endpoints) -> AsyncIterator[Any]:
    """The superuser, who sees every table and may plant every fault."""
    connection = await asyncpg.connect(**connect_as(endpoints, endpoints.admin_user, endpoints.admin_password))
    yield connection
    await connection.close()


@asynccontextmanager
async def undone(db: Any) -> AsyncIterator[None]:
    """A transaction that leaves nothing behind."""
    transaction = db.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def asked(db: Any, question: Callable[[Any], Awaitable[list[str]]]) -> list[str]:
    await db.execute("set local search_path = app")
    return await question(db)


@pytest.mark.parametrize("question", FAULTS, ids=lambda f: f.__name__)
async def test_the_catalogue_holds_no(admin: Any, question: Callable[[Any], Awaitable[list[str]]]) -> None:
    async with undone(admin):
        assert await asked(admin, question) == []


@pytest.mark.parametrize(
    ("question", "fault", "found"),
    [(question, fault, found) for question, faults in FAULTS.items() for fault, found in faults.items()],
    ids=lambda x: getattr(x, "__name__", None),
)
async def test_a_planted_fault_is_found(
    admin: Any, question: Callable[[Any], Awaitable[list[str]]], fault: str, found: list[str]
) -> None:
    async with undone(admin):
        before = set(await asked(admin, question))
        await admin.execute(fault)
        assert sorted(set(await asked(admin, question)) - before) == found


async def test_an_owned_object_is_found(admin: Any) -> None:
    async with undone(admin):
        await admin.execute("create table app.bad (id int); alter table app.bad owner to jiebang_member")
        (found,) = await catalogue.powerful_logins(admin)
        assert found.startswith("jiebang_member: owns pg_class")


async def test_the_public_projections_are_the_named_ones(admin: Any) -> None:
    assert set(await catalogue.tables_of(admin, "public")) == catalogue.PUBLIC_PROJECTIONS


@pytest.mark.parametrize("login", catalogue.APPLICATION_LOGINS)
async def test_a_login_becomes_nobody_else(database: Connect, admin: Any, login: Role) -> None:
    others = [r["rolname"] for r in await admin.fetch("select rolname from pg_roles where rolname <> $1", login.value)]
    assert {"jiebang_auth", *Role} - {login} <= set(others)
    db = await asyncpg.connect(**database[login])
    try:
        for other in others:
            for statement in (f'set role "{other}"', f'set session authorization "{other}"'):
                with pytest.raises(Denied):
                    await db.execute(statement)
            with pytest.raises(Denied):
                await db.fetchval("select set_config('role', $1, true)", other)
        assert await db.fetchval("select session_user || ' ' || current_user") == f"{login} {login}"
    finally:
        await db.close()


FORBIDDEN = (
    "create table app.mine (id int)",
    "create table public.mine (id int)",
    "create temp table mine (id int)",
    "create schema mine",
    "create function public.mine() returns int language sql return 1",
    "create function pg_temp.mine() returns int language sql return 1",
    "create role mine",
    "create or replace function app.now() returns timestamptz language sql stable return pg_catalog.now()",
    "alter table app.person disable row level security",
    "truncate app.person",
    "copy app.person to program 'true'",
    "select pg_read_file('/etc/hostname')",
    "select query from pg_stat_activity",
    "select pg_stat_get_backend_activity(1)",
    "select pg_stat_get_activity(null)",
    "select pg_terminate_backend(pid) from pg_stat_get_activity(null)",
    "select pg_terminate_backend(pg_backend_pid())",
    "select pg_cancel_backend(pg_backend_pid())",
    "select rolpassword from pg_authid",
    "select * from pg_statistic",
    "call app.protect('person', 'public', 'mine')",
    "call app.project('person', 'mine')",
)


@pytest.mark.parametrize("login", catalogue.APPLICATION_LOGINS)
async def test_a_login_makes_nothing_and_watches_nobody(database: Connect, login: Role) -> None:
    db = await asyncpg.connect(**database[login])
    try:
        for statement in FORBIDDEN:
            with pytest.raises(Denied):
                await db.execute(statement)
        await db.execute("set row_security = off")  # then a policy is an error instead of a filter
        with pytest.raises(Denied):
            await db.execute("select * from app.person")
    finally:
        await db.close()


@pytest.mark.parametrize("login", API_ROLES)
async def test_a_login_holds_nothing_up(database: Connect, admin: Any, login: Role) -> None:
    """With a lock of its own, an injected statement could keep the audit chain waiting, or every new topic."""
    locks = await admin.fetch(
        "select proname, pronargs from pg_proc where pronamespace = 'pg_catalog'::regnamespace"
        " and proname ~ 'advisory.*lock' and proname !~ 'unlock'"
    )
    assert len(locks) >= 16
    db = await asyncpg.connect(**database[login])
    try:
        for one in locks:
            with pytest.raises(Denied):
                await db.execute(f"select {one['proname']}({', '.join(['1'] * one['pronargs'])})")
    finally:
        await db.close()


def test_what_is_locked_has_a_number_of_its_own() -> None:
    package = Path(jiebang.__file__).parent
    folders = [package, (package / "migrations").resolve()]  # which may be a link, and globs follow none
    sources = [path for folder in folders for suffix in ("py", "sql") for path in folder.rglob(f"*.{suffix}")]
    numbers = [n for source in sources for n in re.findall(r"\b74190\d\d\b", source.read_text(encoding="utf-8"))]
    assert len(numbers) > 2
    assert len(numbers) == len(set(numbers))


async def test_the_reviewer_reaches_no_column_of_an_identity(database: Connect, admin: Any) -> None:
    tables = await catalogue.tables_of(admin, "identity", "plumbing")
    assert {"person", "application", "team", "expert", "blind_copy", "audit_entry", "outbox"} <= set(tables)
    db = await asyncpg.connect(**database[Role.REVIEWER])
    try:
        for table in tables:
            columns = await catalogue.columns_of(admin, table)
            assert columns
            refused = [f"select {c} from app.{table}" for c in (*(f'"{c}"' for c in columns), "xmin", "ctid", "*", "1")]
            refused += [f'update app.{table} set "{c}" = null' for c in columns]
            refused += [f"insert into app.{table} default values", f"delete from app.{table}", f"table app.{table}"]
            refused += [f"select from app.{table} for update", f"copy app.{table} to stdout"]
            for statement in refused:
                with pytest.raises(Denied):
                    await db.execute(statement)
    finally:
        await db.close()


async def test_blind_tables_hide_order_and_time(database: Connect, admin: Any) -> None:
    tables = await catalogue.tables_of(admin, "blind")
    assert {"review_assignment", "review_application", "review"} <= set(tables)
    db = await asyncpg.connect(**database[Role.REVIEWER])
    try:
        for table in tables:
            for column in ("xmin", "xmax", "ctid", "cmin", "tableoid", "*", f"{table}"):
                with pytest.raises(Denied):
                    await db.execute(f"select {column} from app.{table}")
            for statement in (f"delete from app.{table}", f"truncate app.{table}", f"copy app.{table} to stdout"):
                with pytest.raises(Denied):
                    await db.execute(statement)
            await db.execute(f"select count(*) from app.{table}")  # some columns are granted, and no row is seen
    finally:
        await db.close()


async def seen_without_context(db: Any, login: Role, tables: list[str]) -> dict[str, int]:
    """Rows that a login sees of each table that holds one, in a superuser's transaction that becomes the login."""
    await catalogue.fill(db)
    seen: dict[str, int] = {}
    for table in tables:
        assert await db.fetchval(f"select count(*) from app.{table}") > 0
    await db.execute(f"set local session authorization {login}")
    await db.execute("set local app.token = ''")
    for table in tables:
        try:
            async with db.transaction():
                seen[table] = await db.fetchval(f"select count(*) from app.{table}")
        except Denied:
            seen[table] = 0
    return seen


@pytest.mark.parametrize("login", API_ROLES)
async def test_without_context_no_row_is_seen(admin: Any, login: Role) -> None:
    hidden = await catalogue.tables_of(admin, "identity", "blind", "plumbing")
    async with undone(admin):
        seen = await seen_without_context(admin, login, hidden)
    assert seen == dict.fromkeys(hidden, 0)


async def test_a_policy_without_context_is_found(admin: Any) -> None:
    async with undone(admin):
        await admin.execute("create policy bad on app.person to jiebang_member using (app.me() is null)")
        people_ = max(1, await admin.fetchval("select count(*) from app.person"))
        assert (await seen_without_context(admin, Role.MEMBER, ["person", "session"])) == {
            "person": people_,
            "session": 0,
        }
    async with undone(admin):
        seen = await seen_without_context(admin, Role.PUBLIC, sorted(catalogue.PUBLIC_PROJECTIONS))
    assert min(seen.values()) > 0  # what is public is seen, so the count can fail


async def test_a_token_is_worth_nothing_in_another_pool() -> None:
    org = await people.organisation("agency")
    member = await people.actor(org, ["member"])
    officer = await people.actor(org, ["agency_officer"])
    everything = await people.actor(org, ["agency_officer"], reviewer=True)
    resolves = {
        (member.token_hash, Role.MEMBER): member.person_id,
        (officer.token_hash, Role.MEMBER): officer.person_id,
        (officer.token_hash, Role.OFFICER): officer.person_id,
        (everything.token_hash, Role.REVIEWER): everything.person_id,
    }
    for token in (member.token_hash, officer.token_hash, b"\x01" * 32, b"", member.token_hash[:-1]):
        for role in (*API_ROLES, Role.WORKER):
            async with ENGINE.unit_of_work(role, token) as db:
                assert await db.fetchval("select app.me()") == resolves.get((token, role)), role
    async with ENGINE.unit_of_work(Role.REVIEWER, everything.token_hash) as db:
        assert await db.fetchval("select app.me()") == everything.person_id
    async with ENGINE.unit_of_work(Role.MEMBER, member.token_hash) as db:
        assert await db.fetchval("select count(*) from person") == 1
        await db.execute("set local app.actor = 'x'; set local app.token = 'ffff'")  # an injected statement's reach
        assert await db.fetchval("select count(*) from person") == 0


async def test_an_expired_token_resolves_to_nobody(admin: Any) -> None:
    someone = await people.actor(await people.organisation(), ["member"])
    await admin.execute("update app.session set expires_at = now() where token_hash = $1", someone.token_hash)
    async with ENGINE.unit_of_work(Role.MEMBER, someone.token_hash) as db:
        assert await db.fetchval("select app.me()") is None
