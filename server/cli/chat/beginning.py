"""Beginning: the run that a conversation is about, found or started."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from typing import Any

import click
import typer
from mcp import Client

from illuminas.agents.chat.tools import ToolCaller
from illuminas.server.cli.chat.screen import Screen
from illuminas.tools.errors import IlluminasError

GOING = ("starting", "running", "waiting", "paused")
"""States of a run that some process drives."""
PAUSE = 0.5
"""Seconds between two looks at a search that starts."""


async def going_on(client: Client) -> str | None:
    """The newest run that some process drives; None where none is."""
    caller = _caller(client)
    runs = (await caller.quietly("list_runs", limit=20))["runs"]
    return next((str(run["run_id"]) for run in runs if run["state"] in GOING), None)


async def find(client: Client, name: str) -> str:
    """The id of a run by its beginning; ``last`` is the newest.

    Raises:
        IlluminasError: there is none.
    """
    return str((await _caller(client).quietly("get_run_status", run_id=name))["run_id"])


async def start(client: Client, options: str, screen: Screen) -> str:
    """Start a search in a process of its own, with options of ``illuminas search``; returns once its log begins.

    Raises:
        IlluminasError: an option is none that a chat can start a search with, or the search did not start.
    """
    caller = _caller(client)
    arguments = read_options(options)
    begun = await caller.quietly("start_search", key=secrets.token_hex(8), **arguments)
    run = str(begun["run_id"])
    screen.event("search", f"run {run} starts: {begun['words']}")
    while True:
        status = await caller.quietly("get_run_status", run_id=run)
        if status["state"] == "failed":
            raise IlluminasError(f"run {run} did not start: {status['reason']}")
        if status["state"] != "starting":
            return run
        await asyncio.sleep(PAUSE)


async def offer(client: Client, screen: Screen) -> str:
    """Ask on the terminal which search to start, or which run to look at.

    Raises:
        IlluminasError: the person wants none, or it cannot be.
    """
    from prompt_toolkit import PromptSession

    screen.event(
        "chat", "No search is going on. Start one with options of illuminas search (Enter takes the defaults),"
    )
    screen.event("chat", "or name a run to talk about: 'last', or an id.")
    try:
        answer = (await PromptSession[str]().prompt_async("illuminas search ", handle_sigint=False)).strip()
    except (EOFError, KeyboardInterrupt):
        raise IlluminasError("no run to talk about.") from None
    return await (start(client, answer, screen) if not answer or answer.startswith("-") else find(client, answer))


def read_options(options: str) -> dict[str, Any]:
    """Arguments of start_search from options as they follow ``illuminas search``.

    Raises:
        IlluminasError: an unknown option, or one that only the command takes.
    """
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.options import options_of
    from illuminas.server.cli.search import search_command

    app = typer.Typer(add_completion=False)
    app.command()(search_command())
    command = typer.main.get_command(app)
    try:
        context = command.make_context("illuminas search", shlex.split(options))
    except click.ClickException as error:
        raise IlluminasError(f"illuminas search {options}: {error.format_message()}") from error
    except ValueError as error:
        raise IlluminasError(f"cannot read the options {options!r}: {error}.") from error
    taken = options_of(SearchConfig, "mcp")
    found: dict[str, Any] = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            continue
        if name not in taken:
            flag = next(each for parameter in command.params if parameter.name == name for each in parameter.opts)
            raise IlluminasError(
                f"a chat starts no search with {flag}: expected {', '.join(each.flag for each in taken.values())}. "
                "Start it with illuminas search, then talk to it: illuminas chat"
            )
        found[name] = _one(value) if name == "llm" else value
    return found


def _one(llms: list[str]) -> str:
    """The LLM for all.

    Raises:
        IlluminasError: some role is to have another.
    """
    from illuminas.agents.llm.roles import read_choices

    choices = read_choices(llms)
    if choices.roles:
        raise IlluminasError(f"a chat starts a search with one LLM for all: expected --llm LLM, got {' '.join(llms)}.")
    return choices.llm


def _caller(client: Client) -> ToolCaller:
    return ToolCaller(client, lambda reply: None, "last")
