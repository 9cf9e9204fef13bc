"""``illuminas search``: runs a search and shows it as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from illuminas.server.cli.interrupts import stopping_on_interrupt
from illuminas.server.cli.output import Json, console, print_json
from illuminas.server.cli.user import user_name
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from illuminas.agents.options import SearchOption
    from illuminas.agents.search import Search
    from illuminas.agents.summary import Summary
    from illuminas.memory.run import Run

CAPS = ("evaluations", "seconds", "tokens", "dollars")


def search_command() -> Callable[..., None]:
    """``illuminas search``, with every option that :class:`~illuminas.agents.config.SearchConfig` declares."""
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.options import options_of

    parameters = [
        *(_parameter(each) for each in options_of(SearchConfig, "cli").values()),
        _resume_parameter(),
        _named("json", Json, False),
    ]
    search.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    return search


def _parameter(declared: SearchOption) -> Parameter:
    """An option that is None where it is not given, so that the mode decides."""
    option = declared.option
    several = declared.repeats or option.repeats
    info = typer.Option(
        declared.flag,
        help=escape(declared.described + (" Repeatable." if several else "")),
        metavar=option.metavar or None,
        min=None if option.text else declared.minimum,
        rich_help_panel=option.panel,
    )
    kind: Any = list[str] if several else str if option.text else declared.value
    return _named(declared.name, Annotated[kind | None, info], None)


def _resume_parameter() -> Parameter:
    info = typer.Option(
        metavar="RUN", help="Go on with a run ('last', an id or its beginning); only the budget can change."
    )
    return _named("resume", Annotated[str | None, info], None)


def _named(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def search(*, resume: str | None, json: bool, **options: Any) -> None:
    """Search for architectures: plan, propose, screen, train, archive, learn, and round again.

    Ends with the elite of every niche, the Pareto front, and what was learned. Ctrl-C finishes what is in flight and
    says how to go on.
    """
    from illuminas.server.cli.live import Live

    live = Live(quiet=json)
    live.note("opening tools and models, some seconds")
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.llm.limits import Limits
    from illuminas.agents.search import Search
    from illuminas.memory.run import Run
    from illuminas.memory.runs import find_run

    given = {name: value for name, value in options.items() if value not in (None, [])}
    if resume is not None:
        _only_caps(given)
        with closing(Run(find_run(resume)).refresh()) as run:
            _unpause(run)
            live.catch_up(run.log.read())
        job = Search(resume=run.folder, caps=given, listen=live.event, tick=live.tick)
    else:
        given |= _llms(given.get("llm", ["local"]))
        if "limits" in given:
            given["limits"] = Limits.read(given["limits"])
        job = Search(valid(SearchConfig, given), listen=live.event, tick=live.tick)
    summary = _run(job, live)
    if json:
        print_json(summary)
    else:
        from illuminas.server.cli.result import print_summary

        print_summary(summary, job.run_folder)
    if summary.status != "finished":
        raise typer.Exit(130)


def _unpause(run: Run) -> None:
    """Whoever goes on with a paused run wants it to go on."""
    from illuminas.agents.steering import steer
    from illuminas.memory.directives import Resume

    if run.state.steering.paused:
        steer(run, Resume(), author=user_name(), via="cli")


def _run(job: Search, live: Any) -> Summary:
    """Run with Ctrl-C as a request to stop; a second one breaks off at once."""

    def stop() -> None:
        live.stopping()
        job.stop()

    try:
        with stopping_on_interrupt(stop), live.run(job.id):
            return job.run()
    except KeyboardInterrupt:
        console(stderr=True).print(f"Broken off. To go on: illuminas search --resume {job.id}", soft_wrap=True)
        raise typer.Exit(130) from None


def _only_caps(given: Iterable[str]) -> None:
    """Refuse what a resumed run would not listen to."""
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.options import options_of

    for name in given:
        if name not in CAPS:
            raise IlluminasError(
                f"{options_of(SearchConfig)[name].flag} cannot change in a run that goes on: --resume takes --budget, "
                "--time, --tokens and --dollars. Leave it out, or start a new search."
            )


def _llms(words: list[str]) -> dict[str, Any]:
    """The settings that follow from ``--llm``."""
    from illuminas.agents.llm.roles import read_choices

    llm, roles = read_choices(words)
    return {"llm": _reachable(llm), "roles": roles}


def _reachable(llm: str) -> str:
    """The default LLM where its file is there; ``none``, said aloud, where it is not."""
    if llm != "local":
        return llm
    from illuminas.tools.models import DEFAULT, find

    if find(DEFAULT) is not None:
        return llm
    console(stderr=True).print(
        f"No local LLM ({DEFAULT} is not here): the search runs with --llm none, statistical agents alone.\n"
        "To have it: illuminas models pull default",
        style="yellow",
    )
    return "none"


def valid(model: Any, settings: dict[str, Any]) -> Any:
    """A config of settings; a wrong one is said by the name of its option."""
    from pydantic import ValidationError

    from illuminas.agents.options import options_of

    try:
        return model(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        name, *rest = map(str, first["loc"])
        option = "-".join([options_of(model)[name].flag if name in options_of(model) else f"--{name}", *rest])
        raise IlluminasError(f"{option} {first['input']!r}: {first['msg']}.") from error
