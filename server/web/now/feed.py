"""The feed: what the agents did, newest first, with what stands behind each line."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from illuminas.agents.acquisition import chosen
from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate
from illuminas.memory.events import Event
from illuminas.memory.heuristics import Change, Heuristic
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    EvaluationSkipped,
    EventData,
    HeuristicChanged,
    LatencyMeasured,
    LLMCalled,
    PartitionMade,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    QuestionAsked,
    RoundArchived,
    RoundEnded,
    RoundReviewed,
    RulesWritten,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.plan import Plan
from illuminas.memory.run import Run
from illuminas.server.services.activity import AGENTS, Story
from illuminas.server.viz.palette import OPERATORS
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.figures import duration

LISTED = 12
"""Things of one kind that are listed."""
_DONE: Final = {
    PlacementStatus.NEW: "fills",
    PlacementStatus.IMPROVED: "joins what is kept in",
    PlacementStatus.REJECTED: "is no better than what is kept in",
}


def why(run: Run, event: Event) -> tuple[str, ...]:
    """What stands behind an event, a sentence or a figure each; nothing where its line says all."""
    match event.data:
        case RunStarted(config=config, version=version, task=task, chosen=chosen):
            measured = f"illuminas {version}, mode {config['mode']}, measured by {task.fidelity}"
            niches = f"niches: {config['partition'] or 'those of the space'}"
            return measured, niches, *(f"chosen: {each.words}" for each in chosen)
        case PlanMade(plan=plan):
            return tuple(_plan(run, plan))
        case ProposalsMade() as made:
            return tuple(_proposals(run, made))
        case PoolScreened() as screened:
            return tuple(_screened(run, screened))
        case EvaluationMade(evaluation=evaluation):
            return tuple(_evaluation(run, evaluation))
        case RoundArchived(placements=placements):
            return tuple(_archived(run, placements))
        case HeuristicChanged(heuristic=heuristic):
            return tuple(_heuristic(run, heuristic))
        case RoundReviewed() as review:
            return tuple(_review(run, review))
        case LLMCalled(agent=agent) as call:
            return f"asked by {agent}", call.error or call.text
        case DirectiveGiven(author=author, via=via):
            return (f"by {author}, via {via}",)
        case QuestionAsked(topic=topic, options=options):
            return f"about: {topic}", *(f"{id_}: {words}" for id_, words in options.items())
    return ()


def _plan(run: Run, plan: Plan) -> Iterator[str]:
    yield f"by {plan.author}; {plan.batch} evaluations"
    wanted: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    for item in plan.items:
        what = f" ({item.instruction})" if item.instruction else ""
        wanted[item.target][f"{OPERATORS[item.operator].words}{what}"] += item.count
    for niche in dict.fromkeys((*plan.focus, *wanted)):
        where = "any niche" if niche is None else f"'{run.niche_words[niche]}' (niche {niche})"
        rules = "" if niche not in plan.focus else ", ".join(plan.heuristics.get(niche, ())) or "no rule"
        asked = ", ".join(f"{count} by {words}" for words, count in wanted[niche].most_common(LISTED))
        yield f"works on {where}" + (f", guided by {rules}" if rules else "") + (f": {asked}" if asked else "")
    if plan.directives:
        yield f"keeps to directives {', '.join(map(str, plan.directives))}"


def _proposals(run: Run, made: ProposalsMade) -> Iterator[str]:
    counts = ((OPERATORS[operator].words, count) for operator, count in made.counts.items())
    yield ", ".join(f"{count} by {words}" for words, count in counts) or "none"
    for candidate in made.candidates[:LISTED]:
        yield _candidate(run, candidate)
    yield from _more(made.candidates)
    for miss in made.misses[:LISTED]:
        yield f"refused, by {OPERATORS[miss.operator].words}: {miss.reason}"
    yield from _more(made.misses)


def _screened(run: Run, screened: PoolScreened) -> Iterator[str]:
    for candidate in screened.chosen[:LISTED]:
        foreseen = "" if candidate.expected is None else f"; {candidate.expected:.1f} % foreseen"
        yield f"{_title(run, candidate.text)}: {chosen(candidate.chosen_for)}{foreseen}"
    yield from _more(screened.chosen)
    for reason, count in Counter(screened.refused.values()).most_common(LISTED):
        yield f"refused {count}: {reason}"


def _evaluation(run: Run, evaluation: Evaluation) -> Iterator[str]:
    yield evaluation.text
    candidate = run.state.candidates.get(evaluation.hash)
    if candidate is not None:
        yield _candidate(run, candidate, named=False)
        primary = run.state.primary
        value = run.state.value(evaluation.hash, primary.name)
        if candidate.expected is not None and value is not None:
            missed = primary.change(value - candidate.expected)
            yield f"{primary.text(candidate.expected, 4)} was expected, {missed} off"
    cost = "known before" if evaluation.cached else duration(evaluation.seconds)
    yield f"{evaluation.fidelity}, seed {evaluation.seed}, {cost}; {evaluation.hash}"
    if evaluation.reason:
        yield evaluation.reason


def _archived(run: Run, placements: Sequence[Placement]) -> Iterator[str]:
    for placement in sorted(placements, key=lambda each: not each.entered)[:LISTED]:
        name = _named(run, placement.hash)
        if placement.niche is None:
            yield f"{name}: in no niche, for it was not measured"
            continue
        displaced = ", in place of " + ", ".join(_named(run, each) for each in placement.displaced)
        yield (
            f"{name} {_DONE[placement.status]} '{run.niche_words[placement.niche]}'"
            f"{displaced if placement.displaced else ''}"
        )
    yield from _more(placements)


def _heuristic(run: Run, heuristic: Heuristic) -> Iterator[str]:
    predicate = heuristic.predicate
    yield f"{predicate.words(run.space)} ({predicate.text}) {heuristic.direction} {heuristic.objective.words}"
    yield f"scope: {heuristic.scope.text}; {heuristic.origin}, born in round {heuristic.born_round}"
    yield f"evidence: {heuristic.evidence.words(heuristic.objective)}"


def _review(run: Run, review: RoundReviewed) -> Iterator[str]:
    yield f"by {review.author}"
    for hash_, missed in list(review.surprises.items())[:LISTED]:
        yield f"a surprise: {_named(run, hash_)}, {missed:+.1f} points against what was foreseen"
    for reason in review.refused[:LISTED]:
        yield f"refused a rule: {reason}"


def _candidate(run: Run, candidate: Candidate, *, named: bool = True) -> str:
    """A candidate with how it came to be and why."""
    words = f"{_title(run, candidate.text)}, " if named else ""
    words += f"by {OPERATORS[candidate.operator].words}"
    if candidate.parents:
        words += f" of {', '.join(_named(run, each) for each in candidate.parents)}"
    if candidate.target is not None:
        words += f", for '{run.niche_words[candidate.target]}'"
    if candidate.cited:
        words += f", after {', '.join(candidate.cited)}"
    return words + (f": {candidate.rationale}" if candidate.rationale else "")


def _title(run: Run, text: str) -> str:
    return run.space.title(run.space.parse(text))


def _named(run: Run, hash_: str) -> str:
    candidate = run.state.candidates.get(hash_)
    return hash_[:8] if candidate is None else _title(run, candidate.text)


def _more(things: Sequence[object]) -> Iterator[str]:
    if len(things) > LISTED:
        yield f"and {len(things) - LISTED} more"


MOST = 200
"""Lines that are kept for a page."""


class Entry(NamedTuple):
    """One line of the feed.

    Attributes:
        id: of the event.
        time: of the day, on the server's clock.
        agent: one of :data:`~illuminas.server.services.activity.AGENTS`, ``search`` or ``person``.
        failed: it tells of a failure.
        directive: number of the directive that it tells of; 0 for others.
    """

    id: int
    time: str
    round: int
    agent: str
    who: str
    what: str
    failed: bool
    directive: int


class Feed:
    """The latest lines of a run.

    Args:
        run: its state is up to date with whatever :meth:`take` is given, or later.
        latest: events to begin with, the last that the state knows.

    Attributes:
        latest: what each agent said last.
    """

    def __init__(self, run: Run, latest: Sequence[Event]) -> None:
        self._run = run
        self.story = Story(run.state)
        self._entries: deque[tuple[Entry, Event]] = deque(maxlen=MOST)
        self.latest: dict[str, str] = {}
        self.story.begin_before(latest)
        self.take(latest)

    def take(self, events: Sequence[Event]) -> list[Entry]:
        """Take in what is new; the lines that it adds, the oldest first."""
        told = {event.id for event in [event for event in events if _is_told(event)][-MOST:]}
        added = []
        for event in events:
            self.story.note(event)
            entry = self._entry(event) if event.id in told else None
            if entry is not None:
                self._entries.append((entry, event))
                self.latest[entry.agent] = entry.what
                added.append(entry)
        return added

    def __iter__(self) -> Iterator[Entry]:
        """The lines, the newest first."""
        return (entry for entry, _ in reversed(self._entries))

    def event(self, id: int) -> Event | None:
        """The event of a line; None where it is kept no more."""
        return next((event for entry, event in self._entries if entry.id == id), None)

    def undoable(self, entry: Entry) -> bool:
        """Whether a line tells of a directive that can still be taken back."""
        if not entry.directive:
            return False
        act = self._run.state.steering.acts[entry.directive - 1]
        return act.directive.undoable and act.undone_by is None

    def _entry(self, event: Event) -> Entry | None:
        line = self.story.line(event)
        if line is None:
            return None
        person = isinstance(event.data, DirectiveGiven)
        agent = "person" if person else next((each for each in AGENTS if line.who.startswith(each)), "search")
        failed = isinstance(event.data, EvaluationMade) and event.data.evaluation.status is not Status.OK
        failed = (
            failed
            or isinstance(event.data, EvaluationSkipped)
            or (isinstance(event.data, LLMCalled) and event.data.error is not None)
        )
        return Entry(
            id=event.id,
            time=datetime.fromtimestamp(event.time).strftime("%H:%M:%S"),
            round=event.round,
            agent=agent,
            who=line.who,
            what=line.what,
            failed=failed,
            directive=self.story.directives if person else 0,
        )


def _is_told(event: Event) -> bool:
    """Whether the story has a line for an event; finding its words takes longer."""
    if isinstance(event.data, LLMCalled):
        return event.data.error is not None
    return type(event.data) not in _QUIET and (
        not isinstance(event.data, HeuristicChanged) or event.data.change is not Change.MEASURED
    )


_QUIET: Final[frozenset[type[EventData]]] = frozenset(
    {LatencyMeasured, RoundEnded, PartitionMade, SessionBegan, RulesWritten}
)
"""What makes no line."""
