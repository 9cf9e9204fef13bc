"""The frame in which a family tree is dragged, zoomed and walked through."""

from __future__ import annotations

from collections.abc import Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from illuminas.server.web.family.tree_svg import TreeDrawing


class FamilyMap(Element, component="tree_map.js"):
    """A family tree that one can pick from.

    Args:
        on_pick: told the hash that was clicked, or entered, and whether it comes beside what is picked already.
    """

    def __init__(self, on_pick: Callable[[str, bool], None]) -> None:
        super().__init__()
        self._props |= {"svg": "", "width": 1, "height": 1, "label": "family tree", "first": ""}

        def picked(event: GenericEventArguments) -> None:
            on_pick(str(event.args["hash"]), bool(event.args["more"]))

        self.on("pick", picked)

    def show(self, drawing: TreeDrawing, *, first: str) -> None:
        """Show another drawing, if it is another; ``first`` is what is in sight at the beginning."""
        if drawing.svg != self._props["svg"]:
            self._props |= {"svg": drawing.svg, "width": drawing.width, "height": drawing.height, "first": first}
            self.update()

    def zoom(self, factor: float) -> None:
        self.run_method("zoom", factor)

    def fit(self) -> None:
        """Make the whole drawing visible."""
        self.run_method("fit")
