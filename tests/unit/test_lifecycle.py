from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText


class State(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    DONE = "done"


class Command(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"


TITLE = BilingualText(zh="榜题", en="Topic")
CYCLE = Lifecycle(
    "topic",
    State.DRAFT,
    {
        (State.DRAFT, Command.SUBMIT): State.REVIEW,
        (State.REVIEW, Command.RETURN): State.DRAFT,
        (State.REVIEW, Command.APPROVE): State.DONE,
    },
    TITLE,
    {"draft": BilingualText(zh="草稿", en="draft"), "approve": BilingualText(zh="批准", en="Approve")},
)


@given(st.sampled_from(State), st.sampled_from(Command))
def test_a_command_leads_on_or_is_refused_in_both_languages(state, command):
    if (state, command) in CYCLE.transitions:
        assert CYCLE.next(state, command) is CYCLE.transitions[state, command]
        return
    with pytest.raises(Refused) as caught:
        CYCLE.next(state, command)
    assert caught.value.rule.code == "topic.not_now"
    assert caught.value.facts == {
        "state": state,
        "command": command,
        "allowed": [str(c) for c in CYCLE.commands(state)],
    }


def test_the_refusal_speaks_with_labels():
    with pytest.raises(Refused) as caught:
        CYCLE.next(State.DRAFT, Command.APPROVE)
    rule = caught.value.rule
    assert rule.zh == "榜题当前状态为“草稿”，不能执行“批准”，未作任何更改。当前可进行：“submit”。"
    assert rule.en == 'Topic: "Approve" is not possible in the state "draft"; nothing changed. Possible now: "submit".'
    with pytest.raises(Refused) as caught:
        CYCLE.next(State.DONE, Command.SUBMIT)
    assert caught.value.rule.zh.endswith("当前状态已是终态。")


def test_what_nothing_reaches_is_a_mistake():
    with pytest.raises(ValueError, match="nothing reaches done, review"):
        Lifecycle("x", State.DRAFT, {(State.DONE, Command.RETURN): State.REVIEW}, TITLE)
    with pytest.raises(ValueError, match="labels without"):
        Lifecycle("x", "a", {("a", "go"): "b"}, TITLE, {"c": TITLE})


def test_the_diagram():
    assert CYCLE.states == (State.DRAFT, State.REVIEW, State.DONE)
    assert CYCLE.mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> draft\n"
        "    draft --> review: submit\n"
        "    review --> draft: return\n"
        "    review --> done: approve\n"
        "    done --> [*]\n"
    )
