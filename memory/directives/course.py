"""Directives about the course of a search: its budget, whether it goes on, and what it evaluates next."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms, Tool
from illuminas.tools.errors import IlluminasError

CAPS = ("evaluations", "seconds", "tokens", "dollars")
"""What of a run may be capped."""


class SetBudget(Directive):
    """New caps of the whole run, what is spent included; those left empty stay.

    Goes on up to the new caps.
    """

    title = "Budget"
    slash = (
        Slash(
            "budget",
            ("evaluations",),
            example="/budget evaluations +50",
            help="what the run may spend in all, or with + what it may spend more",
            phrases="""
                [(spend|give|add|run|take|make|allow|work|search|go on)] [{bound}] {extra} -> /budget {extra}
                (spend|use|budget|run|allow|set budget|give) [to] [{bound}] {amount} [(in all|altogether|in \
                total)] -> /budget {amount}
                (don't|do not|never) [(spend|use|run|take)] {over} {amount} -> /budget {amount}
                [budget] {bound} {amount} [(in all|altogether|in total)] -> /budget {amount}
                (stop|end) after {amount} -> /budget {amount}
                """,
            examples="""
                you may do another 40 trainings -> budget evaluations +40
                you have 100 evaluations in all -> budget evaluations 100
                do not run longer than two hours -> budget hours 2
                do not spend more than 5 dollars -> budget dollars 5
                """,
        ),
    )

    kind: Literal["budget"] = "budget"
    evaluations: Annotated[int | None, Input("cap", "Evaluations"), Field(ge=1)] = None
    seconds: Annotated[float | None, Input("cap", "Seconds"), Field(gt=0, allow_inf_nan=False)] = None
    tokens: Annotated[int | None, Input("cap", "LLM tokens"), Field(ge=0)] = None
    dollars: Annotated[float | None, Input("cap", "US dollars"), Field(ge=0, allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if not self.caps:
            raise ValueError("expected a cap: evaluations, seconds, tokens or dollars")
        return self

    @property
    def caps(self) -> dict[str, float]:
        """The caps that it sets, by name."""
        caps = {name: getattr(self, name) for name in CAPS}
        return {name: value for name, value in caps.items() if value is not None}

    def words(self, terms: Terms) -> str:
        caps = ", ".join(f"{value:,g} {name}".replace(",", " ") for name, value in self.caps.items())
        return f"spend up to {caps}"

    def checked(self, run: Subject) -> Self:
        made = len(run.evaluations)
        if self.evaluations is not None and self.evaluations < made:
            raise IlluminasError(
                f"{made} evaluations are made already: expected a budget of at least that, got {self.evaluations}. "
                "To end the run now: stop."
            )
        return self


def _driven(run: Subject, verb: str) -> None:
    if not run.driven:
        raise IlluminasError(f"nothing runs {run.id} at the moment, so there is nothing to {verb}.")


class Pause(Directive):
    """Start nothing new until a resume.

    Finishes what is in flight; a pause counts against no budget of seconds.
    """

    title = "Pause"
    slash = (
        Slash(
            "pause",
            example="/pause",
            phrases="""
                (pause|hold on|wait|take a break) [search] [run] [moment] -> /pause
                """,
            examples="""
                hang on, hold it for a minute -> pause
                """,
        ),
    )

    kind: Literal["pause"] = "pause"

    def words(self, terms: Terms) -> str:
        return "pause"

    def checked(self, run: Subject) -> Self:
        _driven(run, self.kind)
        return self


class Resume(Directive):
    """Go on after a pause.

    Starts the next evaluations.
    """

    title = "Resume"
    slash = (
        Slash(
            "resume",
            example="/resume",
            phrases="""
                (go on|resume|continue|carry on|unpause) [search] [run] -> /resume
                """,
            examples="""
                you can proceed, start again -> resume
                you can start working again -> resume
                """,
        ),
    )

    kind: Literal["resume"] = "resume"

    def words(self, terms: Terms) -> str:
        return "go on"

    def checked(self, run: Subject) -> Self:
        if not run.steering.paused:
            raise IlluminasError(
                f"run {run.id} is not paused. To drive an interrupted run on: illuminas search --resume {run.id}"
            )
        return self


class Stop(Directive):
    """End the process that drives the run; the run can go on later.

    Finishes what is in flight, and starts nothing new.
    """

    title = "Stop"
    undoable = False
    slash = (
        Slash(
            "stop",
            example="/stop",
            phrases="""
                (stop|end|halt|finish|quit) [search] [run] [here] -> /stop
                (enough|seen enough|that will do) -> /stop
                """,
            examples="""
                that is all, finish up -> stop
                quit searching now -> stop
                """,
        ),
    )
    tool = Tool(
        "stop_search",
        "Stop a search",
        """End the process that drives a run, once what is in flight is finished; nothing is lost.

        Call it when a search is no longer worth its cost. To hold it for a while use steer_search with a pause.
        resume_search goes on with it later. Cost: none. Next: query_archive, render_plot.""",
        ends=True,
    )

    kind: Literal["stop"] = "stop"

    def words(self, terms: Terms) -> str:
        return "stop, so that the run can go on later"

    def checked(self, run: Subject) -> Self:
        _driven(run, self.kind)
        return self


class Seed(Directive):
    """Evaluate an architecture of yours in the next round.

    Evaluates it before what the plan proposes.
    """

    title = "Try one"
    slash = (
        Slash(
            "seed",
            ("architecture",),
            example="/seed conv3 skip conv1 none skip conv3",
            phrases="""
                (try|seed|evaluate|test|check) {architecture} -> /seed {architecture}
                """,
        ),
    )
    tool = Tool(
        "submit_architecture",
        "Submit an architecture",
        """Have a search evaluate an architecture of yours in its next round, and learn from it.

        Call it with an idea that should become part of a run; for a result now, without the run, use
        train_architecture. One evaluation of the run's budget. Next: get_architecture once the round is over.""",
    )

    kind: Literal["seed"] = "seed"
    architecture: Annotated[
        str,
        Input("architecture", "Architecture", hint="as its space writes it; see Family for examples"),
        Field(min_length=1, max_length=20_000, description="as its space publishes it"),
    ]

    def words(self, terms: Terms) -> str:
        space = terms.space
        return f"evaluate {space.title(space.parse(self.architecture))} next"

    def checked(self, run: Subject) -> Self:
        architecture = run.space.parse(self.architecture)
        evaluation = run.evaluations.get(architecture.hash)
        if evaluation is not None:
            primary = run.optimised[0]
            value = evaluation.objectives.get(primary.name)
            came = evaluation.status if value is None else primary.text(value, 4)
            raise IlluminasError(f"{run.space.title(architecture)} was evaluated already: {came}.")
        return self.model_copy(update={"architecture": architecture.text})
