"""One search from start to end: opens what it needs, drives the graph, and closes everything again."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

from illuminas import __version__
from illuminas.agents.acquisition import ACQUISITIONS
from illuminas.agents.composition import instructions_of
from illuminas.agents.config import SearchConfig
from illuminas.agents.context import Context, SearchInterrupted, Tick
from illuminas.agents.defaults import with_defaults
from illuminas.agents.goals import Goals, check_constraints, check_metrics, check_structure, goals_of
from illuminas.agents.graph import State, build_graph
from illuminas.agents.llm.registry import absolute_spec
from illuminas.agents.llm.roles import Choices, open_llms
from illuminas.agents.readings import read
from illuminas.agents.summary import Summary, summarise
from illuminas.memory.directives import CAPS
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import ChosenDefault, LLMNames, PartitionMade, RunStarted, SessionBegan
from illuminas.memory.partitions import (
    PartitionContext,
    check_partition,
    device_kinds,
    make_partition,
)
from illuminas.memory.runs import RunFolder, RunLock, new_run
from illuminas.memory.state import RunState
from illuminas.tools.client import connect
from illuminas.tools.datasets import absolute_dataset
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.evaluation.evaluators import Evaluator, evaluator_code, is_evaluator, load_evaluator
from illuminas.tools.messages import Source, TaskDescription
from illuminas.tools.objectives import (
    NO_DEVICE,
    Objective,
    is_local,
)
from illuminas.tools.own_code import OwnCode, is_own, load_own, record
from illuminas.tools.paths import absolute_path
from illuminas.tools.sandbox import Level
from illuminas.tools.spaces import SPACES, get_space
from illuminas.tools.spaces.registry import BUILT_IN
from illuminas.tools.tasks import has_images

LATENCY_SAMPLE = 24
"""Random architectures that are measured to set the bounds of a partition by latency."""


class Search:
    """Runs one search; the same class serves the command line, notebooks and tests.

    Args:
        config: of a new run. None takes the run's own, for ``resume``.
        evaluator: measures the architectures of a new run, in place of the config's data set. The run optimises what
            it measures, unless the config names objectives.
        resume: a run to go on with, in place of a config.
        caps: new caps for a resumed run, by name (evaluations, seconds, tokens, dollars); those not given stay.
        folder: where a new run gets its own folder; None is among the user's runs.
        place: the folder of a new run itself, empty, where whoever starts the search has made it already.
        listen: called with every event as it is logged.
        tick: called as trainings go on.

    Raises:
        IlluminasError: neither or an unfitting pair of arguments, or another process drives the run.
    """

    def __init__(
        self,
        config: SearchConfig | None = None,
        *,
        evaluator: Evaluator | None = None,
        resume: RunFolder | None = None,
        caps: Mapping[str, float] | None = None,
        folder: Path | None = None,
        place: RunFolder | None = None,
        listen: Callable[[Event], None] = lambda event: None,
        tick: Callable[[Tick], None] = lambda tick: None,
    ) -> None:
        if (config is None) == (resume is None):
            raise IlluminasError("a search needs either a config or a run to resume.")
        self.run_folder = resume or place or new_run(folder)
        self._config = config
        if config is not None and evaluator is not None:
            self._config = config.model_copy(update={"dataset": evaluator.dataset})
        self._caps = dict(caps or {})
        self._listen = listen
        self._tick = tick
        self._context: Context | None = None
        self._chosen: tuple[ChosenDefault, ...] = ()
        self._stopping = False
        self._begun = False

    @property
    def id(self) -> str:
        return self.run_folder.id

    def stop(self) -> None:
        """Finish what is in flight and start nothing new; :meth:`run` then returns with status interrupted."""
        self._stopping = True
        if self._context is not None:
            self._context.stopping = True

    def run(self) -> Summary:
        """Search until the budget is used up; returns what was found."""
        return asyncio.run(self.arun())

    async def arun(self) -> Summary:
        """As :meth:`run`, inside a running event loop."""
        async with self.opened() as context:
            self._context = context
            context.stopping = self._stopping or context.state.steering.stopped
            gc.freeze()  # what was imported stays: to look at it in every collection takes a tenth of a table search
            try:
                if context.state.ended is None or context.budget.exhausted() is None:
                    await self._drive(context)
            except SearchInterrupted:
                pass
            finally:
                gc.unfreeze()
            return await summarise(self.run_folder.id, context)

    async def _drive(self, context: Context) -> None:
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
        from langgraph.types import Command

        async with AsyncSqliteSaver.from_conn_string(str(self.run_folder.checkpoints)) as saver:
            await saver.conn.execute("PRAGMA synchronous=NORMAL")
            graph = build_graph(context, saver)
            settings: Any = {"configurable": {"thread_id": self.id}, "recursion_limit": 1_000_000}
            unfinished = (await graph.aget_state(settings)).next
            done = context.state.figures[-1].round if context.state.figures else 0
            start: State | Command[None] | None = None if unfinished else State(round=done + 1, dry=0, ended="")
            while True:
                # closed here and now: what the graph still writes must end before its checkpoints' connection does
                stream = cast("AsyncGenerator[Event | Tick]", graph.astream(start, settings, stream_mode="custom"))
                async with aclosing(stream):
                    async for progress in stream:
                        self._hear(progress)
                if not (await graph.aget_state(settings)).interrupts:
                    return
                context.publish = self._hear  # the graph is not there to pass on what a person does meanwhile
                await _answer(context)
                start = Command(resume=True)

    def _hear(self, progress: Event | Tick) -> None:
        if isinstance(progress, Event):
            self._listen(progress)
        else:
            self._tick(progress)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Context]:
        """What the graph works with, opened for this run and closed again."""
        async with AsyncExitStack() as stack:
            stack.callback(self._discard_if_empty)
            lock = RunLock(self.run_folder)
            stack.callback(lock.release)
            log = EventLog(self.run_folder.log)
            stack.callback(log.close)
            state = RunState.of(log)
            config = self._resolve(state)
            _check_names(config)  # before worker processes start, which a refusal would cut off
            llms = open_llms(
                Choices(config.llm, config.roles),
                stack=stack,
                profile=config.profile,
                limits=config.limits,
                record=config.record,
                go_on=state.begun,
            )
            if config.dollars is not None:
                llms.check_prices()
            tools = await stack.enter_async_context(
                connect(config.tools, workers=config.workers, require_sandbox=config.require_sandbox)
            )
            goals = Goals(state.objectives, state.bounded, state.constraints) if state.begun else goals_of(config)
            task = await tools.describe_task(config.dataset, config.space, config.epochs, goals.table_devices)
            if state.begun:
                self._check_unchanged(state, task)
            context = Context(
                self.run_folder,
                log=log,
                state=state,
                config=config,
                task=task,
                tools=tools,
                llms=llms,
                publish=self._hear,
            )
            stack.callback(context.knowledge.close)
            await _prepare(context, goals, self._chosen)
            self._begun = True
            yield context

    def _check_unchanged(self, state: RunState, task: TaskDescription) -> None:
        """Refuse to go on with another data set or table than the run began with.

        Raises:
            IlluminasError: one has changed.
        """
        for name, expected in state.started.task.fingerprints.items():
            got = task.fingerprints.get(name, "none")
            if got != expected:
                raise IlluminasError(
                    f"{name} has changed since run {self.id} began: expected the fingerprint {expected}, got {got}. "
                    "Evaluations of the two would not compare: put the former content back, or start a new search."
                )

    def _discard_if_empty(self) -> None:
        """A run that failed before it began leaves nothing behind."""
        if self._config is not None and not self._begun:
            shutil.rmtree(self.run_folder.path)

    def _resolve(self, state: RunState) -> SearchConfig:
        """The config of a new run; a resumed one keeps its own, but for its caps."""
        if self._config is not None:
            config, self._chosen = with_defaults(_with_absolute_paths(_measured_by(self._config)))
            for code in _own_code(config).values():
                record(code)
            partition = config.partition or get_space(config.space).partition
            goals = goals_of(config)
            names = tuple(each.name for each in goals.objectives)
            device = goals.device(config.device)
            return config.model_copy(update={"partition": partition, "objectives": names, "device": device})
        if not state.begun:
            raise IlluminasError(f"run {self.id} was cut off before it began: there is nothing to go on with.")
        for code in state.started.own_code.values():
            load_own(code, own_log=is_own(self.run_folder.log))
        own = {**state.started.config, **state.caps, **self._caps}
        return SearchConfig.model_validate(own)


def _own_code(config: SearchConfig) -> dict[Literal["space", "evaluator"], OwnCode]:
    """The space and the evaluator where they are of one's own."""
    found: dict[Literal["space", "evaluator"], OwnCode] = {}
    if is_evaluator(config.dataset):
        found["evaluator"] = evaluator_code(config.dataset)
    if config.space in SPACES and config.space not in BUILT_IN:
        found["space"] = OwnCode.at(SPACES[config.space])
    return found


def _measured_by(config: SearchConfig) -> SearchConfig:
    """The config with what an evaluator measures.

    Raises:
        IlluminasError: there is no such evaluator.
    """
    changes: dict[str, Any] = {}
    if is_evaluator(config.dataset):
        record(evaluator_code(config.dataset))
        known = load_evaluator(config.dataset)  # its file may declare the space, too
        names = config.objectives or tuple(each.name for each in known.objectives)
        changes = {"dataset": known.dataset, "measures": known.objectives, "objectives": names}
        if not config.objectives:
            changes["device"] = NO_DEVICE
    return config.model_copy(update=changes)


def _with_absolute_paths(config: SearchConfig) -> SearchConfig:
    """The config with paths of this machine as they read from any working folder."""
    here = has_images(config.dataset) and config.tools is None  # a tool server reads its own files
    changes: dict[str, Any] = {
        "dataset": absolute_dataset(config.dataset) if here else config.dataset,
        "llm": absolute_spec(config.llm),
        "roles": {role: absolute_spec(spec) for role, spec in config.roles.items()},
    }
    for name in ("prompts", "record"):
        if (path := getattr(config, name)) is not None:
            changes[name] = absolute_path(path)
    return config.model_copy(update=changes)


def _check_names(config: SearchConfig) -> None:
    """Refuse unknown names of the config, and unreadable architectures or instructions."""
    space = get_space(config.space)
    check_partition(config.partition, space)
    if is_local(config.device) and not space.builds:
        raise IlluminasError(
            f"the search space {space.name} builds no networks whose latency could be measured here. Use "
            "--device none, or a table's device: --device table:NAME/COLUMN."
        )
    for name in (*config.warm_schedule, *config.schedule):
        if name not in ACQUISITIONS:
            raise unknown_name("acquisition", name, ACQUISITIONS)
    for text in config.start:
        space.parse(text)
    instructions_of(config)
    if config.require_sandbox is not None:
        Level.parse(config.require_sandbox)


async def _prepare(context: Context, goals: Goals, chosen: tuple[ChosenDefault, ...]) -> None:
    """Log what a run starts from, once: config, objectives, partition, reference."""
    config = context.config
    sandbox = (await context.tools.describe_search_space(config.space)).sandbox
    check_structure(context, [*goals.objectives, *goals.bounded])
    check_metrics(context, [*goals.objectives, *goals.bounded])
    context.append(
        RunStarted(
            config=config.model_dump(mode="json"),
            version=__version__,
            objectives=goals.objectives,
            bounded=goals.bounded,
            constraints=goals.constraints,
            llm=LLMNames(name=context.llms.name, profile=context.profile(1), roles=dict(context.llms.names)),
            task=context.task,
            sandbox=sandbox,
            instructions=instructions_of(config),
            own_code=_own_code(config),
            chosen=chosen,
        ),
        key="started",
    )
    caps = {name: getattr(config, name) for name in CAPS}
    context.append(SessionBegan(caps=caps))
    await _make_niches(context)
    known = {*context.descriptors(context.space.heaviest()), *(each.name for each in context.state.tracked)}
    for key in context.partition.keys:
        if key not in known:  # of the run's own, and this process has not been told
            raise IlluminasError(
                f"the partition {config.partition!r} of this run sorts by {key!r}, which nothing provides here. "
                "Import the file that adds it to DESCRIPTORS first."
            )
    if not context.state.evaluations:
        await check_constraints(context)


async def _make_niches(context: Context) -> None:
    """Log the partition and the reference, once."""
    config = context.config
    made = context.log.has("partition")
    # a table's are asked for in every session: the coder sorts by them before the screen has seen a cell
    measured = await _measured(context) if context.isomorphs.objectives or not made else {}
    if made:
        return
    partition = make_partition(
        config.partition,
        PartitionContext(
            space=context.space, shape=context.task.shape, objectives=context.state.tracked, measured=measured
        ),
    )
    reference, source = await _reference(context)
    context.append(PartitionMade(partition=partition, reference=reference, reference_source=source), key="partition")


async def _measured(context: Context) -> dict[str, dict[str, float]]:
    """Objective's name -> hash -> value, where the partition asks for it: of all architectures by a table, of a
    sample measured."""
    config, space = context.config, context.space
    kinds = device_kinds(config.partition)
    wanted = [each for each in context.state.tracked if each.source == "device" and each.kind in kinds]
    found: dict[str, dict[str, float]] = {}
    for objective in wanted:
        if objective is not context.measured_here:
            await context.isomorphs.best(space.reduced())
            found[objective.name] = dict(context.isomorphs.values.get(objective.name, {}))
            continue
        rng = context.rng(0, "latency sample")
        texts = [space.random(rng).text for _ in range(LATENCY_SAMPLE)]
        readings = await read(context, objective, texts)
        found[objective.name] = {each.hash: each.value for each in readings if each.value is not None}
    return found


async def _answer(context: Context) -> None:
    """Wait for a person's answer, or for the larger budget that makes it one.

    Raises:
        SearchInterrupted: a person asked to stop instead.
    """
    question = context.state.steering.waiting
    assert question is not None, "the graph stops at open questions alone"
    await context.until(
        lambda: (
            context.state.steering.waiting is None
            or (question.topic == "budget" and context.budget.exhausted() is None)
        )
    )
    if context.stopping:
        raise SearchInterrupted


async def _reference(context: Context) -> tuple[dict[str, float], Source | None]:
    """Objective's name -> its worst value, as far as it is known, and where that of a device comes from.

    That of a device and of the structure is the heaviest architecture's.

    Raises:
        IlluminasError: a device could not measure it.
    """
    heaviest, worst, source = context.space.heaviest(), dict(context.task.worst), None
    reference: dict[str, float] = {}
    for objective in context.state.objectives:
        if objective.worst is not None:
            reference[objective.name] = objective.worst
        elif objective.name in worst:
            reference[objective.name] = worst[objective.name]
        elif objective.source == "structure":
            reference[objective.name] = float(context.descriptors(heaviest)[objective.name])
        elif objective.source == "device":
            reference[objective.name], source = await _worst_on_device(context, objective)
    return reference, source


async def _worst_on_device(context: Context, objective: Objective) -> tuple[float, Source]:
    """The heaviest architecture's value, or where a table's device cannot run it, the worst of all that it can run."""
    (reading,) = await read(context, objective, [context.space.heaviest().text])
    if reading.value is not None:
        return reading.value, reading.source
    if reading.infeasible and context.space.enumerable:
        await context.isomorphs.best(context.space.reduced())
        if values := context.isomorphs.values.get(objective.name):
            return min(values.values(), key=objective.gain), reading.source
    raise IlluminasError(
        f"the {objective.words} of the heaviest architecture on {objective.device} could not be measured: "
        f"{reading.reason} It sets the scale of the Pareto front. Try again on a quieter machine, without "
        "--strict-latency, or search with --device none."
    )
