"""Forms: every kind of directive with what is filled in for it, and the directive that comes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from pydantic import ValidationError

from illuminas.memory.directives import AnyDirective, parse_directive
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.server.services.open_run import OpenRun
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import KINDS

Widget = Literal["number", "whole", "text", "lines", "choice", "choices", "numbers", "share", "yes"]
Options = Callable[[OpenRun], Mapping[Any, str]]


class Field(NamedTuple):
    """One thing to fill in.

    Attributes:
        name: of the directive's attribute.
        label: with its unit.
        widget: ``choices`` takes several, ``numbers`` has one for each option, ``share`` is a slider from 0 to 1.
        options: of a choice: value -> words.
        value: at the start.
        hint: below it.
    """

    name: str
    label: str
    widget: Widget
    options: Options = lambda run: {}
    value: Any = None
    hint: str = ""


class Form(NamedTuple):
    """One kind of directive, as people choose it."""

    kind: str
    title: str
    hint: str
    fields: tuple[Field, ...] = ()


def _niches(run: OpenRun) -> dict[int, str]:
    partition = run.state.partition
    if partition is None:
        return {}
    return {niche: f"{niche}: {run.niche_words[niche]}" for niche in partition.reachable}


def _rules(run: OpenRun) -> dict[str, str]:
    known = run.heuristics().values()
    return {each.id: f"{each.id}: {each.text}" for each in known if each.status is not HeuristicStatus.RETIRED}


def _acts(run: OpenRun) -> dict[int, str]:
    acts = run.state.steering.acts
    return {act.number: f"{act.number}: {act.words}" for act in acts if act.directive.undoable and not act.undone_by}


def _bounded(run: OpenRun) -> dict[str, str]:
    structure = (kind.of() for kind in KINDS.values() if kind.source == "structure")
    known = {each.name: each for each in (*run.state.tracked, *structure)}
    return {name: f"{each.words}, {each.unit}" for name, each in known.items()}


def _objectives(run: OpenRun) -> dict[str, str]:
    return {each.name: each.words for each in run.state.objectives}


def _directions(run: OpenRun) -> dict[str, str]:
    return {"raises": "higher", "lowers": "lower"}


_PREDICATE = Field("predicate", "Condition", "text", hint="conditions on features, joined by 'and'")
_RULE = Field("heuristic", "Rule", "choice", _rules)
_REASON = Field("reason", "Reason, for the log", "text", value="")

FORMS: Final[tuple[Form, ...]] = (
    Form("limit", "Limit", "Only architectures within bounds, from now on.", (
        Field("objective", "Of what", "choice", _bounded),
        Field("most", "At most", "number"),
        Field("least", "At least", "number"),
    )),
    Form("require", "Require", "Only architectures of which a condition holds, from now on.", (_PREDICATE,)),
    Form("focus", "Focus", "Work on some niches alone; on none of them named, work on all again.", (
        Field("niches", "Niches", "choices", _niches, ()),
    )),
    Form("avoid", "Avoid", "Evaluate nothing in some niches any more.", (
        Field("niches", "Niches", "choices", _niches, ()),
    )),
    Form("weigh", "Weigh", "How much each objective counts when the next architectures are chosen.", (
        Field("weights", "Weight of each", "numbers", _objectives, 1),
    )),
    Form("explore", "Explore", "How much the unknown draws the search: 0 for the known good, 1 for the unknown.", (
        Field("amount", "Exploration", "share", value=0.5),
    )),
    Form("budget", "Budget", "New caps of the whole run, what is spent included; those left empty stay.", (
        Field("evaluations", "Evaluations", "whole"),
        Field("seconds", "Seconds", "number"),
        Field("tokens", "LLM tokens", "whole"),
        Field("dollars", "US dollars", "number"),
    )),
    Form("seed", "Try one", "Evaluate an architecture of yours in the next round.", (
        Field("architecture", "Architecture", "lines", hint="as its space writes it; see Family for examples"),
    )),
    Form("add_heuristic", "Add a rule", "Have a belief tested; the data decide what becomes of it.", (
        _PREDICATE,
        Field("direction", "Where it holds, its value is", "choice", _directions, "raises"),
        Field("objective", "Objective", "choice", _objectives),
        Field("text", "In your words", "text", value=""),
        _REASON,
    )),
    Form("pin", "Pin a rule", "Have it guide the search whatever the data say, or no longer.", (
        _RULE, Field("pinned", "Pinned", "yes", value=True), _REASON,
    )),
    Form("retire", "Retire a rule", "Take it out of use; it stays in the history.", (
        _RULE, _REASON,
    )),
    Form("reword", "Reword a rule", "Say it in other words; its condition and evidence stay.", (
        _RULE, Field("text", "Words", "text"), _REASON,
    )),
    Form("answer", "Answer", "Answer what the search has asked.", (
        Field("approved", "Approve", "yes", value=True), Field("comment", "Comment", "text", value=""),
    )),
    Form("undo", "Undo", "Take an earlier directive back.", (Field("directive", "Directive", "choice", _acts),)),
    Form("pause", "Pause", "Start nothing new until a resume; what is in flight is finished."),
    Form("resume", "Resume", "Go on after a pause."),
    Form("stop", "Stop", "End the process, once what is in flight is finished; the run can go on later."),
)  # fmt: skip
"""Every kind, the most used first."""


def directive_of(form: Form, values: Mapping[str, Any]) -> AnyDirective:
    """The directive that a form was filled in for.

    Raises:
        IlluminasError: something is missing or out of place; the message names it.
    """
    given = {name: value for name, value in values.items() if value is not None}
    whole = {field.name for field in form.fields if field.widget == "whole"}
    given = {name: int(value) if name in whole else value for name, value in given.items()}
    given = {name: _filled(value) if isinstance(value, Mapping) else value for name, value in given.items()}
    try:
        return parse_directive({"kind": form.kind, **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        labels = {field.name: field.label for field in form.fields}
        where = next((labels[part] for part in map(str, first["loc"]) if part in labels), form.title)
        raise IlluminasError(f"{where}: {first['msg'].removeprefix('Value error, ')}.") from error


def _filled(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Those that have a value."""
    return {name: number for name, number in numbers.items() if number is not None}
