"""What workers do for applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.applications import mails, repository, rules
from jiebang.applications.domain import object_key
from jiebang.kernel.errors import NotFound, Refused
from jiebang.platform import audit, stores, workspace
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.documents import check_pdf
from jiebang.platform.outbox import emit
from jiebang.platform.storage.keys import only

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler, Job


async def check_material(job: Job) -> None:
    """Check an uploaded file and release it from quarantine, or refuse it with the reason.

    May run again at any point: the released key follows from the material's id, so a file that a run before has moved
    is found there.
    """
    material_id = UUID(job.payload["material_id"])
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        row = await repository.material(material_id)
    target = object_key(material_id)
    pages, refusal = None, None
    if row is not None and row["status"] == "pending":
        try:
            pages = await _checked(row, target)
        except Refused as refused:
            refusal = _told(refused)
    async with job.unit():
        if row is None or await repository.material(material_id) is None:  # deleted by its team meanwhile
            await emit("applications.forget_files", {"keys": [target]}, fairness_key=str(material_id))
        elif refusal is not None:
            if await repository.settle_material(material_id, refusal=refusal):
                await emit(
                    "applications.forget_files", {"keys": [row["quarantine_key"]]}, fairness_key=str(row["team_id"])
                )
                await audit.record(
                    "material.refused", "material", material_id, topic_id=row["topic_id"], code=refusal["code"]
                )
        elif pages is not None and await repository.settle_material(material_id, object_key=target, pages=pages):
            await audit.record(
                "material.checked", "material", material_id, topic_id=row["topic_id"], sha256=row["sha256"]
            )


async def _checked(row: Any, target: str) -> int:
    """The pages of a file that is what was announced, now lying under `target`."""
    storage, size = stores.storage(), row["size_bytes"]
    with workspace.folder() as folder:
        path = folder / "file.pdf"
        try:
            fetched, released = await storage.get_to_file(row["quarantine_key"], path, limit=size), False
        except NotFound:
            try:
                fetched, released = await storage.get_to_file(target, path, limit=size), True
            except NotFound:
                raise Refused(rules.NOT_UPLOADED) from None
        facts = await check_pdf(path, size, bytes.fromhex(row["sha256"]))
    if not released:
        await storage.release(row["quarantine_key"], target, etag=fetched.etag)
    return facts.pages


def _told(refused: Refused) -> dict[str, str]:
    rule, facts = refused.rule, refused.facts
    return {"code": rule.code, "zh": rule.zh.format(**facts), "en": rule.en.format(**facts)}


async def forget_files(job: Job) -> None:
    """Delete uploads that no row names any more; a key that one names stays, whoever asked."""
    keys = [only(key, "quarantine/", "material/") for key in job.payload["keys"]]
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        used = await repository.keys_in_use(keys)
    storage = stores.storage()
    for key in keys:
        if key not in used:
            for upload_id in await storage.multiparts(key) if key.startswith("quarantine/") else ():
                await storage.abort_multipart(key, upload_id)
            await storage.delete(key)
    async with job.unit():
        pass


HANDLERS: dict[str, Handler] = {
    "applications.check_material": check_material,
    "applications.forget_files": forget_files,
    **mails.HANDLERS,
}
LONG = frozenset({"applications.check_material"})
