"""Leaks to plant, each of a kind that has been seen somewhere: what the proof of the two worlds must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import pytest
import structlog

from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.platform.storage import Storage
from jiebang.review import jobs, rules
from jiebang.review.service import desk
from jiebang.web import csp, etag
from jiebang.web.requestlog import add_headers

Secrets = Mapping[str, Mapping[str, Any]]
"""By proposal: what of its team the planted code knows."""
Fault = Callable[[pytest.MonkeyPatch, Secrets], None]


def nested_field(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A proposal's answers carry the team's name somewhere inside."""
    real = desk.my_proposal

    async def leaky(actor: Any, proposal_id: UUID) -> Any:
        view = await real(actor, proposal_id)
        view.answers["promised"] = {"by": {"team": secrets[str(proposal_id)]["team"]}}
        return view

    plant.setattr(desk, "my_proposal", leaky)


def hidden_order(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """Proposals are listed as they were submitted."""
    _items(plant, lambda items: items.sort(key=lambda one: secrets[str(one.id)]["submitted_at"]))


def count(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A number follows from how many people the team has."""

    def leak(items: list[Any]) -> None:
        for one in items:
            one.file_pages = secrets[str(one.id)]["people"]

    _items(plant, leak)


def log_line(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A log line says whose proposal was listed."""
    log = structlog.get_logger("planted")
    _items(plant, lambda items: [log.info("listed", team=secrets[str(one.id)]["team"]) for one in items])


def upload_etag(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """An ETag is the hash of what was uploaded."""
    real = etag.etag_for

    def leaky(result: Any) -> str | None:
        secret = secrets.get(str(getattr(result, "id", "")))
        return real(result) if secret is None else f'"{result.version}-{secret["sha256"][:16]}"'

    plant.setattr(etag, "etag_for", leaky)


def file_name(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A blind file is saved under the uploaded file's name."""
    real = Storage.presign_download

    def leaky(self: Storage, key: str, *, filename: str, **more: Any) -> str:
        names = {one["file_key"]: one["filename"] for one in secrets.values()}
        return real(self, key, filename=names.get(key, filename), **more)

    plant.setattr(Storage, "presign_download", leaky)


def original_file(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """The upload itself is served: its metadata, its ETag, its Last-Modified."""
    real = Storage.presign_download

    def leaky(self: Storage, key: str, **more: Any) -> str:
        originals = {one["file_key"]: one["object_key"] for one in secrets.values()}
        return real(self, originals.get(key, key), **more)

    plant.setattr(Storage, "presign_download", leaky)


def last_modified(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A proposal's Last-Modified is when the team submitted."""
    real, real_cache = desk.my_proposal, csp._cache
    submitted: ContextVar[datetime | None] = ContextVar("planted", default=None)

    async def leaky(actor: Any, proposal_id: UUID) -> Any:
        view = await real(actor, proposal_id)
        submitted.set(secrets[str(proposal_id)]["submitted_at"])
        return view

    def dated(message: Any, **more: Any) -> None:
        real_cache(message, **more)
        if (at := submitted.get()) is not None:
            add_headers(message, [(b"last-modified", format_datetime(at, usegmt=True).encode())])

    plant.setattr(desk, "my_proposal", leaky)
    plant.setattr(csp, "_cache", dated)


def upload_time(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """A day follows from when the last team submitted."""
    real = desk.my_assignments

    async def leaky(actor: Any) -> Any:
        views = await real(actor)
        for view in views:
            proposals = [str(one.id) for one in await desk.my_proposals(actor, view.id)]
            view.offered_on = max(secrets[one]["submitted_at"] for one in proposals).date()
        return views

    plant.setattr(desk, "my_assignments", leaky)


def foreign_forbidden(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """What is another's is forbidden, where what is absent is not found."""
    real = desk.my_proposal

    async def leaky(actor: Any, proposal_id: UUID) -> Any:
        try:
            return await real(actor, proposal_id)
        except NotFound:
            if str(proposal_id) in secrets:
                raise Forbidden(rules.REVIEW_FINAL) from None
            raise

    plant.setattr(desk, "my_proposal", leaky)


def error_order(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """What is wrong with a review is said before it is asked whose proposal it is."""
    real = desk.save

    async def leaky(actor: Any, proposal_id: UUID, data: Any, **more: Any) -> Any:
        if str(proposal_id) in secrets and any(score > 100 for score in data.scores.values()):
            raise Refused(rules.REVIEW_FINAL)
        return await real(actor, proposal_id, data, **more)

    plant.setattr(desk, "save", leaky)


def _items(plant: pytest.MonkeyPatch, leak: Callable[[list[Any]], Any]) -> None:
    real = desk.my_proposals

    async def leaky(actor: Any, assignment_id: UUID) -> Any:
        items = await real(actor, assignment_id)
        leak(items)
        return items

    plant.setattr(desk, "my_proposals", leaky)


def mail_subject(plant: pytest.MonkeyPatch, secrets: Secrets) -> None:
    """An offer's subject names a team."""
    real = jobs.offer_mail

    def leaky(locale: str | None, offer: Any, link: str) -> tuple[str, str]:
        subject, text = real(locale, offer, link)
        return f"{subject} ({next(iter(secrets.values()))['team']})", text

    plant.setattr(jobs, "offer_mail", leaky)


FAULTS: tuple[Fault, ...] = (
    nested_field, hidden_order, count, log_line, upload_etag, file_name, original_file, last_modified, upload_time, foreign_forbidden,
    error_order,
)  # fmt: skip
NAMING = {nested_field, file_name, original_file}
"""Those that show what names a team, besides a difference."""
