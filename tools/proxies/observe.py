"""What a forward pass does, seen as it happens: rectifiers, layers and blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase
from torch.overrides import TorchFunctionMode

_RELU = {functional.relu, functional.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_}


class Seen(NamedTuple):
    """A tensor of networks side by side.

    Attributes:
        value: ``(k, n, c, ...)``: networks, images, channels.
        cells: ``(k,)``, their places in the stack.
    """

    value: Tensor
    cells: Tensor


def cells_of(module: nn.Module) -> Tensor:
    """Places of the networks that a layer serves; one that does not say serves a single network."""
    cells = getattr(module, "cells", None)
    return cells if isinstance(cells, Tensor) else torch.zeros(1, dtype=torch.int64)


def split(value: Tensor, cells: Tensor) -> Seen:
    """``(n, k * c, ...)`` as ``(k, n, c, ...)``."""
    return Seen(torch.unflatten(value, 1, (len(cells), -1)).transpose(0, 1), cells.to(value.device))


class Rectifiers(TorchFunctionMode):
    """A context that keeps, for each layer of ReLUs however called, which let their input through.

    Attributes:
        states: one for each layer; boolean values ``(k, n, units)``.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.states: list[Seen] = []
        self._network = network
        self._cells = torch.zeros(1, dtype=torch.int64)

    def __enter__(self) -> Rectifiers:
        def enters(module: nn.Module, _: object) -> None:
            self._cells = cells_of(module)

        self._hooks = [
            module.register_forward_pre_hook(enters) for module in self._network.modules() if hasattr(module, "cells")
        ]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *args: object) -> None:
        super().__exit__(*args)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    def __torch_function__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in _RELU:
            seen = split((result.detach() > 0).flatten(2) if result.dim() > 2 else result.detach() > 0, self._cells)
            self.states.append(Seen(seen.value.flatten(2), seen.cells))
        return result


Sight = Callable[[nn.Module, Tensor, Tensor], None]
"""Called with a module, its input and its output."""


@contextmanager
def watching(modules: list[nn.Module], saw: Sight) -> Iterator[None]:
    """Call ``saw`` after each of the modules has run."""

    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if inputs and isinstance(inputs[0], Tensor) and isinstance(output, Tensor):
            saw(module, inputs[0], output)

    with ExitStack() as stack:
        for module in modules:
            stack.callback(module.register_forward_hook(hook).remove)
        yield


def weighted_layers(network: nn.Module) -> list[nn.Module]:
    """Convolutions and linear layers."""
    return [module for module in network.modules() if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear))]


def norms(network: nn.Module) -> list[nn.Module]:
    """Batch normalisations."""
    return [module for module in network.modules() if isinstance(module, _NormBase)]


def blocks(network: nn.Module) -> list[nn.Module]:
    """The network's blocks, in order: the children of its longest sequence, else its own."""
    sequences = [each for each in (network, *network.children()) if isinstance(each, (nn.Sequential, nn.ModuleList))]
    longest = max(sequences, key=len, default=network)
    return list(longest.children())
