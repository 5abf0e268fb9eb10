"""Submitted applications, written straight into the database: tests of later steps need no team's clicks."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from jiebang.kernel.actor import Actor
from jiebang.platform.db import ENGINE, Role
from support import people

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A team of two units with its submitted application. `lead` and `partner` are signed in."""

    application_id: UUID
    submission_id: UUID
    team_id: UUID
    topic_id: UUID
    agency_id: UUID
    lead: Actor
    partner: Actor
    lead_org: UUID
    partner_org: UUID
    materials: dict[str, UUID]
    """Checked files by part: part_a, part_b."""
    keys: dict[str, str]
    """Their object keys (no bytes behind them unless a test stores some)."""
    answers: dict[str, Any]


def answers(promised: dict[str, str] | None = None) -> dict[str, Any]:
    """A complete form: part A names the contact, part B is blind."""
    return {
        "part_a": {"contact_name": "联系人甲", "contact_email": "contact@people.example", "contact_phone": "+86 21 0"},
        "part_b": {
            "title": "面向考核指标的样机方案",
            "approach": "先建立误差预算，再以样机迭代。",
            "work_plan": "第一个月取得基线，其后每两周一版。",
            "risk": "关键部件延期时改用备选部件。",
            "budget": "样机六成，试验三成，其他一成。",
            "promised": promised or {},
        },
    }  # fmt: skip


async def submitted_application(
    topic_id: UUID,
    *,
    opened: bool = True,
    status: str | None = None,
    promised: dict[str, str] | None = None,
    orgs: tuple[UUID, UUID] | None = None,
    keys: dict[str, str] | None = None,
    file: tuple[int, str] = (1000, "0" * 64),
) -> Submitted:
    """A team of two units and two people with a submission, receipt and checked part A and part B.

    Args:
        opened: as after the topic's opening (the instants are then those of the topic's `opened_at`, or now); the
            topic itself is left alone.
        status: the application's state; default `submitted`.
        promised: values by indicator code.
        orgs: lead and partner unit; default two new enterprises.
        keys: object keys by part, of files that really lie in storage.
        file: size in bytes and SHA-256 of each file.
    """
    n = next(_numbers)
    lead_org, partner_org = orgs or (await people.organisation(), await people.organisation())
    lead = await people.actor(lead_org, ["member"], name=f"负责人{n}")
    partner = await people.actor(partner_org, ["member"], name=f"合作人{n}")
    team_id, application_id, submission_id = uuid4(), uuid4(), uuid4()
    materials = {"part_a": uuid4(), "part_b": uuid4()}
    stored = {part: (keys or {}).get(part, f"material/{material}") for part, material in materials.items()}
    size, sha256 = file
    form = answers(promised)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        topic = await db.fetchrow("select agency_id, opened_at from topic where id = $1", topic_id)
        agency = topic["agency_id"]
        now = await db.fetchval("select now()")
        at = (topic["opened_at"] or now) if opened else None
        name = f"测试联合体{n}"
        await db.execute(
            "insert into team (id, topic_id, agency_id, name, lead_person_id, lead_org_id, version,"
            " created_at, opened_at)"
            " values ($1, $2, $3, $4, $5, $6, 1, now(), $7)",
            team_id, topic_id, agency, name, lead.person_id, lead_org, at,
        )  # fmt: skip
        orgs_facts, people_facts = [], []
        for role, org, person, work, money in (
            ("lead", lead_org, lead, 6000, 5500),
            ("partner", partner_org, partner, 4000, 4500),
        ):
            zh, en = await db.fetchrow("select name_zh, name_en from organisation where id = $1", org)
            await db.execute(
                "insert into team_org (id, team_id, topic_id, agency_id, org_id, role, name_zh, name_en,"
                " work_bp, share_bp,"
                " confirmed_by, confirmed_at, opened_at)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now(), $12)",
                uuid4(), team_id, topic_id, agency, org, role, zh, en, work, money, person.person_id, at,
            )  # fmt: skip
            member = "lead" if role == "lead" else "member"
            await db.execute(
                "insert into team_member (id, team_id, topic_id, agency_id, org_id, person_id, person_name,"
                " role, joined_at,"
                " opened_at) values ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9)",
                uuid4(), team_id, topic_id, agency, org, person.person_id, person.display_name, member, at,
            )  # fmt: skip
            orgs_facts.append(
                {"org_id": org, "role": role, "name_zh": zh, "name_en": en, "work_bp": work, "share_bp": money}
            )
            people_facts.append(
                {"person_id": person.person_id, "name": person.display_name, "org_id": org, "role": member}
            )
        await db.execute(
            "insert into application (id, team_id, topic_id, agency_id, status, version, answers,"
            " created_at, updated_at,"
            " opened_at) values ($1, $2, $3, $4, $5, 2, $6, now(), now(), $7)",
            application_id, team_id, topic_id, agency, status or "submitted", form, at,
        )  # fmt: skip
        manifest = []
        for part, material in materials.items():
            await db.execute(
                "insert into material (id, team_id, topic_id, agency_id, application_id, part, filename, content_type,"
                " size_bytes, sha256, quarantine_key, object_key, status, pages, created_by, created_at,"
                " checked_at, opened_at)"
                " values ($1, $2, $3, $4, $5, $6, $7, 'application/pdf', $8, $9, $10, $11, 'checked', 3, $12,"
                " now(), now(),"
                " $13)",
                material, team_id, topic_id, agency, application_id, part, f"{part}.pdf", size, sha256,
                f"quarantine/{uuid4()}", stored[part], lead.person_id, at,
            )  # fmt: skip
            manifest.append(
                {
                    "material_id": material,
                    "part": part,
                    "filename": f"{part}.pdf",
                    "size_bytes": size,
                    "sha256": sha256,
                    "object_key": stored[part],
                }
            )
        await db.execute(
            "insert into submission (id, application_id, team_id, topic_id, agency_id, n, receipt_no, submitted_by,"
            " submitted_at, team, answers, manifest, sha256, current, opened_at)"
            " values ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, true, $13)",
            submission_id, application_id, team_id, topic_id, agency, f"JB-TEST-{secrets.token_hex(4).upper()}",
            lead.person_id, now - timedelta(minutes=1),
            msgspec.to_builtins({"name": name, "orgs": orgs_facts, "people": people_facts}), form,
            msgspec.to_builtins(manifest), "0" * 64, at,
        )  # fmt: skip
        await db.execute("update application set submission_id = $2 where id = $1", application_id, submission_id)
    return Submitted(
        application_id, submission_id, team_id, topic_id, agency, lead, partner, lead_org, partner_org, materials,
        stored, form,
    )  # fmt: skip


async def checked_file(
    team_id: UUID,
    part: str,
    *,
    status: str = "checked",
    key: str | None = None,
    file: tuple[int, str] = (10, "ab" * 32),
) -> UUID:
    """A file as the worker leaves it; no bytes lie behind it unless they do under `key`. `file`: bytes and SHA-256."""
    material_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into material (id, team_id, topic_id, agency_id, application_id, part, filename, content_type,"
            " size_bytes, sha256, quarantine_key, object_key, status, created_by, created_at)"
            " select $1, t.id, t.topic_id, t.agency_id, a.id, $3, 'file.pdf', 'application/pdf', $8, $4, $5, $6, $7,"
            " t.lead_person_id, now() from team t join application a on a.team_id = t.id where t.id = $2",
            material_id, team_id, part, file[1], f"quarantine/{material_id}",
            (key or f"material/{material_id}") if status == "checked" else None, status, file[0],
        )  # fmt: skip
    return material_id


async def uscc_of(org_id: UUID | None) -> str:
    """An organisation's 统一社会信用代码."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        return await db.fetchval("select uscc from organisation where id = $1", org_id)
