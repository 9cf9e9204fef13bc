"""Runtimes that a network's forward pass is timed in: torch as it is, or ONNX Runtime, which products run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import LOCAL_DEVICES

if TYPE_CHECKING:
    from torch import Tensor, nn

Pass = Callable[[], object]
"""One forward pass of a network on its image."""
_OPSET = 18


def pass_of(runtime: str, network: nn.Module, image: Tensor) -> Pass:
    """A network's forward pass in a runtime, on one thread.

    Args:
        runtime: of :data:`~illuminas.tools.objectives.LOCAL_DEVICES`.
        network: in evaluation mode.
        image: ``(1, c, h, w)``.

    Raises:
        IlluminasError: there is no such runtime, or the network cannot be brought into it.
    """
    if runtime == "torch":
        return lambda: network(image)
    if runtime == "onnxruntime":
        return _onnx_pass(network, image)
    raise IlluminasError(f"expected a runtime of {', '.join(LOCAL_DEVICES.values())}, got {runtime!r}.")


def _onnx_pass(network: nn.Module, image: Tensor) -> Pass:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(_exported(network, image), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: image.numpy()}
    return lambda: session.run(None, feed)


def _exported(network: nn.Module, image: Tensor) -> bytes:
    """The network as ONNX, traced: a tenth of the seconds that ``dynamo=True`` takes, and the same operations."""
    import torch

    file: Any = BytesIO()
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # of tracing, which is deprecated for what branches on its input
            torch.onnx.export(network, (image,), file, opset_version=_OPSET, dynamo=False)
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        raise IlluminasError(
            f"the network cannot be brought to ONNX: {str(error).strip().splitlines()[0][:200]}. Measure it in torch: "
            "--device local."
        ) from error
    return bytes(file.getvalue())
