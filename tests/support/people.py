"""People, organisations and sessions, written straight into the database: tests of later steps need no sign-up."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.identity.service import resolve
from jiebang.kernel.actor import Actor
from jiebang.kernel.uscc import ALPHABET, uscc_check_digit
from jiebang.platform.crypto import token_hash
from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

_numbers = itertools.count(1)


def valid_uscc() -> str:
    """A fresh 统一社会信用代码 with its check character: of 10^13, so that a run of thousands meets none twice."""
    first = "91310115" + "".join(secrets.choice(ALPHABET) for _ in range(9))
    return first + uscc_check_digit(first)


async def organisation(kind: str = "enterprise", name: str | None = None) -> UUID:
    """A registered organisation with a valid, unique 统一社会信用代码."""
    n = next(_numbers)
    org_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into organisation (id, kind, country, uscc, name_zh, name_en, created_at)"
            " values ($1, $2, 'CN', $3, $4, $5, now())",
            org_id, kind, valid_uscc(), name or f"测试单位{n}", name or f"Test organisation {n}",
        )  # fmt: skip
    return org_id


async def person(name: str = "测试人员", *, email: str | None = None) -> UUID:
    """A verified person without a password."""
    person_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into person (id, email, display_name, locale, verified_at, created_at)"
            " values ($1, $2, $3, 'zh-CN', now(), now())",
            person_id, email or f"p{person_id.hex}@people.example", name,
        )  # fmt: skip
    return person_id


async def sign_in(person_id: UUID, org_id: UUID | None = None) -> tuple[Actor, str]:
    """A fresh session that acts for `org_id`, with the classes that the person's roles give: (actor, token)."""
    token = secrets.token_urlsafe(32)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("set local role jiebang_auth")
        await db.execute(
            "insert into session (token_hash, role_name, person_id, org_id, created_at, expires_at)"
            " select $1, r, $2, $3, now(), $4 from app.classes_of($2) r",
            token_hash(token), person_id, org_id, datetime.now(UTC) + timedelta(hours=2),
        )  # fmt: skip
    actor = await resolve(token_hash(token))
    assert actor is not None
    return actor, token


async def actor(
    org_id: UUID | None = None, roles: Iterable[str] = (), *, name: str = "测试人员", reviewer: bool = False
) -> Actor:
    """A new person with `roles` in `org_id`, signed in and acting for it."""
    person_id = await person(name)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for role in roles:
            await db.execute(
                "insert into org_role (person_id, person_name, org_id, role, granted_at)"
                " values ($1, $2, $3, $4, now())",
                person_id, name, org_id, role,
            )  # fmt: skip
        if reviewer:
            await db.execute(
                "insert into person_login (person_id, role_name) values ($1, 'jiebang_reviewer')", person_id
            )
    return (await sign_in(person_id, org_id))[0]
