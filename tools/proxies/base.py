"""What a zero-cost proxy is: a number from an untrained network that stands in for its accuracy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from illuminas.tools.proxies.probe import Probe


class ProxyError(IlluminasError):
    """The proxy has no score for networks of this kind; the message says why."""


class Proxy(ABC):
    """One zero-cost proxy. A new one is a file and a line in :data:`illuminas.tools.proxies.PROXIES`."""

    name: ClassVar[str]
    paper: ClassVar[str]
    sign: ClassVar[Literal[1, -1]] = 1
    """1 where a higher score promises a higher accuracy, -1 where a lower one does."""
    needs_data: ClassVar[bool] = True
    """Whether the score depends on the images; where not, their shape alone is used."""
    needs_network: ClassVar[bool] = True
    """Whether a network is built; where not, the score follows from :attr:`Probe.complexities`."""
    tied: ClassVar[bool] = False
    """Whether networks share their weights, for proxies that need one image and no gradient by them: the network
    of the probe then maps one image for each architecture, ``(k, c, h, w)`` to ``(k, classes)``."""
    second_order: ClassVar[bool] = False
    """Whether gradients are differentiated once more, for which they have to be taken with their graph."""
    undefined: ClassVar[str] = "the score is not a finite number"
    """Why a score that is not finite is none."""

    @abstractmethod
    def scores(self, probe: Probe) -> Tensor:
        """The scores of networks side by side, ``(k,)``; not finite where a network has none.

        Networks and passes of the probe are shared with other proxies: change nothing.

        Raises:
            ProxyError: the networks are none that this proxy can score.
        """

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        """The score of a single network, as it is.

        Args:
            network: maps ``(n, c, h, w)`` to logits ``(n, classes)``; training mode, on the images' device.
            images: ``(n, c, h, w)``, float32.
            labels: ``(n,)``, int64.

        Raises:
            ProxyError: the network is none that this proxy can score.
        """
        from illuminas.tools.proxies.probe import Probe

        return float(self.scores(Probe(network, images, labels, second_order=self.second_order)))


class ProxyScores(BaseModel):
    """Scores of one architecture.

    Attributes:
        values: proxy -> score, finite; its direction is :attr:`Proxy.sign`.
        failures: proxy -> why it has no score. Every proxy that was asked for is in one of the two.
        seconds: proxy -> its share of what the networks side by side took, without building them. A pass that
            several proxies share is charged to the first of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, float]
    failures: dict[str, str]
    seconds: dict[str, float]
