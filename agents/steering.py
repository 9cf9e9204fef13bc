"""Steering: takes a person's directive into a run, from whatever process, after a look at whether it makes sense there.

The directive becomes an event of the run's log; the search, which follows its log while it runs, obeys it from the next
thing on that it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import AddHeuristic, AnyDirective, Avoid, Limit, Require, Subject
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Change
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged
from illuminas.memory.knowledge import find
from illuminas.memory.partitions import Descriptors, structure
from illuminas.memory.predicates import parse_predicate
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, is_driven
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import Objective, get_objective, is_local
from illuminas.tools.spaces import NetworkShape, get_space
from illuminas.tools.tables import TableError, table_value

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


def steer(run: Run | RunFolder, directive: AnyDirective, *, author: str, via: str) -> Steered:
    """Have a run obey a directive.

    Args:
        run: of one that is open, only what came since it was looked at is read.
        author: who asks.
        via: the door: chat, web, mcp, cli or python.

    Raises:
        IlluminasError: it makes no sense in this run; the message says what would.
    """
    with _opened(run) as opened:
        log = EventLog(opened.folder.log)
        try:
            with log.together():
                subject, state = _as_it_stands(opened), opened.state
                directive, words = _echo(opened, subject, directive)
                made = directive.made(subject, author[:AUTHOR]) if isinstance(directive, AddHeuristic) else None
                if made is not None:
                    born = HeuristicChanged(change=Change.BORN, heuristic=made)
                    log.append(born, round=state.round, key=f"heuristic:{made.id}:born")
                given = DirectiveGiven(
                    directive=directive, author=author[:AUTHOR], via=via, words=words, made=made.id if made else ""
                )
                log.append(given, round=state.round)
                return Steered(len(state.steering.acts) + 1, words)
        finally:
            log.close()


def echo(run: Run | RunFolder, directive: AnyDirective) -> Echo:
    """What :func:`steer` would write, without writing it; raises as it does."""
    with _opened(run) as opened:
        return _echo(opened, _as_it_stands(opened), directive)


@contextmanager
def _opened(run: Run | RunFolder) -> Iterator[Run]:
    """A run, which nobody else changes meanwhile; one that is opened for this alone is closed again."""
    if isinstance(run, Run):
        with run.lock:
            yield run
        return
    opened = Run(run)
    try:
        yield opened
    finally:
        opened.close()


def _as_it_stands(run: Run) -> Subject:
    """The run that a directive is for."""
    state = run.refresh().state
    if not state.begun:
        raise IlluminasError(f"run {run.id} has not begun: wait a moment, then steer it.")
    config = SearchConfig.model_validate(run.settings)
    return Subject(
        space=run.space,
        partition=state.partition,
        objectives=state.tracked,
        id=run.id,
        driven=is_driven(run.folder),
        dataset=config.dataset,
        device=config.device,
        optimised=state.objectives,
        measures=config.measures,
        round=state.round,
        evaluations=state.evaluations,
        steering=state.steering,
        heuristics=run.heuristics,
        find_heuristic=lambda name: find(run.heuristics(), name),
    )


def _echo(run: Run, subject: Subject, directive: AnyDirective) -> Echo:
    checked = directive.checked(subject)
    words = checked.words(subject)
    if isinstance(checked, Limit | Require | Avoid):
        left = remaining(SearchConfig.model_validate(run.settings), run.state, checked)
        if left is not None:
            kept, of = left
            if not kept:
                raise IlluminasError(
                    f"'{words}' would leave none of the {of:,} architectures, with what is asked already. "
                    "Ask for less, or undo an earlier directive."
                )
            words += f"; {kept:,} of {of:,} architectures remain"
    return Echo(checked, words)


def remaining(config: SearchConfig, state: RunState, more: AnyDirective) -> tuple[int, int] | None:
    """``(architectures left, architectures of the space)`` under the directives in force and one more.

    None where the space has no list, where the tables of a device lie with a remote tool server, and where something
    is bounded that is known only once it was measured.
    """
    space = get_space(config.space)
    if not space.enumerable or state.partition is None or config.tools is not None:
        return None
    bounds, new = Bounds.of(state.steering, space, state.constraints), len(state.steering.acts) + 1
    if isinstance(more, Limit):
        bounds = Bounds({**bounds.limits, new: more.bound}, bounds.requirements)
    elif isinstance(more, Require):
        bounds = Bounds(bounds.limits, {**bounds.requirements, new: parse_predicate(more.predicate, space)})
    shut = {*state.steering.avoided, *(more.niches if isinstance(more, Avoid) else ())}
    limited = [get_objective(name, state.tracked) for name in bounds.objectives]
    if any(is_local(each.device) or each.uncertain for each in limited):
        return None
    tabled = [each for each in {*limited, *state.tracked} if each.source == "device" and not is_local(each.device)]
    on_device = {each.name: _on_device(config.space, each) for each in tabled}
    everything = _descriptors(config.space, state.started.task.shape)
    kept = 0
    for hash_, known in everything.items():
        values = {name: found[hash_] for name, found in on_device.items() if hash_ in found}
        if bounds.broken_by(known, values) is None:
            niche = state.partition.niche_of({**known, **values}) if shut else None
            kept += niche not in shut
    return kept, len(everything)


@lru_cache(maxsize=4)
def _descriptors(space: str, shape: NetworkShape) -> dict[str, Descriptors]:
    known = get_space(space)
    return {each.hash: structure(known, shape, each) for each in known.reduced()}


@lru_cache(maxsize=8)
def _on_device(space: str, objective: Objective) -> dict[str, float]:
    """Hash -> value of the best way to write each function that the table has."""
    known = get_space(space)
    found: dict[str, float] = {}
    for architecture in known.reduced():
        for equal in known.equals(architecture):
            try:
                value = table_value(objective, equal.text)
            except TableError:
                continue
            found[architecture.hash] = max(value, found.get(architecture.hash, value), key=objective.gain)
    return found
