"""How a client's search begins or goes on: its settings checked, its budget counted, its process started once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from illuminas.agents.config import SearchConfig
from illuminas.memory.partitions import check_partition
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, is_driven, new_run
from illuminas.server.services.answers import Begun
from illuminas.server.services.launcher import Order
from illuminas.server.services.reports import caps
from illuminas.server.services.services import Services
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluators import evaluator_code, is_evaluator
from illuminas.tools.objectives import LOCAL_DEVICES, NO_DEVICE
from illuminas.tools.own_code import check_own, is_own
from illuminas.tools.paths import runs_folder
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import find_device, parse_reference
from illuminas.tools.tasks import is_table

_OWN = (*LOCAL_DEVICES, NO_DEVICE)
"""Devices that are of no table."""


def search_config(asked: Mapping[str, Any]) -> SearchConfig:
    """The config of what was asked for; what is None is the mode's own.

    Raises:
        IlluminasError: a setting is none, or names what is not there.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    given.setdefault("llm", _usual_llm())
    given.setdefault("evaluations", SearchConfig.model_fields["evaluations"].default)  # counted before it begins
    try:
        config = SearchConfig(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise IlluminasError(f"{'.'.join(map(str, first['loc']))} {first['input']!r}: {first['msg']}.") from error
    if is_evaluator(config.dataset):
        check_own(evaluator_code(config.dataset))
    space = get_space(config.space)
    if config.partition:
        check_partition(config.partition, space)
    if is_table(config.dataset) and (column := parse_reference(config.dataset)).column.endswith("_ms"):
        raise IlluminasError(f"{column} is a device: expected a data set, see list_datasets.")
    if config.device not in _OWN:
        config = config.model_copy(update={"device": find_device(config.device)})
    return config


def _usual_llm() -> str:
    """The local one where its file is there."""
    from illuminas.tools.models import DEFAULT, find

    return "local" if find(DEFAULT) is not None else "none"


def start(services: Services, key: str, config: SearchConfig) -> Begun:
    """Start a search, once for every key of a client.

    Raises:
        IlluminasError: the key was used for other settings, or the budget is more than is allowed.
    """
    made = new_run()
    try:
        begun = services.authorization.audit.begun(made.id, services.principal().name, key, config.model_dump_json())
    finally:
        made.path.rmdir()
    if begun.settings != config.model_dump_json():
        raise IlluminasError(
            f"the key {key!r} began run {begun.run_id} with other settings. Use another key for another search."
        )
    folder = RunFolder(runs_folder() / begun.run_id)
    if services.run_cache.has(folder) or services.launcher.order(begun.run_id) is not None:
        words = "this key began it before; nothing new was started"
        return Begun(run_id=begun.run_id, state=_state(services, folder), words=words)
    services.authorization.allowance.take(config.evaluations)
    try:
        folder.path.mkdir(parents=True)  # whoever makes the folder starts the process
    except FileExistsError:
        services.authorization.allowance.give_back(config.evaluations)
    else:
        services.launcher.launch(Order(run_id=begun.run_id, config=config))
    what = f"{config.space} on {config.dataset}, device {config.device}, LLM {config.llm}"
    return Begun(run_id=begun.run_id, state="starting", words=f"{what}, {config.evaluations} evaluations")


def go_on(services: Services, run: Run, given: dict[str, float]) -> Begun:
    """Start a process that goes on with a run.

    Raises:
        IlluminasError: a process drives it already, or the budget is more than is allowed.
    """
    for code in run.state.started.own_code.values():
        check_own(code, own_log=is_own(run.folder.log))
    if is_driven(run.folder):
        raise IlluminasError(f"run {run.id} is going on. To change its budget use steer_search.")
    wanted = int(given.get("evaluations", caps(run)["evaluations"] or 0))
    left = max(0, wanted - len(run.state.evaluations))
    if not left and run.state.ended is not None:
        raise IlluminasError(
            f"run {run.id} has ended ({run.state.ended}): give it more evaluations than the {wanted} that it has."
        )
    services.authorization.allowance.take(left)
    try:
        services.launcher.launch(Order(run_id=run.id, caps=given))
    except IlluminasError:
        services.authorization.allowance.give_back(left)
        raise
    return Begun(run_id=run.id, state="starting", words=f"it goes on with {left} evaluations left")


def _state(services: Services, folder: RunFolder) -> Any:
    if services.run_cache.has(folder):
        return services.run_cache.take(folder).status
    return services.launcher.state(folder.id)
