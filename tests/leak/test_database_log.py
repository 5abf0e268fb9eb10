from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from jiebang.platform.db import ENGINE, Role
from support import people

if TYPE_CHECKING:
    from jiebang.engines.local import LocalEngines


@pytest.mark.usefixtures("database")
async def test_a_refused_statement_leaves_no_person_in_the_log(engines: LocalEngines) -> None:
    canary = f"canary{uuid4().hex}"
    await people.person(canary, email=f"{canary}@people.example")
    with pytest.raises(asyncpg.UniqueViolationError):
        await people.person(canary, email=f"{canary}@people.example")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(f"select '{canary}' frm person")
    log = (engines.data.root / "log" / "postgres.log").read_text()
    assert "duplicate key value" in log, "the log tells that something was refused"
    assert canary not in log
