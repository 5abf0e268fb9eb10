"""What later slices may ask of topics. Every call runs inside the caller's unit of work and opens none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jiebang.challenges import repository
from jiebang.challenges.content import TopicText
from jiebang.challenges.lifecycle import ROLE_NEEDED, TOPIC, Command, Status
from jiebang.challenges.repository import TopicRow
from jiebang.challenges.rules import RuleSet
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.policy import RIGHTS, ROLE_NAMES, TOPIC_FROZEN, holds
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import Calendar, parse_calendar
from jiebang.platform import audit

__all__ = [
    "FrozenTopic", "Gate", "RuleSet", "TopicRow", "calendar", "frozen", "funder_and_end_user", "gate", "lock", "move",
    "require",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrozenTopic:
    """A published topic: its text and its rules do not change any more."""

    topic_id: UUID
    code: str
    n: int
    status: Status
    agency_id: UUID
    agency: BilingualText
    body: TopicText
    rules: RuleSet
    sha256: str
    published_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether bids may come in, under a share lock on the topic: `published` and `at` < `closes_at`.

    `at` is the database's clock at the moment the lock was held.
    """

    agency_id: UUID
    closes_at: datetime
    published: bool
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the topic takes applications at `at`. The closing instant itself is late."""
        return self.published and self.at < self.closes_at


async def frozen(topic_id: UUID) -> FrozenTopic:
    """A published topic, on any login.

    Raises:
        NotFound: there is none, or it is not published.
    """
    row = await repository.frozen(topic_id)
    if row is None:
        raise NotFound
    return FrozenTopic(
        topic_id=topic_id,
        code=row["code"],
        n=row["n"],
        status=row["status"],
        agency_id=row["agency_id"],
        agency=BilingualText(row["agency_zh"], row["agency_en"]),
        body=TopicText.model_validate(row["body"]),
        rules=RuleSet.model_validate(row["rules"]),
        sha256=row["sha256"],
        published_at=row["published_at"],
        closes_at=row["closes_at"],
    )


async def gate(topic_id: UUID) -> Gate:
    """Hold the topic's gate until the unit ends: nobody moves the topic meanwhile. Member login.

    Raises:
        NotFound: there is no such published topic.
        Refused: `topic.frozen`.
    """
    row = await repository.gate(topic_id)
    if row["agency"] is None:
        raise NotFound
    if row["frozen"]:
        raise Refused(TOPIC_FROZEN)
    return Gate(row["agency"], row["closes_at"], row["published"], row["at"])


async def lock(topic_id: UUID) -> TopicRow:
    """Lock a topic for a command. Officer login (of its agency) or worker.

    Raises:
        NotFound: there is none that the caller may change.
        Refused: `topic.frozen`.
    """
    row = await repository.topic(topic_id, lock=True)
    if row is None:
        raise NotFound
    if row.frozen_at is not None:
        raise Refused(TOPIC_FROZEN)
    return row


async def move(topic_id: UUID, command: Command, **detail: object) -> Status:
    """Lock a topic and lead it on by one command of its lifecycle, audited; returns the new status.

    Officer login (of its agency) or worker. Who may is the caller's question. `detail` goes into the audit entry.

    Raises:
        NotFound: there is none that the caller may change.
        Refused: `topic.not_now`.
    """
    row = await lock(topic_id)
    status = TOPIC.next(row.status, command)
    await repository.set_status(topic_id, status)
    await audit.record(f"topic.{command}", "topic", topic_id, topic_id=topic_id, status=status, **detail)
    return status


async def require(topic_id: UUID, right: str) -> None:
    """Go on only if the caller has this right of the policy for the topic. Officer login.

    Raises:
        Forbidden: `topic.role_needed`.
    """
    if not holds(await repository.my_roles(topic_id), right):
        title = ROLE_NAMES[RIGHTS[right].roles[0]]
        raise Forbidden(ROLE_NEEDED, role_zh=title.zh, role_en=title.en)


async def calendar() -> Calendar:
    """Mainland China's working days, as far as the State Council has announced them. Any login.

    Raises:
        RuntimeError: no calendar is loaded (`reference.load`).
    """
    years = await repository.calendars()
    if not years:
        raise RuntimeError("no working calendar is loaded")
    return parse_calendar(years)


async def funder_and_end_user(topic_id: UUID) -> tuple[UUID, UUID]:
    """The organisations that pay for and that use a topic's result. Officer login (agency or funder) or worker.

    Raises:
        NotFound: there is no topic that the caller may see.
    """
    row = await repository.topic(topic_id)
    if row is None:
        raise NotFound
    return row.funder_id, row.end_user_id
