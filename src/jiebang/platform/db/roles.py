"""The login roles: one per privilege class, members of nothing."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A privilege class of operations. An operation's controller names its role; the session's cookie never does."""

    PUBLIC = "jiebang_public"
    MEMBER = "jiebang_member"
    OFFICER = "jiebang_officer"
    REVIEWER = "jiebang_reviewer"
    WORKER = "jiebang_worker"
    OWNER = "jiebang_owner"

    @property
    def short(self) -> str:
        """The name used for settings and secret files: `member` for `jiebang_member`."""
        return self.value.removeprefix("jiebang_")


API_ROLES = (Role.PUBLIC, Role.MEMBER, Role.OFFICER, Role.REVIEWER)
"""What an API process holds: neither the worker's nor the owner's secret."""
