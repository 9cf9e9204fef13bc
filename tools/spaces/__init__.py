"""Search spaces: what can be built.

- ``base``: the interface; ``picture``: an architecture as nodes and edges
- ``genotype``: a space as named choices; ``genotype_space``: everything that follows from them, and
  ``choice_features`` what predicates may ask
- ``nb201``: the cells of NAS-Bench-201; ``code``: networks as lists of layers, or as source
- ``side_by_side``: many networks as one
- ``registry``: spaces by name, those of others included
"""

from __future__ import annotations

from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    NicheAxis,
    Scale,
    SearchSpace,
)
from illuminas.tools.spaces.picture import Link, Node, Picture
from illuminas.tools.spaces.registry import SPACES, get_space, register_space

__all__ = [
    "SPACES",
    "Architecture",
    "Complexity",
    "Edit",
    "Feature",
    "InvalidArchitecture",
    "Link",
    "NetworkShape",
    "NicheAxis",
    "Node",
    "Picture",
    "Scale",
    "SearchSpace",
    "get_space",
    "register_space",
]
