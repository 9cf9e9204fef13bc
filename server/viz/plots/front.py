"""The trade-off of a run: accuracy against latency with the Pareto front, or against size without a device."""

from __future__ import annotations

from typing import Any

from illuminas.memory.state import RunState
from illuminas.server.viz.palette import GREY, ORANGE
from illuminas.server.viz.plots.rendering import dots
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.spaces import get_space


def draw_front(axes: Any, state: RunState) -> None:
    """Every evaluation, and the front as a step line."""
    if not state.latencies:
        _draw_sizes(axes, state)
        return
    known = [evaluation.hash for evaluation in state.successes if evaluation.hash in state.latencies]
    accuracy = [state.accuracy(hash_) for hash_ in known]
    latency = [state.latencies[hash_] for hash_ in known]
    axes.scatter(latency, accuracy, color=GREY, label="evaluated", **dots(len(known)))
    front = state.front
    axes.step(
        [point.latency for point in front],
        [point.accuracy for point in front],
        where="post",
        color=ORANGE,
        marker="o",
        label="Pareto front",
    )
    axes.legend(loc="best")
    axes.set(
        title="Accuracy against latency",
        xlabel=f"latency on {state.started.config['device']}, ms (lower is better)",
        ylabel="validation accuracy, %",
    )


def _draw_sizes(axes: Any, state: RunState) -> None:
    """What takes the front's place in a run without latencies."""
    sizes = [_params(state, evaluation) for evaluation in state.successes]
    accuracy = [state.accuracy(evaluation.hash) for evaluation in state.successes]
    axes.scatter(sizes, accuracy, color=GREY, **dots(len(sizes)))
    axes.set(title="Accuracy against size", xlabel="parameters (lower is better)", ylabel="validation accuracy, %")
    if sizes:
        axes.set_xscale("log")


def _params(state: RunState, evaluation: Evaluation) -> int:
    built = state.measured.get(evaluation.hash)
    if built is not None:
        return built.params
    space, shape = get_space(evaluation.space), state.started.task.shape
    return space.complexity(space.parse(evaluation.text), shape).params
