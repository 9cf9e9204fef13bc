"""The client of a page: it uses the same tools as any other MCP client, as whoever looks at the page.

So what a page does is allowed, counted, attributed and kept in the audit trail like everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult

from illuminas.agents.chat.tools import ToolCaller
from illuminas.memory.directives import Directive
from illuminas.memory.run import Run
from illuminas.memory.run_summary import RunSummary
from illuminas.memory.runs import RunFolder
from illuminas.server.mcp.server import build_server
from illuminas.server.services.authorization import Authorization
from illuminas.server.services.notices import Notices
from illuminas.server.services.principals import Principal, ask_as
from illuminas.server.services.reports import unbegun_summary
from illuminas.server.services.services import NotBegun, RunCache, Services
from illuminas.tools.errors import IlluminasError

T = TypeVar("T")
STEERING = "steer_search"


class Tools:
    """An MCP client that is connected for the length of each call, as long as people take to think."""

    def __init__(self, services: Services, principal: Principal, via: str, *, read_only: bool) -> None:
        authorization = Authorization(services.authorization.audit, resident=principal, via=via)
        authorization.allowance = services.authorization.allowance
        self._services = services._replace(authorization=authorization)
        self._read_only = read_only
        self._server: MCPServer[Any] | None = None

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> CallToolResult:
        """What the tool answers."""
        if self._server is None:
            self._server = await build_server(self._services, Notices(), read_only=self._read_only)
        async with Client(self._server) as client:
            return await client.call_tool(name, arguments)


class WebClient:
    """What one principal may see and do.

    Attributes:
        principal: who looks.
        named: whether they logged in with a token, and can log out.
        chat: the client of the chat, to which what it does is attributed.
    """

    def __init__(self, services: Services, principal: Principal, *, named: bool) -> None:
        self._services = services
        self.named = named
        self.principal = principal
        self._open_for_acts = STEERING in services.authorization.tools
        read_only = not self._open_for_acts
        self._tools = Tools(services, principal, "web", read_only=read_only)
        self.chat = Tools(services, principal, "chat", read_only=read_only)

    @property
    def may_act(self) -> bool:
        """Whether whoever looks may change anything; where not, nothing is offered."""
        return self._open_for_acts and self.principal.scope == "act"

    @property
    def run_cache(self) -> RunCache:
        """Holds the runs that are open."""
        return self._services.run_cache

    def folders(self) -> list[RunFolder]:
        """Every run that has begun, the newest first."""
        return self._as_principal(lambda: list(self._services.folders()))

    def run(self, name: str) -> Run:
        """The run of an id, brought up to date; opening a long one takes a second.

        Raises:
            NotBegun: it was started, and has told nothing yet.
            IlluminasError: there is none.
        """
        return self._as_principal(lambda: self._services.run(name))

    def unbegun(self) -> list[RunSummary]:
        """Runs that were started from here and have told nothing yet, or never will, the newest first.

        Those whose orders nobody understands are left out.
        """
        launcher, begun = self._services.launcher, {folder.id for folder in self.folders()}
        orders = []
        for run in launcher.ordered():
            if run not in begun:
                with suppress(IlluminasError):
                    orders.append(launcher.order(run))
        mine = self._as_principal(lambda: [each for each in orders if each and self._services.may_see(each.run_id)])
        return [unbegun_summary(order, NotBegun(order.run_id, launcher)) for order in mine]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call an MCP tool; its answer as JSON data.

        Raises:
            IlluminasError: it refused, in its own words.
        """
        return await ToolCaller(self._tools, lambda reply: None, "").quietly(tool, **arguments)

    async def status(self, run_id: str) -> dict[str, Any]:
        """How a run stands, also one that has not begun.

        Raises:
            IlluminasError: there is none.
        """
        return await self.call("get_run_status", run_id=run_id)

    async def echo(self, run_id: str, directive: Directive) -> str:
        """A directive in words, as it would be written.

        Raises:
            IlluminasError: it makes no sense in the run; the message says what would.
        """
        said = await self.call(STEERING, run_id=run_id, directive=_data(directive), preview=True)
        return str(said["words"])

    async def steer(self, run_id: str, directive: Directive) -> dict[str, Any]:
        """Have a run obey a directive; the answer tells its ``number``, ``words`` and when it is ``obeyed``.

        Raises:
            IlluminasError: as of :meth:`echo`, or it is not allowed.
        """
        if not self.may_act:
            raise IlluminasError(f"{self.principal.name} may look here, and change nothing.")
        return await self.call(STEERING, run_id=run_id, directive=_data(directive))

    def _as_principal(self, look: Callable[[], T]) -> T:
        def asked() -> T:
            ask_as(self.principal)
            return look()

        return copy_context().run(asked)


def _data(directive: Directive) -> dict[str, Any]:
    return directive.model_dump(mode="json", exclude_none=True)
