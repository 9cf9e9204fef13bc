"""Tools that change something: searches that are started and ended, and directives that steer them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from inspect import Parameter
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from illuminas.agents.config import SearchConfig
from illuminas.agents.options import options_of
from illuminas.memory.directives import DIRECTIVES, AnyDirective, Directive, Resume, SetBudget, Tool
from illuminas.memory.run import Run
from illuminas.server.mcp.reading import RunName
from illuminas.server.services.answers import Begun, Steered
from illuminas.server.services.reports import caps
from illuminas.server.services.services import Services
from illuminas.server.services.starting import go_on, search_config, start
from illuminas.tools.errors import IlluminasError
from illuminas.tools.offering import ADDS, ENDS, STARTS, STEERS, offer, with_arguments


def register_acting(server: MCPServer[Any], services: Services) -> None:
    """Offer the tools that start, steer and end searches."""
    _register_searches(server, services)
    _register_steering(server, services)


def _register_searches(server: MCPServer[Any], services: Services) -> None:
    offer(server, title="Start a search", does=STARTS)(_start_search(services))

    @offer(server, title="Go on with a search", does=STARTS)
    async def resume_search(
        run_id: RunName = "last",
        evaluations: Annotated[int | None, Field(description="new budget of the run; null leaves it", ge=1)] = None,
        seconds: Annotated[float | None, Field(description="new cap of the run; null leaves it", gt=0)] = None,
        tokens: Annotated[int | None, Field(description="new cap of the run; null leaves it", ge=0)] = None,
        dollars: Annotated[float | None, Field(description="new cap of the run; null leaves it", ge=0)] = None,
    ) -> Begun:
        """Go on with a run that was stopped, cut off or paused, or that has ended and gets a larger budget.

        What was evaluated is not paid for again. A run that is going on needs steer_search with a budget instead.
        Cost: as start_search. Next: get_run_status.
        """
        run = services.run(run_id)
        told = {"evaluations": evaluations, "seconds": seconds, "tokens": tokens, "dollars": dollars}
        given = {name: float(value) for name, value in told.items() if value is not None}
        if run.status == "paused":
            await _steer(services, run, Resume())
            if given:
                await _steer(services, run, SetBudget.model_validate(given))
            return Begun(run_id=run.id, state="running", words="it was paused, and goes on")
        return go_on(services, run, given)


def _start_search(services: Services) -> Callable[..., Coroutine[Any, Any, Begun]]:
    """The tool, with an argument for every option that clients may give; null leaves a setting at its default."""

    async def start_search(key: str, **options: Any) -> Begun:
        """Start a search in a process of its own, which goes on when you or this server are gone; answers at once.

        Call it to have many architectures proposed and evaluated. Not for a single one: train_architecture does that.
        Cost: a table answers in milliseconds an evaluation; real training takes seconds to minutes an evaluation of
        all cores, and an LLM elsewhere costs money. Its budget counts against what this server allows its clients.
        Next: get_run_status after some seconds, then steer_search, stop_search, query_archive.
        """
        return start(services, key, search_config(options))

    named = Field(
        description="a text of your own that names this request: the same key again gives the same run",
        min_length=1,
        max_length=100,
    )
    arguments = [
        _argument(each.name, (each.annotation | None, *each.metadata, Field(description=each.described)), None)
        for each in options_of(SearchConfig, "mcp").values()
    ]
    return with_arguments(start_search, [_argument("key", (str, named)), *arguments], Begun)


def _register_steering(server: MCPServer[Any], services: Services) -> None:
    @offer(server, title="Steer a search", does=STEERS)
    async def steer_search(
        directive: Annotated[AnyDirective, Field(description="what is asked; 'kind' tells which")],
        run_id: RunName = "last",
        preview: Annotated[
            bool, Field(description="only say in words what it would do, and whether it can be")
        ] = False,
    ) -> Steered:
        """Have a run obey a directive: limits, required features, niches, weights, budget, exploration, pause, stop.

        A limit or requirement holds of every architecture that is evaluated from then on. Each directive is checked
        against the run, put in words, attributed to you, kept in the run's log, and can be taken back with
        undo_directive by its number. Niches are numbers, as query_archive shows them; bounds are in the
        objective's unit. With preview nothing is written: use it to show a person what you understood. Cost: instant;
        a running search obeys from the next thing that it starts, an interrupted one when it goes on.
        Next: get_run_status.
        """
        return await _steer(services, services.run(run_id), directive, preview=preview)

    for directive in DIRECTIVES:
        if directive.tool is not None:
            does = ENDS if directive.tool.ends else ADDS
            offer(server, title=directive.tool.title, does=does)(_tool(services, directive, directive.tool))


def _argument(name: str, annotated: tuple[Any, ...], default: Any = Parameter.empty) -> Parameter:
    """An argument of a type and what is said of it."""
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=Annotated[annotated], default=default)


def _tool(services: Services, model: type[Directive], declared: Tool) -> Callable[..., Coroutine[Any, Any, Steered]]:
    """The MCP tool of one kind of directive, with its fields as arguments."""

    async def tool(*, run_id: str = "last", **fields: Any) -> Steered:
        return await _steer(services, services.run(run_id), model(kind=model.model_fields["kind"].default, **fields))

    tool.__name__, tool.__doc__ = declared.name, declared.description
    arguments = [
        _argument(
            name,
            (field.annotation, *field.metadata, Field(description=field.description)),
            Parameter.empty if field.is_required() else field.default,
        )
        for name, field in model.model_fields.items()
        if name != "kind" and name not in declared.leaves_out
    ]
    last = Parameter.empty if declared.ends and not arguments else "last"
    of_run = Parameter("run_id", Parameter.KEYWORD_ONLY, annotation=RunName, default=last)
    return with_arguments(tool, [*arguments, of_run], Steered)


async def _steer(services: Services, run: Run, directive: Directive, *, preview: bool = False) -> Steered:
    """The one way by which clients steer: checked, echoed, attributed and counted."""
    from illuminas.agents.steering import echo, steer

    if preview:
        said = await asyncio.to_thread(echo, run, directive)
        return Steered(run_id=run.id, number=None, words=said.words, state=run.status, obeyed="nothing was written")
    more = 0
    if isinstance(directive, SetBudget) and directive.evaluations is not None:
        more = max(0, directive.evaluations - int(caps(run)["evaluations"] or 0))
    services.authorization.allowance.take(more)
    try:
        done = await asyncio.to_thread(
            steer,
            run,
            directive,
            author=services.principal().name,
            via=services.authorization.via,
        )
    except IlluminasError:
        services.authorization.allowance.give_back(more)
        raise
    now = run.refresh().status
    driven = now in ("running", "waiting", "paused")
    obeyed = "from the next thing that the search starts" if driven else "when the run goes on: resume_search"
    return Steered(run_id=run.id, number=done.number, words=done.words, state=now, obeyed=obeyed)
