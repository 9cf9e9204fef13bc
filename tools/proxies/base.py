"""What a zero-cost proxy is: a number from an untrained network that stands in for its accuracy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Proxy(ABC):
    """One zero-cost proxy. A new one is a class and a line in :data:`illuminas.tools.proxies.PROXIES`."""

    name: ClassVar[str]
    paper: ClassVar[str]
    sign: ClassVar[Literal[1, -1]] = 1
    """1 where a higher score promises a higher accuracy, -1 where a lower one does."""
    needs_data: ClassVar[bool] = True
    """Whether the score depends on the images; where not, their shape alone is used."""
    needs_network: ClassVar[bool] = True
    """Whether a network is built; where not, the score follows from :meth:`Probe.counted`."""
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
