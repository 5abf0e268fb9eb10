"""Two worlds that differ in who the teams are: whoever reviews cannot tell which of them he is in, and so on."""

from __future__ import annotations

import io
import logging
import mailbox
from contextlib import suppress
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import structlog

from jiebang.platform.db import ENGINE, Role
from jiebang.platform.telemetry import configure_logging
from jiebang.settings import Settings
from jiebang.web.assembly import handlers
from jiebang.workers.worker import start_mailer
from support import api, desks, faults, worlds
from support.crawl import OUTSIDE, Crawl, browser, differences, occurring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from jiebang.engines.local import Endpoints
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application
    from support.worlds import Ground, World


@dataclass(slots=True)
class Played:
    """A world with what came of it."""

    world: World
    app: Application
    crawls: list[Crawl]
    mail: mailbox.Maildir
    tokens: list[str]
    """Of the panel's sessions."""


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    """Every log line, as a process writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure_logging("DEBUG", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def base(database: Any, store: Storage) -> Ground:
    return await worlds.ground()


@pytest.fixture(scope="module")
async def both(
    base: Ground, endpoints: Endpoints, database: Any, tmp_path_factory: pytest.TempPathFactory, logged: io.StringIO
) -> AsyncIterator[list[Played]]:
    played: list[Played] = []
    async with worlds.copies(endpoints, database, "A", "B") as two:
        for world in two:
            worlds.enter(world)
            folder = tmp_path_factory.mktemp(world.name) / "mail"
            start_mailer(Settings(mail_dir=folder))  # pyright: ignore[reportCallIssue] - from the environment
            app = api.composed(endpoints)
            await worlds.play(app, world, base)
            crawls = await desks.review(app, world, base)
            played.append(
                Played(world, app, crawls, mailbox.Maildir(folder, factory=None), desks.sessions(world, base))
            )
        yield played


def test_reviewers_cannot_tell_the_worlds_apart(both: list[Played]) -> None:
    one, other = both
    assert [e.id for e in one.world.panel] == [e.id for e in other.world.panel]
    assert all(len(crawl.seen) > 200 for crawl in one.crawls), "they have looked about"
    for a, b in zip(one.crawls, other.crawls, strict=True):
        assert not (found := differences(a, b)), "\n".join(found)


def test_every_get_of_the_document_is_in_the_crawl(both: list[Played]) -> None:
    told = {o.id for o in api.operations() if o.method == "GET"}
    served = {
        path
        for path, handler in handlers(both[0].app)
        if "GET" in handler.http_methods and not path.startswith("/api/v1")
    }
    assert served == set(OUTSIDE), "a route that the document does not tell, and the crawl does not know"
    for played in both:
        for crawl in played.crawls:
            assert crawl.operations == told


def test_nothing_that_a_reviewer_reaches_names_a_team(both: list[Played]) -> None:
    for played in both:
        for crawl in played.crawls:
            assert not occurring(played.world.canaries, crawl.raw)
            assert occurring(["方案0", desks.comment(0)[:4]], crawl.raw), "what is there is found"


def test_mail_to_reviewers_names_no_team(both: list[Played], base: Ground) -> None:
    addresses = {one.actor.email for one in base.experts}
    texts: list[list[str]] = []
    for played in both:
        mails = [m for m in played.mail if m["to"] in addresses]
        assert len(mails) == len(played.world.panel)
        texts.append(sorted(_masked(m) for m in mails))
        raw = [part for m in mails for part in _parts(m)]
        assert not occurring(played.world.canaries, raw)
        everything = [part for m in played.mail for part in _parts(m)]
        assert occurring(played.world.canaries, everything), "mails to teams name them"
    assert texts[0] == texts[1]


def _parts(message: Any) -> list[bytes]:
    """A mail as it is sent, and its headers and its text decoded."""
    headers = [f"{k}: {make_header(decode_header(v))}" for k, v in message.items()]
    return [message.as_bytes(), "\n".join(headers).encode(), message.get_payload(decode=True)]


def _masked(message: Any) -> str:
    """A mail without its date and its id, which is derived from the job's number by a secret."""
    headers = [(k, "<>" if k in {"Date", "Message-ID"} else v) for k, v in message.items()]
    return f"{headers}\n{message.get_payload(decode=True).decode()}"


async def test_operators_read_no_names(both: list[Played], base: Ground, logged: io.StringIO, store: Storage) -> None:
    """Log lines, queue payloads, object keys and metrics hold ids, never what names a person or an organisation."""
    lines = logged.getvalue()
    assert lines.count('"event":"request"') > 1000
    keys = [o["Key"] for o in store._s3.list_objects_v2(Bucket=store.bucket)["Contents"]]
    assert len(keys) > 10
    for played in both:
        worlds.enter(played.world)
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            jobs = await db.fetch("select to_jsonb(o)::text as job from outbox o where id > $1", base.last_job)
            entries = await db.fetch(
                "select to_jsonb(e)::text as entry from audit_entry e where topic_id = $1", base.topic.id
            )
        async with browser(played.app, "A" * 43, address="127.0.0.1") as http:
            metrics = await http.get("/metrics")
        assert b"jiebang_http_requests" in metrics.content
        people = {one.actor.email for one in base.experts} | {one.actor.display_name for one in base.experts}
        names = {one for one in played.world.canaries if not _is_id(one)} | people
        raw = [lines.encode(), metrics.content, *(row["job"].encode() for row in jobs), *(k.encode() for k in keys)]
        assert not occurring(names, raw)
        assert len(entries) > 20
        facts = {one for one in names if one.startswith("JB-") or (len(one) == 64 and one.isalnum())}
        assert not occurring(names - facts, [row["entry"].encode() for row in entries]), "receipts and hashes alone"
        assert not occurring(played.world.canaries, [metrics.content])


def _is_id(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False


def test_reviewers_do_not_meet(both: list[Played]) -> None:
    """Nobody's name, place or words reach another reviewer, not even after the lock."""
    for played in both:
        for n, crawl in enumerate(played.crawls):
            for m, other in enumerate(played.world.panel):
                if n == m:
                    assert occurring([desks.comment(m), other.actor.email], crawl.raw)
                    continue
                his = {desks.comment(m), other.actor.email, other.actor.display_name, str(other.actor.person_id)}
                his |= {str(other.id), str(other.org_id), played.world.ids["assignment"][m]}
                assert not occurring(his, crawl.raw)


async def test_teams_cannot_tell_who_reviews(both: list[Played]) -> None:
    """A team's crawl names no reviewer, and stays the same when others sit in their places."""
    played = both[0]
    worlds.enter(played.world)
    world, crawls = played.world, []
    known = [world.leads[n][1] for n in sorted(world.leads)]
    for turn in range(2):
        async with desks.crawls(played.app, world, known) as teams:
            for n, crawl in enumerate(teams):
                values = desks.strangers(world)
                for name in ("application_id", "team_id", "material_id", "org_id"):
                    values[name] = [
                        values[name][0],
                        ("hidden", world.ids[name][(n + 1) % 3]),
                        ("own", world.ids[name][n]),
                    ]
                values["proposal_id"] = [values["proposal_id"][0], ("hidden", next(iter(world.secrets)))]
                await crawl.gets("team", "en", values)
        crawls.append(teams)
        his = {desks.comment(n) for n in range(3)}
        for one in world.panel:
            his |= {str(one.id), str(one.actor.person_id), one.actor.email, str(one.org_id), *await _names(one.id)}
        for crawl in teams:
            assert not occurring(his | set(world.ids["assignment"]) | set(world.secrets), crawl.raw)
        if turn == 0:
            await _rename(world)
    for one, other in zip(*crawls, strict=True):
        assert not (found := differences(one, other)), "\n".join(found)
    assert occurring([world.ids["team_id"][0]], crawls[0][0].raw), "it has seen its own"


async def _names(expert: UUID) -> list[str]:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        return list(await db.fetchrow("select person_name, org_name, org_name_en from expert where id = $1", expert))


async def _rename(world: World) -> None:
    """Other people and units in the places of these."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for one in world.panel:
            name = f"另一位{one.kind}"
            await db.execute(
                "update expert set person_name = $2, org_name = $2, org_name_en = $2 where id = $1", one.id, name
            )
            await db.execute(
                "update person set display_name = $2, email = $3, locale = 'en' where id = $1",
                one.actor.person_id, name, f"other.{one.kind}@reviewers.example",
            )  # fmt: skip
            await db.execute("update organisation set name_zh = $2, name_en = $2 where id = $1", one.org_id, name)


async def test_an_officer_can_tell(both: list[Played], base: Ground) -> None:
    """The control: the same crawl of somebody who may know differs, and is full of names."""
    seen: list[Crawl] = []
    for played in both:
        worlds.enter(played.world)
        async with desks.crawls(played.app, played.world, [base.tokens[base.topic.draw_officer.person_id]]) as (crawl,):
            await crawl.gets("officer", "en", desks.strangers(played.world))
        seen.append(crawl)
        assert len(occurring(played.world.canaries, crawl.raw)) > 20
    assert any("list_opened_applications" in one for one in differences(*seen))
    assert any("list_panel" in one for one in differences(*seen))


async def _look(both: list[Played]) -> list[list[Crawl]]:
    """The review desk once more, as it is now, in both worlds."""
    found: list[list[Crawl]] = []
    for played in both:
        worlds.enter(played.world)
        async with desks.crawls(played.app, played.world, played.tokens) as crawls:
            await desks.look(crawls, played.world, "again", "en", under="/api/v1/review")
        found.append(crawls)
    return found


def _told(both: list[Played], looks: list[list[Crawl]]) -> tuple[list[str], list[str]]:
    """How the looks differ, and which canaries occur in them."""
    differ = [one for pair in zip(*looks, strict=True) for one in differences(*pair)]
    named = [
        one
        for played, crawls in zip(both, looks, strict=True)
        for one in occurring(played.world.canaries, [part for crawl in crawls for part in crawl.raw])
    ]
    return differ, named


async def test_nothing_is_found_where_nothing_is_planted(both: list[Played]) -> None:
    assert _told(both, await _look(both)) == ([], [])


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.__name__)
async def test_a_planted_fault_is_found(
    fault: faults.Fault, both: list[Played], logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test of the tests."""
    begin = logged.tell()
    fault(monkeypatch, {k: v for played in both for k, v in played.world.secrets.items()})
    differ, named = _told(both, await _look(both))
    if fault is faults.log_line:
        canaries = {one for played in both for one in played.world.canaries if not _is_id(one)}
        assert occurring(canaries, [logged.getvalue()[begin:].encode()])
        return
    assert differ
    assert bool(named) == (fault in faults.NAMING)


async def test_a_planted_name_in_a_mail_is_found(
    both: list[Played], base: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for played in both:
        worlds.enter(played.world)
        start_mailer(Settings(mail_dir=tmp_path / played.world.name))  # pyright: ignore[reportCallIssue]
        faults.mail_subject(monkeypatch, played.world.secrets)
        await worlds.mail_again(base)
        raw = [part for m in mailbox.Maildir(tmp_path / played.world.name, factory=None) for part in _parts(m)]
        assert occurring(played.world.canaries, raw)
        monkeypatch.undo()


async def test_a_route_that_the_crawl_does_not_know_fails(both: list[Played], monkeypatch: pytest.MonkeyPatch) -> None:
    played = both[0]
    worlds.enter(played.world)
    (one,) = [o for o in api.operations() if o.id == "read_team"]
    new = replace(
        one, id="read_secret", path="/api/v1/secrets/{secret_id}", parameters=({"name": "secret_id", "in": "path"},)
    )
    monkeypatch.setattr(api, "operations", lambda: (new,))
    async with desks.crawls(played.app, played.world, played.tokens[:1]) as (crawl,):
        with pytest.raises(KeyError, match="secret_id"):
            await crawl.gets("new", "en", desks.strangers(played.world))
