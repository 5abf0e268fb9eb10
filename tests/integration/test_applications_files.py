"""Files of a team: announced, uploaded to the store, checked by the worker, downloaded by short links."""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pikepdf
import pytest

from jiebang.applications import api
from jiebang.applications.form import Answers
from jiebang.applications.jobs import HANDLERS
from jiebang.applications.schemas import NewMaterial, NewTeam, Submit
from jiebang.applications.service import bids, materials, opening, teams
from jiebang.funding import milestones
from jiebang.funding.schemas import NewEvidence
from jiebang.kernel.errors import Invalid, NotFound, Refused
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import AlreadyDone
from support import files, people, topics
from support.applications import answers
from support.awards import effective_contract
from support.funding import MEASURED, first_milestone
from support.topics import published_topic

if TYPE_CHECKING:
    from jiebang.applications.schemas import TeamView
    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
from support.topics import PublishedTopic

pytestmark = pytest.mark.usefixtures("database", "store")
CHECK, FORGET = "applications.check_material", "applications.forget_files"


async def a_team(topic: PublishedTopic) -> tuple[Actor, TeamView]:
    lead = await people.actor(await people.organisation(), ["member"], name="负责人")
    return lead, await teams.found(lead, topic.id, NewTeam(name="测试联合体"))


def announced(body: bytes, part: str = "part_b", **more: Any) -> NewMaterial:
    return NewMaterial.model_validate(files.announced(body, part, **more))


async def uploaded(lead: Actor, team: TeamView, body: bytes, part: str = "part_b") -> UUID:
    """A file that was put into quarantine, checked or refused by the worker."""
    link = await materials.begin(lead, team.id, announced(body, part))
    assert await files.put(link, body) == 200
    await materials.complete(lead, link.material_id)
    assert await files.work(HANDLERS, CHECK, team.id) == 1
    return link.material_id


async def keys_of(material_id: UUID) -> tuple[str, str | None]:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        row = await db.fetchrow("select quarantine_key, object_key from material where id = $1", material_id)
    return row["quarantine_key"], row["object_key"]


async def test_a_real_pdf_goes_from_quarantine_to_its_team(store: Storage) -> None:
    lead, team = await a_team(await published_topic())
    body = files.pdf()
    link = await materials.begin(lead, team.id, announced(body))
    view = await materials.view(lead, link.material_id)
    assert (view.status, view.size_bytes, view.sha256) == ("pending", len(body), hashlib.sha256(body).hexdigest())
    with pytest.raises(Refused) as refused:
        await materials.complete(lead, link.material_id)
    assert refused.value.rule.code == "material.not_uploaded"
    with pytest.raises(Refused) as refused:
        await materials.download(lead, link.material_id)
    assert refused.value.rule.code == "material.not_checked"
    again = await materials.upload_link(lead, link.material_id)
    assert await files.put(again, body) == 200
    assert await files.put(link, body) == 412, "a key is written once"
    await materials.complete(lead, link.material_id)
    await materials.complete(lead, link.material_id)
    first, second = await files.waiting(CHECK, team.id)
    await HANDLERS[CHECK](first)
    await HANDLERS[CHECK](second)
    with pytest.raises(AlreadyDone):
        await HANDLERS[CHECK](first)
    view = await materials.view(lead, link.material_id)
    assert (view.status, view.pages, view.refusal) == ("checked", 1, None)
    quarantine, key = await keys_of(link.material_id)
    assert key is not None
    assert await store.head(quarantine) is None
    download = await materials.download(lead, link.material_id)
    assert download.expires_in == 120
    answer = await files.get(download.url)
    assert (answer.status_code, answer.content) == (200, body)
    with pytest.raises(Refused) as refused:
        await materials.upload_link(lead, link.material_id)
    assert refused.value.rule.code == "material.not_pending"


async def test_a_run_that_died_after_the_move_is_taken_up(store: Storage) -> None:
    lead, team = await a_team(await published_topic())
    body = files.pdf("半途")
    link = await materials.begin(lead, team.id, announced(body))
    assert await files.put(link, body) == 200
    await materials.complete(lead, link.material_id)
    quarantine, _ = await keys_of(link.material_id)
    found = await store.head(quarantine)
    assert found is not None
    await store.release(quarantine, f"material/{link.material_id}", etag=found.etag)
    assert await files.work(HANDLERS, CHECK, team.id) == 1
    assert (await materials.view(lead, link.material_id)).status == "checked"


def broken(kind: str) -> bytes:
    match kind:
        case "text":
            return b"hello, this is no PDF at all"
        case "damaged":
            return files.pdf()[: len(files.pdf()) // 2]
        case _:
            out = io.BytesIO()
            with pikepdf.open(io.BytesIO(files.pdf())) as pdf:
                pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
            return out.getvalue()


@pytest.mark.parametrize("kind", ["text", "damaged", "encrypted"])
async def test_what_is_no_honest_pdf_is_refused_with_the_reason(kind: str, store: Storage) -> None:
    lead, team = await a_team(await published_topic())
    material = await uploaded(lead, team, broken(kind))
    view = await materials.view(lead, material)
    assert view.status == "refused"
    assert view.refusal is not None
    assert set(view.refusal) == {"code", "zh", "en"}
    assert re.search("[一-鿿]", view.refusal["zh"])
    assert "{" not in view.refusal["zh"] + view.refusal["en"]
    quarantine, key = await keys_of(material)
    assert key is None
    assert await files.work(HANDLERS, FORGET, team.id) == 1
    assert await store.head(quarantine) is None
    with pytest.raises(Invalid) as invalid:
        await bids.submit(lead, team.application_id, Submit(material_ids=[material]))
    assert ("/material_ids/0", "application.file_unchecked") in {(f.pointer, f.rule.code) for f in invalid.value.fields}


async def test_other_bytes_than_announced_never_arrive() -> None:
    lead, team = await a_team(await published_topic())
    link = await materials.begin(lead, team.id, announced(files.pdf()))
    assert await files.put(link, files.pdf("另一份")) >= 400


async def test_limits_and_strangers() -> None:
    topic = await published_topic()
    lead, team = await a_team(topic)
    with pytest.raises(Invalid) as invalid:
        await materials.begin(lead, team.id, announced(b"x", size_bytes=topic.rules.uploads.max_bytes + 1))
    assert [(f.pointer, f.rule.code) for f in invalid.value.fields] == [("/size_bytes", "material.too_large")]
    for wrong in ({"sha256": "00"}, {"content_type": "text/html"}, {"size_bytes": 0}, {"milestone_id": str(uuid4())}):
        with pytest.raises(ValueError, match="validation error"):
            NewMaterial.model_validate_json(json.dumps(files.announced(b"x", "part_a", **wrong)))
    link = await materials.begin(lead, team.id, announced(b"x"))
    stranger, _ = await a_team(topic)
    for refused_call in (
        materials.begin(stranger, team.id, announced(b"x")),
        materials.view(stranger, link.material_id),
        materials.complete(stranger, link.material_id),
        materials.download(stranger, link.material_id),
        materials.delete(stranger, link.material_id),
        materials.upload_link(stranger, link.material_id),
        materials.download_opened(topic.screener, link.material_id),
    ):
        with pytest.raises(NotFound):
            await refused_call
    assert await materials.of_team(stranger, team.id) == []
    for _ in range(topic.rules.uploads.max_files - 1):
        await materials.begin(lead, team.id, announced(b"x"))
    with pytest.raises(Refused) as refused:
        await materials.begin(lead, team.id, announced(b"x"))
    assert refused.value.rule.code == "material.too_many"
    await materials.delete(lead, link.material_id)
    assert len(await materials.of_team(lead, team.id)) == topic.rules.uploads.max_files - 1
    await topics.close(topic.id)
    with pytest.raises(Refused) as refused:
        await materials.begin(lead, team.id, announced(b"x"))
    assert refused.value.rule.code == "application.late"


async def test_evidence_hangs_on_a_milestone_of_the_team_and_stays_once_handed_in() -> None:
    of = await effective_contract()
    milestone = await first_milestone(of)
    body = files.pdf("佐证")
    rival, rivals = await a_team(await published_topic())
    for lead, team_id, wrong in ((of.lead, milestone.team_id, uuid4()), (rival, rivals.id, milestone.id)):
        with pytest.raises(Refused) as refused:
            await materials.begin(lead, team_id, announced(body, "evidence", milestone_id=wrong))
        assert refused.value.rule.code == "material.milestone_unknown"

    async def hand_up() -> UUID:
        data = announced(body, "evidence", milestone_id=milestone.id)
        link = await materials.begin(of.lead, milestone.team_id, data)
        assert await files.put(link, body) == 200
        await materials.complete(of.lead, link.material_id)
        assert await files.work(HANDLERS, CHECK, milestone.team_id) == 1
        return link.material_id

    mistaken, kept = await hand_up(), await hand_up()
    await materials.delete(of.lead, mistaken)
    officer = of.scored.topic.screener
    with pytest.raises(NotFound):
        await materials.download_opened(officer, kept)
    evidence = NewEvidence(measured=MEASURED, notes="按任务书方法实测", material_ids=[kept])
    await milestones.submit_evidence(of.lead, milestone.id, evidence, milestone.version)
    async with ENGINE.unit_of_work(Role.OFFICER, officer.token_hash):
        (fact,) = await api.evidence_files(milestone.id)
    assert (fact.id, fact.sha256, fact.pages) == (kept, hashlib.sha256(body).hexdigest(), 1)
    for download in (
        materials.download_opened(officer, kept),
        materials.download(of.scored.topic.end_user, kept),
    ):
        assert (await files.get((await download).url)).content == body
    for person in (of.lead, of.scored.topic.end_user):
        with pytest.raises(Refused) as refused:
            await materials.delete(person, kept)
        assert refused.value.rule.code == "material.evidence_stays"
    with pytest.raises(Refused) as refused:
        await materials.begin(of.lead, milestone.team_id, announced(body, "evidence", milestone_id=milestone.id))
    assert refused.value.rule.code == "material.milestone_unknown"


async def test_a_submitted_file_stays_and_opens_to_the_agency_alone() -> None:
    topic = await published_topic()
    lead, team = await a_team(topic)
    await bids.save(lead, team.application_id, Answers.model_validate(answers({"depth": "4600", "latency": "20"})), 1)
    part_a = await uploaded(lead, team, files.pdf("甲部"), "part_a")
    part_b = await uploaded(lead, team, files.pdf("乙部"), "part_b")
    loose = await uploaded(lead, team, files.pdf("未提交"), "part_b")
    receipt = await bids.submit(lead, team.application_id, Submit(material_ids=[part_a, part_b]))
    assert [file.sha256 for file in receipt.files] == [
        hashlib.sha256(files.pdf(title)).hexdigest() for title in ("甲部", "乙部")
    ]
    with pytest.raises(Refused) as refused:
        await materials.delete(lead, part_b)
    assert refused.value.rule.code == "material.submitted"
    officer = topic.screener
    with pytest.raises(NotFound):
        await materials.download_opened(officer, part_b)
    await topics.close(topic.id)
    for person in topic.opening_officers:
        await opening.open_topic(person, topic.id)
    link = await materials.download_opened(officer, part_b)
    assert (await files.get(link.url)).content == files.pdf("乙部")
    foreign = await people.actor(await people.organisation("agency"), ["agency_officer"])
    for reader, material in ((foreign, part_b), (officer, loose)):
        with pytest.raises(NotFound):
            await materials.download_opened(reader, material)
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        read = await db.fetch(
            "select actor_id from audit_entry where action = 'material.read' and object_id = $1", part_b
        )
    assert [row["actor_id"] for row in read] == [officer.person_id]


async def test_a_deleted_file_leaves_the_store(store: Storage) -> None:
    lead, team = await a_team(await published_topic())
    material = await uploaded(lead, team, files.pdf("删除"))
    _, key = await keys_of(material)
    assert key is not None
    assert await store.head(key) is not None
    await materials.delete(lead, material)
    assert await files.work(HANDLERS, FORGET, team.id) == 1
    assert await store.head(key) is None
    with pytest.raises(NotFound):
        await materials.view(lead, material)


async def test_a_file_deleted_during_its_check_is_forgotten(store: Storage) -> None:
    lead, team = await a_team(await published_topic())
    body = files.pdf("检查中删除")
    link = await materials.begin(lead, team.id, announced(body))
    assert await files.put(link, body) == 200
    await materials.complete(lead, link.material_id)
    (job,) = await files.waiting(CHECK, team.id)
    await materials.delete(lead, link.material_id)
    await HANDLERS[CHECK](job)
    assert await files.work(HANDLERS, FORGET, team.id) == 1
    assert await files.work(HANDLERS, FORGET, link.material_id) == 1
    assert await store.head(f"material/{link.material_id}") is None
