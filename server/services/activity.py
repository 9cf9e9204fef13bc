"""The story of a run as it happens: each event in a line, who did what and why, and how the run stands meanwhile.

The terminal, the chat and the window tell it alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from illuminas.memory.events import Event
from illuminas.memory.heuristics import Change
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    EvaluationSkipped,
    EventData,
    HeuristicChanged,
    LLMCalled,
    LLMNames,
    LLMStateChanged,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    QuestionAsked,
    RoundArchived,
    RoundReviewed,
    RunEnded,
    RunStarted,
)
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import TaskDescription

AGENTS: Final = ("planner", "coder", "screen", "evaluate", "archivist", "critic")
"""Who acts in a round, in order."""
NEXT: Final[dict[type[EventData], tuple[str, str]]] = {
    PlanMade: ("coder proposes", "coder"),
    ProposalsMade: ("screen scores the pool", "screen"),
    PoolScreened: ("training", "evaluate"),
    RoundArchived: ("critic reviews", "critic"),
    RoundReviewed: ("planner plans", "planner"),
}
"""What happened -> what goes on after it, and whose turn it is."""


class Line(NamedTuple):
    """One thing that happened.

    Attributes:
        who: one of :data:`AGENTS`, ``search``, ``llm``, an agent of the LLM's, or a person.
        what: in words. Some of them are an LLM's or a person's: data, to be shown as they are.
    """

    who: str
    what: str


class Story:
    """Tells the events of one run, in the order of its log.

    Args:
        state: of the run, kept up to date by whoever made it; None has one of its own.

    Attributes:
        doing: what goes on, in words.
        directives: how many were told of.
        turn: whose turn it is, one of :data:`AGENTS`; empty before the first round and after the end.
    """

    def __init__(self, state: RunState | None = None) -> None:
        self.state = RunState() if state is None else state
        self.doing = "opening tools and models"
        self.turn = ""
        self._own_view = state is None
        self._evaluated = 0
        self.directives = 0

    def begin_before(self, latest: Sequence[Event]) -> None:
        """Begin in the middle, with these events, the latest that the state knows."""
        kinds = Counter(type(event.data) for event in latest)
        self._evaluated = len(self.state.evaluations) - kinds[EvaluationMade]
        self.directives = len(self.state.steering.acts) - kinds[DirectiveGiven]

    def take(self, event: Event) -> Line | None:
        """Take in one event; a line where it is worth one."""
        self.note(event)
        return self.line(event)

    def note(self, event: Event) -> None:
        """Take in one event without a word."""
        if self._own_view:
            self.state.apply(event)
        self._evaluated += isinstance(event.data, EvaluationMade)
        self.directives += isinstance(event.data, DirectiveGiven)
        if type(event.data) in NEXT:
            self.doing, self.turn = NEXT[type(event.data)]
        elif isinstance(event.data, RunEnded):
            self.turn = ""

    def line(self, event: Event) -> Line | None:
        """What an event says that was just taken in; others only say what goes on."""
        match event.data:
            case RunStarted(config=config, llm=llm, task=task):
                return Line(
                    "search",
                    f"{config['space']} on {config['dataset']}, device {config['device']}, {_llm(llm)}, "
                    f"{config['evaluations']} evaluations, seed {config['seed']}{_weights(task)}",
                )
            case PlanMade(plan=plan):
                return Line("planner", f"round {event.round}: {plan.reason}")
            case LLMCalled(agent=agent, error=str(error)):
                return Line(agent, f"no answer from the LLM, statistics go on: {error}")
            case LLMStateChanged(llm=name, state="down") as change:
                until = f"statistics go on without it until round {change.next_try}"
                return Line("llm", f"{name} is down, {until}: {change.reason}")
            case LLMStateChanged(llm=name):
                return Line("llm", f"{name} answers again")
            case ProposalsMade() as made:
                missed = f" and {len(made.misses)} of its answers refused" if made.misses else ""
                out = f"{made.turned_down} known or out of place"
                by_llm = f"{len(made.candidates)} by the LLM{missed}"
                return Line("coder", f"{sum(made.counts.values())} proposals, {by_llm}; {out}")
            case PoolScreened(chosen=chosen):
                return Line("screen", f"{len(chosen)} of them go on to an evaluation")
            case EvaluationSkipped(hash=hash_, reason=reason):
                return Line("evaluate", f"leaves {self.title(hash_)} out: {reason}")
            case DirectiveGiven(author=author, words=words):
                return Line(author, f"directive {self.directives}: {words}")
            case QuestionAsked(text=text):
                return Line("search", f"asks: {text}")
            case EvaluationMade(evaluation=evaluation):
                return Line("evaluate", self._evaluation(evaluation))
            case RoundArchived(placements=placements):
                new = {each.niche for each in placements if each.entered and each.niche is not None}
                niches = ", ".join(map(self.niche, sorted(new)))
                found = "1 niche has" if len(new) == 1 else f"{len(new)} niches have"
                return Line("archivist", f"{found} a new elite" + (f": {niches}" if new else ""))
            case HeuristicChanged(change=what, heuristic=rule) if what is not Change.MEASURED:
                return Line("critic", f"{what} {rule.id}: {rule.text} ({rule.reason})")
            case RoundReviewed(text=text):
                return Line("critic", text)
            case RunEnded(reason=reason):
                return Line("search", f"ends: {reason}")
        return None

    @property
    def in_short(self) -> str:
        """How the run stands, on one line."""
        state = self.state
        if state.partition is None:
            return self.doing
        best = "none yet" if state.best is None else state.primary.text(state.quality(state.best.hash), 4)
        doing = f"ended: {state.ended}" if state.ended is not None else self.held or self.doing
        return f"round {state.round}, {len(state.evaluations)} of {self.cap} evaluations, best {best}; {doing}"

    @property
    def held(self) -> str:
        """Why a person holds the search up; empty where none does."""
        steering = self.state.steering
        if steering.waiting is not None:
            return "waits for an answer"
        return "paused" if steering.paused else ""

    @property
    def cap(self) -> int:
        """Evaluations that the run may make."""
        return int(self.state.caps.get("evaluations") or self.state.started.config["evaluations"])

    def title(self, hash_: str) -> str:
        """An architecture in words."""
        space = self.state.space
        return space.title(space.parse(self.state.candidates[hash_].text))

    def niche(self, niche: int) -> str:
        """A niche in words."""
        assert self.state.partition is not None
        return self.state.partition.describe(niche)

    def _evaluation(self, evaluation: Evaluation) -> str:
        space = self.state.space
        words = space.title(space.parse(evaluation.text))
        made = f"{self._evaluated}/{self.cap}"
        if evaluation.status is not Status.OK:
            return f"{made}  {words}: {evaluation.status}, {evaluation.reason}"
        known = ((each, self.state.value(evaluation.hash, each.name)) for each in self.state.tracked)
        parts = [each.text(value, 4) for each, value in known if value is not None]
        parts[:1] = [f"{made}  {words}: {parts[0]}"]
        parts += ["known before"] if evaluation.cached else [f"{evaluation.seconds:.1f} s"]
        return ", ".join(parts)


def seconds_left(state: RunState, cap: int) -> float | None:
    """What a run that is going on still takes, at its mean pace so far; None where that is not known yet.

    Args:
        cap: evaluations that it may make.
    """
    made = sum(at > 0 for at in state.evaluated_in.values())
    if not made or not state.figures:
        return None
    gone = state.seconds_now
    left = gone / made * (cap - made)
    if state.caps.get("seconds"):
        left = min(left, state.caps["seconds"] - gone)
    return max(0.0, left)


def _weights(task: TaskDescription) -> str:
    """What networks begin with, where their space has pretrained weights."""
    if task.weights is None:
        return ""
    if task.weights_here:
        return f"; networks begin with the weights of {task.weights}"
    command = f"illuminas models pull {task.weights}"
    return f"; {task.weights} is not here, so networks train from scratch (to have it: {command})"


def _llm(llm: LLMNames) -> str:
    """Who thinks, in words: the one LLM, or every role's where they differ."""
    if len(set(llm.roles.values())) > 1:
        return "LLMs " + ", ".join(f"{role} {name}" for role, name in llm.roles.items())
    return "no LLM, statistical agents" if llm.name == "none" else f"LLM {llm.name}"
