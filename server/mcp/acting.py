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
from illuminas.memory.directives import (
    AddHeuristic,
    AnswerQuestion,
    AnyDirective,
    Directive,
    PinHeuristic,
    Resume,
    RetireHeuristic,
    Seed,
    SetBudget,
    Stop,
    Undo,
)
from illuminas.memory.evidence import Direction
from illuminas.server.mcp.reading import RunName
from illuminas.server.services.answers import Begun, Steered
from illuminas.server.services.open_run import OpenRun
from illuminas.server.services.reports import caps, state
from illuminas.server.services.services import Services
from illuminas.server.services.starting import go_on, search_config, start
from illuminas.tools.errors import IlluminasError
from illuminas.tools.offering import ADDS, ENDS, STARTS, STEERS, offer, with_arguments

Rule = Annotated[str, Field(description="a heuristic's id, or its beginning", min_length=1)]


def register_acting(server: MCPServer[Any], services: Services) -> None:
    """Offer the tools that start, steer and end searches."""
    _register_searches(server, services)
    _register_steering(server, services)
    _register_rules(server, services)


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
        if state(run) == "paused":
            await _steer(services, run, Resume())
            if given:
                await _steer(services, run, SetBudget.model_validate(given))
            return Begun(run_id=run.id, state="running", words="it was paused, and goes on")
        return go_on(services, run, given)

    @offer(server, title="Stop a search", does=ENDS)
    async def stop_search(run_id: RunName) -> Steered:
        """End the process that drives a run, once what is in flight is finished; nothing is lost.

        Call it when a search is no longer worth its cost. To hold it for a while use steer_search with a pause.
        resume_search goes on with it later. Cost: none. Next: query_archive, render_plot.
        """
        return await _steer(services, services.run(run_id), Stop())


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
        (each.name, Annotated[(each.annotation | None, *each.metadata, Field(description=each.described))], None)
        for each in options_of(SearchConfig, "mcp").values()
    ]
    return with_arguments(start_search, [("key", Annotated[str, named], Parameter.empty), *arguments])


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

    @offer(server, title="Undo a directive", does=ADDS)
    async def undo_directive(
        directive: Annotated[int, Field(description="its number; get_run_status lists those in force", ge=1)],
        run_id: RunName = "last",
    ) -> Steered:
        """Take an earlier directive back; undoing an undo puts it in force again.

        A stop, an answer, and what was already evaluated cannot be undone. Cost: instant. Next: get_run_status.
        """
        return await _steer(services, services.run(run_id), Undo(directive=directive))

    @offer(server, title="Answer a search", does=ADDS)
    async def answer_question(
        approved: Annotated[bool, Field(description="yes or no")],
        question: Annotated[str, Field(description="its key, as get_run_status gives it; empty is the open one")] = "",
        rejected: Annotated[
            tuple[str, ...], Field(description="of several things asked about, the ids that the answer is no to")
        ] = (),
        comment: Annotated[str, Field(description="why, for the log", max_length=400)] = "",
        run_id: RunName = "last",
    ) -> Steered:
        """Answer what a search asks a person while it waits: a plan, new heuristics, the end of its budget.

        Call it only with the decision of a person, or where you were told to decide. It cannot be undone. Cost:
        instant. Next: get_run_status.
        """
        answer = AnswerQuestion(question=question, approved=approved, rejected=rejected, comment=comment)
        return await _steer(services, services.run(run_id), answer)

    @offer(server, title="Submit an architecture", does=ADDS)
    async def submit_architecture(
        architecture: Annotated[str, Field(description="as its space publishes it", min_length=1, max_length=20_000)],
        run_id: RunName = "last",
    ) -> Steered:
        """Have a search evaluate an architecture of yours in its next round, and learn from it.

        Call it with an idea that should become part of a run; for a result now, without the run, use
        train_architecture. One evaluation of the run's budget. Next: get_architecture once the round is over.
        """
        return await _steer(services, services.run(run_id), Seed(architecture=architecture))


def _register_rules(server: MCPServer[Any], services: Services) -> None:
    @offer(server, title="Add a heuristic", does=ADDS)
    async def add_heuristic(
        predicate: Annotated[
            str, Field(description="conditions on features, as in describe_search_space", min_length=1, max_length=200)
        ],
        direction: Annotated[Direction, Field(description="where the predicate holds the value is higher, or lower")],
        objective: Annotated[
            str, Field(description="what it moves; empty is the run's first objective", max_length=200)
        ] = "",
        text: Annotated[
            str, Field(description="the rule in words; empty is worded by the predicate", max_length=240)
        ] = "",
        run_id: RunName = "last",
    ) -> Steered:
        """Take a design rule of yours into a run's knowledge base; evaluations made from now on decide its status.

        Call it to have a belief tested. To forbid something use steer_search with a requirement: a heuristic guides,
        it does not bind. Cost: instant. Next: search_heuristics some rounds later; pin_heuristic to be guided by it
        at once.
        """
        rule = AddHeuristic(predicate=predicate, direction=direction, objective=objective, text=text)
        return await _steer(services, services.run(run_id), rule)

    @offer(server, title="Pin a heuristic", does=ADDS)
    async def pin_heuristic(
        heuristic: Rule,
        pinned: Annotated[bool, Field(description="false takes the pin off")] = True,
        run_id: RunName = "last",
    ) -> Steered:
        """Have a rule guide the search whatever the data say of it, or no longer.

        Its evidence is still measured and shown. Cost: instant. Next: get_heuristic.
        """
        return await _steer(services, services.run(run_id), PinHeuristic(heuristic=heuristic, pinned=pinned))

    @offer(server, title="Retire a heuristic", does=ENDS)
    async def retire_heuristic(
        heuristic: Rule,
        reason: Annotated[str, Field(description="why, for the log", max_length=240)] = "",
        run_id: RunName = "last",
    ) -> Steered:
        """Take a rule out of use; it guides nothing any more, and stays in the history.

        Not needed for rules that the data contradict: they retire by themselves. undo_directive brings it back.
        Cost: instant. Next: search_heuristics.
        """
        return await _steer(services, services.run(run_id), RetireHeuristic(heuristic=heuristic, reason=reason))


async def _steer(services: Services, run: OpenRun, directive: Directive, *, preview: bool = False) -> Steered:
    """The one way by which clients steer: checked, echoed, attributed and counted."""
    from illuminas.agents.steering import echo, steer

    if preview:
        said = await asyncio.to_thread(echo, run.folder, directive)  # type: ignore[arg-type]  # every Directive is one
        return Steered(run_id=run.id, number=None, words=said.words, state=state(run), obeyed="nothing was written")
    more = 0
    if isinstance(directive, SetBudget) and directive.evaluations is not None:
        more = max(0, directive.evaluations - int(caps(run)["evaluations"] or 0))
    services.authorization.allowance.take(more)
    try:
        done = await asyncio.to_thread(
            steer,
            run.folder,
            directive,  # type: ignore[arg-type]  # every Directive is one
            author=services.principal().name,
            via=services.authorization.via,
        )
    except IlluminasError:
        services.authorization.allowance.give_back(more)
        raise
    now = state(run.refresh())
    driven = now in ("running", "waiting", "paused")
    obeyed = "from the next thing that the search starts" if driven else "when the run goes on: resume_search"
    return Steered(run_id=run.id, number=done.number, words=done.words, state=now, obeyed=obeyed)
