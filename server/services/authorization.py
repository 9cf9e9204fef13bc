"""Authorization: every call passes it; it checks who asks and whether they may, and keeps an audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool

from illuminas.server.services.audit import Audit, Call, Outcome, digest
from illuminas.server.services.principals import Principal, ask_as
from illuminas.tools.datasets import NAMED, parsed_name
from illuminas.tools.errors import IlluminasError, unknown_name

TRAINING = "train_architecture"
GUARDED = ("tools/call", "resources/read", "prompts/get", "resources/subscribe", "subscriptions/listen")
"""Methods that end in the audit trail; the others only list what there is."""


class Allowance:
    """Evaluations that clients may spend while this server runs; those of a search count when it is begun.

    Args:
        most: None for as many as they like.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.spent = 0

    def take(self, count: int) -> None:
        """Spend evaluations before they are made.

        Raises:
            IlluminasError: fewer are left.
        """
        if self.most is not None and self.spent + count > self.most:
            raise IlluminasError(
                f"{count} evaluations are more than this server still allows: {self.most - self.spent} of {self.most} "
                "are left. Ask for fewer, or have it started with a larger --max-evaluations."
            )
        self.spent += count

    def give_back(self, count: int) -> None:
        """Return what was not needed."""
        self.spent -= count


class Authorization:
    """Middleware of the MCP server.

    Args:
        audit: where calls are noted.
        resident: who talks without a token.
        via: how clients come, for the audit trail and directives: mcp, chat or web.
        most_evaluations: cap on what clients may have evaluated.

    Attributes:
        tools: by name, as the server publishes them; set once it is built.
    """

    def __init__(
        self, audit: Audit, *, resident: Principal, via: str = "mcp", most_evaluations: int | None = None
    ) -> None:
        self.audit = audit
        self.via = via
        self.allowance = Allowance(most_evaluations)
        self.tools: dict[str, Tool] = {}
        self._resident = resident

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        principal = self.principal(ctx)
        ask_as(principal)
        if ctx.method == "tools/list":
            return self._visible(principal, await call_next(ctx))
        if ctx.method not in GUARDED or ctx.request_id is None:
            return await call_next(ctx)
        params = ctx.params or {}
        begun = time.monotonic()
        outcome: Outcome = "error"
        try:
            result, outcome = await self._answer(principal, ctx, call_next)
            return result
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self._note(principal, ctx.method, params, outcome, time.monotonic() - begun)

    def principal(self, ctx: ServerRequestContext[Any, Any]) -> Principal:
        """Who sent the message: the owner of its bearer token, or the resident of a server without tokens."""
        user = getattr(ctx.request, "scope", {}).get("user")
        return getattr(user, "principal", self._resident)

    async def _answer(
        self, principal: Principal, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> tuple[HandlerResult, Outcome]:
        if ctx.method != "tools/call":
            return await call_next(ctx), "ok"
        params = ctx.params or {}
        name, arguments = str(params.get("name")), params.get("arguments") or {}
        try:
            self._check(principal, name, arguments)
            if name == TRAINING:
                self.allowance.take(1)
        except IlluminasError as error:
            return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True), "refused"
        paid = False
        try:
            result = await call_next(ctx)
            paid = name == TRAINING and _was_paid(result)
        finally:
            if name == TRAINING and not paid:
                self.allowance.give_back(1)
        return result, "error" if _field(result, "is_error", "isError") else "ok"

    def _check(self, principal: Principal, name: str, arguments: Mapping[str, Any]) -> None:
        """Refuse what the principal may not do, and arguments that nobody would listen to."""
        tool = self.tools.get(name)
        if tool is None or not _may_call(principal, tool):
            if tool is not None:
                raise IlluminasError(
                    f"{name} changes things, and the token of {principal.name} may {principal.scope} only. "
                    "Ask whoever runs this server for a token with scope act."
                )
            raise unknown_name("tool", name, [each.name for each in self.tools.values() if _may_call(principal, each)])
        known = tool.input_schema.get("properties", {})
        for argument, value in arguments.items():
            if argument not in known:
                raise unknown_name(f"argument of {name}", argument, known)
            if not principal.files and isinstance(value, str):
                _check_place(argument, value, principal)

    def _visible(self, principal: Principal, result: HandlerResult) -> HandlerResult:
        """The list of tools without those that the principal may not call."""
        hidden = {name for name, tool in self.tools.items() if not _may_call(principal, tool)}
        if isinstance(result, ListToolsResult):
            return result.model_copy(update={"tools": [tool for tool in result.tools if tool.name not in hidden]})
        if isinstance(result, dict) and "tools" in result:  # made ready for the wire
            return result | {"tools": [tool for tool in result["tools"] if tool["name"] not in hidden]}
        return result

    def _note(
        self, principal: Principal, method: str, params: Mapping[str, Any], outcome: Outcome, seconds: float
    ) -> None:
        arguments = params.get("arguments") or {}
        what = str(params.get("name") or f"{method} {params.get('uri', '')}".strip())
        self.audit.write(
            Call(
                who=principal.name,
                via=self.via,
                what=what[:200],
                arguments=digest(arguments),
                run=str(arguments.get("run_id") or "")[:64],
                outcome=outcome,
                seconds=round(seconds, 4),
            )
        )


def _check_place(argument: str, value: str, principal: Principal) -> None:
    """Refuse a file or an address that the server would read or call for a client that may not name any."""
    what = value.partition(":")[0]
    if argument == "dataset" and what != "table" and parsed_name(value).place not in NAMED:
        raise IlluminasError(
            f"the token of {principal.name} names no files of the server: expected a data set of list_datasets, "
            f"got {value[:80]!r}."
        )
    if argument == "llm" and what not in ("none", "local"):
        raise IlluminasError(
            f"the token of {principal.name} names no LLM elsewhere: expected 'none' or 'local[:NAME]', got {what!r}."
        )


def _may_call(principal: Principal, tool: Tool) -> bool:
    if principal.scope == "tools":
        return False
    reads = tool.annotations is not None and tool.annotations.read_only_hint is True
    return reads or principal.scope == "act"


def _was_paid(result: HandlerResult) -> bool:
    """Whether a training took place: not one that was kept, looked up, or refused."""
    content = _field(result, "structured_content", "structuredContent") or {}
    return bool(content) and not content.get("cached") and content.get("fidelity") != "table"


def _field(result: HandlerResult, attribute: str, key: str) -> Any:
    """A field of a result, which may be a model or what was made of one for the wire."""
    return result.get(key) if isinstance(result, dict) else getattr(result, attribute, None)
