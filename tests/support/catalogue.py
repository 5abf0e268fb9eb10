"""What the database's own catalogue says against us. Each question lists offenders; an empty list is the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.platform.db import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

PUBLIC_PROJECTIONS = frozenset(
    {"taxonomy_node", "rule_set", "working_calendar", "public_topic", "public_notice", "audit_checkpoint"}
)
"""The named exception to forced row-level security: what everybody may read anyway."""
APPLICATION_LOGINS = tuple(role for role in Role if role is not Role.OWNER)
CLASSES = ("identity", "blind", "public", "plumbing")

_TABLES = "c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p', 'f', 'm')"


async def _names(db: Any, sql: str, *args: object) -> list[str]:
    return [row[0] for row in await db.fetch(f"select n::text from ({sql}) q(n) order by 1", *args)]


async def tables_of(db: Any, *classes: str) -> list[str]:
    """The tables whose COMMENT begins with one of the classes."""
    return await _names(
        db,
        f"select c.relname from pg_class c where {_TABLES}"
        " and split_part(obj_description(c.oid, 'pg_class'), ':', 1) = any ($1)",
        list(classes),
    )


async def unclassified_tables(db: Any) -> list[str]:
    """Tables whose COMMENT does not begin with `class: what it holds`."""
    return await _names(
        db,
        f"select c.relname from pg_class c where {_TABLES}"
        " and coalesce(obj_description(c.oid, 'pg_class') !~ $1, true)",
        f"^({'|'.join(CLASSES)}): \\S",
    )


async def unforced_tables(db: Any, *, but: Iterable[str] = PUBLIC_PROJECTIONS) -> list[str]:
    """Tables without enabled and forced row-level security; a materialised view can have none at all."""
    return await _names(
        db,
        f"select c.relname from pg_class c where {_TABLES}"
        " and not (c.relrowsecurity and c.relforcerowsecurity) and c.relname <> all ($1)",
        list(but),
    )


async def definer_views(db: Any) -> list[str]:
    """Views that read with their owner's rights."""
    return await _names(
        db,
        "select c.relname from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind = 'v' and not"
        " coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)",
    )


async def slow_policies(db: Any) -> list[str]:
    """Policies with EXISTS or IN (SELECT …), which never become an index condition (160 ms instead of 0.1)."""
    return await _names(
        db,
        "select format('%s.%s', polrelid::regclass, polname) from pg_policy"
        " where concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))"
        r" ~* '\mEXISTS\M|\mIN \( ?SELECT|ANY \( ?SELECT'",
    )


async def policies_for_everybody(db: Any) -> list[str]:
    """Policies that name PUBLIC instead of a role."""
    return await _names(
        db, "select format('%s.%s', polrelid::regclass, polname) from pg_policy where 0 = any (polroles)"
    )


async def open_policies(db: Any) -> list[str]:
    """Policies that let an API login see or write every row, of tables that are no public projection."""
    return await _names(
        db,
        "select format('%s.%s', p.polrelid::regclass, p.polname) from pg_policy p"
        " where (pg_get_expr(p.polqual, p.polrelid) = 'true' or pg_get_expr(p.polwithcheck, p.polrelid) = 'true')"
        " and p.polroles && (select array_agg(oid) from pg_roles where rolname = any ($1))",
        [role.value for role in APPLICATION_LOGINS if role is not Role.WORKER],
    )


async def loose_definers(db: Any) -> list[str]:
    """SECURITY DEFINER routines whose names the caller's search_path could bend, or that own more than they should."""
    return await _names(
        db,
        "select p.oid::regprocedure from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosecdef"
        " and ((p.prosqlbody is null and not exists (select from unnest(p.proconfig) s"
        " where s in ('search_path=app, pg_temp', 'search_path=pg_catalog, app, pg_temp')))"
        " or p.proowner <> 'jiebang_auth'::regrole)",
    )


async def public_functions(db: Any, *, but: Iterable[str] = ("app.now()", "app.clock()")) -> list[str]:
    """Routines in app that PUBLIC may execute (a null ACL is the default: everybody)."""
    return await _names(
        db,
        "select distinct p.oid::regprocedure from pg_proc p,"
        " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " where p.pronamespace = 'app'::regnamespace and a.grantee = 0 and a.privilege_type = 'EXECUTE'"
        " and 'app.' || p.oid::regprocedure::text <> all ($1) and p.oid::regprocedure::text <> all ($1)",
        list(but),
    )


async def grants_to_public(db: Any) -> list[str]:
    """Tables, columns, sequences of app, the schema and the database itself, where PUBLIC holds any right."""
    return await _names(
        db,
        "select c.relname from pg_class c, aclexplode(c.relacl) a"
        " where c.relnamespace = 'app'::regnamespace and a.grantee = 0"
        " union select format('%s.%s', c.relname, t.attname) from pg_class c join pg_attribute t on t.attrelid = c.oid,"
        " aclexplode(t.attacl) a where c.relnamespace = 'app'::regnamespace and a.grantee = 0"
        " union select 'schema ' || nspname from pg_namespace n, aclexplode(n.nspacl) a"
        " where a.grantee = 0 and (nspname = 'app' or nspname = 'public' and a.privilege_type = 'CREATE')"
        " union select 'database' from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
        " where d.datname = current_database() and a.grantee = 0",
    )


async def varchars(db: Any) -> list[str]:
    """Columns with a length of their own: a rule that the schema hides from people."""
    return await _names(
        db,
        "select table_name || '.' || column_name from information_schema.columns where table_schema = 'app'"
        " and data_type in ('character varying', 'character') and table_name <> 'migration'",
    )


async def unnamed_constraints(db: Any) -> list[str]:
    """Constraints whose name does not carry table, columns and kind (`topic_code_key`).

    A check over several columns may say its subject instead of them: `topic_people_check`.
    """
    return await _names(
        db,
        "select format('%s on %s', k.conname, c.relname) from pg_constraint k join pg_class c on c.oid = k.conrelid,"
        " lateral (select string_agg(a.attname, '_' order by u.n) as columns"
        "   from unnest(k.conkey) with ordinality u(attnum, n)"
        "   join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum) x"
        " where c.relnamespace = 'app'::regnamespace and c.relname <> 'migration' and not case k.contype"
        "  when 'p' then k.conname = c.relname || '_pkey'"
        "  when 'u' then k.conname = left(c.relname || '_' || x.columns || '_key', 63)"
        "  when 'f' then k.conname = left(c.relname || '_' || x.columns || '_fkey', 63)"
        "  when 'n' then k.conname ~ ('^' || c.relname || '_' || x.columns || '_not_null[0-9]*$')"
        "  when 'c' then k.conname ~ ('^' || c.relname || case when cardinality(k.conkey) = 1"
        "    then '_' || x.columns || '_check$' else '_[a-z][a-z_]*_check$' end)"
        "  when 't' then k.conname ~ ('^' || c.relname || '_[a-z_]+$')"
        "  else k.conname ~ ('^' || c.relname || '_[a-z_]+_excl$') end",
    )


async def powerful_logins(db: Any) -> list[str]:
    """Application logins that own something, bypass something, inherit, or are members of anything."""
    return await _names(
        db,
        "select format('%s: %s', r.rolname, what) from pg_roles r, lateral ("
        " select 'attributes' where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb"
        "   or r.rolreplication or r.rolinherit"
        " union all select 'member of ' || m.roleid::regrole from pg_auth_members m where m.member = r.oid"
        " union all select 'owns ' || d.classid::regclass || ' ' || d.objid from pg_shdepend d"
        "   where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o'"
        " ) w(what) where r.rolname = any ($1)",
        [role.value for role in APPLICATION_LOGINS],
    )


async def reviewer_rights(db: Any) -> list[str]:
    """Columns of identity and plumbing tables on which the reviewer's login holds any right."""
    return await _names(
        db,
        "select format('%s.%s %s', c.relname, a.attname, p) from pg_class c join pg_attribute a on a.attrelid = c.oid,"
        " unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p"
        f" where {_TABLES} and a.attnum > 0 and not a.attisdropped"
        " and has_column_privilege('jiebang_reviewer', c.oid, a.attnum, p)"
        " and split_part(obj_description(c.oid, 'pg_class'), ':', 1) <> all (array['public', 'blind'])",
    )


async def columns_of(db: Any, table: str) -> list[str]:
    """A table's columns in their order, without generated ones."""
    rows = await db.fetch(
        "select attname from pg_attribute where attrelid = ('app.' || quote_ident($1))::regclass and attnum > 0"
        " and not attisdropped and attgenerated = '' order by attnum",
        table,
    )
    return [row["attname"] for row in rows]


async def fill(db: Any) -> None:
    """Put one row of plausible types into every empty table, in a transaction of the superuser that is rolled back.

    Checks are dropped, and triggers and foreign keys sleep, in that transaction alone.
    """
    await db.execute("set local session_replication_role = replica")
    checks = await db.fetch(
        "select k.conrelid::regclass::text as t, quote_ident(k.conname) as k from pg_constraint k"
        " join pg_class c on c.oid = k.conrelid where c.relnamespace = 'app'::regnamespace and k.contype = 'c'"
    )
    for check in checks:
        await db.execute(f"alter table {check['t']} drop constraint {check['k']}")
    for table in await tables_of(db, *CLASSES):
        if await db.fetchval(f"select exists (select from app.{table})"):
            continue
        columns = await db.fetch(
            "select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type from pg_attribute"
            " where attrelid = ('app.' || quote_ident($1))::regclass and attnum > 0 and not attisdropped"
            " and attgenerated = '' and attidentity = ''",
            table,
        )
        names = ", ".join(c["name"] for c in columns)
        values = ", ".join(_value(c["type"]) for c in columns)
        await db.execute(f"insert into app.{table} ({names}) values ({values})")


def _value(kind: str) -> str:
    if kind.endswith("[]"):
        return f"'{{}}'::{kind}"
    known = {
        "uuid": "gen_random_uuid()",
        "text": "'x'",
        "boolean": "true",
        "jsonb": "'{}'",
        "bytea": r"'\x00'",
        "date": "'2026-03-02'",
    }
    if kind.startswith("character"):
        return "'x'"
    if kind.startswith("timestamp"):
        return "pg_catalog.now()"
    if kind in {"integer", "bigint", "smallint"} or kind.startswith("numeric"):
        return "1"
    return f"{known.get(kind, 'null')}::{kind}"
