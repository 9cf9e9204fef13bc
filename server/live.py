"""Live progress of a search: a full picture on a terminal, one line an event elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from illuminas.memory.kinds import Kind
from illuminas.memory.view import RunView
from illuminas.server.output import big, console, dollars, duration, number, table
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.spaces import get_space

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
        self._view = RunView()
        self._thoughts: deque[tuple[str, str]] = deque(maxlen=THOUGHTS)
        self._training: dict[str, tuple[int, int]] = {}
        self._doing = "opening tools and models"
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
        self._view.extend(events)

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
        """Take in one event of the run."""
        self._view.apply(event)
        line = self._line(event)
        if event.kind == Kind.EVALUATION:
            self._training.pop(event.data["hash"], None)
        if line is not None:
            self._thoughts.append(line)
            if self._lines:
                print(f"{line[0]:>9}  {line[1]}", flush=True)

    def _line(self, event: Event) -> tuple[str, str] | None:
        """``(who, what)`` for events worth a line; others only say what goes on."""
        data = event.data
        match event.kind:
            case Kind.STARTED:
                config = data["config"]
                mind = _mind(data["llm"])
                return "search", (
                    f"{config['space']} on {config['dataset']}, device {config['device']}, {mind}, "
                    f"{config['evaluations']} evaluations, seed {config['seed']}"
                )
            case Kind.PLAN:
                self._doing = "coder proposes"
                return "planner", f"round {event.round}: {data['reason']}"
            case Kind.LLM if "error" in data:
                return data["agent"], f"no answer from the LLM, statistics go on: {data['error']}"
            case Kind.LLM_STATE if data["state"] == "down":
                until = f"statistics go on without it until round {data['next_try']}"
                return "llm", f"{data['llm']} is down, {until}: {data['reason']}"
            case Kind.LLM_STATE:
                return "llm", f"{data['llm']} answers again"
            case Kind.PROPOSALS:
                self._doing = "screen scores the pool"
                made, by_llm = sum(data["counts"].values()), len(data["candidates"])
                missed = f" and {len(data['misses'])} of its answers refused" if data["misses"] else ""
                return "coder", (
                    f"{made} proposals, {by_llm} by the LLM{missed}; {data['turned_down']} known or out of place"
                )
            case Kind.SCREENED:
                self._doing = "training"
                return "screen", f"{len(data['chosen'])} of them go on to an evaluation"
            case Kind.SKIPPED:
                return "evaluate", f"leaves {self._title(data['hash'])} out: {data['reason']}"
            case Kind.DIRECTIVE:
                number = len(self._view.steering.acts)
                return data["author"], f"directive {number}: {data['words']}"
            case Kind.QUESTION:
                return "search", f"asks: {data['text']} (illuminas chat {self._id}, then /approve or /reject)"
            case Kind.EVALUATION:
                return "evaluate", self._evaluation(Evaluation.model_validate(data))
            case Kind.ARCHIVED:
                self._doing = "critic reviews"
                new = {p["niche"] for p in data["placements"] if p["status"] in ("new", "improved")}
                niches = ", ".join(self._niche_words(niche) for niche in sorted(new))
                return "archivist", f"{len(new)} niches have a new elite" + (f": {niches}" if new else "")
            case Kind.HEURISTIC if data["change"] != "measured":
                heuristic = data["heuristic"]
                return (
                    "critic",
                    f"{data['change']} {heuristic['id']}: {heuristic['text']} ({heuristic['reason']})",
                )
            case Kind.STORY:
                self._doing = "planner plans"
                return "critic", data["text"]
            case Kind.ENDED:
                return "search", f"ends: {data['reason']}"
        return None

    def _title(self, hash_: str) -> str:
        space = get_space(self._view.started["config"]["space"])
        return space.title(space.parse(self._view.candidates[hash_].text))

    def _evaluation(self, evaluation: Evaluation) -> str:
        words = get_space(evaluation.space).title(get_space(evaluation.space).parse(evaluation.text))
        made = f"{len(self._view.evaluations)}/{self._cap}"
        if evaluation.status is not Status.OK:
            return f"{made}  {words}: {evaluation.status}, {evaluation.reason}"
        latency = self._view.latencies.get(evaluation.hash)
        parts = [f"{made}  {words}: {evaluation.val_accuracy:.2f} %"]
        parts += [f"{latency:.3g} ms"] if latency is not None else []
        parts += ["known before"] if evaluation.cached else [f"{evaluation.seconds:.1f} s"]
        return ", ".join(parts)

    def _held(self) -> str:
        """Why a person holds the search up; empty where none does."""
        steering = self._view.steering
        if steering.waiting is not None:
            return "waits for an answer"
        return "paused" if steering.paused else ""

    def _niche_words(self, niche: int) -> str:
        assert self._view.partition is not None
        return self._view.partition.describe(niche)

    @property
    def _cap(self) -> int:
        return int(self._view.caps.get("evaluations") or self._view.started["config"]["evaluations"])

    def _left(self) -> str:
        made = sum(at > 0 for at in self._view.evaluated_in.values())
        if not made or not self._view.figures:
            return "time left: not known yet"
        rate = self._view.seconds_now / made
        left = rate * (self._cap - made)
        if self._view.caps.get("seconds"):
            left = min(left, self._view.caps["seconds"] - self._view.seconds_now)
        return f"about {duration(max(0.0, left))} left"

    def _picture(self) -> RenderableType:
        from rich.columns import Columns
        from rich.console import Group
        from rich.panel import Panel
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        view = self._view
        if view.partition is None:
            return Text(f"run {self._id}: {self._doing}, {duration(time.time() - self._began)}")
        made, cap = len(view.evaluations), self._cap
        doing = "stopping: finishing what is in flight" if self._stopping else self._held() or self._doing
        header = Text.assemble(
            (f"round {view.round}", "bold"),
            f"   {made} of {cap} evaluations, {len(view.failures)} failed   {doing}   ",
            f"{duration(view.seconds_now)} gone, {self._left()}",
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

        best = self._view.best
        if best is None:
            return Text("best so far: none yet")
        space = get_space(best.space)
        words = space.title(space.parse(best.text))
        latency = self._view.latencies.get(best.hash)
        return Text.assemble(
            "best so far: ",
            (f"{best.val_accuracy:.2f} %", "bold green"),
            f" validation, {number(latency)} ms, {words}",
        )

    def _niche_map(self) -> RenderableType:
        from rich.text import Text

        view = self._view
        assert view.partition is not None
        made = table("niche", "elite, worst to best", ">validation %", ">ms", ">tries")
        elites = [view.accuracy(hash_) for hash_ in view.elites.values()]
        worst, best = min(elites, default=0.0), max(elites, default=0.0)
        tries: dict[int | None, int] = {}
        for placement in view.placements:
            tries[placement.niche] = tries.get(placement.niche, 0) + 1
        for niche in view.partition.reachable:
            words, elite = view.partition.describe(niche), view.elites.get(niche)
            if elite is None:
                made.add_row(Text(words, "dim"), Text("empty", "dim"), "", "", str(tries.get(niche, 0)))
                continue
            accuracy = view.accuracy(elite)
            share = (accuracy - worst) / (best - worst) if best > worst else 1.0
            bar = Text("█" * (2 + round(BAR * share)), "green" if accuracy == best else "blue")
            latency = number(view.latencies.get(elite))
            made.add_row(words, bar, f"{accuracy:.1f}", latency, str(tries.get(niche, 0)))
        return made

    def _trainings(self) -> Text:
        from rich.text import Text

        running = [f"epoch {done}/{total}" for done, total in self._training.values()]
        return Text("in training: " + ("; ".join(running) if running else "–"), "dim")

    def _operators(self) -> str:
        view = self._view
        shares = view.figures[-1].shares if view.figures else {}
        parts = [f"{operator} {share:.0%}" for operator, share in shares.items()]
        if view.llm.calls:
            parts.append(f"{view.llm.calls} LLM calls, {big(view.llm.tokens)} tokens{dollars(view.llm.cost)}")
        return "  ".join(parts)


def _mind(llm: dict[str, Any]) -> str:
    """Who thinks, in words: the one LLM, or every role's where they differ."""
    roles: dict[str, str] = llm.get("roles", {})  # earlier versions had one for all
    if len(set(roles.values())) > 1:
        return "LLMs " + ", ".join(f"{role} {name}" for role, name in roles.items())
    return "no LLM, statistical agents" if llm["name"] == "none" else f"LLM {llm['name']}"
