"""Bootstrap, migrations and drift on a PostgreSQL whose administrator is no superuser, as on a managed server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from jiebang import drift as drift_check
from jiebang.engines import LocalEngines
from jiebang.local import temporary_folder
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.bootstrap import bootstrap, scram_verifier
from jiebang.platform.db.migrate import known, migrate, pending
from support import catalogue
from support.engines import connect_as

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connect = dict[str, Any]
_numbers = itertools.count(1)


@asynccontextmanager
async def engine_of(owner: Connect | None) -> AsyncIterator[None]:
    """The process's engine on another server for a while; the pools of the other tests lie aside."""
    pools, ENGINE.pools = ENGINE.pools, {}
    try:
        if owner is not None:
            await ENGINE.start({Role.OWNER: owner}, max_size=3)
        yield
    finally:
        await ENGINE.stop()
        ENGINE.pools = pools


class Managed:
    """A fresh database owned by an administrator who may create roles and databases, and is nothing more."""

    def __init__(self, engines: LocalEngines, name: str) -> None:
        self.engines, self.name = engines, name
        self.passwords = {role: secrets.token_hex(16) for role in Role}

    @property
    def log(self) -> str:
        return (self.engines.data.root / "log" / "postgres.log").read_text(encoding="utf-8")

    def as_(self, user: str, password: str) -> Connect:
        return connect_as(self.engines.endpoints, user, password, self.name)

    def login(self, role: Role) -> Connect:
        return self.as_(role.value, self.passwords[role])

    @asynccontextmanager
    async def admin(self, *, superuser: bool = False) -> AsyncIterator[Any]:
        at = self.engines.endpoints
        who = (at.admin_user, at.admin_password) if superuser else ("cloud_admin", "the cloud's own secret")
        connection = await asyncpg.connect(**self.as_(who[0], str(who[1])))
        try:
            yield connection
        finally:
            await connection.close()

    async def bootstrap(self) -> None:
        async with self.admin() as admin:
            await bootstrap(admin, self.passwords)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[LocalEngines]:
    """A PostgreSQL of our own: roles belong to a whole server, and these are not to meet the other tests'."""
    with temporary_folder("jiebang-managed-") as folder:
        async with LocalEngines(folder / "data", valkey=False, s3=False, durable=False) as engines:
            at = engines.endpoints
            admin = await asyncpg.connect(**connect_as(at, at.admin_user, at.admin_password))
            await admin.execute(
                "create role cloud_admin login createrole createdb password 'the cloud''s own secret';"
                "alter role cloud_admin set log_statement = 'all'"
            )
            await admin.close()
            yield engines


@pytest.fixture
async def managed(server: LocalEngines) -> Managed:
    """A fresh database on it."""
    at, name = server.endpoints, f"managed{next(_numbers)}"
    admin = await asyncpg.connect(**connect_as(at, "cloud_admin", "the cloud's own secret", "postgres"))
    await admin.execute(f"create database {name}")
    await admin.close()
    return Managed(server, name)


async def rights(admin: Any) -> list[Any]:
    """Roles with their settings and memberships, and who may do what with database and schemas."""
    return [
        await admin.fetch(sql)
        for sql in (
            "select rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolconfig from pg_roles"
            " where rolname ^@ 'jiebang_' order by 1",
            "select roleid::regrole, member::regrole, grantor::regrole, admin_option, inherit_option, set_option"
            " from pg_auth_members where roleid::regrole::text ^@ 'jiebang_' order by 1, 2, 3",
            "select nspname, nspowner::regrole, nspacl::text from pg_namespace where nspname in ('app', 'public')",
            "select datacl::text from pg_database where datname = current_database()",
        )
    ]


async def test_an_administrator_without_superuser_brings_up_everything(managed: Managed) -> None:
    assert await pending(managed.login(Role.OWNER))  # the owner cannot sign in yet
    await managed.bootstrap()
    assert await pending(managed.login(Role.OWNER))  # nothing has run yet
    async with engine_of(managed.login(Role.OWNER)):
        await migrate()
        assert not await pending(managed.login(Role.OWNER))
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            ran = {row["name"] for row in await db.fetch("select name from app.migration")}
    assert ran == known()
    async with managed.admin(superuser=True) as db:
        await db.execute("set search_path = app")
        assert await catalogue.unforced_tables(db) == []
        assert await catalogue.loose_definers(db) == []
        assert await catalogue.public_functions(db) == []
        assert await catalogue.powerful_logins(db) == []
        assert await catalogue.grants_to_public(db) == []
        owners = await db.fetch(
            "select distinct relowner::regrole::text as o from pg_class where relnamespace = 'app'::regnamespace"
        )
        assert [row["o"] for row in owners] == ["jiebang_owner"]
    for role in Role:
        login = await asyncpg.connect(**managed.login(role))
        assert await login.fetchval("select app.now() is not null")
        for other in {"jiebang_auth", "cloud_admin", *Role} - {role.value}:
            if (role, other) == (Role.OWNER, "jiebang_auth"):
                continue  # the one membership there is
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await login.execute(f"set role {other}")
        await login.close()


async def test_the_owner_wears_the_helper_role_only_on_purpose(managed: Managed) -> None:
    await managed.bootstrap()
    owner = await asyncpg.connect(**managed.login(Role.OWNER))
    try:
        assert not await owner.fetchval("select pg_has_role('jiebang_auth', 'usage')")
        assert await owner.fetchval("select pg_has_role('jiebang_auth', 'set')")
        await owner.execute("set role jiebang_auth")
    finally:
        await owner.close()


async def test_bootstrap_may_be_repeated(managed: Managed) -> None:
    await managed.bootstrap()
    async with managed.admin(superuser=True) as db:
        before = await rights(db)
        await managed.bootstrap()
        assert await rights(db) == before
    async with engine_of(managed.login(Role.OWNER)):
        await migrate()
        await managed.bootstrap()  # at every later start, too
        await migrate()


async def test_a_superuser_may_repeat_it_too(managed: Managed) -> None:
    await managed.bootstrap()
    async with managed.admin(superuser=True) as db:
        await bootstrap(db, managed.passwords)
        before = await rights(db)
        await bootstrap(db, managed.passwords)
        assert await rights(db) == before
    await managed.bootstrap()
    login = await asyncpg.connect(**managed.login(Role.MEMBER))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.fetch("select query from pg_stat_activity")
    await login.close()


async def test_bootstraps_at_the_same_time(managed: Managed) -> None:
    async with managed.admin(superuser=True) as db:  # roles belong to the server: earlier tests' give way to new ones
        ours = ["jiebang_auth", *map(str, Role)]
        for role in await db.fetch("select rolname from pg_roles where rolname = any ($1)", ours):
            await db.execute(f"alter role {role['rolname']} rename to gone_{next(_numbers)}")
    await asyncio.gather(managed.bootstrap(), managed.bootstrap(), managed.bootstrap())
    login = await asyncpg.connect(**managed.login(Role.PUBLIC))
    assert await login.fetchval("show search_path") == "app"
    await login.close()


async def test_a_rotated_password_takes_effect(managed: Managed) -> None:
    await managed.bootstrap()
    old = managed.login(Role.MEMBER)
    await (await asyncpg.connect(**old)).close()
    managed.passwords[Role.MEMBER] = "新的口令 with 'quotes' $$ and \\"
    await managed.bootstrap()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(**old)
    await (await asyncpg.connect(**managed.login(Role.MEMBER))).close()
    assert await pending({**managed.login(Role.OWNER), "password": "wrong"})  # bootstrap will mend it


async def test_the_server_stores_verifiers_and_its_log_no_secret(managed: Managed) -> None:
    await managed.bootstrap()
    async with managed.admin(superuser=True) as db:
        stored = dict(
            await db.fetch("select rolname, rolpassword from pg_authid where rolname = any ($1)", [*map(str, Role)])
        )
    for role in Role:
        rounds, salt, client, _ = stored[role].removeprefix("SCRAM-SHA-256$").replace("$", ":").split(":")
        salted = hashlib.pbkdf2_hmac("sha256", managed.passwords[role].encode(), base64.b64decode(salt), int(rounds))
        key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        assert base64.b64decode(client) == key
    assert scram_verifier("a") != scram_verifier("a")  # salted
    log = managed.log
    assert "alter role jiebang_member password" in log  # the log did see the statements
    assert not [role for role in Role if managed.passwords[role] in log]


async def test_concurrent_migrations_run_once(managed: Managed) -> None:
    await managed.bootstrap()
    async with engine_of(managed.login(Role.OWNER)):
        reports = await asyncio.gather(migrate(), migrate(), migrate())
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            names = [row["name"] for row in await db.fetch("select name from app.migration")]
    assert sorted(names) == sorted(known())
    assert sum("Running" in report for report in reports) == 1


async def test_a_failing_migration_stores_nothing(managed: Managed) -> None:
    await managed.bootstrap()
    async with managed.admin() as db:  # the last slice stumbles over a table that is there already
        await db.execute("create table app.ledger_posting (id int)")
    async with engine_of(managed.login(Role.OWNER)):
        with pytest.raises((RuntimeError, asyncpg.PostgresError)):
            await migrate()
    assert await pending(managed.login(Role.OWNER))
    async with managed.admin(superuser=True) as db:
        tables = "select count(*) from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        assert await db.fetchval(tables) == 1


async def test_a_new_migration_is_pending(managed: Managed) -> None:
    await managed.bootstrap()
    async with engine_of(managed.login(Role.OWNER)):
        await migrate()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("delete from app.migration where name = $1", max(known()))
    assert await pending(managed.login(Role.OWNER))
    assert len(known()) >= 14


async def test_no_drift() -> None:
    async with engine_of(None):
        assert await drift_check.drift() == []


async def test_drift_finds_what_was_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def migrate_and_stray() -> str:
        report = await migrate()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(
                "alter table app.person add surplus int; alter table app.person drop column verified_at;"
                "alter table app.person alter display_name drop not null;"
                "alter table app.idempotency alter status type bigint;"
                "alter table app.organisation alter country set default 'XX';"
                "alter table app.verification drop constraint verification_pkey"
            )
        return report

    monkeypatch.setattr(drift_check, "migrate", migrate_and_stray)
    async with engine_of(None):
        found = await drift_check.drift()
    assert [line.split(":")[0] for line in found] == [
        "idempotency.status",
        "organisation.country",
        "person.display_name",
        "person.surplus",
        "person.verified_at",
        "verification.id",
    ]
