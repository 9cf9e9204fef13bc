"""The search space of mobile networks: what EfficientNet-Lite0 holds, at a resolution of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from illuminas.tools.spaces.base import Architecture, Complexity, Feature, NetworkShape, NicheAxis
from illuminas.tools.spaces.choice_features import choice_docs, choice_features
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype
from illuminas.tools.spaces.genotype_space import GenotypeSpace
from illuminas.tools.spaces.mobile.blocks import HEAD, LITE0, STEM, Block, Plan, halved, layers, peak_memory
from illuminas.tools.spaces.picture import Node, Picture

if TYPE_CHECKING:
    from torch import nn

RESOLUTIONS = (32, 48, 64, 80, 96, 112, 128, 160)
KERNELS = (3, 5, 7)
EXPANSIONS = (2, 3, 4, 6)
WIDTHS = ((8, 16), (8, 16, 24), (24, 32, 40), (40, 64, 80), (56, 88, 112), (96, 144, 192), (160, 240, 320))
"""Channels after each stage: Lite0's and about 1/2 and 3/4 of them, in eights, which processors like."""
HEADS = (0, 256, 640, HEAD)
ACTIVATIONS = ("relu6", "hswish")
NO_SQUEEZE, SQUEEZE = SQUEEZES = ("plain", "se")
MAY_END = 5
"""The first stage, from 1, that may be left out."""
_SQUEEZED = 4
"""A squeeze-excitation has a quarter of the channels that come into its block."""


def _choices() -> list[Choice]:
    """Resolution; depth, kernel, expansion and width of each stage; head, activation and squeeze-excitation."""
    found = [_numbers("resolution", RESOLUTIONS, "r{}", "resolution")]
    for number, (stage, widths) in enumerate(zip(LITE0, WIDTHS, strict=True), start=1):
        where, first = f"of stage {number}", 0
        if number == 1:
            head = _numbers("kernel_1", KERNELS, "s1:k{}", f"kernel {where}")
            found.append(head)
        else:
            first = int(number >= MAY_END)
            depths = range(0 if first else 1, stage.layers + 1)
            head = _numbers(f"depth_{number}", depths, f"s{number}:d{{}}", f"blocks {where}")
            needs = (head.name, first)
            found += [
                head,
                _numbers(f"kernel_{number}", KERNELS, "k{}", f"kernel {where}", needs),
                _numbers(f"expansion_{number}", EXPANSIONS, "e{}", f"expansion {where}", needs),
            ]
        found.append(_numbers(f"width_{number}", widths, "w{}", f"channels {where}", (head.name, first)))
    return [
        *found,
        _numbers("head", HEADS, "h{}", "head channels"),
        Choice(name="activation", options=ACTIVATIONS),
        Choice(name="squeeze", label="squeeze-excitation", options=SQUEEZES),
    ]


def _numbers(
    name: str, options: tuple[int, ...] | range, word: str, label: str, needs: tuple[str, int] | None = None
) -> Choice:
    texts = tuple(map(str, options))
    words = tuple(map(word.format, texts))
    return Choice(name=name, options=texts, words=words, label=label, ordered=True, needs=needs)


def _ends_once(genes: Genes) -> Genes:
    """Where a stage is left out, so are those after it: each stage keeps the one that its weights have learned from."""
    found, ended = list(genes), False
    for number in range(MAY_END, len(LITE0) + 1):
        place = _GENOTYPE.index[f"depth_{number}"]
        ended = ended or found[place] == 0
        found[place] = 0 if ended else found[place]
    return tuple(found)


_GENOTYPE = Genotype(_choices(), repair=_ends_once, joined=True)


def _finest(side: int) -> int:
    """The finest resolution that images of a side are worth, pixels."""
    return min(128, max(96, max(each for each in RESOLUTIONS if each <= max(side, RESOLUTIONS[0]))))


class MobileSpace(GenotypeSpace):
    """Every network that EfficientNet-Lite0 holds, at eight resolutions, and wider kernels.

    Choices are made a stage, as MnasNet does (arXiv 1807.11626): the notation stays short enough for small LLMs, and
    blocks of a stage that differ gain little. Strides stay with their stages. Blocks after a stage's first add their
    input, as in Lite0. Kernels of Lite0's size or larger, all else at its largest, are Lite0's function.
    """

    name = "mobile"
    summary = (
        "Mobile networks: seven stages of inverted bottlenecks, those of EfficientNet-Lite0, each with its number of "
        "blocks, kernel (3, 5, 7), expansion (2, 3, 4, 6) and channels; the last three stages may be left out. The "
        "input resolution, the head, the activation and squeeze-excitation are choices too."
    )
    noun = "network"
    plural = "neural networks"
    words_tokens = 150
    notation = (
        "rR s1:kKwW s2:dDkKeEwW ... s7:dDkKeEwW hH, then relu6 or hswish, then plain or se, where R is the "
        "resolution, D the blocks of a stage (d0 alone leaves out that stage and those after it), K its kernel, "
        "E its expansion, W its channels and H the head's channels"
    )
    partition = "resolution,flops"
    device = "local:onnxruntime"
    weights_name = "efficientnet-lite0"
    proxies = ("params", "flops")
    genotype = _GENOTYPE
    axes = {  # noqa: RUF012 - fixed by the class
        "resolution": NicheAxis("resolution", (48, 80, 112), ("32 px", "48-64 px", "80-96 px", "112 px and more"))
    }
    cost_features = ("activations", "depth")
    example_predicate = "activation == relu6 and resolution >= 96"
    chat_examples = (
        ("images should be no larger than 96 pixels", "require resolution <= 96"),
        ("I do not want kernels of 7 pixels", "forbid k7_blocks"),
        ("leave squeeze and excitation out", "require squeeze == plain"),
        ("I believe that many blocks make networks better", "rule blocks >= 10 {improves} {primary}"),
        ("test whether a high resolution is bad for the {second}", "rule resolution >= 112 {worsens_second} {second}"),
    )
    synonyms = {  # noqa: RUF012 - fixed by the class
        "resolution": r"(?:input |image )?(?:resolution|size|side)s?",
        "k3_blocks": r"(?:kernels? of 3(?: pixels)?|3x3(?: kernels?| conv(?:olution)?s?)?)",
        "k5_blocks": r"(?:kernels? of 5(?: pixels)?|5x5(?: kernels?| conv(?:olution)?s?)?)",
        "k7_blocks": r"(?:kernels? of 7(?: pixels)?|7x7(?: kernels?| conv(?:olution)?s?)?)",
        "blocks": r"(?:inverted )?(?:blocks?|bottlenecks?)|mb ?convs?",
        "stages": r"stages?",
        "head": r"heads?(?: channels)?",
        "peak_memory": r"(?:peak |activation )?(?:memory|ram)",
    }
    feature_docs = {  # noqa: RUF012 - fixed by the class
        **choice_docs(genotype),
        "stages": "stages that are not left out (4 to 7)",
        "blocks": "inverted bottlenecks (5 to 16)",
        **{f"k{kernel}_blocks": f"inverted bottlenecks of kernel {kernel} (0 to 16)" for kernel in KERNELS},
        "depth": "layers with weights from the image to the classes (13 to 82)",
        "activations": "numbers that its layers write for one image, in thousands",
        "peak_memory": "memory of activations at the layer that needs most, one image, float32, kB",
    }

    def suited(self, side: int) -> tuple[str, ...]:
        """From 48 px, below which inherited weights see too little, to a little over the images' own side."""
        return ("resolution>=48", f"resolution<={_finest(side)}")

    def anchors(self, side: int) -> Sequence[Architecture]:
        """EfficientNet-Lite0 itself, and without its last stages, at two resolutions."""
        finest = _finest(side)
        coarser = max(each for each in RESOLUTIONS if each <= 0.75 * finest)
        found = [self.lite0(finest), self.lite0(finest, stages=6), self.lite0(coarser)]
        return [*found, self.lite0(finest, stages=5), self.lite0(coarser, stages=6), self.lite0(coarser, stages=5)]

    def lite0(self, resolution: int, *, stages: int = len(LITE0)) -> Architecture:
        """EfficientNet-Lite0 at a resolution of this space, or its first stages alone, without a head.

        Args:
            stages: how many of its seven are kept; four at least.
        """
        options = {choice.name: len(choice.options) - 1 for choice in self.genotype.choices}
        options |= {"resolution": RESOLUTIONS.index(resolution), "activation": 0, "squeeze": 0}
        for number, stage in enumerate(LITE0, start=1):
            options[f"kernel_{number}"] = KERNELS.index(stage.kernel)
            if number > stages:
                options |= {f"depth_{number}": 0, "head": 0}
        return self.from_genes(tuple(options[choice.name] for choice in self.genotype.choices))

    # text

    def write(self, genes: Genes) -> str:
        """The short notation, which says all."""
        return self.genotype.write(genes, words=True)

    def read(self, text: str) -> Genes:
        return self.checked(self.genotype.read(text, words=True))

    # what it stands for

    def plan(self, architecture: Architecture) -> Plan:
        """The settings of its network."""
        return self._plan(self.genes_of(architecture))

    @lru_cache(maxsize=16_384)  # noqa: B019 - one space lives as long as the process
    def _plan(self, genes: Genes) -> Plan:
        chosen: dict[str, Any] = self.genotype.values(genes)
        side, inputs = halved(chosen["resolution"], 2), STEM
        blocks: list[Block] = []
        for number, stage in enumerate(LITE0, start=1):
            for place in range(chosen.get(f"depth_{number}", stage.layers)):
                stride = 1 if place else stage.stride
                block = Block(
                    inputs=inputs,
                    hidden=inputs * chosen.get(f"expansion_{number}", stage.expansion),
                    outputs=chosen[f"width_{number}"],
                    kernel=chosen[f"kernel_{number}"],
                    stride=stride,
                    side=side,
                    squeeze=inputs // _SQUEEZED if chosen["squeeze"] == SQUEEZE else 0,
                    residual=place > 0,
                )
                blocks.append(block)
                inputs, side = block.outputs, halved(side, stride)
        return Plan(chosen["resolution"], tuple(blocks), chosen["head"], chosen["activation"])

    def input_side(self, architecture: Architecture, shape: NetworkShape) -> int:
        """Its own resolution."""
        return self.plan(architecture).side

    def build(self, architecture: Architecture, shape: NetworkShape) -> nn.Module:
        from illuminas.tools.spaces.mobile.network import MobileNetwork

        plan = self.plan(architecture)
        return MobileNetwork(
            plan.blocks,
            side=plan.side,
            head=plan.head,
            activation=plan.activation,
            in_channels=shape.in_channels,
            classes=shape.classes,
        )

    def initial_weights(self, architecture: Architecture, shape: NetworkShape) -> dict[str, NDArray[Any]] | None:
        """What it inherits of EfficientNet-Lite0; see :mod:`illuminas.tools.spaces.mobile.weights`."""
        from illuminas.tools.spaces.mobile.weights import inherited, lite0

        weights = lite0()
        if weights is None:
            return None
        depths = self._depths(self.genes_of(architecture))
        return inherited(weights, self.plan(architecture), depths, shape.in_channels)

    def width(self, shape: NetworkShape) -> int:
        return STEM

    # what is known of it

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        """At its own resolution, whatever the side of the data's images."""
        costs = list(layers(self.plan(architecture), shape.in_channels, shape.classes))
        return Complexity(sum(each.params for each in costs), sum(each.macs for each in costs))

    def peak_memory(self, architecture: Architecture, shape: NetworkShape) -> int:
        """Bytes of activations, as :func:`illuminas.tools.spaces.mobile.blocks.peak_memory` counts them."""
        return peak_memory(self.plan(architecture), shape.in_channels, shape.classes)

    def describe(self, genes: Genes) -> Mapping[str, Feature]:
        """Memory and activations are those for colour images and ten classes, which hardly matter to them."""
        plan, shape = self._plan(genes), NetworkShape()
        kernels = [block.kernel for block in plan.blocks]
        costs = list(layers(plan, shape.in_channels, shape.classes))
        return {
            **choice_features(self.genotype, genes),
            "stages": sum(bool(depth) for depth in self._depths(genes)),
            "blocks": len(plan.blocks),
            **{f"k{kernel}_blocks": kernels.count(kernel) for kernel in KERNELS},
            # a squeeze-excitation is two layers at one cost
            "depth": len(costs) + sum(bool(block.squeeze) for block in plan.blocks),
            "activations": sum(layer.writes for layer in costs) / 1000,
            "peak_memory": peak_memory(plan, shape.in_channels, shape.classes) / 1000,
        }

    def _depths(self, genes: Genes) -> list[int]:
        """Blocks of each stage."""
        chosen: dict[str, Any] = self.genotype.values(genes)
        return [chosen.get(f"depth_{number}", stage.layers) for number, stage in enumerate(LITE0, start=1)]

    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        """A node a stage, with what leaves it and what it costs."""
        plan, genes = self.plan(architecture), self.genes_of(architecture)
        costs = iter(layers(plan, shape.in_channels, shape.classes))
        side = halved(plan.side, 2)
        nodes = [
            Node("images", f"{shape.in_channels} × {plan.side} × {plan.side}"),
            Node("conv 3x3 /2", f"{STEM} × {side} × {side}", _hint([next(costs)]), 2),
        ]
        blocks = iter(plan.blocks)
        for stage, depth in zip(LITE0, self._depths(genes), strict=True):
            of_stage = [next(blocks) for _ in range(depth)]
            if not of_stage:
                break
            spent = [next(costs) for block in of_stage for _ in range(2 + block.expands + bool(block.squeeze))]
            first, last = of_stage[0], of_stage[-1]
            side = halved(side, stage.stride)
            label = f"{depth} × MB{first.hidden // first.inputs} {first.kernel}x{first.kernel}"
            label += " SE" if first.squeeze else ""
            label += " /2" if stage.stride > 1 else ""
            nodes.append(Node(label, f"{last.outputs} × {side} × {side}", _hint(spent), KERNELS.index(first.kernel)))
        if plan.head:
            nodes.append(Node("conv 1x1", f"{plan.head} × {side} × {side}", _hint([next(costs)]), 5))
        nodes.append(Node("mean, linear to classes", str(shape.classes), _hint([next(costs)])))
        return Picture(f"{self.noun} {self.to_words(architecture)}", tuple(nodes), fixed=False)


def _hint(costs: list[Any]) -> str:
    params, macs = sum(each.params for each in costs), sum(each.macs for each in costs)
    return f"{params:,} parameters, {macs:,} multiply-accumulates"
