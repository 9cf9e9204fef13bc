"""Search spaces: what can be built.

``base`` holds the interface, ``nb201`` the cells of NAS-Bench-201, ``nb201_network`` the networks around them,
``nb201_complexity`` what those cost, and ``code`` networks as lists of layers.
"""

from __future__ import annotations

from functools import cache

from illuminas.tools.errors import unknown_name
from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    SearchSpace,
)
from illuminas.tools.spaces.code import CodeSpace
from illuminas.tools.spaces.nb201 import NB201Space

__all__ = [
    "SPACES",
    "Architecture",
    "CodeSpace",
    "Complexity",
    "Edit",
    "Feature",
    "InvalidArchitecture",
    "NB201Space",
    "NetworkShape",
    "SearchSpace",
    "get_space",
]

SPACES: dict[str, type[SearchSpace]] = {"code": CodeSpace, "nb201": NB201Space}
"""Name -> class; a new space is added here."""


@cache
def get_space(name: str) -> SearchSpace:
    """The search space of that name; an unknown one is answered with the nearest."""
    if name not in SPACES:
        raise unknown_name("search space", name, SPACES)
    return SPACES[name]()
