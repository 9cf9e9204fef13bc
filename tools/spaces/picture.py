"""A picture of an architecture, as data: nodes and edges that any screen can draw."""

from __future__ import annotations

from typing import NamedTuple


class Node(NamedTuple):
    """A place of a network.

    Attributes:
        label: what stands in it.
        note: what leaves it, such as a tensor's shape; beside the label.
        hint: more about it, shown on demand.
        color: index into the palette of the renderer; None for the colour of text.
    """

    label: str
    note: str = ""
    hint: str = ""
    color: int | None = None


class Link(NamedTuple):
    """An edge from one node to a later one.

    Attributes:
        source, target: places of its nodes.
        label: the operation on it; empty where the nodes hold the operations.
        color: as of a node.
        live: whether it lies on a path from input to output.
        carries: whether anything flows along it.
        dashed: drawn with a broken line.
    """

    source: int
    target: int
    label: str = ""
    color: int | None = None
    live: bool = True
    carries: bool = True
    dashed: bool = False


class Picture(NamedTuple):
    """An architecture as a graph whose nodes stand in the order of the data's flow.

    Attributes:
        title: what it is, for those who cannot see it.
        nodes: the first is the input, the last the output.
        links: edges; in a column, those from each node to the next are left out.
        column: nodes hold the operations and stand one below the other; else edges do, and nodes stand in a row.
        fixed: nodes are places that every architecture of the space has, so that two pictures are compared place by
            place; else they are compared as lists, in which something may have been put in or taken out.
        note: a remark below the picture.
    """

    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...] = ()
    column: bool = True
    fixed: bool = True
    note: str = ""
