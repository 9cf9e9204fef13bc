"""What a family tree says of each architecture on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from illuminas.memory.candidate import Operator
from illuminas.memory.state import RunState
from illuminas.server.viz.operators import OPERATORS
from illuminas.tools.evaluation import Status

FAILURES: Final = {Status.FAILED: "failed", Status.TIMEOUT: "time", Status.MEMORY: "memory"}
"""What stands in place of an accuracy; two words have no room."""


class Member(NamedTuple):
    """One architecture of the tree.

    Attributes:
        text: what stands on it: its accuracy in per cent, or why there is none.
        failed, elite, front, best: what it is.
        hidden: how many of its children are not shown.
    """

    hash: str
    operator: Operator
    round: int
    text: str
    failed: bool
    elite: bool
    front: bool
    best: bool
    hidden: int = 0

    @property
    def words(self) -> str:
        """The same in words, for those who hear the page."""
        signs = [OPERATORS[self.operator].words, self.text if self.failed else f"{self.text} per cent"]
        named = {"elite": self.elite, "on the front": self.front, "the best": self.best, "failed": self.failed}
        signs += [word for word, holds in named.items() if holds]
        if self.hidden:
            signs.append(f"{self.hidden} children not shown")
        return f"round {self.round}: {', '.join(signs)}"


def members(state: RunState, front: frozenset[str], shown: Sequence[str], hidden: dict[str, int]) -> list[Member]:
    """Those that are shown, in their order.

    Args:
        front: hashes of the Pareto front.
        hidden: hash -> children that are not shown.
    """
    elites, best = set(state.elites.values()), state.best
    found = []
    for each in shown:
        evaluation = state.evaluations[each]
        failed = evaluation.status is not Status.OK
        found.append(
            Member(
                hash=each,
                operator=state.candidates[each].operator,
                round=state.evaluated_in[each],
                text=FAILURES[evaluation.status] if failed else f"{state.accuracy(each):.2f}",
                failed=failed,
                elite=each in elites,
                front=each in front,
                best=best is not None and best.hash == each,
                hidden=hidden.get(each, 0),
            )
        )
    return found
