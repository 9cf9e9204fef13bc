"""What a job does with a network, in the process that is made for it. Nothing else imports this: it runs the source."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from illuminas.tools.datasets.dataset import Dataset, Pixels, Split
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.training.batches import Batches
from illuminas.tools.evaluation.training.macs import counted_macs
from illuminas.tools.evaluation.training.recipe import EpochReport
from illuminas.tools.evaluation.training.trainer import inherit, logits_of, repeatable, train_network
from illuminas.tools.proxies import PROXIES, ProxyScores
from illuminas.tools.proxies.probe import Probe
from illuminas.tools.proxies.scoring import Tally, summed_up, tally_up
from illuminas.tools.sandbox.jobs import WEIGHTS, EpochsDone, InspectJob, Measures, ScoreJob, TrainJob
from illuminas.tools.spaces.base import Complexity, NetworkShape

SOURCE_NAME = "<network>"
"""What tracebacks call the source."""
_NO_LABELS = np.zeros(0, dtype=np.int64)
"""Those of validation and test images stay outside."""


class NetworkError(IlluminasError):
    """The source keeps to no convention; the message says which."""


def build(source: str, shape: NetworkShape) -> nn.Module:
    """The source's network, its lazy modules shaped, freshly initialised from torch's global generator.

    Raises:
        NetworkError: there is no ``Network``, or it does not give ``(n, classes)``.
        Exception: whatever the source raises.
    """
    names: dict[str, Any] = {"__name__": "network"}
    exec(compile(source, SOURCE_NAME, "exec", dont_inherit=True), names)
    kind = names.get("Network")
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise NetworkError(f"expected a class Network(nn.Module), got {kind!r:.100}. Define it in the source.")
    network = kind(in_channels=shape.in_channels, image_size=shape.image_size, classes=shape.classes)
    with torch.no_grad():
        logits = network.eval()(noise(2, shape))
    if not isinstance(logits, Tensor) or logits.shape != (2, shape.classes):
        got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise NetworkError(f"expected logits (2, {shape.classes}) for 2 images, got {got}. Mend the last layers.")
    if not logits.is_floating_point():
        raise NetworkError(f"expected logits of a floating-point type, got {logits.dtype}.")
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise NetworkError("expected a network with trainable parameters, got one without. Add a layer.")
    return network.train()


def noise(count: int, shape: NetworkShape) -> Tensor:
    """Images that show nothing, the same for every network; they leave torch's generator alone."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, shape.in_channels, shape.image_size, shape.image_size, generator=generator)


def inspect(job: InspectJob) -> Measures:
    """Build the network, measure it, and train it on a batch of noise to see that it can be."""
    torch.manual_seed(0)
    network = build(job.source, job.shape)
    measures = measure(network, job.shape)
    labels = torch.arange(4) % job.shape.classes
    torch.autograd.backward(functional.cross_entropy(network.train()(noise(4, job.shape)), labels))
    return measures


def measure(network: nn.Module, shape: NetworkShape) -> Measures:
    """The size of a network whose lazy modules are shaped."""
    macs = counted_macs(network.eval(), noise(1, shape))
    layers = [module for module in network.modules() if any(each.dim() > 1 for each in module.parameters(False))]
    return Measures(
        params=sum(each.numel() for each in network.parameters() if each.requires_grad),
        macs=macs,
        depth=len(layers),
        width=max(map(_outputs, layers), default=0),
    )


def _outputs(layer: nn.Module) -> int:
    """Output channels or features of a layer that has weights."""
    for name in ("out_channels", "out_features", "embedding_dim", "embed_dim", "hidden_size"):
        if isinstance(found := getattr(layer, name, None), int):
            return found
    return max(each.shape[0] for each in layer.parameters(False) if each.dim() > 1)


def score(job: ScoreJob, images: NDArray[np.float32], labels: NDArray[np.int64]) -> ProxyScores:
    """Scores by the proxies, as they are taken of the architectures of a space."""
    torch.manual_seed(job.seed)
    network = build(job.source, job.shape)
    measured = measure(network, job.shape)
    proxies = [PROXIES[name] for name in job.proxies]
    tally: Tally = {}
    for proxy in proxies:
        probe = Probe(
            network.train(),
            torch.from_numpy(images),
            torch.from_numpy(labels),
            seed=job.seed,
            second_order=proxy.second_order,
            complexities=[Complexity(measured.params, measured.macs)],
        )
        tally_up([proxy], probe, [tally])
    return summed_up(proxies, tally)


class HeldImages:
    """What the zygote keeps of a data set: training images with labels, others without."""

    def __init__(
        self,
        train: Split,
        val: Pixels,
        test: Pixels,
        classes: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
    ) -> None:
        # the trainer looks at the training split alone
        self.training = Dataset(
            name="held", labels=tuple(map(str, range(classes))), train=train, val=train, test=train, mean=mean, std=std
        )
        self.val = val
        self.test = test


def train(
    job: TrainJob, held: HeldImages, start: dict[str, NDArray[Any]], on_epoch: Callable[[EpochReport], None]
) -> tuple[EpochsDone, dict[str, NDArray[Any]]]:
    """Train as the trainer's ``train`` does; the arrays are logits and, if asked for, weights.

    Args:
        start: weights to begin with; those that fit no parameter or buffer by name and shape are left aside.

    Weights that are more than half of what the job may answer are not in it: the logits are worth more.
    """
    device = torch.device("cpu")
    began = time.perf_counter()
    with repeatable(job.seed, device):
        network = build(job.source, job.shape)
        inherited = inherit(network, start)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        epoch, failure = train_network(network, held.training, job.recipe, device, began, on_epoch)
        stopped = not failure and epoch < job.recipe.epochs
        done = EpochsDone(epochs=epoch, stopped_early=stopped, failure=failure, inherited=inherited)
        if failure:
            return done, {}
        arrays = {
            name: logits_of(network, Batches(held.training, Split(images, _NO_LABELS), device))
            for name, images in (("val", held.val), ("test", held.test))
        }
    if job.keep_weights:
        weights = {f"{WEIGHTS}{name}": _plain(tensor) for name, tensor in network.state_dict().items()}
        if sum(each.nbytes for each in weights.values()) <= job.limits.answer_mib * 2**20 / 2:
            arrays |= weights
    return done, arrays


def _plain(tensor: Tensor) -> NDArray[Any]:
    """Numbers that the wire carries."""
    found: NDArray[Any] = tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()
    return found
