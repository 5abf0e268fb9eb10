"""What topics must ask of a later slice; bound in the composition root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from jiebang.challenges.rules import RuleSet
    from jiebang.kernel.errors import Rule


class PanelOutlook(Protocol):
    """Whether the acting agency's experts could fill a topic's panel, before anybody has applied."""

    async def __call__(self, track: str, parties: Collection[UUID], by: RuleSet, /) -> list[Rule]:
        """What is missing, one sentence each; empty: a panel can be drawn, with reserves. Officer unit.

        `track` is the topic's, `by` its rules; experts of the `parties` (agency, funder, end user) stay out.
        """
        ...


_panel: list[PanelOutlook] = []


def bind(panel: PanelOutlook | None) -> None:
    """Set (None: remove) who answers."""
    _panel[:] = [panel] if panel is not None else []


async def panel_outlook(track: str, parties: Collection[UUID], rules: RuleSet) -> list[Rule]:
    """As `PanelOutlook`; nothing where nobody answers."""
    return await _panel[0](track, parties, rules) if _panel else []
