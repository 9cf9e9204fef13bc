"""Forms: every kind of directive with what is filled in for it, and the directive that comes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from pydantic import ValidationError

from illuminas.memory.directives import DIRECTIVES, AnyDirective, Directive, Input, inputs_of
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.run import Run
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import KINDS as OBJECTIVE_KINDS

Widget = Literal["number", "text", "lines", "choice", "choices", "numbers", "share", "yes"]
Options = Callable[[Run], Mapping[Any, str]]


def _niches(run: Run) -> dict[int, str]:
    partition = run.state.partition
    if partition is None:
        return {}
    return {niche: f"{niche}: {run.niche_words[niche]}" for niche in partition.reachable}


def _rules(run: Run) -> dict[str, str]:
    known = run.heuristics().values()
    return {each.id: f"{each.id}: {each.text}" for each in known if each.status is not HeuristicStatus.RETIRED}


def _acts(run: Run) -> dict[int, str]:
    acts = run.state.steering.acts
    return {act.number: f"{act.number}: {act.words}" for act in acts if act.directive.undoable and not act.undone_by}


def _bounded(run: Run) -> dict[str, str]:
    structure = (kind.of() for kind in OBJECTIVE_KINDS.values() if kind.source == "structure")
    known = {each.name: each for each in (*run.state.tracked, *structure)}
    return {
        name: each.words if each.unit in each.words.split() else f"{each.words}, {each.unit}"
        for name, each in known.items()
    }


def _objectives(run: Run) -> dict[str, str]:
    return {each.name: each.words for each in run.state.objectives}


def _directions(run: Run) -> dict[str, str]:
    return {"raises": "higher", "lowers": "lower"}


def _options(run: Run) -> dict[str, str]:
    waiting = run.state.steering.waiting
    return {} if waiting is None else dict(waiting.options)


WIDGETS: Final[dict[str, tuple[Widget, Options | None]]] = {
    "bounded": ("choice", _bounded),
    "bound": ("number", None),
    "predicate": ("text", None),
    "niches": ("choices", _niches),
    "weights": ("numbers", _objectives),
    "share": ("share", None),
    "cap": ("number", None),
    "architecture": ("lines", None),
    "direction": ("choice", _directions),
    "objective": ("choice", _objectives),
    "text": ("text", None),
    "wording": ("text", None),
    "heuristic": ("choice", _rules),
    "yes": ("yes", None),
    "options": ("choices", _options),
    "act": ("choice", _acts),
}
"""Kind of an input -> the element that it is filled in with, and what there is to choose from."""


class Field(NamedTuple):
    """One thing to fill in, as its directive declares it."""

    name: str
    declared: Input

    @property
    def widget(self) -> Widget:
        """``choices`` takes several, ``numbers`` one for each option, ``share`` is a slider from 0 to 1."""
        return WIDGETS[self.declared.kind][0]

    def options(self, run: Run) -> Mapping[Any, str]:
        """Of a choice: value -> words."""
        known = WIDGETS[self.declared.kind][1]
        return {} if known is None else known(run)


def fields_of(model: type[Directive]) -> tuple[Field, ...]:
    """What is filled in for a kind of directive."""
    return tuple(Field(name, declared) for name, declared in inputs_of(model).items() if declared.label)


KINDS: Final[dict[str, type[Directive]]] = {str(each.model_fields["kind"].default): each for each in DIRECTIVES}
"""Every kind of directive."""


def directive_of(model: type[Directive], values: Mapping[str, Any]) -> AnyDirective:
    """The directive that a form was filled in for.

    Raises:
        IlluminasError: something is missing or out of place; the message names it.
    """
    given = {name: _filled(value) for name, value in values.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        labels = {name: declared.label for name, declared in inputs_of(model).items()}
        where = next((labels[part] for part in map(str, first["loc"]) if part in labels), model.title)
        raise IlluminasError(f"{where}: {first['msg'].removeprefix('Value error, ')}.") from error


def _filled(value: Any) -> Any:
    """Of several numbers those that have a value."""
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, Mapping) else value
