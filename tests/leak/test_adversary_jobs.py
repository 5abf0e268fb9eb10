"""A login asks the worker for its own jobs alone, and a job trusts no key and no state that its payload implies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from jiebang.applications import jobs as applications
from jiebang.applications import mails
from jiebang.platform.db import API_ROLES, Role
from jiebang.platform.mail import MAILER
from jiebang.platform.storage import Storage, new_key
from jiebang.workers.handlers import HANDLERS
from support import attack, people
from support.applications import submitted_application
from support.handlers import waiting
from support.topics import published_topic

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("database")

ASKED_BY = {
    "applications.check_material": {"member"},
    "applications.forget_files": {"member"},
    "applications.mail_formal_check": {"officer"},
    "applications.mail_receipt": {"member"},
    "applications.mail_team_invitation": {"member"},
    "awards.signed": {"member", "officer"},
    "identity.mail_invitation": {"member"},
    "identity.mail_known": {"public"},
    "identity.mail_verification": {"public"},
    "review.next_reserve": {"officer", "reviewer"},
    "review.freeze_draw": {"officer"},
    "review.run_draw": {"member", "officer"},
}
"""Kind by the logins that may ask for it. Whatever is not named is the worker's own affair."""


@pytest.mark.parametrize("role", API_ROLES)
async def test_a_login_asks_for_its_own_kinds_alone(role: Role) -> None:
    officer = await people.actor(await people.organisation("agency"), ["agency_officer"], reviewer=True)
    actor = None if role is Role.PUBLIC else officer
    ask = "select app.emit($1, '{}', 'x', '')"
    for kind in sorted({*HANDLERS, "no.such"}):
        allowed = role.short in ASKED_BY.get(kind, set())
        assert await attack.stopped(role, actor, (ask, kind)) is not allowed, (role, kind)
    async with attack.ENGINE.unit_of_work(Role.WORKER) as db:
        await db.execute("delete from outbox where fairness_key = 'x'")


async def test_a_file_that_a_row_names_is_never_forgotten(store: Storage, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a rival's proposal")
    keys = {"part_a": new_key("material"), "part_b": new_key("material")}
    for key in keys.values():
        await store.put_file(key, tmp_path / "f")
    topic = await published_topic()
    await submitted_application(topic.id, opened=False, keys=keys)
    orphan, blind = new_key("quarantine"), new_key("blind")
    for key in (orphan, blind):
        await store.put_file(key, tmp_path / "f")
    rival = await people.actor(await people.organisation(), ["member"])
    ask = "select app.emit('applications.forget_files', jsonb_build_object('keys', $1::text[]), $2, '')"
    for wanted in ([*keys.values(), orphan], [blind]):
        mark = str(uuid4())
        await attack.run(Role.MEMBER, rival, (ask, wanted, mark))
        job = next(j for j in await waiting("applications.forget_files") if j.payload["keys"] == wanted)
        if wanted == [blind]:
            with pytest.raises(ValueError, match="not a key"):
                await applications.forget_files(job)
        else:
            await applications.forget_files(job)
    assert [await store.head(key) is not None for key in (*keys.values(), orphan, blind)] == [True, True, False, True]


async def test_no_mail_tells_of_a_decision_that_nobody_took(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    async def send(_job: object, to: str, *_: object) -> None:
        sent.append(to)

    monkeypatch.setattr(MAILER, "send", send)
    topic = await published_topic()
    undecided = await submitted_application(topic.id)
    decided = await submitted_application(topic.id, status="eligible")
    stranger = await people.actor(await people.organisation("agency"), ["agency_officer"])
    for bid in (undecided, decided):
        payload = {"application_id": str(bid.application_id)}
        ask = "select app.emit('applications.mail_formal_check', $1, 'x', '')"
        await attack.run(Role.OFFICER, stranger, (ask, payload))
        (job,) = await waiting("applications.mail_formal_check", application_id=bid.application_id)
        await mails.mail_formal_check(job)
    assert sent == [decided.lead.email]
