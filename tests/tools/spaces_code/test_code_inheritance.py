"""Which trained weights a changed layer list begins with, and under which names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from illuminas.tools.spaces import NetworkShape
from illuminas.tools.spaces.code.source import module_names
from illuminas.tools.spaces.code.space import CodeSpace, layers_of

SPACE = CodeSpace()
SHAPE = NetworkShape(in_channels=1, image_size=16, classes=3)
FREE = "class Network: pass"


def weights(text: str, shape: NetworkShape = SHAPE) -> dict[str, NDArray[Any]]:
    """A network's weights, every one with numbers of its own."""
    state = SPACE.build(SPACE.parse(text), shape).state_dict()
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=tuple(tensor.shape)).astype(np.float32) for name, tensor in state.items()}


def inherit(parent: str, child: str, shape: NetworkShape = SHAPE) -> dict[str, NDArray[Any]]:
    """What the child begins with; every name and shape is one of its network's."""
    found = SPACE.inherit(SPACE.parse(parent), SPACE.parse(child), weights(parent, shape))
    built = weights(child, shape)
    assert all(name in built and built[name].shape == array.shape for name, array in found.items()), (parent, child)
    return found


def carried(parent: str, child: str) -> dict[str, str]:
    """Module of the child -> that of the parent which its weights come from."""
    origin = {array.tobytes(): name for name, array in weights(parent).items() if array.size > 1}
    names = [*module_names(layers_of(SPACE.parse(child))), *module_names(layers_of(SPACE.parse(parent)))]

    def module(name: str) -> str:
        return max((each for each in names if name.startswith(f"{each}.")), key=len)

    return {module(name): module(origin[a.tobytes()]) for name, a in inherit(parent, child).items() if a.size > 1}


PARENT = "conv3 8 | res3 16 /2 | sep3 16 | skip 2 | maxpool | conv5 8 | dropout 0.2 | linear 12 | linear 12"


def test_an_equal_list_inherits_everything_exactly() -> None:
    before, after = weights(PARENT), inherit(PARENT, PARENT)
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        # a layer put in the middle moves those behind it
        ("conv3 8 | conv5 8", "conv3 8 | dropout 0.1 | conv5 8", {"layer1": 1, "layer3": 2, "head.2": 3}),
        ("conv3 8 | dropout 0.1 | conv5 8", "conv3 8 | conv5 8", {"layer1": 1, "layer2": 3, "head.2": 4}),
        # and takes away those that see other channels
        (
            "conv3 8 | conv5 8 | conv7 8",
            "conv3 8 | conv1 16 | conv5 8 | conv7 8",
            {"layer1": 1, "layer4": 3, "head.2": 4},
        ),
        # a changed layer is new, as is what sees its channels
        ("conv3 8 | conv3 16 | conv3 8", "conv3 8 | conv3 24 | conv3 8", {"layer1": 1, "head.2": 4}),
        ("conv3 8 | conv3 16", "conv3 8 | conv3 24", {"layer1": 1}),
        ("conv3 8 | conv3 8 /2", "conv3 8 | conv3 8", {"layer1": 1, "head.2": 3}),
        # behind the linear layers names count differently
        ("conv3 8 | linear 12", "conv3 8 | linear 12 | dropout 0.1", {"layer1": 1, "head.2": 2, "head.5": 3}),
        ("conv3 8 | linear 12", "conv3 8 | conv1 8 | linear 12", {"layer1": 1, "head.2": 2, "head.4": 3}),
        # a skip's projection belongs to the channels that it joins, however far it reaches
        (
            "conv3 8 | conv3 9 | skip 1",
            "conv3 8 | conv3 9 | dropout 0.1 | skip 2",
            {"layer1": 1, "layer2": 2, "layer4": 3, "head.2": 4},
        ),
        ("conv3 8 | conv3 16 | skip 1", "conv3 8 | conv3 16 | skip 2", {"layer1": 1, "layer2": 2, "head.2": 4}),
        # what has no effect is in no network
        ("conv3 8 | conv5 8", "dropout 0 | conv3 8 | conv5 8", {"layer1": 1, "layer2": 2, "head.2": 3}),
        ("conv3 8", "conv5 16", {}),
    ],
)
def test_what_is_unchanged_is_found_where_it_went(parent: str, child: str, expected: dict[str, int]) -> None:
    names = module_names(layers_of(SPACE.parse(parent)))
    assert carried(parent, child) == {module: names[number - 1] for module, number in expected.items()}


def test_names_are_those_of_every_network_that_is_drawn() -> None:
    rng = np.random.default_rng(3)
    shape = NetworkShape(in_channels=3, image_size=64)
    for _ in range(30):
        architecture = SPACE.representative(SPACE.random(rng))
        names = module_names(layers_of(architecture))
        built = weights(architecture.text, shape)
        assert all(any(name.startswith(f"{each}.") for each in names) for name in built), architecture.text
        assert f"{names[-1]}.bias" in built, architecture.text
        inherit(architecture.text, SPACE.mutate(architecture, rng).text, shape)


def test_free_source_keeps_names() -> None:
    parent, child = SPACE.parse(FREE), SPACE.parse(f"{FREE}  # another\nx = 1")
    kept = weights("conv3 8")
    assert SPACE.inherit(parent, child, kept) == kept
    assert SPACE.inherit(SPACE.parse("conv3 8"), child, kept) == kept
