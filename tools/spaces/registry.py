"""Search spaces by name, loaded when first asked for.

A space of one's own is registered where its class is defined::

    @register_space
    class MySpace(GenotypeSpace): ...

Worker processes find it by the place of its class, which the environment variable ``ILLUMINAS_SPACES`` hands down.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeVar

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.own_code import OwnCode, load_own, load_place, place_of
from illuminas.tools.spaces.base import SearchSpace

S = TypeVar("S", bound=type[SearchSpace])
VARIABLE = "ILLUMINAS_SPACES"
"""Environment variable: ``NAME=PLACE`` for each registered space, one a line; a place is ``MODULE:CLASS`` or
``FILE.py:CLASS``."""
BUILT_IN = {
    "code": "illuminas.tools.spaces.code.space:CodeSpace",
    "mobile": "illuminas.tools.spaces.mobile.space:MobileSpace",
    "nb201": "illuminas.tools.spaces.nb201.space:NB201Space",
    "nbmacro": "illuminas.tools.spaces.nbmacro:NBMacroSpace",
    "transnas_macro": "illuminas.tools.spaces.transnas_macro:TransNASMacroSpace",
}
"""Name -> place; a new space of this package is added here."""


class _Spaces(Mapping[str, str]):
    """Name -> place of every space that this process knows."""

    def _all(self) -> dict[str, str]:
        lines = os.environ.get(VARIABLE, "").splitlines()
        return BUILT_IN | dict(line.split("=", 1) for line in lines)

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


SPACES: Mapping[str, str] = _Spaces()
"""Name -> place of every space that this process knows, ``MODULE:CLASS`` or ``FILE.py:CLASS``."""


def get_space(name: str) -> SearchSpace:
    """The search space of that name; an unknown one is answered with the nearest.

    Raises:
        IlluminasError: there is no such space, or its class could not be loaded from where it was registered.
    """
    if name not in SPACES:
        raise unknown_name("search space", name, SPACES)
    return _load(SPACES[name])


def register_space(space: S) -> S:
    """Make a space known by its name, here and in the processes that this one starts; a class decorator.

    Args:
        space: a class at the top of a module or script, made without arguments.

    Raises:
        IlluminasError: the name is that of a built-in space, or the class is not at the top of a file.
    """
    if space.name in BUILT_IN:
        raise IlluminasError(f"there is a search space {space.name} already: give yours another name.")
    place = place_of(space)
    os.environ[VARIABLE] = "\n".join(f"{name}={where}" for name, where in {**_own(), space.name: place}.items())
    _CLASSES[OwnCode.at(place)] = space
    _load.cache_clear()
    return space


@cache
def own_space(code: OwnCode, *, own_log: bool) -> SearchSpace:
    """The space of one's own that a log names; see :func:`illuminas.tools.own_code.load_own`.

    Raises:
        IlluminasError: this process may not import it, or it is no space.
    """
    known = _CLASSES.get(code) or load_own(code, own_log=own_log)
    if not (isinstance(known, type) and issubclass(known, SearchSpace)):
        raise IlluminasError(f"expected a search space at {code.place}, got {known!r:.60}.")
    return known()


def _own() -> dict[str, str]:
    return {name: place for name, place in SPACES.items() if name not in BUILT_IN}


_CLASSES: dict[OwnCode, type[SearchSpace]] = {}
"""Classes that were registered in this process: a script is not loaded twice."""


@cache
def _load(place: str) -> SearchSpace:
    registered = [known for code, known in _CLASSES.items() if code.place == place]
    found: SearchSpace = (registered[-1] if registered else load_place(place))()
    return found
