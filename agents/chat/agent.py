"""The chat agent: one message of a person is one turn.

A line with a slash is a command; anything else is read by the reader, and where that does not understand it and there
is an LLM, by the translator. Looks are answered from tools. Directives are put in words, confirmed by the person, and
taken into the run's log through the same tool that any other client would call.

**What an LLM can do here.** It may choose commands, from the person's message alone; a directive among them takes
effect only when the person has confirmed its words, whatever else was agreed on. And it may word an answer, from what
the tools just said, fenced as data; nothing is ever read out of what it says. So no text of a tool, a heuristic or
another person can steer a search.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import Protocol, cast

from illuminas.agents.chat.answers import answer
from illuminas.agents.chat.commands import Step, read_command
from illuminas.agents.chat.examples import UNCLEAR, nearest
from illuminas.agents.chat.looks import Asking
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.replies import Asks, Failed, Proposed, Reply, Said, Taken, Understood
from illuminas.agents.chat.scene import Scene, see
from illuminas.agents.chat.tools import Caller, ToolCaller
from illuminas.agents.chat.translator import translate
from illuminas.agents.chat.wording import reworded
from illuminas.agents.llm.base import LLMError, LLMProvider
from illuminas.memory.directives import AnyDirective
from illuminas.tools.errors import IlluminasError

HINTS = 3
"""Commands that are named to a person who was not understood."""


class Person(Protocol):
    """Whoever talks to the chat, behind some screen."""

    def show(self, reply: Reply) -> None:
        """Show one thing."""

    async def agree(self, proposed: Proposed) -> bool:
        """Whether the directive, which was shown, may take effect."""


class ChatAgent:
    """Talks with one person about one run.

    Args:
        client: an MCP client of the full surface, as the person that it was opened for.
        run: id of the run.
        llm: for what the reader does not understand, and for wording; None does without.
        yes: directives that the person typed as commands, or that the reader read, need no confirmation.
    """

    def __init__(
        self, client: Caller, person: Person, *, run: str, llm: LLMProvider | None = None, yes: bool = False
    ) -> None:
        self._client = client
        self._person = person
        self._llm = llm
        self._yes = yes
        self._calls = 0
        self._last_act: int | None = None
        self.run = run

    async def scene(self) -> Scene:
        """What words can refer to, as the run stands now."""
        return await see(ToolCaller(self._client, self._person.show, self.run), last_act=self._last_act)

    async def turn(self, message: str) -> None:
        """Answer one message; cancelling it stops the answer, and nothing but that."""
        caller = ToolCaller(self._client, self._person.show, self.run)
        try:
            scene = await see(caller, last_act=self._last_act)
            lines, by_llm = await self._lines(message, scene)
            for number, line in enumerate(lines):
                if number:  # what the line before did can be referred to
                    scene = await see(caller, last_act=self._last_act)
                await self._do(read_command(line, scene), caller, scene, by_llm=by_llm)
            await self._word(message, caller, scene)
        except IlluminasError as error:
            self._person.show(Failed(text=str(error)))

    async def _lines(self, message: str, scene: Scene) -> tuple[tuple[str, ...], bool]:
        """The commands of a message, and whether an LLM chose them."""
        if message.startswith("/"):
            return (message,), False
        reading = read(message, scene)
        if reading.commands:
            return reading.commands, False
        if self._llm is None:
            self._person.show(Failed(text=self._lost(message, reading.rest, scene)))
            return (), False
        self._calls += 1
        try:
            translation = await translate(message, scene, self._llm, self._calls - 1)
        except LLMError as error:
            self._person.show(Failed(text=f"{self._lost(message, reading.rest, scene)} ({self._llm.name}: {error})"))
            return (), True
        if translation.commands:
            self._person.show(Understood(commands=translation.commands, by=self._llm.name))
        else:
            self._person.show(Asks(text=translation.question or self._lost(message, reading.rest, scene)))
        return translation.commands, True

    def _lost(self, message: str, rest: str, scene: Scene) -> str:
        near = dict.fromkeys(f"/{e.command}" for e, _ in nearest(message, HINTS, scene) if e.name != UNCLEAR)
        what = "I did not understand that" if rest == message.strip() else f"I did not understand '{rest}'"
        return f"{what}, and did nothing. Nearest: {', '.join(near) or '/help'}. /help lists all commands."

    async def _do(self, step: Step, caller: ToolCaller, scene: Scene, *, by_llm: bool) -> None:
        if isinstance(step, Asking):
            await answer(step, caller, scene, self._person.show)
        else:
            await self._steer(step, caller, by_llm=by_llm)

    async def _steer(self, directive: AnyDirective, caller: ToolCaller, *, by_llm: bool) -> None:
        """Say the directive in words, and have the run obey it once the person agrees."""
        asked = directive.model_dump(mode="json", exclude_none=True)
        said = await caller.quietly("steer_search", directive=asked, run_id=self.run, preview=True)
        proposed = Proposed(directive=directive, words=said["words"], by_llm=by_llm)
        self._person.show(proposed)
        if (by_llm or not self._yes) and not await self._person.agree(proposed):
            self._person.show(Said(text="Left as it was.\n"))
            return
        done = await caller.of_run("steer_search", lambda r: f"directive {r['number']}", directive=asked)
        if directive.undoable:
            self._last_act = cast(int, done["number"])
        self._person.show(
            Taken(
                number=done["number"],
                words=done["words"],
                obeyed=self._obeyed(done["state"]),
                undoable=directive.undoable,
            )
        )

    def _obeyed(self, state: str) -> str:
        if state in ("running", "waiting", "paused"):
            return "from the next thing that the search starts"
        return f"once the run goes on (illuminas search --resume {self.run})"

    async def _word(self, message: str, caller: ToolCaller, scene: Scene) -> None:
        """Have a capable LLM answer in words, from what the tools said in this turn."""
        found = [each for each in caller.found if each.tool != "steer_search"]
        if self._llm is None or self._llm.profile == "small" or not found or message.startswith("/"):
            return
        self._calls += 1
        try:
            async with aclosing(reworded(message, found, scene, self._llm, self._calls - 1)) as pieces:
                async for piece in pieces:
                    self._person.show(Said(text=piece))
        except LLMError as error:
            self._person.show(Failed(text=f"{self._llm.name} has no words for it: {error}"))
        else:
            self._person.show(Said(text="\n"))
