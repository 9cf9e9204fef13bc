"""Steering: takes a person's directive into a run, from whatever process, after a look at whether it makes sense there.

The directive becomes an event of the run's log; the search, which follows its log while it runs, obeys it from the next
thing on that it starts.
"""

from __future__ import annotations

from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.agents.constraint_count import remaining
from illuminas.memory.directives import AddHeuristic, AnyDirective, Avoid, Limit, Require, Subject
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Change
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged
from illuminas.memory.knowledge import as_of, find
from illuminas.memory.runs import RunFolder, is_driven
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space

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

    config: SearchConfig
    state: RunState
    subject: Subject


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
            made = directive.made(found.subject, author[:AUTHOR]) if isinstance(directive, AddHeuristic) else None
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
    subject = Subject(
        space=get_space(config.space),
        partition=state.partition,
        objectives=state.tracked,
        id=run.id,
        driven=is_driven(run),
        dataset=config.dataset,
        device=config.device,
        optimised=state.objectives,
        measures=config.measures,
        round=state.round,
        evaluations=state.evaluations,
        steering=state.steering,
        heuristics=lambda: as_of(log),
        find_heuristic=lambda name: find(as_of(log), name),
    )
    return _Run(config, state, subject)


def _echo(run: _Run, directive: AnyDirective) -> Echo:
    checked = directive.checked(run.subject)
    words = checked.words(run.subject)
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
