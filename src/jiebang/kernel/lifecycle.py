"""Lifecycles as data: which command leads from which state to which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from jiebang.kernel.errors import Refused, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.kernel.text import BilingualText, Language

S = TypeVar("S", bound=str)
C = TypeVar("C", bound=str)


@dataclass(frozen=True)
class Lifecycle(Generic[S, C]):
    """The states of one kind of object.

    `transitions` maps (state, command) to the next state; every state must be reachable from `initial`
    (ValueError otherwise: a state that nothing reaches is a mistake). `title` names the object and `labels`
    its states and commands for people; a code without a label stands for itself.
    """

    name: str
    initial: S
    transitions: Mapping[tuple[S, C], S]
    title: BilingualText
    labels: Mapping[str, BilingualText] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reached: set[S] = {self.initial}
        while more := {to for (at, _), to in self.transitions.items() if at in reached} - reached:
            reached |= more
        lost = [state for state in self.states if state not in reached]
        if lost:
            raise ValueError(f"{self.name}: nothing reaches {', '.join(lost)}")
        known = {*self.states, *(command for _, command in self.transitions)}
        if stray := [code for code in self.labels if code not in known]:
            raise ValueError(f"{self.name}: labels without a state or command: {', '.join(stray)}")

    @property
    def states(self) -> tuple[S, ...]:
        """Every state, the initial one first, then as declared."""
        pairs = ((at, to) for (at, _), to in self.transitions.items())
        return tuple(dict.fromkeys([self.initial, *(state for pair in pairs for state in pair)]))

    def commands(self, state: S) -> tuple[C, ...]:
        """The commands that `state` admits, as declared; none in a final state."""
        return tuple(command for at, command in self.transitions if at == state)

    def next(self, state: S, command: C) -> S:
        """The state that `command` leads to.

        Raises `Refused` (`<name>.not_now`; facts: state, command, allowed).
        """
        try:
            return self.transitions[state, command]
        except KeyError:
            raise Refused(
                self._not_now(state, command),
                state=str(state),
                command=str(command),
                allowed=[str(c) for c in self.commands(state)],
            ) from None

    def mermaid(self) -> str:
        """A Mermaid state diagram, the same text every time."""
        final = [state for state in self.states if not self.commands(state)]
        return "\n".join(
            [
                "stateDiagram-v2",
                f"    [*] --> {self.initial}",
                *(f"    {at} --> {to}: {command}" for (at, command), to in self.transitions.items()),
                *(f"    {state} --> [*]" for state in final),
                "",
            ]
        )

    def _label(self, code: str, lang: Language) -> str:
        return self.labels[code].get(lang) if code in self.labels else str(code)

    def _not_now(self, state: S, command: C) -> Rule:
        now = self.commands(state)
        zh_list = "、".join(f"“{self._label(c, 'zh')}”" for c in now)
        en_list = ", ".join(f'"{self._label(c, "en")}"' for c in now)
        zh_next = f"当前可进行：{zh_list}。" if now else "当前状态已是终态。"
        en_next = f"Possible now: {en_list}." if now else "This state is final."
        zh = (
            f"{self.title.zh}当前状态为“{self._label(state, 'zh')}”，"
            f"不能执行“{self._label(command, 'zh')}”，未作任何更改。{zh_next}"
        )
        en = (
            f'{self.title.en}: "{self._label(command, "en")}" is not possible in the state '
            f'"{self._label(state, "en")}"; nothing changed. {en_next}'
        )
        return Rule(f"{self.name}.not_now", zh, en)
