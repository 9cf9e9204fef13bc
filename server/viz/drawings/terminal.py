"""Pictures as text: boxes below each other, or nodes in a row with arrows between them."""

from __future__ import annotations

from illuminas.server.viz.drawings.column import lanes_of
from illuminas.tools.spaces import Link, Picture


def picture_text(drawn: Picture) -> str:
    """A picture for a terminal, several lines of text."""
    return _column(drawn) if drawn.column else _row(drawn)


# Boxes below each other


def _column(drawn: Picture) -> str:
    """The lines at the right carry what a skip connection brings to where it is used."""
    left, right = (max(len(text) for text in texts) for texts in zip(*(node[:2] for node in drawn.nodes), strict=True))
    lanes = lanes_of(drawn.links)
    width = max(lanes.values(), default=-1) + 1
    lines = [f"┌─{'─' * left}─┬─{'─' * right}─┐"]
    for place, node in enumerate(drawn.nodes):
        if place:
            lines.append(f"├─{'─' * left}─┼─{'─' * right}─┤{''.join(_passing(place, lanes, width))}")
        lines.append(f"│ {node.label:<{left}} │ {node.note:<{right}} │{_meeting(place, lanes, width)}")
    lines.append(f"└─{'─' * left}─┴─{'─' * right}─┘")
    return "\n".join(line.rstrip() for line in lines)


def _passing(row: int, lanes: dict[Link, int], width: int, *, strictly: bool = False) -> list[str]:
    """What stands at the right of the border above a row, or, strictly, of a row that links pass by."""
    signs = [" "] * (2 * width + 1)
    for link, lane in lanes.items():
        if link.source < row < link.target + (not strictly):
            signs[2 * lane + 2] = "│"
    return signs


def _meeting(row: int, lanes: dict[Link, int], width: int) -> str:
    """What stands at the right of a row: where links pass, begin and end."""
    signs = _passing(row, lanes, width, strictly=True)
    for link, lane in lanes.items():
        if row in (link.source, link.target):
            for column in range(2 * lane + 2):
                signs[column] = "─" if signs[column] == " " else "┼" if signs[column] == "│" else signs[column]
            signs[2 * lane + 2] = "┐" if row == link.source else "┘"
            if row == link.target:
                signs[0] = "◀"
    return "".join(signs)


# Nodes in a row

_STEP, _FIRST = 13, 7


class _Canvas:
    """A few lines of characters to draw on."""

    def __init__(self, height: int, width: int) -> None:
        self._lines = [[" "] * width for _ in range(height)]

    def write(self, line: int, column: int, text: str) -> None:
        self._lines[line][column : column + len(text)] = text

    def arc(self, line: int, start: int, end: int, word: str, *, row: int) -> None:
        """An arrow that leaves the node at column ``start``, runs along ``line`` and comes down, or up, at ``end``."""
        corners = "┌┐" if line < row else "└┘"
        self.write(line, start, corners[0] + f" {word} ".center(end - start - 1, "─") + corners[1])
        step = 1 if row > line else -1
        for between in range(line + step, row, step):
            self.write(between, start, "│")
            self.write(between, end, "│")
        self.write(row - step, end, "▼" if step == 1 else "▲")

    def __str__(self) -> str:
        lines = ("".join(line).rstrip() for line in self._lines)
        return "\n".join(line for line in lines if line)


def _row(drawn: Picture) -> str:
    """The live edges: those that pass nodes on their way to the output run above, the others below."""
    last = len(drawn.nodes) - 1
    live = [link for link in drawn.links if link.live]
    far = sorted((link for link in live if link.target - link.source > 1), key=lambda link: (link.source, -link.target))
    above = [link for link in far if link.target == last]
    below = [link for link in far if link.target != last]
    row = len(drawn.nodes) - 1
    canvas = _Canvas(row + 2 + max(1, len(below)), _FIRST + _STEP * last + 10)
    for link in above:
        # arcs that end in one node end in columns of their own, so that each arrow has a head
        canvas.arc(link.source, _at(link.source), _at(last) + 1 - 2 * link.source, link.label, row=row)
    for place, link in enumerate(below):
        canvas.arc(row + 2 + place, _at(link.source), _at(link.target), link.label, row=row)
    for place, node in enumerate(drawn.nodes):
        canvas.write(row, _at(place) - 1, f"({node.label})")
    for link in live:
        if link.target - link.source == 1:
            canvas.write(row, _at(link.source) + 2, f" {link.label} ".center(9, "─") + "▶")
    canvas.write(row, 0, "input")
    canvas.write(row, _at(last) + 3, "output")
    canvas.write(row + 1, _FIRST - 1, drawn.note)
    return str(canvas)


def _at(node: int) -> int:
    """The column of a node."""
    return _FIRST + _STEP * node
