"""The passes through untrained networks that proxies share, each made when the first of them asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from illuminas.tools.proxies.observe import Rectifiers, Seen, blocks, cells_of, watching, weighted_layers
from illuminas.tools.proxies.scores import ProxyError
from illuminas.tools.spaces.base import Complexity

T = TypeVar("T")


class Weight(NamedTuple):
    """The weights of a convolution or linear layer for several networks: no bias, no norm.

    Attributes:
        parameter: of the layer; its first dimension splits evenly among the networks.
        cells: ``(k,)``, places of the networks.
    """

    parameter: nn.Parameter
    cells: Tensor

    def rows(self, like: Tensor | None = None) -> Tensor:
        """The weights, or something of their shape, ``(k, weights)``, detached."""
        return (self.parameter if like is None else like).detach().reshape(len(self.cells), -1)


class Share(NamedTuple):
    """A part of the batch on its way through the networks.

    Attributes:
        portion: of the batch's images.
        images: ``(n, k * c, h, w)``, a leaf.
        labels: ``(n,)``.
        logits: ``(n, k, classes)``.
        outputs: of convolutions and linear layers, as they left them, with the places of their networks.
        maps: feature maps ``(n, k * c, h, w)`` before the first block and after each.
    """

    portion: float
    images: Tensor
    labels: Tensor
    logits: Tensor
    outputs: list[tuple[Tensor, Tensor]]
    maps: list[Tensor]


class Probe:
    """k untrained networks side by side, one batch of images, and what came of sending it through.

    The batch goes through in two halves, each normalised by itself, as NAS-Bench-Suite-Zero does with
    ``split_data=2`` (Abdelfattah et al., ICLR 2021); ZiCo compares their gradients. The loss is the mean over the
    whole batch.

    Args:
        network: ``(n, k * c, h, w)`` to ``(n, k * classes)``, training mode, on the images' device; or what builds it.
        images: ``(n, c, h, w)``, float32.
        labels: ``(n,)``, int64.
        count: k.
        seed: of what proxies draw.
        second_order: keep the graph of the gradients.
        complexities: of the networks, none where their space counts none.
    """

    def __init__(
        self,
        network: nn.Module | Callable[[], nn.Module],
        images: Tensor,
        labels: Tensor,
        *,
        count: int = 1,
        seed: int = 0,
        second_order: bool = False,
        complexities: Sequence[Complexity] = (),
    ) -> None:
        self._network = network
        self.images = images.detach()
        self.labels = labels
        self.count = count
        self.seed = seed
        self._complexities = complexities
        self._second_order = second_order
        self._once: dict[Callable[[Probe], Any], Any] = {}

    def counted(self, what: Literal["params", "macs"]) -> Tensor:
        """What the space counts of the networks, ``(k,)``, float64.

        Raises:
            ProxyError: it counts nothing.
        """
        if not self._complexities:
            raise ProxyError("the search space counts neither parameters nor multiply-accumulates")
        return torch.tensor([getattr(each, what) for each in self._complexities], dtype=torch.float64)

    @cached_property
    def network(self) -> nn.Module:
        return self._network if isinstance(self._network, nn.Module) else self._network()

    @property
    def classes(self) -> int:
        return self.shares[0].logits.shape[2]

    def once(self, compute: Callable[[Probe], T]) -> T:
        """What ``compute`` makes of the probe, made at the first call only."""
        if compute not in self._once:
            self._once[compute] = compute(self)
        found: T = self._once[compute]
        return found

    def repeated(self, images: Tensor) -> Tensor:
        """``(n, c, h, w)`` for each network, ``(n, k * c, h, w)``."""
        return images.repeat(1, self.count, 1, 1)

    def noise(self, *size: int, like: int = 0) -> Tensor:
        """Normal numbers, the same on every device; ``like`` tells one drawing from another."""
        generator = torch.Generator().manual_seed(self.seed * 1000 + like)
        return torch.randn(size, generator=generator).to(self.images.device)

    def total(self, parts: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
        """Sum for each network over all parts, values and places as of :class:`Seen`, ``(k,)``, float64."""
        sums = torch.zeros(self.count, dtype=torch.float64, device=self.images.device)
        for value, cells in parts:
            sums.index_add_(0, cells, value.reshape(len(cells), -1).sum(1, dtype=torch.float64))
        return sums

    @cached_property
    def weights(self) -> list[Weight]:
        """What the papers sum over: parameters of two dimensions or more, of convolution and linear layers."""
        return [
            Weight(parameter, cells_of(module).to(self.images.device))
            for module in self.network.modules()
            for parameter in module.parameters(recurse=False)
            if parameter.dim() > 1
        ]

    @cached_property
    def _passed(self) -> tuple[list[Share], list[Seen]]:
        halves = zip(self.images.tensor_split(2), self.labels.tensor_split(2), strict=True)
        states: list[list[Seen]] = []
        shares = []
        for images, labels in halves:
            outputs: list[tuple[Tensor, Tensor]] = []
            maps: list[Tensor] = []
            leaf = self.repeated(images).requires_grad_()

            def saw(module: nn.Module, _: Tensor, output: Tensor, kept: list[tuple[Tensor, Tensor]] = outputs) -> None:
                kept.append((output, cells_of(module)))

            def passed(_: nn.Module, x: Tensor, output: Tensor, kept: list[Tensor] = maps) -> None:
                kept.extend((output,) if kept else (x, output))

            with ExitStack() as context:
                context.enter_context(watching(blocks(self.network), passed))
                context.enter_context(watching(weighted_layers(self.network), saw))
                rectifiers = context.enter_context(Rectifiers(self.network))
                out = self.network(leaf.clone())  # which it may change in place
            logits = torch.unflatten(out, 1, (self.count, -1))
            portion = len(images) / len(self.images)
            shares.append(Share(portion, leaf, labels, logits, outputs, maps))
            states.append(rectifiers.states)
        joined = [
            Seen(torch.cat([first.value, second.value], dim=1), first.cells)
            for first, second in zip(*states, strict=True)
        ]
        return shares, joined

    @property
    def shares(self) -> list[Share]:
        """The two halves of the batch."""
        return self._passed[0]

    @property
    def states(self) -> list[Seen]:
        """Which rectifiers let their input through, boolean ``(k, n, units)`` for each layer of them.

        Raises:
            ProxyError: the networks have none.
        """
        if not self._passed[1]:
            raise ProxyError("the network has no ReLU, and the score is defined by their states")
        return self._passed[1]

    @cached_property
    def _differentiated(self) -> tuple[list[list[Tensor]], list[list[Tensor | None]]]:
        """For each half: the gradients of its loss by the weights, and by the outputs of layers."""
        parameters = [weight.parameter for weight in self.weights]
        of_weights: list[list[Tensor]] = []
        of_outputs: list[list[Tensor | None]] = []
        for share in self.shares:
            labels = share.labels[:, None].expand(-1, self.count)
            # the sum over networks keeps them apart: no weight is shared
            loss = functional.cross_entropy(share.logits.transpose(1, 2), labels, reduction="none").mean(0).sum()
            found = torch.autograd.grad(
                loss,
                [*parameters, *(output for output, _ in share.outputs)],
                retain_graph=True,
                create_graph=self._second_order,
                allow_unused=True,
            )
            gradients, signals = found[: len(parameters)], found[len(parameters) :]
            of_weights.append(
                [
                    torch.zeros_like(parameter) if gradient is None else gradient
                    for parameter, gradient in zip(parameters, gradients, strict=True)
                ]
            )
            of_outputs.append([None if signal is None else signal.detach() for signal in signals])
        return of_weights, of_outputs

    @property
    def half_gradients(self) -> list[list[Tensor]]:
        """Gradients of each half's loss by :attr:`weights`, in their order."""
        return self._differentiated[0]

    @property
    def half_signals(self) -> list[list[Tensor | None]]:
        """Gradients of each half's loss by :attr:`Share.outputs`; None where the loss does not depend on one."""
        return self._differentiated[1]

    @cached_property
    def gradients(self) -> list[Tensor]:
        """Gradients of the batch's loss by :attr:`weights`, in their order; with graph if second order."""
        first, second = self.shares
        return [a * first.portion + b * second.portion for a, b in zip(*self.half_gradients, strict=True)]

    @cached_property
    def jacobians(self) -> Tensor:
        """Gradient of each image's summed logits by the image, ``(k, n, c * h * w)``, float64."""
        halves = []
        for share in self.shares:
            (found,) = torch.autograd.grad(share.logits.sum(), share.images, retain_graph=True, allow_unused=True)
            gradient = torch.zeros_like(share.images) if found is None else found
            halves.append(torch.unflatten(gradient, 1, (self.count, -1)).transpose(0, 1).flatten(2))
        return torch.cat(halves, dim=1).double()
