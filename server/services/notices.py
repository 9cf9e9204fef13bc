"""Tells subscribers of resources when those change, in both ways that the protocol has had for it.

Clients of 2026-07-28 listen on a stream (``subscriptions/listen``); older ones subscribe and are sent notifications on
their connection (``resources/subscribe``). A log is written by another process, so somebody has to look: one task does,
while there is anybody to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from illuminas.server.services.principals import Principal, ask_as, asking

PERIOD = 0.5
"""Seconds between two looks."""


class _Watch(NamedTuple):
    """One subscriber of one resource.

    Attributes:
        session: whom to send a notification; None for one that listens on a stream.
    """

    uri: str
    principal: Principal | None
    session: ServerSession | None


class Notices:
    """Middleware that knows who listens, and the task that looks for news."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._server: MCPServer[Any] | None = None
        self._seen: dict[_Watch, str] = {}
        self._task: asyncio.Task[None] | None = None

    def attach(self, server: MCPServer[Any]) -> None:
        """Serve the older way of subscribing too."""
        self._server = server
        # MCPServer registers no methods that the protocol has dropped; its documentation recommends this
        low = server._lowlevel_server
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "subscriptions/listen":
            return await call_next(ctx)
        wanted = ((ctx.params or {}).get("notifications") or {}).get("resourceSubscriptions") or []
        watches = [_Watch(str(uri), asking(), None) for uri in wanted]
        with self._watching(watches, [await self._version(watch) for watch in watches]):
            return await call_next(ctx)  # returns when the stream ends

    async def _subscribe(self, ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams) -> EmptyResult:
        watch = _Watch(str(params.uri), asking(), ctx.session)
        version = await self._version(watch)
        self._forget(lambda each: each.uri == watch.uri and _same_connection(each, ctx.session))
        self._seen[watch] = version
        ctx.session._connection.exit_stack.callback(self._forget, lambda each: each is watch)
        self._look_out()
        return EmptyResult()

    async def _unsubscribe(self, ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams) -> EmptyResult:
        self._forget(lambda each: each.uri == str(params.uri) and _same_connection(each, ctx.session))
        return EmptyResult()

    @contextmanager
    def _watching(self, watches: Sequence[_Watch], versions: Sequence[str]) -> Iterator[None]:
        self._seen |= dict(zip(watches, versions, strict=True))
        self._look_out()
        try:
            yield
        finally:
            self._forget(lambda each: any(each is watch for watch in watches))

    def _forget(self, which: Callable[[_Watch], bool]) -> None:
        self._seen = {watch: version for watch, version in self._seen.items() if not which(watch)}

    def _look_out(self) -> None:
        if self._seen and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Until nobody watches any more."""
        while self._seen:
            await asyncio.sleep(PERIOD)
            for watch, then in list(self._seen.items()):
                now = await _in_a_context_of_its_own(self._version(watch))
                if now != then and watch in self._seen:
                    self._seen[watch] = now
                    await self._tell(watch)

    async def _tell(self, watch: _Watch) -> None:
        if watch.session is None:
            await self.bus.publish(ResourceUpdated(uri=watch.uri))
        else:
            await watch.session.send_resource_updated(watch.uri)

    async def _version(self, watch: _Watch) -> str:
        """Changes when the resource does, for whoever watches it.

        Raises:
            MCPError: there is no such resource, or none that the watcher may see.
        """
        assert self._server is not None
        if watch.principal is not None:
            ask_as(watch.principal)
        try:
            contents = await self._server.read_resource(watch.uri)
        except ResourceError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        assert not hasattr(contents, "input_requests"), "no resource asks its reader anything"
        return sha256("".join(str(each.content) for each in contents).encode()).hexdigest()

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def _in_a_context_of_its_own(work: Coroutine[Any, Any, str]) -> str:
    """Run where asking as somebody leaves no trace."""
    return await asyncio.create_task(work)


def _same_connection(watch: _Watch, session: ServerSession) -> bool:
    """Whether a watch came by the connection of a session, of which every request has its own."""
    return watch.session is not None and watch.session._connection is session._connection
