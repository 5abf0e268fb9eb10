"""What oversight and supervision send over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import Field

from jiebang.kernel.forms import Body, example
from jiebang.kernel.policy import Person, RightView


class TopicAccess(msgspec.Struct):
    """Who can do what for a topic, and why. `frozen_at`: nothing changes until it is released.

    `people` are the agency's own and those whom a grant lets act for it, with their roles there and for the topic.
    """

    topic_id: UUID
    frozen_at: datetime | None
    freeze_reason: str | None
    my_roles: list[str]
    people: list[Person]
    rights: list[RightView]


class BarView(msgspec.Struct):
    """Somebody who is, or was until `lifted_at`, kept out of a topic: for a `conflict` of his or by an `incident`."""

    person_id: UUID
    person_name: str
    ground: str
    reason: str
    barred_by: UUID
    barred_by_name: str
    barred_at: datetime
    lifted_by: UUID | None
    lifted_by_name: str | None
    lifted_at: datetime | None


class Freeze(msgspec.Struct):
    """A frozen topic."""

    topic_id: UUID
    frozen_at: datetime
    reason: str


class ReadView(msgspec.Struct):
    """That somebody read something. `login`: the desk on which he did."""

    id: int
    at: datetime
    actor_id: UUID | None
    actor_name: str | None
    login: str
    action: str
    object_kind: str
    object_id: UUID | None


class Reassignment(Body):
    """One colleague's duties (screener, draw officer, opening officer) for all topics under way go to another."""

    model_config = example(
        from_person_id="7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6",
        to_person_id="c4a1d6b8-52e3-4f97-a08b-1d2e3f4a5b6c",
        reason="原经办人调离岗位",
    )

    from_person_id: UUID
    to_person_id: UUID
    reason: Annotated[str, Field(min_length=5, max_length=2000)]


class Reassigned(msgspec.Struct):
    """How many duties were handed over."""

    moved: int


class AuditView(msgspec.Struct):
    """An entry of the audit log. `seq` is its link in the chain; null while it waits to be chained, for a second."""

    id: int
    seq: int | None
    at: datetime
    actor_id: UUID | None
    actor_name: str | None
    login: str
    org_id: UUID | None
    action: str
    object_kind: str
    object_id: UUID | None
    topic_id: UUID | None
    detail: dict[str, Any]
    request_id: str | None


class ChainRow(msgspec.Struct):
    """A link of the chain with its entry, or `withheld` with the entry's digest alone; hashes in hexadecimal."""

    entry_id: int
    seq: int
    pending: bool
    withheld: bool
    entry: Any
    prev_hash: str
    digest: str
    hash: str


class ChainPage(msgspec.Struct):
    """A page of the chain, to be saved as one line; `jiebang verify-audit` checks the lines together.

    `next` is null on the last page; `head` is the last link's hash.
    """

    items: list[ChainRow]
    next: int | None
    head: str


class CheckpointView(msgspec.Struct):
    """A signed head of the chain (Ed25519 over four lines: what this is, number, hash, instant); hexadecimal."""

    seq: int
    hash: str
    at: datetime
    signature: str
    public_key: str


class AuditState(msgspec.Struct):
    """Where the chain stands: how many links it has, the last one's hash, and the newest signed head.

    `waiting` entries have no link yet and are not protected; `lag` is the age of the oldest, in seconds.
    """

    links: int
    head: str
    waiting: int
    lag: float
    checkpoint: CheckpointView | None
