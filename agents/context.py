"""What every node of the graph works with."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from illuminas.agents.budget import Budget
from illuminas.agents.compliance import Compliance
from illuminas.agents.config import SearchConfig
from illuminas.agents.isomorphs import Isomorphs
from illuminas.agents.llm.base import Profile, Role
from illuminas.agents.llm.roles import LLMs
from illuminas.memory.candidate import Findings, Measured
from illuminas.memory.events import D, Event, EventLog
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.tools.evaluation.evaluation import Evaluation
from illuminas.tools.messages import TaskDescription
from illuminas.tools.objectives import Objective, is_local
from illuminas.tools.spaces import get_space
from illuminas.tools.toolset import Toolset

POLL = 0.2
"""Seconds between two looks at what other processes wrote to the log."""


class SearchInterrupted(Exception):
    """A person asked the search to stop; what is finished is in the log, and the run can go on later."""


class Tick(NamedTuple):
    """A training goes on: epochs done, and epochs there will be."""

    hash: str
    done: int
    total: int


class Context(Run):
    """The run that a search drives, with what it drives it by; wired once by :mod:`illuminas.agents.search`.

    Attributes:
        publish: told of every event that was appended, in order, and of ticks, which are not logged.
        stopping: set when a person asks to stop; what is in flight is finished, nothing new is started.
        findings: of the screen about the round's pool, until its event has brought them into the state.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        log: EventLog,
        state: RunState,
        config: SearchConfig,
        task: TaskDescription,
        tools: Toolset,
        llms: LLMs,
        publish: Callable[[Event | Tick], None] = lambda progress: None,
    ) -> None:
        super().__init__(folder, log, state)
        self.config, self.task, self.tools, self.llms = config, task, tools, llms
        self.space, self.shape = get_space(config.space), task.shape  # known before the run has told anything
        self.publish = publish
        self.stopping = False
        self.findings = Findings()
        self.budget = Budget(config, state)
        self.isomorphs = Isomorphs(config, self.space, tools, state)
        self.compliance = Compliance(self, config, tools, self.isomorphs)

    def profile(self, round: int, role: Role = "coder") -> Profile:
        """What the LLM of a role is asked for in a round; ``none`` without one, and while it is down.

        The coder's decides which operators there are.
        """
        llm = self.llms.of(role)
        return "none" if llm is None or self.state.llm_health[llm.name].out(round) else llm.profile

    @property
    def measured_here(self) -> Objective | None:
        """The objective that this machine measures; None where it measures none."""
        return next((each for each in self.state.tracked if is_local(each.device)), None)

    @property
    def instructions(self) -> dict[str, str]:
        """Name -> text of what an LLM can be told to do, as they were when the run began."""
        return self.state.started.instructions

    @property
    def proxies(self) -> list[str]:
        """Names of the zero-cost scores that the screen sees."""
        return list(self.config.proxies) or self.task.proxies

    def append(self, data: D, *, round: int = 0, key: str | None = None) -> Event[D]:
        """Log an event, bring the state up to date and tell the listeners."""
        event = self.log.append(data, round=round, key=key)
        self.sync()
        return event

    def sync(self) -> None:
        """Take in what was appended since the state's cursor."""
        for event in self.log.read(after=self.state.cursor):
            self.state.apply(event)
            self.publish(event)
        self.stopping = self.stopping or self.state.steering.stopped

    def rng(self, round: int, purpose: str) -> np.random.Generator:
        """A generator that depends on seed, round and purpose alone, so that a resumed node repeats itself."""
        return np.random.default_rng([self.config.seed, round, zlib.crc32(purpose.encode())])

    def built(self, hash_: str) -> Measured | None:
        return super().built(hash_) or self.findings.measured.get(hash_)

    def value(self, hash_: str, objective: str) -> float | None:
        """Value of an objective, measured or looked up; None where it is not known."""
        known = super().value(hash_, objective)
        return self.isomorphs.values.get(objective, {}).get(hash_) if known is None else known

    def known_values(self, objective: str) -> Mapping[str, float]:
        """Hash -> value of an objective, of what the log tells, and of the pool as far as a table knows."""
        return {**self.state.values[objective], **self.findings.values.get(objective, {})}

    def outcome(self, evaluation: Evaluation) -> str:
        """What came of an evaluation in words: the value of the primary objective, or the status."""
        value = self.state.value(evaluation.hash, self.state.primary.name)
        return evaluation.status.value if value is None else self.state.primary.text(value)

    def line(self, hash_: str) -> str:
        """The known values of all objectives of an evaluated architecture, for prompts."""
        values = ((each, self.state.value(hash_, each.name)) for each in self.state.objectives)
        return ", ".join(each.text(value) for each, value in values if value is not None)

    def rules_of(self, ids: tuple[str, ...]) -> list[Heuristic]:
        """The heuristics with these ids."""
        known = {each.id: each for each in self.knowledge.all()} if ids else {}
        return [known[id_] for id_ in ids]

    async def go_on(self) -> None:
        """Wait while a person holds the search up; :class:`SearchInterrupted` where one asked to stop."""
        await self.until(lambda: not self.state.steering.paused)
        if self.stopping:
            raise SearchInterrupted

    async def until(self, ready: Callable[[], bool]) -> None:
        """Follow the log, to which other processes write, until something holds, or a person asks to stop."""
        self.sync()
        while not ready() and not self.stopping:
            await asyncio.sleep(POLL)
            self.sync()
