"""The one idempotent step that needs an administrator: roles, database rights, schema.

Source: the embedded engine runs it as its superuser, `jiebang migrate` as `DATABASE_ADMIN_URL` (who needs CREATEROLE
and to own the database). Secrets reach the server as SCRAM verifiers, never in clear.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any

from jiebang.platform.db.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_ITERATIONS = 4096

_SETTINGS = {
    Role.PUBLIC: "5s",
    Role.MEMBER: "15s",
    Role.OFFICER: "15s",
    Role.REVIEWER: "15s",
    Role.WORKER: "60s",
    Role.OWNER: "0",
}
"""statement_timeout per role; an injected or runaway statement ends by itself."""


def scram_verifier(password: str) -> str:
    """PostgreSQL's stored form of a password (RFC 5803), so that the server and its log never see the password."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = lambda raw: base64.b64encode(raw).decode()  # noqa: E731 - three uses, one line
    return f"SCRAM-SHA-256${_ITERATIONS}:{b64(salt)}${b64(client)}:{b64(server)}"


async def bootstrap(admin: Any, passwords: Mapping[Role, str]) -> None:
    """Create or repair roles, rights and schema on the connection's database; safe to repeat.

    Args:
        admin: an asyncpg connection as administrator, to the product's database.
        passwords: the secret of each login role.
    """
    database = await admin.fetchval("select quote_ident(current_database())")
    async with admin.transaction():
        await admin.execute("select pg_advisory_xact_lock(7419001)")
        existing = {r["rolname"] for r in await admin.fetch("select rolname from pg_roles where rolname ^@ 'jiebang_'")}
        if "jiebang_auth" not in existing:
            await admin.execute("create role jiebang_auth nologin noinherit")
        for role in Role:
            if role.value not in existing:
                await admin.execute(f"create role {role} login noinherit")
            await admin.execute(
                f"alter role {role} password '{scram_verifier(passwords[role])}';"
                f"alter role {role} set search_path = app;"
                f"alter role {role} set jit = off;"
                f"alter role {role} set timezone = 'UTC';"
                f"alter role {role} set idle_in_transaction_session_timeout = '60s';"
                f"alter role {role} set statement_timeout = '{_SETTINGS[role]}'"
            )
        logins = ", ".join(Role)
        await admin.execute(
            f"revoke all on database {database} from public;"
            f"grant connect on database {database} to {logins};"
            f"grant create on database {database} to {Role.OWNER};"
            "revoke create on schema public from public"
        )
        if not await admin.fetchval("select 1 from pg_namespace where nspname = 'app'"):
            # An administrator that is no superuser may hand a schema only to a role that it can become.
            await admin.execute("create schema app; grant all on schema app to jiebang_owner with grant option")
        await admin.execute(
            f"grant usage on schema app to {logins};"
            f"grant usage, create on schema app to jiebang_owner, jiebang_auth;"
            "grant jiebang_auth to jiebang_owner with inherit false, set true"
        )
        # Activity views show other sessions' statements, and their owner can end them. Only a superuser may close
        # them; a managed server closes its own.
        if await admin.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            await admin.execute(
                "revoke execute on function pg_stat_get_activity(int), pg_stat_get_backend_activity(int),"
                " pg_terminate_backend(int,bigint), pg_cancel_backend(int) from public;"
                "revoke select on pg_stat_activity from public"
            )
            # A lock of its own choice would let one login hold up the audit chain, or migrations. An administrator who
            # is no superuser may bootstrap the next time.
            locks = await admin.fetchval(
                "select string_agg(oid::regprocedure::text, ', ') from pg_proc"
                " where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^pg_(try_)?advisory_(xact_)?lock'"
            )
            administrators = await admin.fetch("select quote_ident(rolname) as name from pg_roles where rolcreaterole")
            holders = ", ".join([Role.OWNER, Role.WORKER, "jiebang_auth", *(r["name"] for r in administrators)])
            await admin.execute(
                f"revoke execute on function {locks} from public; grant execute on function {locks} to {holders}"
            )
