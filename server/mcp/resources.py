"""What clients can fetch by URI, as JSON: runs, architectures, heuristics, search spaces and devices."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from inspect import getdoc
from types import MethodType
from typing import Any, ParamSpec

import pydantic_core
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from illuminas.memory.knowledge import changes
from illuminas.memory.run import Run
from illuminas.server.mcp.knowing import heuristic_card, heuristic_event
from illuminas.server.mcp.reading import card, devices, find_architecture
from illuminas.server.services.answers import RunList
from illuminas.server.services.reports import architecture_line, run_summaries
from illuminas.server.services.services import Services
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.spaces import get_space

LATEST = 50
"""Events that a run's resource holds."""
MOST_RUNS = 100
"""Runs that the list of runs holds."""

P = ParamSpec("P")
Read = Callable[P, Coroutine[Any, Any, object]]


async def runs(services: Services) -> RunList:
    """The latest 100 runs that you may see, the newest first."""
    folders = [folder for folder, _ in zip(services.folders(), range(MOST_RUNS), strict=False)]
    return RunList(runs=run_summaries(folders))


async def config(services: Services, run_id: str) -> object:
    """The settings of a run as they were at its start, what may be spent now, and the directives in force."""
    run = services.run(run_id)
    acts = [act.model_dump(mode="json") for act in run.state.steering.in_force]
    return {"run_id": run.id, "config": run.settings, "caps": run.state.caps, "directives": acts}


async def archive(services: Services, run_id: str) -> object:
    """The elite of every filled niche of a run, by the niche's words; values are of its objectives."""
    run = services.run(run_id)
    niches = {
        run.niche_words[niche]: architecture_line(run, hash_) for niche, hash_ in sorted(run.state.elites.items())
    }
    return {"run_id": run.id, "device": run.device, "niches": niches}


async def pareto(services: Services, run_id: str) -> object:
    """What no other architecture of a run matches in every objective and beats in one."""
    run = services.run(run_id)
    front = [architecture_line(run, hash_) for hash_ in run.state.front]
    return {"run_id": run.id, "device": run.device, "front": front}


async def events(services: Services, run_id: str) -> object:
    """The latest 50 events of a run's log, the newest last, without the prompts of the LLM."""
    run = services.run(run_id)
    latest = run.log.read(after=max(0, run.state.cursor - LATEST))
    told = [
        event._asdict() | {"kind": event.kind, "data": event.data.model_dump(mode="json", exclude={"kind", "prompt"})}
        for event in latest
    ]
    return {"run_id": run.id, "events": told}


async def architecture(services: Services, hash: str) -> object:
    """All that the newest run which evaluated an architecture knows of it; by its hash or the beginning."""
    run = _newest(services, "architecture", hash, lambda run: _begins(hash, run.state.evaluations))
    return card(run, find_architecture(run, hash))


async def heuristic(services: Services, heuristic_id: str) -> object:
    """A design rule with its evidence and history, in the newest run that has it."""
    run = _newest(services, "heuristic", heuristic_id, lambda run: _begins(heuristic_id, run.heuristics()))
    return heuristic_card(run, heuristic_id)


async def history(services: Services) -> object:
    """What was born, confirmed, contradicted and retired in the newest run, in order."""
    run = services.run("last")
    told = [
        {"id": c.heuristic.id, "text": c.heuristic.text, **heuristic_event(c).model_dump(mode="json")}
        for c in changes(run.log)
    ]
    return {"run_id": run.id, "changes": told}


async def search_space(_: Services, name: str) -> object:
    """What can be built in a search space, and what predicates may ask, by the space's name."""
    space = get_space(name)
    return {
        "name": space.name,
        "summary": space.summary,
        "size": len(space.reduced()) if space.enumerable else None,
        "features": space.feature_docs,
        "example": space.heaviest().text,
    }


async def all_devices(_: Services) -> object:
    """What latencies can be of: this machine, and the devices of imported tables."""
    return devices()


RESOURCES: dict[str, tuple[str, Callable[..., Any]]] = {
    "illuminas://runs": ("Runs", runs),
    "illuminas://runs/{run_id}/config": ("A run's settings", config),
    "illuminas://runs/{run_id}/archive": ("A run's archive", archive),
    "illuminas://runs/{run_id}/pareto": ("A run's Pareto front", pareto),
    "illuminas://runs/{run_id}/events": ("A run's latest events", events),
    "illuminas://architectures/{hash}": ("An architecture", architecture),
    "illuminas://heuristics/{heuristic_id}": ("A heuristic", heuristic),
    "illuminas://knowledge/history": ("How the knowledge grew", history),
    "illuminas://search-spaces/{name}": ("A search space", search_space),
    "illuminas://devices": ("Devices", all_devices),
}
"""URI -> title and what reads it."""


def register_resources(server: MCPServer[Any], services: Services) -> None:
    """Offer the resources."""
    for uri, (title, read) in RESOURCES.items():
        fetch = server.resource(uri, title=title, description=getdoc(read), mime_type="application/json")
        fetch(_as_json(MethodType(read, services)))


def _as_json(read: Read[P]) -> Callable[P, Coroutine[Any, Any, str]]:
    """The resource as JSON; our own errors say what there is instead."""

    @wraps(read)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return pydantic_core.to_json(await read(*args, **kwargs), indent=1).decode()
        except IlluminasError as error:
            raise ResourceNotFoundError(str(error)) from error

    wrapped.__annotations__.pop("return", None)  # what is read, not what is told
    return wrapped


def _newest(services: Services, kind: str, name: str, has: Callable[[Run], bool]) -> Run:
    """The newest run that has something."""
    for folder in services.folders():
        run = services.run_cache.take(folder)
        if has(run):
            return run
    raise unknown_name(kind, name, ())


def _begins(name: str, known: Iterable[str]) -> bool:
    return any(each.startswith(name) for each in known)
