"""Architectures as drawings: of a space's picture, or of source where there is none.

Markup is safe to put into a page as it is, for light and dark pages alike.
"""

from __future__ import annotations

from typing import NamedTuple

from illuminas.server.viz.drawings.column import column_differences, column_pair, column_svg
from illuminas.server.viz.drawings.graph import graph_differences, graph_svg
from illuminas.server.viz.drawings.source import source_differences, source_html
from illuminas.server.viz.drawings.terminal import picture_text
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace


class Pair(NamedTuple):
    """Two architectures side by side, with their differences marked.

    Attributes:
        before, after: the drawings.
        differences: in words; empty where there are none.
    """

    before: str
    after: str
    differences: tuple[str, ...]


def draw_text(space: SearchSpace, architecture: Architecture, shape: NetworkShape) -> str:
    """One architecture for a terminal, several lines of text."""
    return architecture.text if space.is_free(architecture) else picture_text(space.picture(architecture, shape))


def draw(space: SearchSpace, architecture: Architecture, shape: NetworkShape) -> str:
    """One architecture as markup."""
    if space.is_free(architecture):
        return source_html(architecture.text)
    drawn = space.picture(architecture, shape)
    return column_svg(drawn) if drawn.column else graph_svg(drawn)


def draw_pair(space: SearchSpace, before: Architecture, after: Architecture, shape: NetworkShape) -> Pair:
    """Two architectures; one beside free source is shown as the source that it compiles to."""
    if space.is_free(before) or space.is_free(after):
        texts = space.source(before), space.source(after)
        left, right = source_html(texts[0], texts[1], sign="−"), source_html(texts[1], texts[0])
        return Pair(left, right, source_differences(*texts))
    then, now = space.picture(before, shape), space.picture(after, shape)
    if then.column:
        return Pair(*column_pair(then, now), column_differences(then, now))
    return Pair(graph_svg(then, now, said="then"), graph_svg(now, then), graph_differences(then, now))
