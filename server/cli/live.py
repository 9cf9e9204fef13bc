"""Live progress of a search: a full picture on a terminal, one line an event elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from illuminas.memory.kinds import EvaluationMade, QuestionAsked, RunStarted
from illuminas.server.cli.output import big, console, dollars, duration, table
from illuminas.server.services.activity import Line, Story, seconds_left

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from illuminas.agents.context import Tick
    from illuminas.memory.events import Event

BAR = 24
"""Columns between the bars of the worst and the best elite."""
THOUGHTS = 7
"""Lines of what the agents think that the picture keeps."""


class Live:
    """Follows a run by its events; thread-safe enough for one writer and the screen's refresh.

    Args:
        quiet: say nothing on standard output (``--json``); progress goes to standard error where that is a terminal.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = console(stderr=quiet)
        self._pictures = self._console.is_terminal
        self._lines = not self._pictures and not quiet
        self._story = Story()
        self._state = self._story.state
        self._thoughts: deque[Line] = deque(maxlen=THOUGHTS)
        self._training: dict[str, tuple[int, int]] = {}
        self._stopping = False
        self._began = time.time()
        self._id = ""

    @contextmanager
    def run(self, run_id: str) -> Iterator[None]:
        """Show progress while the block runs."""
        self._id, self._began = run_id, time.time()
        if not self._pictures:
            if self._lines:
                print(f"run {run_id}", flush=True)
            yield
            return
        from rich.live import Live as Screen

        with Screen(get_renderable=self._picture, console=self._console, refresh_per_second=4, transient=True):
            yield

    def catch_up(self, events: Iterable[Event]) -> None:
        """Take in what a resumed run did before, without telling it again."""
        for event in events:
            self._story.note(event)

    def note(self, text: str) -> None:
        """Say something before the run has a picture."""
        if self._pictures or self._lines:
            self._console.print(f"illuminas: {text}", style="dim")

    def stopping(self) -> None:
        """A person asked to stop."""
        self._stopping = True
        if not self._pictures:
            print("stopping: finishing what is in flight (Ctrl-C again breaks off)", file=sys.stderr, flush=True)

    def tick(self, tick: Tick) -> None:
        self._training[tick.hash] = (tick.done, tick.total)

    def event(self, event: Event) -> None:
        """Take in one event of the run, and show it."""
        line = self._story.take(event)
        if isinstance(event.data, RunStarted):
            for each in event.data.chosen:
                self.note(f"chose {each.words}")
        if isinstance(event.data, EvaluationMade):
            self._training.pop(event.data.evaluation.hash, None)
        if line is None:
            return
        if isinstance(event.data, QuestionAsked):
            line = line._replace(what=f"{line.what} (illuminas chat {self._id}, then /approve or /reject)")
        self._thoughts.append(line)
        if self._lines:
            print(f"{line.who:>9}  {line.what}", flush=True)

    def _picture(self) -> RenderableType:
        from rich.columns import Columns
        from rich.console import Group
        from rich.panel import Panel
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        state = self._state
        if state.partition is None:
            return Text(f"run {self._id}: {self._story.doing}, {duration(time.time() - self._began)}")
        made, cap = len(state.evaluations), self._story.cap
        story, left = self._story, seconds_left(state, cap)
        doing = "stopping: finishing what is in flight" if self._stopping else story.held or story.doing
        header = Text.assemble(
            (f"round {state.round}", "bold"),
            f"   {made} of {cap} evaluations, {len(state.failures)} failed   {doing}   ",
            f"{duration(state.seconds_now)} gone, ",
            "time left: not known yet" if left is None else f"about {duration(left)} left",
        )
        return Panel(
            Group(
                header,
                Columns([ProgressBar(total=cap, completed=made)]),  # a bar alone does not end its line
                self._best(),
                self._niche_map(),
                self._trainings(),
                *(Text.assemble((f"{who:>9}  ", "cyan"), what) for who, what in self._thoughts),
            ),
            title=f"illuminas {self._id}",
            subtitle=self._operators(),
        )

    def _best(self) -> Text:
        from rich.text import Text

        best = self._state.best
        if best is None:
            return Text("best so far: none yet")
        space = self._state.space
        words = space.title(space.parse(best.text))
        first, *others = self._values(best.hash)
        return Text.assemble("best so far: ", (first, "bold green"), ", ", ", ".join([*others, words]))

    def _values(self, hash_: str) -> list[str]:
        """The objectives of an evaluated architecture, each with its unit or a dash."""
        known = ((each, self._state.value(hash_, each.name)) for each in self._state.objectives)
        return ["–" if value is None else each.text(value, 4) for each, value in known]

    def _niche_map(self) -> RenderableType:
        from rich.text import Text

        state = self._state
        assert state.partition is not None
        heads = [f">{each.words}" for each in state.objectives]
        made = table("niche", "elite, worst to best", *heads, ">tries")
        elites = [state.rank(hash_) for hash_ in state.elites.values()]
        worst, best = min(elites, default=0.0), max(elites, default=0.0)
        tries: dict[int | None, int] = {}
        for placement in state.placements:
            tries[placement.niche] = tries.get(placement.niche, 0) + 1
        for niche in state.partition.reachable:
            words, elite = state.partition.describe(niche), state.elites.get(niche)
            if elite is None:
                made.add_row(Text(words, "dim"), Text("empty", "dim"), *[""] * len(heads), str(tries.get(niche, 0)))
                continue
            rank = state.rank(elite)
            share = (rank - worst) / (best - worst) if best > worst else 1.0
            bar = Text("█" * (2 + round(BAR * share)), "green" if rank == best else "blue")
            made.add_row(words, bar, *self._values(elite), str(tries.get(niche, 0)))
        return made

    def _trainings(self) -> Text:
        from rich.text import Text

        running = [f"epoch {done}/{total}" for done, total in self._training.values()]
        return Text("in training: " + ("; ".join(running) if running else "–"), "dim")

    def _operators(self) -> str:
        state = self._state
        shares = state.figures[-1].shares if state.figures else {}
        parts = [f"{operator} {share:.0%}" for operator, share in shares.items()]
        if state.llm.calls:
            parts.append(f"{state.llm.calls} LLM calls, {big(state.llm.tokens)} tokens{dollars(state.llm.cost)}")
        return "  ".join(parts)
