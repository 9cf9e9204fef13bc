"""The LangGraph graph: planner, coder, screen, evaluate, archivist, critic, and round again; a person may approve.

Its state holds counters alone. Every node first looks whether its work is in the event log, so a node that a crash
cut short runs again from the top and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from itertools import pairwise
from typing import Any, Literal, Protocol, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StreamWriter

from illuminas.agents.approval import Approval
from illuminas.agents.archivist import Archivist
from illuminas.agents.coder import Coder
from illuminas.agents.composition import compose
from illuminas.agents.context import Context
from illuminas.agents.critic import Critic
from illuminas.agents.evaluator import Evaluator
from illuminas.agents.llm_session import LLMSession
from illuminas.agents.planner import Planner
from illuminas.agents.screen import Screen
from illuminas.agents.selection import Selection
from illuminas.memory.kinds import RoundEnded, RoundFigures, RunEnded

DRY_ROUNDS = 3
"""Rounds without a single new candidate after which a search is at its end."""


class State(TypedDict):
    """Counters of the graph.

    Attributes:
        round: round under way, from 1.
        dry: rounds in a row that brought nothing new.
        ended: why the search is over; empty while it goes on.
    """

    round: int
    dry: int
    ended: str


Next = Command[Literal["planner", "coder"]]
"""Where a node says itself what comes next."""


class Nodes:
    """The graph's nodes, each a thin call of one agent."""

    def __init__(self, context: Context) -> None:
        llm = LLMSession(context)
        parts = compose(context, llm)
        self._context = context
        self._shares = parts.shares
        self._planner = Planner(context, llm, parents=parts.parents, rules=parts.rules)
        self._coder = Coder(context, parts.writer, parts.checker)
        self._screen = Screen(context, self._coder, Selection(context, parts.shares, parts.acquisitions))
        self._evaluator = Evaluator(context, parts.weights)
        self._archivist = Archivist(context, parts.archive)
        self._critic = Critic(context, parts.rules)
        self._approval = Approval(context)

    async def planner(self, state: State) -> State:
        await self._context.go_on()
        await self._planner.plan(state["round"])
        return state

    async def approve_plan(self, state: State) -> Next:
        """Back to the planner with a plan that a person rejects."""
        approved = self._approval.plan(await self._planner.plan(state["round"]))
        return Command(goto="coder" if approved else "planner")

    async def coder(self, state: State) -> State:
        await self._context.go_on()
        await self._coder.propose(await self._planner.plan(state["round"]))
        return state

    async def screen(self, state: State) -> State:
        await self._context.go_on()
        await self._screen.select(await self._planner.plan(state["round"]))
        return state

    async def evaluate(self, state: State) -> State:
        await self._evaluator.evaluate(state["round"])
        return state

    async def archivist(self, state: State) -> State:
        self._archivist.insert(state["round"])
        return state

    async def critic(self, state: State) -> State:
        await self._critic.review(state["round"])
        return state

    async def approve_heuristics(self, state: State) -> State:
        self._approval.heuristics(state["round"])
        return state

    async def steer(self, state: State) -> State:
        """Close the round: its figures, the budget, and whether to go on."""
        context, round_ = self._context, state["round"]
        run = context.state
        before = len(run.evaluations) - sum(at == round_ for at in run.evaluated_in.values())
        dry = state["dry"] + 1 if len(run.evaluations) == before else 0
        if context.budget.exhausted() is not None or dry >= DRY_ROUNDS:
            await self._evaluator.remeasure(round_)
        self._close_round(round_)
        ended = context.budget.exhausted()
        if ended is not None and not self._approval.end(ended, round_):
            ended = None
        if ended is None and dry >= DRY_ROUNDS:
            ended = f"no new architecture was found in {DRY_ROUNDS} rounds"
        if ended is not None:
            context.append(RunEnded(reason=ended), round=round_, key=f"ended:{round_}")
        return State(round=round_ + (ended is None), dry=dry, ended=ended or "")

    def _close_round(self, round_: int) -> None:
        context, run = self._context, self._context.state
        best = run.best
        figures = RoundFigures(
            round=round_,
            evaluations=len(run.evaluations),
            failures=len(run.failures),
            filled=len(run.elites),
            coverage=run.coverage,
            qd_score=run.qd_score,
            hypervolume=run.hypervolume,
            best=best.hash if best else None,
            best_value=run.quality(best.hash) if best else None,
            shares=self._shares.of_round(round_ + 1),
        )
        context.append(RoundEnded(figures=figures), round=round_, key=f"round:{round_}")


class _Node(Protocol):
    """What LangGraph calls: a node that is handed the stream of custom events."""

    def __call__(self, state: State, *, writer: StreamWriter) -> Awaitable[State | Next]: ...


def _published(context: Context, node: Callable[[State], Awaitable[State | Next]]) -> _Node:
    """The node, with what happens in it sent out as the graph's custom events."""

    async def wrapped(state: State, *, writer: StreamWriter) -> State | Next:
        here = copy_context()  # trainings report from tasks of the MCP client, which know nothing of this graph
        context.publish = lambda progress: here.run(writer, progress)
        return await node(state)

    return wrapped


def build_graph(
    context: Context, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> CompiledStateGraph[State, None, State, State]:
    """The compiled graph over a run's context; ``{"round": 1, "dry": 0, "ended": ""}`` starts it."""
    nodes = Nodes(context)
    graph = StateGraph(State)
    order = ("coder", "screen", "evaluate", "archivist", "critic", "approve_heuristics", "steer")
    for name in ("planner", *order):
        graph.add_node(name, _published(context, getattr(nodes, name)))
    graph.add_node("approve_plan", _published(context, nodes.approve_plan), destinations=("planner", "coder"))
    graph.add_edge(START, "planner")
    graph.add_edge("planner", "approve_plan")
    for here, there in pairwise(order):
        graph.add_edge(here, there)
    graph.add_conditional_edges("steer", lambda state: END if state["ended"] else "planner", ["planner", END])
    return graph.compile(checkpointer=checkpointer)
