"""What came of the questions to an LLM, for a mode that asks for one network at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from illuminas.memory.candidate import RejectedProposal
from illuminas.memory.kinds import ProposalsMade
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Status
from illuminas.tools.frozen import Frozen

CODER = "coder"
"""What the names of agents begin with whose calls are for proposals."""


class Answers(NamedTuple):
    """Counts. A question is one item of a plan: the LLM is asked, and asked again after a refusal.

    Attributes:
        questions: all.
        silent: of them without an answer that has the form asked for; statistics made the proposal.
        calls: of the LLM, repairs and calls without an answer included.
        new_first: questions whose first answer was new and could be built.
        new_repaired: questions where a repair was, and the first answer was not.
        repeated: questions that brought nothing new, and at least one answer that was known before.
        unbuildable: questions of whose answers none could be read and built.
        first_unbuildable: questions whose first answer could not be read and built, whatever came of the repair.
        evaluated: networks of the LLM that were evaluated.
        trained: of them with status ``ok``.
    """

    questions: int = 0
    silent: int = 0
    calls: int = 0
    new_first: int = 0
    new_repaired: int = 0
    repeated: int = 0
    unbuildable: int = 0
    first_unbuildable: int = 0
    evaluated: int = 0
    trained: int = 0


class AnswerFigures(Frozen):
    """Counts over all seeds, and shares, each 0 to 1; None where there is nothing to take a share of.

    Shares are of the questions that were answered. What is known before counts as built: it was, at that time.

    Attributes:
        questions, silent, calls, evaluated: as of :class:`Answers`.
        builds_first: share whose first answer can be built, be it new or known before.
        builds: share with such an answer at the first try or after the repair.
        new_first: share whose first answer is new and can be built.
        new_repaired: share where the repair brought that. ``new_first + new_repaired + repeated + unbuildable = 1``.
        repeated: share that brought nothing new, but something known before.
        unbuildable: share of whose answers none can be built, 1 - ``builds``.
        trained: of the LLM's networks that were evaluated, the share whose training came to its end.
    """

    questions: int
    silent: int
    calls: int
    evaluated: int
    builds_first: float | None
    builds: float | None
    new_first: float | None
    new_repaired: float | None
    repeated: float | None
    unbuildable: float | None
    trained: float | None

    @classmethod
    def of(cls, found: Iterable[Answers]) -> AnswerFigures:
        """Figures over several runs."""
        total = Answers(*map(sum, zip(*found, strict=True)))
        answered = total.questions - total.silent
        return cls(
            questions=total.questions,
            silent=total.silent,
            calls=total.calls,
            evaluated=total.evaluated,
            builds_first=_share(answered - total.first_unbuildable, answered),
            builds=_share(answered - total.unbuildable, answered),
            new_first=_share(total.new_first, answered),
            new_repaired=_share(total.new_repaired, answered),
            repeated=_share(total.repeated, answered),
            unbuildable=_share(total.unbuildable, answered),
            trained=_share(total.trained, total.evaluated),
        )


def answers_of(state: RunState, proposals: Iterable[ProposalsMade]) -> Answers:
    """The counts of one run.

    Args:
        state: of the run at its end.
        proposals: what its coder proposed, round by round.
    """
    silent = new = 0
    refused: list[list[RejectedProposal]] = []
    for made in proposals:
        silent += len(made.silent)
        new += len(made.candidates)
        for miss in made.misses:
            if miss.attempt == 0:
                refused.append([])
            refused[-1].append(miss)
    fruitless = [misses for misses in refused if misses[-1].last]
    repaired = len(refused) - len(fruitless)
    repeated = sum(any(miss.repeated for miss in misses) for misses in fruitless)
    evaluated = [each for each in state.evaluations.values() if state.candidates[each.hash].call is not None]
    return Answers(
        questions=new + len(fruitless) + silent,
        silent=silent,
        calls=sum(count for (agent, _), count in state.agent_calls.items() if agent.startswith(CODER)),
        new_first=new - repaired,
        new_repaired=repaired,
        repeated=repeated,
        unbuildable=len(fruitless) - repeated,
        first_unbuildable=sum(not misses[0].repeated for misses in refused),
        evaluated=len(evaluated),
        trained=sum(each.status is Status.OK for each in evaluated),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
