"""Has baselines trained and timed where jobs run, and keeps them beside a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Executor, Job, Kind, OnProgress, no_progress
from illuminas.tools.evaluation.results import content_key
from illuminas.tools.paths import write_whole
from illuminas.tools.spaces import get_space

if TYPE_CHECKING:
    from illuminas.tools.devices.latency.measure import Latency
    from illuminas.tools.evaluation.training.baselines import Baseline
    from illuminas.tools.evaluation.training.baselines import Kind as BaselineKind

FILE = "baselines.json"
"""In a run's folder. Test figures are in it: no agent reads it."""


@dataclass(frozen=True, kw_only=True)
class TrainBaseline:
    """Train a baseline, in whichever process takes the job; None where the space has no pretrained weights."""

    baseline: BaselineKind
    space: str
    dataset: str
    seconds: float
    seed: int

    def __call__(self, report: OnProgress) -> Baseline | None:
        from illuminas.tools.evaluation.training.baselines import measure_baseline
        from illuminas.tools.tasks import open_dataset

        return measure_baseline(
            self.baseline,
            get_space(self.space),
            open_dataset(self.dataset),
            seconds=self.seconds,
            seed=self.seed,
            on_epoch=lambda epoch: report(epoch.epoch, epoch.epochs),
        )


@dataclass(frozen=True, kw_only=True)
class TimeBaseline:
    """Time a baseline's network, in the process that times all others of the run."""

    baseline: BaselineKind
    space: str
    dataset: str
    runtime: str

    def __call__(self, report: OnProgress) -> Latency | None:
        from illuminas.tools.devices.latency.measure import time_network
        from illuminas.tools.evaluation.training.baselines import begin
        from illuminas.tools.tasks import open_dataset

        begun = begin(self.baseline, get_space(self.space), open_dataset(self.dataset))
        if begun is None:
            return None
        return time_network(begun.network, begun.dataset.channels, begun.dataset.side, self.runtime)


class Baselines:
    """Has baselines measured.

    Args:
        executor: where they are trained and timed.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def measure(
        self,
        baseline: BaselineKind,
        space: str,
        dataset: str,
        *,
        seconds: float,
        runtime: str,
        seed: int = 0,
        on_progress: OnProgress = no_progress,
    ) -> Baseline | None:
        """One baseline, trained for about so long; None where the space has no pretrained weights that it needs.

        Raises:
            IlluminasError: it could not be trained.
        """
        key = content_key("baseline", baseline, space, dataset, seconds, seed)
        train = TrainBaseline(baseline=baseline, space=space, dataset=dataset, seconds=seconds, seed=seed)
        result = await self._executor.submit(Job(kind=Kind.TRAIN, key=key, payload=train, on_progress=on_progress))
        if result.reason:
            raise IlluminasError(f"the baseline {baseline} could not be trained: {result.reason}")
        if result.found is None:
            return None
        time = TimeBaseline(baseline=baseline, space=space, dataset=dataset, runtime=runtime)
        timed: Any = await self._executor.submit(Job(kind=Kind.LATENCY, key=content_key(key, runtime), payload=time))
        return result.found.model_copy(update={"latency": timed.found})


def write_baselines(folder: Path, baselines: Sequence[Baseline]) -> None:
    """Keep baselines in a run's folder, in place of earlier ones."""
    from illuminas.tools.evaluation.training.baselines import Baseline

    write_whole(folder / FILE, TypeAdapter(list[Baseline]).dump_json(list(baselines), indent=1))


def read_baselines(folder: Path) -> list[Baseline]:
    """The baselines of a run; none where none were measured.

    Raises:
        IlluminasError: the file cannot be read.
    """
    from illuminas.tools.evaluation.training.baselines import Baseline

    try:
        return TypeAdapter(list[Baseline]).validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise IlluminasError(f"{folder / FILE} cannot be read ({error}). Remove it, and train again.") from error
