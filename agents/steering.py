"""Steering: takes a person's directive into a run, from whatever process, after a look at whether it makes sense there.

The directive becomes an event of the run's log; the search, which follows its log while it runs, obeys it from the next
thing on that it starts.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.agents.constraint_count import remaining
from illuminas.memory.directives import (
    AddHeuristic,
    AnswerQuestion,
    AnyDirective,
    Avoid,
    Directive,
    Focus,
    Limit,
    Pause,
    PinHeuristic,
    Require,
    Resume,
    RetireHeuristic,
    RewordHeuristic,
    Seed,
    SetBudget,
    Stop,
    Terms,
    Undo,
    Weigh,
)
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus, scope_of
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged
from illuminas.memory.knowledge import as_of, find
from illuminas.memory.predicates import parse_predicate
from illuminas.memory.runs import RunFolder, is_driven
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import LOCAL, Objective, find_kind
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import resolve_objective

AUTHOR = 80
"""Characters of an author's name."""


class Echo(NamedTuple):
    """A directive as it will be written, and in words."""

    directive: AnyDirective
    words: str


class Steered(NamedTuple):
    """A directive that took effect: its number, which undoes it, and its words."""

    number: int
    words: str


class _Run(NamedTuple):
    """The run that a directive is for, as it stands."""

    folder: RunFolder
    log: EventLog
    state: RunState
    config: SearchConfig
    terms: Terms


def steer(run: RunFolder, directive: AnyDirective, *, author: str, via: str) -> Steered:
    """Have a run obey a directive.

    Args:
        author: who asks.
        via: the door: chat, web, mcp, cli or python.

    Raises:
        IlluminasError: it makes no sense in this run; the message says what would.
    """
    log = EventLog(run.log)
    try:
        with log.together():
            found = _open(run, log)
            directive, words = _echo(found, directive)
            made = _made(found, directive, author) if isinstance(directive, AddHeuristic) else None
            if made is not None:
                born = HeuristicChanged(change=Change.BORN, heuristic=made)
                log.append(born, round=found.state.round, key=f"heuristic:{made.id}:born")
            given = DirectiveGiven(
                directive=directive, author=author[:AUTHOR], via=via, words=words, made=made.id if made else ""
            )
            log.append(given, round=found.state.round)
            return Steered(len(found.state.steering.acts) + 1, words)
    finally:
        log.close()


def echo(run: RunFolder, directive: AnyDirective) -> Echo:
    """What :func:`steer` would write, without writing it; raises as it does."""
    log = EventLog(run.log, read_only=True)
    try:
        return _echo(_open(run, log), directive)
    finally:
        log.close()


def _open(run: RunFolder, log: EventLog) -> _Run:
    state = RunState.of(log)
    if not state.begun:
        raise IlluminasError(f"run {run.id} has not begun: wait a moment, then steer it.")
    config = SearchConfig.model_validate(state.started.config)
    return _Run(run, log, state, config, Terms(get_space(config.space), state.partition, state.tracked))


def _echo(run: _Run, directive: AnyDirective) -> Echo:
    checked = _check(directive, run)
    words = checked.words(run.terms)
    if isinstance(checked, Limit | Require | Avoid):
        left = remaining(run.config, run.state, checked)
        if left is not None:
            kept, of = left
            if not kept:
                raise IlluminasError(
                    f"'{words}' would leave none of the {of:,} architectures, with what is asked already. "
                    "Ask for less, or undo an earlier directive."
                )
            words += f"; {kept:,} of {of:,} architectures remain"
    return Echo(checked, words)


@singledispatch
def _check(directive: Directive, run: _Run) -> AnyDirective:
    """The directive with its names resolved; refused where it makes no sense in the run."""
    return directive  # type: ignore[return-value]  # every class of Directive is one of AnyDirective


@_check.register
def _(directive: Limit, run: _Run) -> AnyDirective:
    objective = _objective(directive.objective, run)
    if objective.device == LOCAL and objective not in run.state.tracked:
        raise IlluminasError(
            f"this run does not measure {objective.words}: expected one of "
            f"{', '.join(each.name for each in run.state.tracked)}, or one of a table. See illuminas data list."
        )
    return directive.model_copy(update={"objective": objective.name})


@_check.register
def _(directive: Require, run: _Run) -> AnyDirective:
    predicate = parse_predicate(directive.predicate, run.terms.space)
    return directive.model_copy(update={"predicate": predicate.text})


@_check.register
def _(directive: Focus, run: _Run) -> AnyDirective:
    _check_niches(directive.niches, run)
    if shut := [niche for niche in directive.niches if niche in run.state.steering.avoided]:
        number = run.state.steering.avoided[shut[0]]
        raise IlluminasError(f"directive {number} keeps the search out of niche {shut[0]}: undo it first.")
    return directive


@_check.register
def _(directive: Avoid, run: _Run) -> AnyDirective:
    _check_niches(directive.niches, run)
    shut = {*directive.niches, *run.state.steering.avoided}
    open_ = set(run.state.steering.focus or _reachable(run)) - shut
    if not open_:
        raise IlluminasError("that would leave no niche to search in. Leave one open, or lift the focus first.")
    return directive


@_check.register
def _(directive: Weigh, run: _Run) -> AnyDirective:
    if len(run.state.objectives) < 2:
        raise IlluminasError(f"this run has one objective, {run.state.primary.words}, which is all that counts.")
    weights = {_own(name, run).name: weight for name, weight in directive.weights.items()}
    return directive.model_copy(update={"weights": weights})


@_check.register
def _(directive: SetBudget, run: _Run) -> AnyDirective:
    made = len(run.state.evaluations)
    if directive.evaluations is not None and directive.evaluations < made:
        raise IlluminasError(
            f"{made} evaluations are made already: expected a budget of at least that, got {directive.evaluations}. "
            "To end the run now: stop."
        )
    return directive


@_check.register(Pause)
@_check.register(Stop)
def _(directive: Pause | Stop, run: _Run) -> AnyDirective:
    if not is_driven(run.folder):
        raise IlluminasError(f"nothing runs {run.folder.id} at the moment, so there is nothing to {directive.kind}.")
    return directive


@_check.register
def _(directive: Resume, run: _Run) -> AnyDirective:
    if not run.state.steering.paused:
        raise IlluminasError(
            f"run {run.folder.id} is not paused. To drive an interrupted run on: "
            f"illuminas search --resume {run.folder.id}"
        )
    return directive


@_check.register
def _(directive: Seed, run: _Run) -> AnyDirective:
    architecture = run.terms.space.parse(directive.architecture)
    evaluation = run.state.evaluations.get(architecture.hash)
    if evaluation is not None:
        value = run.state.value(architecture.hash, run.state.primary.name)
        came = evaluation.status if value is None else run.state.primary.text(value, 4)
        raise IlluminasError(f"{run.terms.space.title(architecture)} was evaluated already: {came}.")
    return directive.model_copy(update={"architecture": architecture.text})


@_check.register
def _(directive: AddHeuristic, run: _Run) -> AnyDirective:
    predicate = parse_predicate(directive.predicate, run.terms.space)
    objective = _own(directive.objective, run) if directive.objective else run.state.primary
    checked = directive.model_copy(update={"predicate": predicate.text, "objective": objective.name})
    same = as_of(run.log).get(_made(run, checked, "").id)
    if same is not None:
        raise IlluminasError(f"{same.id} says the same already, and is {same.status}: pin it to be guided by it.")
    return checked


@_check.register(PinHeuristic)
@_check.register(RetireHeuristic)
@_check.register(RewordHeuristic)
def _(directive: PinHeuristic | RetireHeuristic | RewordHeuristic, run: _Run) -> AnyDirective:
    heuristic = find(as_of(run.log), directive.heuristic)
    if heuristic.status is HeuristicStatus.RETIRED:
        raise IlluminasError(f"{heuristic.id} is retired already: {heuristic.reason}")
    return directive.model_copy(update={"heuristic": heuristic.id})


@_check.register
def _(directive: Undo, run: _Run) -> AnyDirective:
    acts = run.state.steering.acts
    if directive.directive > len(acts):
        raise IlluminasError(f"expected the number of a directive, 1 to {len(acts)}, got {directive.directive}.")
    act = acts[directive.directive - 1]
    if act.undone_by is not None:
        raise IlluminasError(f"directive {act.number} ({act.words}) was undone by directive {act.undone_by}.")
    if not act.directive.undoable:
        raise IlluminasError(f"directive {act.number} ({act.words}) cannot be undone.")
    if isinstance(act.directive, Seed):
        hash_ = run.terms.space.parse(act.directive.architecture).hash
        if hash_ in run.state.evaluations:
            raise IlluminasError(f"directive {act.number} ({act.words}) is done: it was evaluated.")
    return directive


@_check.register
def _(directive: AnswerQuestion, run: _Run) -> AnyDirective:
    waiting = run.state.steering.waiting
    if waiting is None:
        raise IlluminasError("the search has asked nothing that is open. See what it does: illuminas runs")
    if directive.question not in ("", waiting.key):
        raise IlluminasError(f"the open question is {waiting.key!r}, got an answer to {directive.question!r}.")
    if strangers := [option for option in directive.rejected if option not in waiting.options]:
        raise IlluminasError(f"expected some of {', '.join(waiting.options) or 'no options'}, got {strangers[0]!r}.")
    return directive.model_copy(update={"question": waiting.key})


def _objective(name: str, run: _Run) -> Objective:
    """The objective of a name: the run's own of that kind, or another of a table."""
    word, _, device = name.partition(":")
    kind = find_kind(word)
    own = [each for each in run.state.tracked if name in (each.name, each.kind) or (kind and each.name == kind.name)]
    if not own and kind is not None and not device:
        own = [each for each in run.state.tracked if each.kind == kind.name]
    return own[0] if own else resolve_objective(name, device=run.config.device, declared=run.config.measures)


def _own(name: str, run: _Run) -> Objective:
    """The same, of those that the run optimises."""
    objective = _objective(name, run)
    if objective not in run.state.objectives:
        known = ", ".join(each.name for each in run.state.objectives)
        raise IlluminasError(f"expected an objective of this run, {known}, got {name!r}.")
    return objective


def _reachable(run: _Run) -> list[int]:
    return list(run.state.partition.reachable) if run.state.partition is not None else []


def _check_niches(niches: tuple[int, ...], run: _Run) -> None:
    reachable = _reachable(run)
    for niche in niches:
        if niche not in reachable:
            known = run.terms.niches(tuple(reachable[:12]))
            raise IlluminasError(f"there is no niche {niche}: expected one of {known}.")


def _made(run: _Run, directive: AddHeuristic, author: str) -> Heuristic:
    """The heuristic that a directive adds."""
    config, space = run.config, run.terms.space
    predicate = parse_predicate(directive.predicate, space)
    objective = run.terms.objective(directive.objective)
    change = "higher" if directive.direction == "raises" else "lower"
    return Heuristic(
        text=directive.text or f"{change} {objective.words}: {predicate.words(space)}",
        predicate=predicate,
        direction=directive.direction,
        objective=objective,
        scope=scope_of(config.space, config.dataset, objective),
        origin="user",
        author=author[:AUTHOR],
        born_round=run.state.round,
        since=run.state.round,
    )
