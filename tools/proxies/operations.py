"""What a forward pass does, seen operation by operation, however the network calls them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_RELU = {functional.relu, functional.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_}
_WEIGHTED = {torch.conv1d, torch.conv2d, torch.conv3d, functional.linear}
_PRODUCT = {torch.matmul, torch.mm, torch.bmm, Tensor.matmul, Tensor.__matmul__, Tensor.mm, Tensor.bmm}


class _Watch(TorchFunctionMode):
    """A context that sees each call of torch inside it; a dispatch mode would take seconds to load."""

    def __torch_function__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.saw(func, args, kwargs or {}, result)
        return result

    @abstractmethod
    def saw(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """Called after each operation."""


class MacCounter(_Watch):
    """Counts multiply-accumulates of convolutions, linear layers and matrix products.

    Attributes:
        macs: the count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.macs = 0

    def saw(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if operation in _WEIGHTED:
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self.macs += result.numel() * weight[0].numel()
        elif operation in _PRODUCT:
            self.macs += result.numel() * args[0].shape[-1]


class RectifierStates(_Watch):
    """Compares, image by image, which ReLUs let their input through.

    Attributes:
        layers: layers of ReLUs seen.
        kernel: ``(n, n)``, float64: how many ReLUs are in the same state, for each pair of images.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = 0
        self.kernel = torch.zeros((), dtype=torch.float64)

    def saw(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if operation in _RELU:
            self.layers += 1
            on = (result.flatten(1) > 0).float()
            off = 1 - on
            # counts below 2^24 are exact in float32
            self.kernel = self.kernel.to(on.device) + (on @ on.T + off @ off.T).double()
