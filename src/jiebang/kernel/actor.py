"""Who acts: a session as services see it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID  # at run time: Litestar reads the annotations when it injects an actor

from jiebang.kernel.errors import Forbidden, Rule

FORBIDDEN = Rule("forbidden", "您无权进行此操作。", "You are not allowed to do this.")


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, acting for one organisation at a time.

    `token_hash` is the context of every database statement; the rest is a copy (≤ 5 s old) for early refusals. The
    database decides again by the token alone.
    """

    token_hash: bytes
    person_id: UUID
    display_name: str
    email: str
    locale: str
    org_id: UUID | None
    classes: frozenset[str]
    org_roles: frozenset[str]
    rights: frozenset[str] = frozenset()
    """Codes of `kernel.policy.RIGHTS` that he has where he acts."""

    def require(self, privilege_class: str) -> None:
        """Refuse whose session lacks the class. Asked before anything is looked up: hidden and absent look alike.

        Raises:
            Forbidden: `forbidden`.
        """
        if privilege_class not in self.classes:
            raise Forbidden(FORBIDDEN)
