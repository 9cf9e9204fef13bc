"""``illuminas search``: runs a search and shows it as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from illuminas.server.cli.interrupts import stopping_on_interrupt
from illuminas.server.cli.output import Json, console, print_json
from illuminas.server.cli.user import user_name
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from illuminas.agents.search import Search
    from illuminas.agents.summary import Summary
    from illuminas.memory.runs import RunFolder

SEARCH, MIND, LIMITS, MEASURE = "What to search", "Who thinks", "Budget", "How to measure"


def search(
    space: Annotated[
        str | None,
        typer.Option(
            help="nb201 (cells), or code (networks as layers or source). Default: the mode's.", rich_help_panel=SEARCH
        ),
    ] = None,
    dataset: Annotated[
        str,
        typer.Option(
            help="cluttered-digits, digits, fashion-mnist, a .npz file, a folder of images or IDX files, a CIFAR "
            "archive, or table:NAME/PREFIX.",
            rich_help_panel=SEARCH,
        ),
    ] = "cluttered-digits",
    device: Annotated[
        str | None,
        typer.Option(
            help="local (measured here), table:NAME/COLUMN, or none. Default: the mode's.", rich_help_panel=SEARCH
        ),
    ] = None,
    llm: Annotated[
        list[str],
        typer.Option(
            metavar="[ROLE=]LLM",
            help="local[:NAME], gguf:PATH, openai:MODEL[@URL], anthropic:MODEL, ollama:MODEL, vllm:MODEL, llamacpp, "
            "scripted:FILE, replay:FILE or none; for all, or as ROLE=LLM for the planner, coder, critic or chat alone. "
            "Without a local model file the default falls back to none, and says so.",
            rich_help_panel=MIND,
        ),
    ] = ["local"],  # noqa: B006 - typer takes a list
    profile: Annotated[
        str | None,
        typer.Option(help="What the LLM is asked for: small or capable.", rich_help_panel=MIND),
    ] = None,
    llm_limit: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=VALUE",
            help="timeout (seconds), retries, concurrency, or requests and tokens a minute, of each LLM.",
            rich_help_panel=MIND,
        ),
    ] = [],  # noqa: B006
    record: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Keep what the LLMs are asked and answer, for --llm replay:FILE.", rich_help_panel=MIND
        ),
    ] = None,
    partition: Annotated[
        str | None,
        typer.Option(
            help="Niches: convolutions, latency, flops, params, depth, random, none, several joined by commas, or "
            "cvt[:DESCRIPTOR,...[:NICHES]]. Default: the mode's, or what suits the space.",
            rich_help_panel=SEARCH,
        ),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="Preset: engine, llm-nas (the system of arXiv 2510.01472), or llmatic (arXiv 2306.01102).",
            rich_help_panel=SEARCH,
        ),
    ] = "engine",
    seed: Annotated[int, typer.Option(min=0, help="Of every random choice.", rich_help_panel=SEARCH)] = 0,
    budget: Annotated[
        int | None, typer.Option(min=1, help="Evaluations. Default: the mode's, 60 or 100.", rich_help_panel=LIMITS)
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Wall-clock seconds.", rich_help_panel=LIMITS)] = None,
    tokens: Annotated[int | None, typer.Option(min=0, help="LLM tokens.", rich_help_panel=LIMITS)] = None,
    dollars: Annotated[
        float | None, typer.Option(min=0, help="US dollars for LLMs; prices must be known.", rich_help_panel=LIMITS)
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of one training.", rich_help_panel=MEASURE)] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds until one training is killed.", rich_help_panel=MEASURE)
    ] = 120.0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Training processes. Default: one a core.", rich_help_panel=MEASURE),
    ] = None,
    strict_latency: Annotated[
        bool,
        typer.Option(
            "--strict-latency",
            help="Refuse latencies that this machine is too busy to measure; else they are marked and measured again.",
            rich_help_panel=MEASURE,
        ),
    ] = False,
    tools: Annotated[str | None, typer.Option(help="URL of a tool server.", rich_help_panel=MEASURE)] = None,
    require_sandbox: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Refuse to build networks from source in less than process, filtered or contained.",
            rich_help_panel=MEASURE,
        ),
    ] = None,
    prompts: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Instructions of your own, one Markdown file each.", rich_help_panel=SEARCH),
    ] = None,
    approve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOPIC",
            help="Ask a person first, and wait: plan, heuristics or budget. Repeatable. Answer in illuminas chat.",
            rich_help_panel=SEARCH,
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Go on with a run ('last', an id or its beginning); only the budget can change.",
        ),
    ] = None,
    json: Json = False,
    *,
    context: typer.Context,
) -> None:
    """Search for architectures: plan, propose, screen, train, archive, learn, and round again.

    Ends with the elite of every niche, the Pareto front of accuracy and latency, and what was learned. Ctrl-C finishes
    what is in flight and says how to go on.
    """
    from illuminas.server.cli.live import Live

    live = Live(quiet=json)
    live.note("opening tools and models, some seconds")
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.llm.limits import Limits
    from illuminas.agents.search import Search
    from illuminas.memory.events import EventLog
    from illuminas.memory.runs import find_run

    caps = {"evaluations": budget, "seconds": seconds, "tokens": tokens, "dollars": dollars}
    optional = {"space": space, "device": device, "partition": partition, "approve": approve}
    given = _given(caps)
    if resume is not None:
        _only_caps(context)
        run = find_run(resume)
        _unpause(run)
        log = EventLog(run.log, read_only=True)
        live.catch_up(log.read())
        log.close()
        job = Search(resume=run, caps=given, listen=live.event, tick=live.tick)
    else:
        settings = {
            "dataset": dataset,
            **_minds(llm),
            "limits": Limits.read(llm_limit),
            "record": record,
            "profile": profile,
            "mode": mode,
            "seed": seed,
            "epochs": epochs,
            "timeout": timeout,
            "workers": workers,
            "strict_latency": strict_latency,
            "tools": tools,
            "require_sandbox": require_sandbox,
            "prompts": prompts,
            **_given(optional),
            **given,
        }
        job = Search(valid(SearchConfig, settings), listen=live.event, tick=live.tick)
    summary = _run(job, live)
    if json:
        print_json(summary)
    else:
        from illuminas.server.cli.result import print_summary

        print_summary(summary, job.run_folder)
    if summary.status != "finished":
        raise typer.Exit(130)


def _unpause(run: RunFolder) -> None:
    """Whoever goes on with a paused run wants it to go on."""
    from illuminas.agents.steering import steer
    from illuminas.memory.directives import Resume
    from illuminas.memory.runs import open_state

    if open_state(run).steering.paused:
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


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Those that were given; the mode decides the others."""
    return {name: value for name, value in options.items() if value is not None}


def _only_caps(context: typer.Context) -> None:
    """Refuse what a resumed run would not listen to."""
    allowed = {"resume", "budget", "seconds", "tokens", "dollars", "json"}
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in allowed and source is not None and source.name == "COMMANDLINE":
            raise IlluminasError(
                f"--{name.replace('_', '-')} cannot change in a run that goes on: --resume takes --budget, --seconds, "
                "--tokens and --dollars. "
                "Leave it out, or start a new search."
            )


def _minds(words: list[str]) -> dict[str, Any]:
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

    try:
        return model(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + "-".join(str(part) for part in first["loc"])
        raise IlluminasError(f"{option} {first['input']!r}: {first['msg']}.") from error
