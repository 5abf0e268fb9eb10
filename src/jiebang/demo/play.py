"""The season as its people play it over HTTP. Each step checks what must be true, and what must be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.demo.acts import bids, judging, money, topics, verdicts
from jiebang.local import found_agency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jiebang.demo.people_online import Online
    from jiebang.demo.run import Clock, Stopwatch
    from jiebang.local import Installation


class Play:
    """One season on one installation. `state` is what its people know so far, and in the end the demo's outcome."""

    def __init__(self, installation: Installation, online: Online, clock: Clock, watch: Stopwatch) -> None:
        self.installation = installation
        self.online = online
        self.clock = clock
        self.watch = watch
        self.state: dict[str, Any] = {"topics": [], "teams": []}

    async def season(self) -> dict[str, Any]:
        """Play everything; the outcome with `ok`."""
        try:
            await self.until("check")
        finally:
            await self.online.close()
        retried = sum(caller.retried for caller in self.online.callers.values())
        return {**self.state, "retried": retried, "ok": True}

    async def until(self, last: str, *, first: str = "start") -> None:
        """Play from one step to another, both included."""
        codes = [code for code, _ in self._steps()]
        for code, act in self._steps()[codes.index(first) : codes.index(last) + 1]:
            await self._step(code, act)

    async def invite(self, unanswered: int) -> None:
        """The step `declare`, at which as many invitations to review stay unanswered."""
        await self._step("declare", lambda: judging.declare(self.online, self.state, leaving=unanswered))

    async def open_one(self) -> None:
        """Publish and let teams prepare their bids, today: for a seeded installation."""
        online, state = self.online, self.state
        for act in (topics.draft, topics.review, topics.approve, topics.publish, bids.apply):
            await act(online, state)

    def _steps(self) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
        online, state = self.online, self.state
        return (
            ("start", self._start),
            ("draft", lambda: topics.draft(online, state)),
            ("topic_review", lambda: topics.review(online, state)),
            ("approve", lambda: topics.approve(online, state)),
            ("publish", lambda: topics.publish(online, state)),
            ("apply", lambda: bids.apply(online, state)),
            ("submit", lambda: bids.submit(online, state)),
            ("close", lambda: bids.close(online, state)),
            ("opening", lambda: bids.open_topics(online, state)),
            ("formal_check", lambda: bids.formal_check(online, state)),
            ("draw", lambda: judging.draw(online, state)),
            ("declare", lambda: judging.declare(online, state)),
            ("review", lambda: judging.review(online, state)),
            ("score", lambda: judging.score(online, state)),
            ("award_list", lambda: verdicts.award_list(online, state)),
            ("notice", lambda: verdicts.notice(online, state)),
            ("confirm", lambda: verdicts.confirm(online, state)),
            ("contract", lambda: verdicts.contract(online, state)),
            ("milestone", lambda: money.evidence(online, state)),
            ("confirm_milestone", lambda: money.confirm(online, state)),
            ("request_payment", lambda: money.request(online, state)),
            ("approve_payment", lambda: money.approve(online, state)),
            ("end", lambda: money.settle(online, state)),
            ("check", lambda: verdicts.invariants(self.installation, online, state)),
        )

    async def _step(self, code: str, act: Callable[[], Awaitable[None]]) -> None:
        with self.watch.step(code):
            if code != "check":
                await self.clock.to(self.online.at(code))
            await act()

    async def _start(self) -> None:
        """The operator founds agency and funder; everybody signs up and joins."""
        online = self.online
        for org in (o for o in online.season.organisations if o.kind in ("agency", "funder")):
            first = next(p for p in online.season.people if p.org == org.key)
            await found_agency(
                self.installation.settings, org.kind, org.uscc or "", org.name.zh, org.name.en, first.email
            )
        await online.everybody_signs_up()
        await online.organisations_register()
