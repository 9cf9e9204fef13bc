"""Pictures in a terminal: scatter plots in braille dots, and bars."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.agents.chat.replies import Barred, Point, Scattered

WIDTH, HEIGHT = 60, 14
"""Characters of a plot's field; each holds 2 by 4 dots."""
ENOUGH = 12
"""Points from which outliers can be told."""
BAR = 30
"""Characters of the longest bar."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of a braille character by row and column."""
MARK = "●"


def scatter(plot: Scattered) -> list[str]:
    """The lines of a scatter plot; marked points are letters that stand out among dots."""
    if not plot.points:
        return [f"{plot.title}: nothing to show yet"]
    floor = _floor(plot.points)
    points = [point for point in plot.points if point.y >= floor]
    across, up = _scale([p.x for p in points]), _scale([p.y for p in points])
    cells = [[0] * WIDTH for _ in range(HEIGHT)]
    marks: set[tuple[int, int]] = set()
    for point in points:
        row, column = _place(point, across, up)
        if point.marked:
            marks.add((row // 4, column // 2))
        cells[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
    labels = [f"{up[1]:.4g}", *[""] * (HEIGHT - 2), f"{up[0]:.4g}"]
    margin = max(map(len, labels))
    field = [
        f"{label:>{margin}} │" + "".join(_cell(bits, (row, at) in marks) for at, bits in enumerate(line))
        for row, (label, line) in enumerate(zip(labels, cells, strict=True))
    ]
    ends = f"{across[0]:.4g}", f"{across[1]:.4g}"
    below = len(plot.points) - len(points)
    legend = f"   {MARK} {plot.marked}" if marks else ""
    legend += f"   ({below} far below are left out)" if below else ""
    return [
        f"{plot.title} ({plot.y})",
        *(line.rstrip() for line in field),
        f"{'':>{margin}} └{'─' * WIDTH}",
        f"{'':>{margin}}  {ends[0]}{plot.x:^{WIDTH - len(ends[0]) - len(ends[1])}}{ends[1]}",
        *([legend] if legend else []),
    ]


def bars(plot: Barred) -> list[str]:
    """The lines of a bar chart; the shortest bar is that of the least value, unless it is alone."""
    values = [bar.value for bar in plot.bars if bar.value is not None]
    if not plot.bars:
        return [f"{plot.title}: nothing to show yet"]
    least, most = (min(values), max(values)) if values else (0.0, 1.0)
    margin = max(len(bar.label) for bar in plot.bars)
    lines = []
    for bar in plot.bars:
        share = 0.0 if bar.value is None else (bar.value - least) / (most - least) if most > least else 1.0
        drawn = "" if bar.value is None else "█" * (2 + round(share * (BAR - 2)))
        figure = "" if bar.value is None else f"{bar.value:.4g}"
        lines.append(f"{bar.label:<{margin}}  {drawn:<{BAR}}  {figure:>6}  {bar.note}".rstrip())
    return [plot.title, *lines]


def _cell(bits: int, marked: bool) -> str:
    return MARK if marked else chr(0x2800 + bits) if bits else " "


def _floor(points: Sequence[Point]) -> float:
    """Lower end of what is drawn: far outliers (Tukey 1977) would press the rest together; marked points all count."""
    values = sorted(point.y for point in points)
    if len(values) < ENOUGH:
        return values[0]
    quarter, rest = values[len(values) // 4], values[3 * len(values) // 4]
    return min([quarter - 3.0 * (rest - quarter), *(point.y for point in points if point.marked)])


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis; a single value gets room on both sides."""
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _place(point: Point, across: tuple[float, float], up: tuple[float, float]) -> tuple[int, int]:
    """Row from the top and column of a point, in dots."""
    right = (point.x - across[0]) / (across[1] - across[0])
    height = (point.y - up[0]) / (up[1] - up[0])
    return round((1 - height) * (4 * HEIGHT - 1)), round(right * (2 * WIDTH - 1))
