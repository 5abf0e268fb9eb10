"""What public pages say without a script: the API's own data, in both languages, and nothing more than it says."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from jiebang.awards import service as awards
from jiebang.challenges import service as challenges
from jiebang.challenges.schemas import TopicWork
from jiebang.platform.audit_chain import chain_batch
from jiebang.platform.audit_checkpoint import publish_if_due, published
from jiebang.review.schemas import NewDraw
from jiebang.review.service import draws
from jiebang.web.build import Builds
from support import api, files, pages, people, topics
from support import awards as play

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

EVIL = "</script><script>alert(1)</script><!--jb:boot-->__CSP_NONCE__\"'&"


@pytest.fixture(scope="module")
async def http(endpoints, database, tmp_path_factory) -> AsyncIterator[httpx.AsyncClient]:
    builds = Builds(pages.write_build(tmp_path_factory.mktemp("pages")))
    async with files.open_store(endpoints), api.client(api.composed(endpoints, builds)) as client:
        yield client


class _Text(HTMLParser):
    """The text in the root, and every tag of the page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.boot = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.boot += data
        else:
            self.text += data

    def all(self, tag: str, name: str) -> list[str | None]:
        return [attrs.get(name) for at, attrs in self.tags if at == tag]


def _lasting(response: httpx.Response) -> bytes:
    """The page without what every request has of its own: nonce, time, and whether a session cookie came with it."""
    return re.sub(rb'nonce="[^"]+"|\n<meta name="(server-now|session)"[^>]*>', b"", response.content)


async def test_a_topic_is_read_without_a_script(http):
    topic = await topics.published_topic()
    chinese = await http.get(f"/topics/{topic.id}")
    assert chinese.status_code == 200
    page = _Text(chinese.text)
    for said in ("深海坞站", topic.code, "揭榜中", "测试主管部门", "10,000.00 元", "工作水深", "≥ 4500 m", "压力舱试验",
                 "≤ 20.5 ms", "样机", "3 个月", "4,000.00 元", "技术先进性", "60%", "北京时间", topic.sha256):  # fmt: skip
        assert said in page.text, said
    english = _Text((await http.get(f"/en/topics/{topic.id}")).text)
    for said in ("Seabed dock", "Open", "CNY 10,000.00", "Working depth", "Pressure chamber test", "Prototype",
                 "3 months", "Technical merit", "Beijing time (UTC+8)"):  # fmt: skip
        assert said in english.text, said
    assert f"/topics/{topic.id}" in page.all("a", "href") + english.all("a", "href")
    for lang, path in (("zh-CN", ""), ("en", "/en")):
        told = _Text((await http.get(f"{path}/topics/{topic.id}")).text)
        links = [attrs for tag, attrs in told.tags if tag == "link"]
        assert {"rel": "canonical", "href": f"{api.HOST}{path}/topics/{topic.id}"} in links
        alternates = {link["hreflang"]: link["href"] for link in links if link["rel"] == "alternate"}
        assert alternates["en"] == f"{api.HOST}/en/topics/{topic.id}"
        assert alternates["zh-CN"] == alternates["x-default"] == f"{api.HOST}/topics/{topic.id}"
        assert "/assets/topic-7a8b.js" in [link["href"] for link in links if link["rel"] == "modulepreload"]
        assert ("html", {"lang": lang}) in told.tags


async def test_the_page_begins_with_what_the_api_answers(http):
    topic = await topics.published_topic()
    notice = await _notice()
    one = f"/api/v1/topics/{topic.id}"
    for path, targets in (
        ("/", ("/api/v1/topics?limit=20&state=open", "/api/v1/topic-facets?state=open")),
        (
            "/?state=closed&q=%E6%B7%B1*~%20x",
            (
                "/api/v1/topics?limit=20&q=%E6%B7%B1*%7E+x&state=closed",
                "/api/v1/topic-facets?q=%E6%B7%B1*%7E+x&state=closed",
            ),
        ),
        (
            "/?state=all&field=future_space",
            ("/api/v1/topics?field=future_space&limit=20", "/api/v1/topic-facets?field=future_space"),
        ),
        (f"/en/topics/{topic.id}", (one, f"{one}/draw-commitments")),
        ("/en/notices", ("/api/v1/notices?limit=20",)),
        ("/audit", ("/api/v1/audit/checkpoints?limit=20",)),
        (f"/notices/{notice.id}", (f"/api/v1/notices/{notice.id}",)),
    ):
        response = await http.get(path)
        assert response.status_code == 200, path
        boot = json.loads(_Text(response.text).boot)
        assert boot == {target: (await http.get(target)).json() for target in targets}, path


async def test_a_draw_is_read_without_a_script_and_its_topic_leads_to_it(http):
    topic = await topics.published_topic()
    made = await draws.announce(topic.draw_officer, topic.id, NewDraw())
    at = f"/topics/{topic.id}/draws/1"
    assert at in _Text((await http.get(f"/topics/{topic.id}")).text).all("a", "href")
    response = await http.get(at)
    page = _Text(response.text)
    for said in ("第 1 次抽取", topic.code, "深海坞站", "平台", made.commitment, "承诺截至", "jiebang verify-draw"):
        assert said in page.text, said
    targets = (f"/api/v1/topics/{topic.id}", f"/api/v1/topics/{topic.id}/draw-commitments")
    assert json.loads(page.boot) == {target: (await http.get(target)).json() for target in targets}
    assert targets[1] in page.all("a", "href")
    english = _Text((await http.get(f"/en{at}")).text)
    assert "Commitments until" in english.text
    assert f"/en/topics/{topic.id}" in english.all("a", "href")
    for n in ("2", "x"):
        assert "没有这一次抽取" in _Text((await http.get(f"/topics/{topic.id}/draws/{n}")).text).text
    assert (await http.get(f"/topics/{uuid4()}/draws/1")).status_code == 404


async def test_the_list_leads_to_its_topics_and_on(http):
    made = [await topics.published_topic() for _ in range(21)]
    page = _Text((await http.get("/en")).text)
    links = page.all("a", "href")
    assert f"/en/topics/{made[-1].id}" in links
    (following,) = [attrs["href"] for tag, attrs in page.tags if tag == "a" and attrs.get("rel") == "next"]
    second = _Text((await http.get(f"/en{following}")).text)
    shown = {href for href in links + second.all("a", "href") if href and href.startswith("/en/topics/")}
    assert {f"/en/topics/{topic.id}" for topic in made} <= shown


async def test_a_notice_is_read_without_a_script(http):
    notice = await _notice()
    page = _Text((await http.get(f"/notices/{notice.id}")).text)
    english = _Text((await http.get(f"/en/notices/{notice.id}")).text)
    assert "拟立项团队" in page.text
    assert "公示中" in page.text
    assert "24:00（北京时间）" in page.text
    for winner in notice.body["winners"]:
        assert winner["team"] in page.text
        assert winner["lead_org"]["zh"] in page.text
    assert f"/topics/{notice.topic_id}" in page.all("a", "href")
    assert "Open for objections" in english.text
    assert f"/notices/{notice.id}" in _Text((await http.get("/notices")).text).all("a", "href")


async def test_the_signed_heads_of_the_log_are_read_without_a_script(http):
    await topics.published_topic()
    while (await chain_batch())[0]:
        pass
    await publish_if_due()
    (head, *_) = await published(None, 1)
    for path, heading in (("/audit", "审计公示"), ("/en/audit", "Audit checkpoints")):
        page = _Text((await http.get(path)).text)
        assert heading in page.text
        assert head.hash in page.text
        assert head.public_key in page.text
        assert "verify-audit" in page.text
        assert "/api/v1/audit/checkpoints?limit=100" in page.all("a", "href")


async def test_no_text_of_a_topic_ends_what_it_stands_in(http):
    text = topics.topic_text(title={"zh": EVIL, "en": ""}, problem={"zh": EVIL, "en": EVIL})
    topic = await topics.published_topic(text=text)
    for path in (f"/topics/{topic.id}", f"/en/topics/{topic.id}", "/"):
        response = await http.get(path)
        page = _Text(response.text)
        assert page.text.count("alert(1)") >= 1
        assert len(page.all("script", "nonce")) == 2  # the boot data and the entry
        (nonce,) = set(page.all("script", "nonce"))
        assert nonce is not None
        shown = re.sub(r'nonce="[^"]+"', "", response.text)
        assert nonce not in shown
        assert "<script>alert" not in response.text
        assert EVIL in json.dumps(json.loads(page.boot), ensure_ascii=False).replace('\\"', '"')


async def test_what_one_language_lacks_is_said_in_the_other_and_marked(http):
    topic = await topics.published_topic(text=topics.topic_text(title={"zh": "只有中文的题目", "en": ""}))
    page = await http.get(f"/en/topics/{topic.id}")
    assert '<h1><span lang="zh-CN">只有中文的题目</span></h1>' in page.text


async def test_a_hidden_topic_is_an_absent_one(http):
    agency = await people.organisation("agency")
    drafter = await people.actor(agency, ["agency_officer"])
    work = TopicWork.model_validate(
        {
            "funder_id": await people.organisation("funder"),
            "end_user_id": await people.organisation(),
            "rule_set_id": await topics.reference_data(),
            "text": topics.topic_text(title={"zh": "尚未发布", "en": "Not published"}).model_dump(mode="json"),
        }
    )
    hidden = (await challenges.create(drafter, work)).id
    for prefix in ("", "/en"):
        answers = [await http.get(f"{prefix}/topics/{it}") for it in (hidden, uuid4(), "no-id")]
        assert {answer.status_code for answer in answers} == {404}
        assert len({_lasting(answer) for answer in answers}) == 1
        headers = [{k: v for k, v in answer.headers.items() if k not in _VARYING} for answer in answers]
        assert headers[0] == headers[1] == headers[2]
        assert "noindex" in answers[0].text
        assert 'id="boot"' not in answers[0].text


_VARYING = {"x-request-id", "content-security-policy", "content-length", "ratelimit-remaining", "ratelimit-reset"}


async def test_who_is_signed_in_reads_the_same_page(endpoints, database, tmp_path):
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    app = api.composed(endpoints, Builds(pages.write_build(tmp_path)))
    async with files.open_store(endpoints), api.client(app) as nobody, api.client(app, topic.drafter) as officer:
        for path in ("/", f"/topics/{topic.id}", "/desk/topics"):
            assert _lasting(await nobody.get(path)) == _lasting(await officer.get(path))


async def test_a_bad_filter_shows_the_page_with_the_api_s_status(http):
    response = await http.get("/?state=nonsense")
    assert response.status_code == 422
    assert '<div id="root"></div>' in response.text


async def test_the_map_names_every_public_page(http):
    topic, notice = await topics.published_topic(), await _notice()
    text = (await http.get("/sitemap.xml")).text
    for path in ("/topics/", "/en/topics/"):
        assert f"<loc>{api.HOST}{path}{topic.id}</loc>" in text
    assert f"<loc>{api.HOST}/notices/{notice.id}</loc>" in text


async def _notice() -> Any:
    of = await play.scored()
    decided = await play.decided_list(of)
    return await awards.give_notice(of.officers[0], decided.id, decided.version)
