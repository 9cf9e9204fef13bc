"""``illuminas chat``: talk to a search while it runs, or afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING, Annotated

import typer

from illuminas.server.cli.output import Json
from illuminas.server.cli.user import user_name
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from mcp import Client

    from illuminas.agents.llm.base import LLMProvider
    from illuminas.memory.runs import RunFolder
    from illuminas.server.cli.chat.following import Follower
    from illuminas.server.cli.chat.screen import Screen


def chat(
    run: Annotated[
        str | None,
        typer.Argument(help="An id or its beginning, or 'last'. Default: the search that is going on."),
    ] = None,
    llm: Annotated[
        str | None,
        typer.Option(help="For what plain sentences do not say; as of illuminas search. Default: the run's own."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="OPTIONS", help="Start a search with these options of illuminas search, and talk to it."),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Take directives without asking; but for those that an LLM read out of a message."),
    ] = False,
    author: Annotated[str | None, typer.Option(help="Your name beside your directives. Default: your user's.")] = None,
    json: Json = False,
) -> None:
    """Talk to a search: ask how it stands and what it learned, and steer it, in plain words or by /commands.

    Every directive is said in words before it takes effect, kept in the run's log with your name, and can be undone.
    Ctrl-C stops an answer, Ctrl-D leaves; the search goes on. Lines from a pipe are answered one by one.
    """
    import asyncio
    import sys

    if run is not None and start is not None:
        raise IlluminasError("a chat is about one run: expected RUN or --start OPTIONS, got both.")
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not json
    talk = _chat(run, llm=llm, start=start, yes=yes, author=author or user_name(), json=json, terminal=terminal)
    try:
        asyncio.run(talk)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _chat(
    name: str | None, *, llm: str | None, start: str | None, yes: bool, author: str, json: bool, terminal: bool
) -> None:
    from illuminas.agents.chat.agent import ChatAgent
    from illuminas.agents.chat.metered import MeteredLLM
    from illuminas.memory.runs import RunFolder
    from illuminas.server.cli.chat.following import Follower
    from illuminas.server.cli.chat.pipe import Pipe
    from illuminas.server.cli.chat.screen import JsonScreen, TextScreen
    from illuminas.server.cli.chat.session import MessageSource, Session
    from illuminas.tools.paths import runs_folder

    screen: Screen = JsonScreen() if json else TextScreen()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_client(author))
        run = await _run(client, name, start, screen, terminal=terminal)
        folder = RunFolder(runs_folder() / run)
        model = _llm(folder, llm, screen, stack)
        words = "plain sentences and commands alone, without an LLM" if model is None else f"with {model.name}"
        screen.event("chat", f"about run {run}, {words}; /help lists what can be said")
        if terminal:
            from prompt_toolkit.patch_stdout import patch_stdout

            stack.enter_context(patch_stdout(raw=True))
        follower = Follower(folder, screen, author=author, lines=terminal)
        stack.callback(follower.close)
        await stack.enter_async_context(_beside(follower))
        person: MessageSource
        if terminal:
            from illuminas.server.cli.chat.terminal import Terminal

            person = Terminal(screen, follower.in_short, lambda: session.scene)
        else:
            person = Pipe(screen)
        metered = None if model is None else MeteredLLM(model, folder)
        session = Session(ChatAgent(client, person, run=run, llm=metered, yes=yes), screen)
        await session.talk(person)
        follower.catch_up()


@asynccontextmanager
async def _beside(follower: Follower) -> AsyncIterator[None]:
    """The follower at work while the block runs."""
    import asyncio

    task = asyncio.create_task(follower.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def _client(author: str) -> AsyncIterator[Client]:
    """A client of the whole MCP server, in memory, that acts in the author's name."""
    from mcp import Client
    from pydantic import ValidationError

    from illuminas.server.mcp.server import open_server
    from illuminas.server.services.principals import LOCAL, Principal
    from illuminas.tools.client import first_of
    from illuminas.tools.toolbox import open_toolbox

    try:
        person = Principal.model_validate({**LOCAL.model_dump(), "name": author})
    except ValidationError as error:
        raise IlluminasError(f"--author: expected a name of letters, digits, . _ @ and -, got {author!r}.") from error
    try:
        with open_toolbox(workers=1) as toolbox:
            async with open_server(toolbox, resident=person, via="chat") as (_, server), Client(server) as client:
                yield client
    except BaseExceptionGroup as group:  # the client's task group wraps whatever passes through it
        raise first_of(group) from None


async def _run(client: Client, name: str | None, start: str | None, screen: Screen, *, terminal: bool) -> str:
    """The run to talk about: the named one, one that is started, the one that is going on, or what the person says."""
    from illuminas.server.cli.chat import beginning

    if start is not None:
        return await beginning.start(client, start, screen)
    if name is not None:
        return await beginning.find(client, name)
    going = await beginning.going_on(client)
    if going is not None:
        return going
    if not terminal:
        raise IlluminasError(
            "no search is going on. Name a run, as in illuminas chat last, or start one: illuminas chat --start ''"
        )
    return await beginning.offer(client, screen)


def _llm(folder: RunFolder, spec: str | None, screen: Screen, stack: AsyncExitStack) -> LLMProvider | None:
    """The LLM that was named, or the run's own for its chat where it can be had; closed with ``stack``."""
    from illuminas.agents.chat.metered import open_chat_llm
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.llm.roles import Choices, open_llms
    from illuminas.memory.events import EventLog
    from illuminas.memory.kinds import RunStarted

    if spec is not None:
        return open_llms(Choices(spec, {}), stack=stack).of("chat")
    with closing(EventLog(folder.log, read_only=True)) as log:
        started = log.last(RunStarted)
    assert started is not None, "a run that was found has begun"
    config = SearchConfig.model_validate(started.data.config)
    try:
        return open_chat_llm(config, stack)
    except IlluminasError as error:
        screen.event("chat", f"the run's LLM is not at hand: {error}")
        return None
