"""The trade-off of a run: its first objective against the second with the Pareto front, or against size."""

from __future__ import annotations

from typing import Any

from illuminas.memory.state import RunState
from illuminas.server.viz.palette import GREY, ORANGE
from illuminas.server.viz.plots.rendering import dots
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.objectives import Objective


def draw_front(axes: Any, state: RunState) -> None:
    """Every evaluation, and the front: of two objectives as a step line, of more as the dots that nothing dominates."""
    if len(state.objectives) < 2:
        _draw_sizes(axes, state)
        return
    first, second = state.objectives[:2]
    vectors, front = list(state.vectors.values()), list(state.front.values())
    x, y = _scaled(vectors, second, 1), _scaled(vectors, first, 0)
    axes.scatter(x, y, color=GREY, label="evaluated", **dots(len(vectors)))
    x, y = _scaled(front, second, 1), _scaled(front, first, 0)
    if len(state.objectives) == 2:
        axes.step(x, y, where="post", color=ORANGE, marker="o", label="Pareto front")
    else:
        axes.scatter(x, y, color=ORANGE, label=f"Pareto front of {len(state.objectives)} objectives")
    axes.legend(loc="best")
    axes.set(title=f"{first.words} against {second.words}", xlabel=axis_words(second), ylabel=axis_words(first))


def axis_words(objective: Objective) -> str:
    """An objective with its unit and direction, for an axis."""
    return f"{objective.heading} ({'higher' if objective.maximised else 'lower'} is better)"


def _scaled(vectors: list[tuple[float, ...]], objective: Objective, place: int) -> list[float]:
    return [vector[place] / objective.scale for vector in vectors]


def _draw_sizes(axes: Any, state: RunState) -> None:
    """What takes the front's place in a run of one objective: size, or the order where nothing has one."""
    values = [state.quality(evaluation.hash) / state.primary.scale for evaluation in state.successes]
    sizes = [size for evaluation in state.successes if (size := _params(state, evaluation)) is not None]
    sized = len(sizes) == len(values)
    axes.scatter(sizes if sized else range(1, len(values) + 1), values, color=GREY, **dots(len(values)))
    axes.set(
        title=f"{state.primary.words} against {'size' if sized else 'evaluations'}",
        xlabel="parameters (lower is better)" if sized else "evaluation",
        ylabel=axis_words(state.primary),
    )
    if sized and sizes:
        axes.set_xscale("log")


def _params(state: RunState, evaluation: Evaluation) -> int | None:
    built = state.measured.get(evaluation.hash)
    if built is not None:
        return built.params
    space, shape = state.space, state.started.task.shape
    counted = space.complexity(space.parse(evaluation.text), shape)
    return None if counted is None else counted.params
