"""The heatmap as an element of a page: cells of any outline that can be clicked and reached with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from illuminas.server.web.archive.cells import Cell, CellState, Shade
from illuminas.server.web.archive.plan import WIDTH, Place, Plan
from illuminas.server.web.scales import colour, ink

CSS = """
.cell-map { width: 100%; overflow-x: auto; }
.cell-map > svg { width: 100%; min-width: 22rem; display: block; }
.cell-map text { font-size: 12px; pointer-events: none; }
@media (max-width: 600px) { .cell-map text { font-size: 14px; } }
.cell-map text.title { font-weight: 600; }
.cell-map .cell { cursor: pointer; }
.cell-map .cell:focus-visible { outline: none !important; }
.cell-map .cell polygon { stroke: currentColor; stroke-opacity: 0.35; stroke-width: 1; pointer-events: all; }
.cell-map .cell.empty polygon { stroke-dasharray: 2 3; stroke-opacity: 0.6; }
.cell-map .cell.failed polygon { stroke: #d55e00; stroke-opacity: 1; }
.cell-map .ring { pointer-events: none; stroke-width: 3.5; }
.cell-map .ring.selection { stroke: #cc79a7; }
.cell-map .ring.pick { stroke: currentColor; }
.cell-map .ring.focus { stroke: #56b4e9; stroke-width: 4.5; }
.cell-map .frame { stroke: currentColor; stroke-opacity: 0.35; }
.cell-map .key { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; align-items: center; }
.cell-map .key { font-size: 0.8rem; margin-top: 0.6rem; }
.cell-map .key > span { display: inline-flex; gap: 0.4rem; align-items: center; }
.cell-map .key .scale { flex-wrap: wrap; }
.cell-map .key .bar { display: inline-flex; gap: 0.4rem; align-items: center; white-space: nowrap; }
.cell-map .key i { width: 8rem; height: 0.8rem; display: inline-block; border: 1px solid #8888; }
"""


class CellMap(Element, component="cell_map.js"):
    """Cells, their axes, and what their colours and hatching mean.

    Args:
        on_pick: told the niche that a person clicked, or pressed Enter on.
    """

    def __init__(self, on_pick: Callable[[int], None]) -> None:
        super().__init__()
        self._props |= {"label": "", "width": WIDTH, "height": 1, "shapes": [], "notes": [], "looks": {}}
        self._props |= {"scale": {}, "picked": -1}
        self._props |= {"states": [], "frame": ""}
        self._laid_out = True

        def picked(event: GenericEventArguments) -> None:
            on_pick(int(event.args))

        self.on("pick", picked)

    def lay_out(self, plan: Plan, label: str) -> None:
        """Show other cells; :meth:`show` colours them."""
        self._laid_out = True
        self._props["label"], self._props["height"] = label, plan.height
        self._props["shapes"] = [
            {
                "niche": shape.niche,
                "points": _points(shape.outline),
                "x": round(shape.centre[0], 1),
                "y": round(shape.centre[1], 1),
                "room": round(shape.room, 1),
            }
            for shape in plan.shapes
        ]
        self._props["notes"] = [
            {
                "lines": note.lines,
                "x": round(note.place[0], 1),
                "y": round(note.place[1], 1),
                "anchor": note.anchor,
                "upward": note.upward,
                "title": note.title,
            }
            for note in plan.notes
        ]
        self._props["looks"] = {}
        self._props["frame"] = _points(plan.frame)

    def show(
        self,
        cells: Sequence[Cell],
        shade: Shade,
        span: tuple[float, float],
        marked: Mapping[int, int],
        picked: int | None,
    ) -> None:
        """Colour the cells.

        Args:
            span: figures of the palest and the strongest colour.
            marked: niche -> how many selected architectures lie in it.
            picked: the niche that is looked at.
        """
        before = dict(self._props)
        self._props["looks"] = {str(cell.niche): _look(cell, shade, span, marked.get(cell.niche, 0)) for cell in cells}
        values = [cell.value for cell in cells if cell.value is not None]
        below, above = (values and min(values) < span[0]), (values and max(values) > span[1])
        self._props["scale"] = {
            "words": shade.words if values else f"{shade.words}: not known",
            "low": ("≤ " if below else "") + shade.text(span[0]) if values else "",
            "high": ("≥ " if above else "") + shade.text(span[1]) if values else "",
            "colours": shade.palette if values else ("transparent", "transparent"),
        }
        states = [CellState.EMPTY, CellState.FAILED]
        states += [CellState.UNREACHABLE] if any(cell.state is CellState.UNREACHABLE for cell in cells) else []
        self._props["states"] = [{"name": state.value, "words": state.words} for state in states]
        self._props["picked"] = -1 if picked is None else picked
        if self._props != before or self._laid_out:
            self._laid_out = False
            self.update()


def _points(outline: Sequence[Place]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in outline)


def _look(cell: Cell, shade: Shade, span: tuple[float, float], marked: int) -> dict[str, object]:
    words = f"{cell.words}: {cell.state.words}"
    if cell.state is CellState.FILLED:
        words += f" since round {cell.since}, {cell.visits} evaluated"
    if cell.failures:
        words += f", {cell.failures} failed"
    look: dict[str, object] = {"state": cell.state.value, "marked": marked}
    if cell.value is not None:
        share = (cell.value - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 1.0
        words += f". {shade.words}: {shade.text(cell.value)}"
        if cell.state is CellState.FILLED:
            look["fill"] = colour(share, shade.palette)
            look["ink"] = ink(str(look["fill"]))
        look["text"] = shade.text(cell.value)
    elif cell.state is CellState.FILLED:
        look["text"] = "?"
        words += f". {shade.words}: not known"
    return {**look, "label": words + (f". {marked} selected" if marked else "")}
