"""What a search on photos begins with: EfficientNet-Lite0, and its first stages alone."""

from __future__ import annotations

import pytest

from illuminas.tools.objectives import parse_constraint
from illuminas.tools.spaces import NetworkShape
from illuminas.tools.spaces.mobile.space import MobileSpace


@pytest.mark.parametrize("side", [8, 32, 100, 160, 224])
def test_anchors_are_different_and_keep_to_the_range_that_suits_the_images(side: int) -> None:
    space = MobileSpace()
    bounds = [parse_constraint(each) for each in space.suited(side)]
    anchors = space.anchors(side)
    assert len({each.hash for each in anchors}) == len(anchors) == 6
    assert all(bound.holds(space.features(each)[bound.objective]) for each in anchors for bound in bounds)


def test_the_whole_network_has_the_published_size() -> None:
    whole = MobileSpace().lite0(160)
    counted = MobileSpace().complexity(whole, NetworkShape(classes=1000))
    assert counted.params == 4_652_008
