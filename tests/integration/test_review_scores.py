from __future__ import annotations

import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.review import api
from support import applications, review, topics

pytestmark = pytest.mark.usefixtures("database")


async def test_a_scored_topic_can_be_read_by_its_agency_alone() -> None:
    topic = await topics.published_topic()
    bids = [(await applications.submitted_application(topic.id, status="eligible")).application_id for _ in range(3)]
    await review.scored_topic(topic.id, bids)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash):
        run = await api.latest_score_run(topic.id)
    assert run is not None
    assert [entry.application_id for entry in run.ranking] == bids
    assert [entry.rank for entry in run.ranking] == [1, 2, 3]
    other = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OFFICER, other.draw_officer.token_hash):
        assert await api.latest_score_run(topic.id) is None
