"""A command whose answer was lost is sent again under its key: one invitation, one mail, one answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from litestar.di import Provide

from jiebang.identity.http import CONTROLLERS
from jiebang.identity.service import ORG_INVITATION, resolve
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.limits import Limiter
from jiebang.web.assembly import WebConfig
from jiebang.web.pagination import Cursors
from support import people

from .web_app import browser, build

pytestmark = pytest.mark.usefixtures("database")
INVITATIONS = "/api/v1/organisations/invitations"


@pytest.fixture(scope="module")
def app() -> Any:
    limiter, cursors = Limiter(None), Cursors(b"thirty-two bytes for the cursors")
    return build(
        routes=list(CONTROLLERS),
        config=WebConfig(session_cache=0),
        limiter=limiter,
        resolver=resolve,
        dependencies={
            "limiter": Provide(lambda: limiter, sync_to_thread=False),
            "cursors": Provide(lambda: cursors, sync_to_thread=False),
        },
    )[0]


async def _invitations(org_id: UUID) -> list[UUID]:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        return [row["id"] for row in await db.fetch("select id from org_invitation where org_id = $1", org_id)]


async def test_an_invitation_and_its_acceptance_may_be_repeated(app: Any) -> None:
    org = await people.organisation()
    admin = await people.actor(org, ["org_admin"])
    guest = await people.actor()
    body = {"email": guest.email, "role": "member"}
    async with browser(app, (await people.sign_in(admin.person_id, org))[1]) as http:
        first, again = [await http.post(INVITATIONS, json=body, headers={"idempotency-key": "one"}) for _ in range(2)]
        assert (first.status_code, first.json()) == (again.status_code, again.json()) == (202, {"status": "accepted"})
        (invitation,) = await _invitations(org)
        await http.post(INVITATIONS, json=body)  # no key: another command
        assert len(await _invitations(org)) == 2
    token = {"token": SIGNER.token(ORG_INVITATION, invitation)}
    async with browser(app, (await people.sign_in(guest.person_id))[1]) as http:
        path = f"{INVITATIONS}/acceptance"
        first, again = [await http.post(path, json=token, headers={"idempotency-key": "two"}) for _ in range(2)]
        assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, {"org_id": str(org)})
        used = await http.post(path, json=token, headers={"idempotency-key": "three"})
        assert (used.status_code, used.json()["code"]) == (409, "identity.token_invalid")
