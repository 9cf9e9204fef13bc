"""Architectures as drawings: markup that is safe to put into a page as it is, for light and dark pages alike.

A cell is a graph (``cell``), a layer list a column of boxes (``layers``), free source its text
(``source``); a space that nobody draws here shows what it draws for terminals.
"""

from __future__ import annotations

from typing import NamedTuple

from illuminas.server.viz.drawings.cell import cell_differences, cell_svg
from illuminas.server.viz.drawings.layers import layers_differences, layers_pair, layers_svg
from illuminas.server.viz.drawings.source import source_differences, source_html
from illuminas.tools.spaces import Architecture, CodeSpace, NB201Space, NetworkShape, SearchSpace
from illuminas.tools.spaces.code.space import layers_of
from illuminas.tools.spaces.nb201 import text_to_cell


class Pair(NamedTuple):
    """Two architectures side by side, with their differences marked.

    Attributes:
        before, after: the drawings.
        differences: in words; empty where there are none.
    """

    before: str
    after: str
    differences: tuple[str, ...]


def draw(space: SearchSpace, architecture: Architecture, shape: NetworkShape) -> str:
    """One architecture."""
    if isinstance(space, NB201Space):
        return cell_svg(text_to_cell(architecture.text))
    if isinstance(space, CodeSpace) and not space.is_free(architecture):
        return layers_svg(layers_of(architecture), shape)
    return source_html(_text(space, architecture))


def draw_pair(space: SearchSpace, before: Architecture, after: Architecture, shape: NetworkShape) -> Pair:
    """Two architectures; a layer list beside free source is shown as the source that it compiles to."""
    if isinstance(space, NB201Space):
        then, now = text_to_cell(before.text), text_to_cell(after.text)
        return Pair(cell_svg(then, now, said="then"), cell_svg(now, then), cell_differences(then, now))
    if isinstance(space, CodeSpace) and not (space.is_free(before) or space.is_free(after)):
        lists = layers_of(before), layers_of(after)
        return Pair(*layers_pair(*lists, shape), layers_differences(*lists))
    if space.generated:
        texts = space.source(before), space.source(after)
    else:
        texts = _text(space, before), _text(space, after)
    left, right = source_html(texts[0], texts[1], sign="−"), source_html(texts[1], texts[0])
    return Pair(left, right, source_differences(*texts))


def _text(space: SearchSpace, architecture: Architecture) -> str:
    return architecture.text if space.is_free(architecture) else space.draw(architecture)
