"""What follows from the directives in force: where a search may go, what it prefers, and whether it may go on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from illuminas.memory.directives import (
    AnswerQuestion,
    Avoid,
    DirectiveRecord,
    Explore,
    Focus,
    Limit,
    Pause,
    Require,
    Resume,
    Seed,
    SetBudget,
    Stop,
    Undo,
    Weigh,
)
from illuminas.memory.events import Event
from illuminas.memory.kinds import DirectiveGiven, QuestionAsked, SessionBegan


class Wish(NamedTuple):
    """An architecture that a person wants evaluated, with the number of the directive."""

    number: int
    text: str


class Question(QuestionAsked):
    """What a search asked a person.

    Attributes:
        answer: None while it is open.
    """

    answer: AnswerQuestion | None = None


class Steering:
    """Reduces the directives of a log; feed it with :meth:`apply`, in order.

    Attributes:
        acts: every directive, undone ones too; number n at place n - 1.
        questions: by key, in order.
    """

    def __init__(self) -> None:
        self.acts: list[DirectiveRecord] = []
        self.questions: dict[str, Question] = {}
        self._session_acts = 0
        self._held_since: float | None = None
        self._held = 0.0

    def apply(self, event: Event) -> None:
        """Take in one event; those that steer nothing change nothing."""
        match event.data:
            case SessionBegan():
                self._session_acts = len(self.acts)
            case QuestionAsked() as asked:
                self.questions[asked.key] = Question(**asked.model_dump())
            case DirectiveGiven() as given:
                self._on_directive(given, event)
            case _:
                return
        self._count_held(event)

    def _on_directive(self, given: DirectiveGiven, event: Event) -> None:
        act = DirectiveRecord(
            number=len(self.acts) + 1,
            directive=given.directive,
            author=given.author,
            via=given.via,
            words=given.words,
            round=event.round,
            time=event.time,
            made=given.made,
        )
        self.acts.append(act)
        if isinstance(act.directive, Undo):
            self.acts = mark_undone(self.acts)
        if isinstance(act.directive, AnswerQuestion) and act.directive.question in self.questions:
            asked = self.questions[act.directive.question]
            self.questions[asked.key] = asked.model_copy(update={"answer": act.directive})

    def _count_held(self, event: Event) -> None:
        """Time that a person held the search up counts against no budget."""
        held = self.paused or self.waiting is not None
        if isinstance(event.data, SessionBegan) or (held and self._held_since is None):
            self._held_since = event.time if held else None
        elif not held and self._held_since is not None:
            self._held += event.time - self._held_since
            self._held_since = None

    def held_until(self, now: float) -> float:
        """Seconds of this log's sessions, up to ``now``, in which a person held the search up."""
        return self._held + (0.0 if self._held_since is None else max(0.0, now - self._held_since))

    @property
    def in_force(self) -> list[DirectiveRecord]:
        """Every directive that was not undone, in order."""
        return [act for act in self.acts if act.undone_by is None]

    @property
    def limits(self) -> dict[int, Limit]:
        """Number -> limit; of several on one objective the latest."""
        latest = {act.directive.objective: act for act in self.in_force if isinstance(act.directive, Limit)}
        return {act.number: act.directive for act in latest.values() if isinstance(act.directive, Limit)}

    @property
    def requirements(self) -> dict[int, Require]:
        """Number -> what a predicate must hold of."""
        return {act.number: act.directive for act in self.in_force if isinstance(act.directive, Require)}

    @property
    def focus(self) -> tuple[int, ...]:
        """Niches to work on alone; empty for all."""
        asked = [act.directive.niches for act in self.in_force if isinstance(act.directive, Focus)]
        return asked[-1] if asked else ()

    @property
    def avoided(self) -> dict[int, int]:
        """Niche to keep out of -> number of the directive."""
        return {
            niche: act.number
            for act in self.in_force
            if isinstance(act.directive, Avoid)
            for niche in act.directive.niches
        }

    @property
    def weights(self) -> dict[str, float]:
        """Objective's name -> weight; empty where all count alike."""
        asked = [act.directive.weights for act in self.in_force if isinstance(act.directive, Weigh)]
        return asked[-1] if asked else {}

    @property
    def exploration(self) -> float:
        """From 0 to 1; 0.5 where nobody asked for anything else."""
        asked = [act.directive.amount for act in self.in_force if isinstance(act.directive, Explore)]
        return asked[-1] if asked else 0.5

    @property
    def boldness(self) -> float:
        """Factor on uncertainty, from a quarter to four; 1 where nobody asked for more or less exploration."""
        return float(4.0 ** (2.0 * self.exploration - 1.0))

    @property
    def caps(self) -> dict[str, float]:
        """New caps since the last session began; that session's own caps held the earlier ones."""
        caps: dict[str, float] = {}
        for act in self._of_session:
            if isinstance(act.directive, SetBudget):
                caps |= act.directive.caps
        return caps

    @property
    def seeds(self) -> list[Wish]:
        """Architectures that people want evaluated."""
        return [Wish(a.number, a.directive.architecture) for a in self.in_force if isinstance(a.directive, Seed)]

    @property
    def paused(self) -> bool:
        """Whether the last of pause and resume that is in force is a pause."""
        asked = [act.directive for act in self.in_force if isinstance(act.directive, Pause | Resume)]
        return bool(asked) and isinstance(asked[-1], Pause)

    @property
    def stopped(self) -> bool:
        """Whether a person asked to stop since the last session began."""
        return any(isinstance(act.directive, Stop) for act in self._of_session)

    @property
    def waiting(self) -> Question | None:
        """What the search waits to be told; None where it waits for nobody."""
        return next((question for question in self.questions.values() if question.answer is None), None)

    @property
    def guiding(self) -> list[DirectiveRecord]:
        """Directives in force that shape what is planned and chosen."""
        last = {type(act.directive): act.number for act in self.in_force}
        replaced = {act.number for act in self.in_force if isinstance(act.directive, Limit)} - set(self.limits)
        return [
            act
            for act in self.in_force
            if act.number not in replaced
            and (
                act.directive.guides == "all"
                or (act.directive.guides, last[type(act.directive)]) == ("last", act.number)
            )
        ]

    def niche_weight(self, niche: int) -> float:
        """What a niche's score is multiplied by."""
        return math.prod(act.directive.niche_weight(niche) for act in self.guiding)

    @property
    def _of_session(self) -> list[DirectiveRecord]:
        return [act for act in self.acts[self._session_acts :] if act.undone_by is None]


def mark_undone(acts: Sequence[DirectiveRecord]) -> list[DirectiveRecord]:
    """The acts, each with the number of the undo that took it back; an undo that was undone takes nothing back."""
    undone: dict[int, int] = {}
    for act in reversed(acts):
        if isinstance(act.directive, Undo) and act.number not in undone:
            undone.setdefault(act.directive.directive, act.number)
    return [act.model_copy(update={"undone_by": undone.get(act.number)}) for act in acts]
