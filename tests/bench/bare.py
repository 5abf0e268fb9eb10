"""The product's application around two of its reads without session, authorization and row-level security."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from jiebang.applications import repository as bids
from jiebang.applications.schemas import ApplicationView
from jiebang.applications.service.bids import _view
from jiebang.kernel.text import BilingualText
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.limits import Limiter
from jiebang.platform.telemetry import Metrics, configure_logging
from jiebang.review import domain
from jiebang.review.repository import Q
from jiebang.review.schemas import CriterionView, ProposalView
from jiebang.web.assembly import WebConfig, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@get("/health", operation_id="health", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def health() -> str:
    return "ok"


@get("/api/bare/proposals/{proposal_id:uuid}", operation_id="proposal", opt={"public": True})
async def proposal(proposal_id: FromPath[UUID]) -> ProposalView:
    facts = dict((await ENGINE.read(Role.REVIEWER, PROPOSAL, proposal_id))[0])
    most = facts.pop("score_max")
    criteria = [CriterionView(c["code"], BilingualText(**c["name"]), c["weight"], most) for c in facts.pop("criteria")]
    return ProposalView(criteria=criteria, comment_min=domain.COMMENT_MIN, **facts)


@get("/api/bare/applications/{application_id:uuid}", operation_id="application", opt={"public": True})
async def application(application_id: FromPath[UUID]) -> ApplicationView:
    connection = await ENGINE.pools[Role.MEMBER].acquire()
    try:
        async with connection.transaction(readonly=True):
            return _view(await connection.fetchrow(bids.Q.application, application_id))
    finally:
        await ENGINE.pools[Role.MEMBER].release(connection)


PROPOSAL = Q.my_proposal.replace("$2", "$1")


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    admin = {"dsn": os.environ["ADMIN_URL"], "server_settings": {"search_path": "app"}}
    await ENGINE.start({Role.REVIEWER: admin, Role.MEMBER: admin})
    try:
        yield
    finally:
        await ENGINE.stop()


async def _nobody(_: bytes, /) -> None:
    return None


configure_logging("INFO")
metrics = Metrics()
app = create_app(
    [health, proposal, application],
    config=WebConfig(https=False),
    resolver=_nobody,
    limiter=Limiter(None, metrics),
    metrics=metrics,
    lifespan=[lifespan],
)
