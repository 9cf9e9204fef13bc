"""What a zero-cost proxy is: a number from an untrained network that stands in for its accuracy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from torch import Tensor, nn


class ProxyError(IlluminasError):
    """The proxy has no score for this network; the message says why."""


class Proxy(ABC):
    """One zero-cost proxy. A new one is a file and a line in :data:`illuminas.tools.proxies.PROXIES`."""

    name: ClassVar[str]
    paper: ClassVar[str]
    needs_data: ClassVar[bool]
    """Whether the score depends on the images; where not, their shape alone is used."""
    sign: ClassVar[Literal[1, -1]] = 1
    """1 where a higher score promises a higher accuracy, -1 where a lower one does."""

    @abstractmethod
    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        """The score of a freshly initialised network, which is the proxy's own to change.

        Args:
            network: maps ``(n, c, h, w)`` to logits ``(n, classes)``; training mode, on the images' device.
            images: ``(n, c, h, w)``, float32.
            labels: ``(n,)``, int64.

        Raises:
            ProxyError: the network is none that this proxy can score.
        """


class ProxyScores(BaseModel):
    """Scores of one architecture.

    Attributes:
        values: proxy -> score, finite; its direction is :attr:`Proxy.sign`.
        failures: proxy -> why it has no score. Every proxy that was asked for is in one of the two.
        seconds: proxy -> what it took, without building the network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, float]
    failures: dict[str, str]
    seconds: dict[str, float]


class WeightGradient(NamedTuple):
    """A weight of a convolution or linear layer, and the gradient of the loss by it; both of one shape."""

    weight: Tensor
    gradient: Tensor


def weights(network: nn.Module) -> list[nn.Parameter]:
    """What the papers sum over: the weights of convolution and linear layers, no biases and no norms."""
    return [parameter for parameter in network.parameters() if parameter.dim() > 1]


def weight_gradients(network: nn.Module, images: Tensor, labels: Tensor) -> list[WeightGradient]:
    """Gradients of the cross-entropy of one batch, for the weights that it depends on."""
    import torch
    from torch.nn.functional import cross_entropy

    found = weights(network)
    loss = cross_entropy(network(images), labels)
    gradients = torch.autograd.grad(loss, found, allow_unused=True)
    return [
        WeightGradient(weight.detach(), gradient)
        for weight, gradient in zip(found, gradients, strict=True)
        if gradient is not None
    ]
