"""Where every architecture came from: the family tree, and any two of it side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nicegui import ui

from illuminas.memory.events import Event
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    EventData,
    HeuristicChanged,
    LatencyMeasured,
    RoundArchived,
)
from illuminas.memory.run import Run
from illuminas.server.viz.drawings.drawing import draw, draw_pair
from illuminas.server.web.family.lineage import Kin, Lineage, lay_out
from illuminas.server.web.family.tree_map import FamilyMap, legend_html, members, tree_svg
from illuminas.server.web.page_state import PageState
from illuminas.server.web.portrait import Portrait, portrait, show_portrait
from illuminas.server.web.tab import Tab

_CHANGING: frozenset[type[EventData]] = frozenset(
    {EvaluationMade, RoundArchived, LatencyMeasured, HeuristicChanged, DirectiveGiven}
)
"""What changes what is shown."""
_ON_SHOW = 40
"""Elites at most from which the tree of a large run begins."""


class FamilyTab(Tab):
    """The lineage of what was evaluated. One picked is compared with its parent, two are compared with each other."""

    name = "Family"
    icon = "account_tree"

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._lineage = Lineage()
        self._pair: tuple[Portrait | None, Portrait] | None = None
        self._map: FamilyMap
        self._chosen: tuple[frozenset[str], str] = frozenset(), ""

    def build(self) -> None:
        ui.add_css(Path(__file__).with_suffix(".css"))
        with ui.row().classes("w-full items-center gap-2"):
            self._told = ui.label().classes("text-sm").mark("family-told")
            ui.space()
            self._tools = ui.row().classes("items-center gap-2")
        with self._tools:
            for icon, words, factor in (("zoom_out", "Smaller", 0.8), ("zoom_in", "Larger", 1.25)):
                button = ui.button(icon=icon, on_click=lambda by=factor: self._map.zoom(by))
                button.props(f'flat dense color="" aria-label="{words}"').tooltip(words)
            ui.button(icon="fit_screen", on_click=lambda: self._map.fit()).props(
                'flat dense color="" aria-label="Show the whole tree"'
            ).tooltip("Show the whole tree")
            ui.button("Select nothing", on_click=lambda: self.page_state.selection.set(frozenset())).props(
                'flat dense color=""'
            )
        self._map = FamilyMap(self._pick).mark("family-map")
        self._key = ui.html(sanitize=False).classes("family-key")
        with ui.row().classes("w-full items-center gap-2"):
            self._other = ui.select({}, label="Compare with", on_change=self._compare).classes("min-w-64")
            self._other.mark("family-other").set_visibility(False)
        self._sides = ui.element("div").classes("w-full")
        self.page_state.selection.tell(self._draw)
        self._draw()

    def update(self, events: Sequence[Event]) -> None:
        if any(type(event.data) in _CHANGING for event in events):
            self._draw()

    def _pick(self, hash_: str, more: bool) -> None:
        """Select one, or one more; what is selected already goes."""
        chosen = self.page_state.selection.hashes
        if more:
            self.page_state.selection.set(chosen ^ {hash_})
        else:
            self.page_state.selection.set(frozenset() if chosen == {hash_} else frozenset({hash_}))

    def _draw(self) -> None:
        state = self.page_state.run.state
        self._lineage.grow(state)
        picked = frozenset(each for each in self.page_state.selection.hashes if each in self._lineage.parents)
        for element in (self._tools, self._map, self._key):
            element.set_visibility(bool(self._lineage.parents))
        if not self._lineage.parents:
            self._told.text = "Nothing was evaluated yet."
            return
        self._key.content = legend_html({operator for operator, record in state.operators.items() if record.evaluated})
        kin = self._lineage.kin(sorted(picked, key=self._lineage.places.__getitem__) or self._shown_first())
        related: set[str] = set()
        for each in picked:
            related |= self._lineage.ancestors(each) | self._lineage.offspring(each)
        layout = lay_out(kin.shown, self._lineage.parents, state.evaluated_in)
        drawing = tree_svg(
            members(state, self.page_state.run.front, kin.shown, kin.hidden),
            layout,
            self._lineage.parents,
            picked=picked,
            related=related,
        )
        in_sight = max(picked, key=self._lineage.places.__getitem__) if picked else self._shown_first()[0]
        self._map.show(drawing, first=in_sight)
        self._told.text = self._words(kin, len(picked))
        self._offer(picked)

    def _shown_first(self) -> list[str]:
        """What a tree begins from where nothing is selected: the best, the front and the elites."""
        state = self.page_state.run.state
        best = [] if state.best is None else [state.best.hash]
        elites = sorted(state.elites.values(), key=lambda hash_: -state.rank(hash_))
        last = next(reversed(self._lineage.parents))
        return list(dict.fromkeys([*best, *sorted(self.page_state.run.front), *elites]))[:_ON_SHOW] or [last]

    def _words(self, kin: Kin, picked: int) -> str:
        evaluated = len(self._lineage.parents)
        told = f"{evaluated:,} evaluated" if kin.whole else f"{len(kin.shown):,} of {evaluated:,} evaluated: "
        if not kin.whole:
            told += "ancestry and offspring of " + (
                "what is selected" if picked else "the best, the front and the elites"
            )
        return f"{told}; {picked} selected" if picked else f"{told}. Select one, and with Shift a second."

    def _offer(self, picked: frozenset[str]) -> None:
        """Choose which two to compare, and offer others to compare with."""
        state, places = self.page_state.run.state, self._lineage.places
        chosen = sorted(picked, key=places.__getitem__)
        right = chosen[-1] if chosen else self._shown_first()[0]
        parents = self._lineage.parents[right]
        offers = {each: f"selected: {self._name(each)}" for each in chosen[-2::-1]}
        for number, parent in enumerate(parents):
            offers.setdefault(
                parent, f"{('first', 'second')[number] if number < 2 else 'another'} parent: {self._name(parent)}"
            )
        if state.best is not None:
            offers.setdefault(state.best.hash, f"the best: {self._name(state.best.hash)}")
        elite = state.elites.get(state.niches.get(right, -1))
        if elite is not None:
            offers.setdefault(elite, f"elite of its niche: {self._name(elite)}")
        offers.pop(right, None)
        asked = self._other.value if (picked, right) == self._chosen else None
        left = asked if asked in offers else next(iter(offers), None)
        self._chosen = picked, right
        self._other.set_options(offers, value=left)
        self._other.set_visibility(bool(offers))
        self._show_pair(left, right)

    def _name(self, hash_: str) -> str:
        run = self.page_state.run
        title = run.space.title(run.architecture(hash_))
        return title if len(title) <= 60 else f"{title[:59]}…"

    def _compare(self) -> None:
        if self._other.value is not None:
            self._show_pair(str(self._other.value), self._chosen[1])

    def _show_pair(self, left: str | None, right: str) -> None:
        """Show them, unless they are shown as they are now."""
        run = self.page_state.run
        pair = None if left is None else portrait(run, left), portrait(run, right)
        if pair != self._pair:
            self._pair = pair
            self._sides.clear()
            with self._sides:
                _show_pair(run, *pair)


def _show_pair(run: Run, left: Portrait | None, right: Portrait) -> None:
    """Write both into the element that is open: ``left``, where there is one, is what ``right`` is compared with."""
    space, shape, now = run.space, run.shape, run.architecture(right.hash)
    if left is None:
        with ui.element("div").classes("family-pair"):
            show_portrait(right, draw(space, now, shape)).mark("pair-after")
        return
    pair = draw_pair(space, run.architecture(left.hash), now, shape)
    _differences(pair.differences)
    with ui.element("div").classes("family-pair"):
        show_portrait(left, pair.before).mark("pair-before")
        show_portrait(right, pair.after).mark("pair-after")


def _differences(differences: tuple[str, ...]) -> None:
    with ui.element("ul").classes("family-differences").mark("differences"):
        for words in differences or ("no differences: both are built alike",):
            with ui.element("li"):
                ui.label(words)
