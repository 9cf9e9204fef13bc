"""What is done with networks: payloads of jobs, which run in whichever process takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from illuminas.tools.evaluation.executor import Job, JobResult, Kind, OnProgress
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from illuminas.tools.datasets.dataset import Dataset, Images, Labels
    from illuminas.tools.evaluation.results import Kept
    from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, Trained
    from illuminas.tools.proxies import ProxyScores


@dataclass(frozen=True, kw_only=True)
class NetworkPayload:
    """Something that is done with the network of an architecture.

    Attributes:
        space: name of the search space.
        text: the architecture, as its space publishes it.
    """

    space: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TrainNetwork(NetworkPayload):
    """Train it from scratch, or from weights where it runs in the sandbox.

    Attributes:
        dataset, dataset_seed: as for :func:`illuminas.tools.datasets.load_dataset`; each process loads once.
        start: weights to begin with.
        keep_weights: whether the trained weights are wanted, too.
    """

    dataset: str
    recipe: Recipe
    seed: int
    dataset_seed: int = 0
    start: Kept | None = None
    keep_weights: bool = False

    def __call__(self, report: OnProgress) -> JobResult[Trained]:
        from illuminas.tools.evaluation.training.recipe import Trained
        from illuminas.tools.evaluation.training.trainer import train

        def tell(epoch: EpochReport) -> None:
            report(epoch.epoch, epoch.epochs)

        data = _loaded(self.dataset, self.dataset_seed)
        result = train(self.space, self.text, data, self.recipe, self.seed, tell)
        return judged_training(Trained(result, {}, 0.0))


def judged_training(trained: Trained) -> JobResult[Trained]:
    """A training as the result of a job."""
    result = trained.result
    return JobResult(status=result.status, found=trained, reason=result.reason, seconds=result.seconds)


@dataclass(frozen=True, kw_only=True)
class ScoreNetworks:
    """Score networks by zero-cost proxies, many side by side.

    Attributes:
        texts: architectures, as their space publishes them.
        images, labels: one batch of training images.
        proxies: names.
    """

    space: str
    texts: Sequence[str]
    shape: NetworkShape
    images: Images
    labels: Labels
    proxies: Sequence[str]

    def __call__(self, report: OnProgress) -> list[JobResult[ProxyScores]]:
        import torch

        from illuminas.tools.evaluation.evaluation import Status
        from illuminas.tools.proxies import score_batch

        torch.set_num_threads(1)  # small networks: more threads cost more than they bring
        images, labels = torch.from_numpy(self.images), torch.from_numpy(self.labels)
        scored = score_batch(self.space, self.texts, self.shape, images, labels, self.proxies)
        return [JobResult(status=Status.OK, found=each) for each in scored]


@dataclass(frozen=True, kw_only=True)
class InspectNetwork(NetworkPayload):
    """Build the network of free source, which the sandbox alone does, and measure it."""

    shape: NetworkShape

    def __call__(self, report: OnProgress) -> Any:
        raise NotImplementedError("free source is built in the sandbox alone")


@cache
def has_gpu() -> bool:
    """Whether torch finds a GPU; the first call imports it, which takes seconds."""
    import torch

    return torch.cuda.is_available()


def needs_sandbox(job: Job[Any]) -> bool:
    """Whether a job's network has to live in the sandbox.

    Networks of generated source do. The sandbox uses no GPU: where there is one, workers train on it what our own
    compiler wrote from validated data, a layer list. Source that others wrote never leaves the sandbox.
    """
    payload = job.payload
    if not isinstance(payload, TrainNetwork | ScoreNetworks | InspectNetwork):
        return False
    space = get_space(payload.space)
    if job.kind is not Kind.TRAIN or not space.generated:
        return space.generated
    assert isinstance(payload, TrainNetwork)
    return space.is_free(space.parse(payload.text)) or not has_gpu()


@lru_cache(maxsize=4)
def _loaded(dataset: str, seed: int) -> Dataset:
    from illuminas.tools.datasets import load_dataset

    return load_dataset(dataset, seed=seed)


def prepare_training() -> None:
    """Import what a training needs, in a process that is going to train."""
    import torch

    from illuminas.tools.evaluation.training import trainer  # noqa: F401 - loaded for the jobs

    # the first optimiser imports half of torch again
    torch.optim.SGD([torch.zeros(1)], lr=1.0)
