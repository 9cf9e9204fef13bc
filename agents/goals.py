"""Goals: what a run optimises, what it keeps within bounds, and whether space and data set can tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.agents.context import Context
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import METRICS, NO_DEVICE, Constraint, Objective, default_objectives, get_objective
from illuminas.tools.tables import resolve_constraint, resolve_objective
from illuminas.tools.tasks import is_table


class Goals(NamedTuple):
    """What a run optimises, what it only keeps within bounds, and the bounds."""

    objectives: tuple[Objective, ...]
    bounded: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]

    @property
    def table_devices(self) -> list[str]:
        """Devices that are columns of tables."""
        devices = {each.device for each in (*self.objectives, *self.bounded)}
        return sorted(device for device in devices if device is not None and is_table(device))

    def device(self, asked: str) -> str:
        """The device ``asked`` for where anything is measured on it, else the first that is; 'none' without."""
        devices = [each.device for each in (*self.objectives, *self.bounded) if each.device is not None]
        return asked if asked in devices else next(iter(devices), NO_DEVICE)


def goals_of(config: SearchConfig) -> Goals:
    """The goals of a new run, by its settings.

    Raises:
        IlluminasError: as of :func:`_objectives`, and for a constraint that cannot be read.
    """
    objectives = _objectives(config)
    found = [
        resolve_constraint(text, objectives, device=config.device, declared=config.measures)
        for text in config.constraints
    ]
    bounded = {objective.name: objective for _, objective in found if objective not in objectives}
    return Goals(tuple(objectives), tuple(bounded.values()), tuple(constraint for constraint, _ in found))


def _objectives(config: SearchConfig) -> list[Objective]:
    """What a run optimises, by its settings.

    Raises:
        IlluminasError: there is no such objective or device, or one is named twice.
    """
    if config.objectives and config.metric not in config.objectives and "metric" in config.model_fields_set:
        raise IlluminasError(
            f"expected the metric {config.metric} among the objectives, got {', '.join(config.objectives)}. Give one "
            "of --metric and --objective."
        )
    found = [_objective(name, config) for name in config.objectives or default_objectives(config.device, config.metric)]
    if len({each.name for each in found}) < len(found):
        raise IlluminasError(f"expected different objectives, got {', '.join(each.name for each in found)}.")
    return found


def _objective(name: str, config: SearchConfig) -> Objective:
    if config.tools is not None or not config.objectives:  # another server's tables have no short names here
        return get_objective(name, config.measures)
    return resolve_objective(name, device=config.device, declared=config.measures)


def _apart(low: Constraint, high: Constraint) -> bool:
    """Whether the least that one asks for is more than the most that the other allows."""
    return low.least is not None and high.most is not None and low.least > high.most


async def check_constraints(context: Context) -> None:
    """Refuse constraints that contradict each other, or leave nothing of a space that can be listed.

    Raises:
        IlluminasError: they do.
    """
    space, compliance = context.space, context.compliance
    for one, other in permutations(context.state.constraints, 2):
        if one.objective == other.objective and _apart(one, other):
            raise IlluminasError(
                f"expected constraints that a value can keep to, got '{compliance.words()}'. Drop one of the two."
            )
    await compliance.prepare()
    if not context.state.constraints or not space.enumerable or compliance.allowed():
        return
    everything = [context.descriptors(each) for each in space.reduced()]
    nearest = []
    for bound in context.state.constraints:
        values = [float(known[bound.objective]) for known in everything if bound.objective in known]
        if values and not any(map(bound.holds, values)):
            objective = get_objective(bound.objective, context.state.tracked)
            value = min(values) if bound.most is not None and min(values) > bound.most else max(values)
            nearest.append(f"the nearest has {objective.text(value, 4)}")
    raise IlluminasError(
        f"expected constraints that leave something to search, got '{compliance.words()}': none of the "
        f"{len(everything):,} {space.plural} of {space.name} keeps to that{''.join(f'; {each}' for each in nearest)}. "
        "Loosen a constraint."
    )


def check_structure(context: Context, objectives: Sequence[Objective]) -> None:
    """Refuse objectives that the space's architectures do not tell.

    Raises:
        IlluminasError: there is one.
    """
    space = context.space
    known = context.descriptors(space.heaviest())
    for each in objectives:
        if each.source == "structure" and each.name not in known and not space.is_free(space.heaviest()):
            raise IlluminasError(
                f"the search space {space.name} does not tell {each.name}: have its class declare complexity() or a "
                "feature of that name, or choose another objective."
            )


def check_metrics(context: Context, objectives: Sequence[Objective]) -> None:
    """Refuse metrics that the data set does not measure.

    Raises:
        IlluminasError: there is one.
    """
    task, declared = context.task, {each.name for each in context.config.measures}
    for each in objectives:
        if each.name in METRICS and each.name not in {*task.worst, *declared}:
            raise IlluminasError(
                f"{task.dataset} does not measure {each.words}: expected one of {', '.join(task.worst) or 'none'}."
            )
