"""The chat's tools: one MCP client, whose calls are shown in one line each and kept for the answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from mcp.types import CallToolResult

from illuminas.agents.chat.replies import Called, Reply
from illuminas.tools.errors import IlluminasError

Result = dict[str, Any]
"""What a tool answers, as JSON data."""
_SHOWN = 60
"""Characters of an argument that the line shows."""


class Found(NamedTuple):
    """What a tool answered."""

    tool: str
    arguments: dict[str, Any]
    result: Result


class Caller(Protocol):
    """What the chat asks of an MCP client of the full surface."""

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> CallToolResult:
        """What the tool answers."""


class ToolCaller:
    """The tools of one server, for one turn.

    Args:
        client: of the full surface.
        show: is told of every call.
        run: its id goes with every call that takes a run.

    Attributes:
        found: what was called and shown in this turn, in order.
    """

    def __init__(self, client: Caller, show: Callable[[Reply], None], run: str) -> None:
        self._client = client
        self._show = show
        self.run = run
        self.found: list[Found] = []

    async def call(self, tool: str, outcome: Callable[[Result], str], **arguments: Any) -> Result:
        """The tool's answer.

        Args:
            outcome: says it in a few words.

        Raises:
            IlluminasError: the tool refused, in its own words.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        begun = time.monotonic()
        try:
            result = await self.quietly(tool, **given)
        except IlluminasError as error:
            self._tell(tool, given, str(error), time.monotonic() - begun, failed=True)
            raise
        self._tell(tool, given, outcome(result), time.monotonic() - begun)
        self.found.append(Found(tool, given, result))
        return result

    async def of_run(self, tool: str, outcome: Callable[[Result], str], **arguments: Any) -> Result:
        """The answer of a tool that takes a run."""
        return await self.call(tool, outcome, **arguments, run_id=self.run)

    async def quietly(self, tool: str, **arguments: Any) -> Result:
        """The tool's answer, without a line for the person.

        Raises:
            IlluminasError: the tool refused, in its own words.
        """
        answer = await self._client.call_tool(tool, arguments)
        if answer.is_error:
            text = " ".join(getattr(block, "text", "") for block in answer.content)
            raise IlluminasError(text.removeprefix(f"Error executing tool {tool}: "))
        result: Result = answer.structured_content or {}
        return result

    def _tell(self, tool: str, given: dict[str, Any], outcome: str, seconds: float, *, failed: bool = False) -> None:
        shown = ", ".join(
            f"{name}={_short(json.dumps(value))}" for name, value in given.items() if name not in ("run_id", "preview")
        )
        self._show(Called(tool=tool, arguments=shown, outcome=outcome, seconds=round(seconds, 3), failed=failed))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
