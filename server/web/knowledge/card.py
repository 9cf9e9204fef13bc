"""The card of one heuristic: what it claims, the evidence, who followed it, and what happened to it."""

from __future__ import annotations

from nicegui import background_tasks, events, ui
from nicegui import run as background

from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.server.services.knowledge.dossier import Citation, Dossier, facts
from illuminas.server.services.reports import architecture_line
from illuminas.server.viz.palette import CHANGE, STATUS, meaning
from illuminas.server.web.figure import Figure, layout
from illuminas.server.web.knowledge.figures import evidence_figure, growth_figure
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.plot import plot
from illuminas.server.web.table import columns
from illuminas.tools.figures import number

PICK = "Click an architecture to pick it out in every tab."
EMPTY: Figure = {"data": [], "layout": layout(height=210)}
CITED = 50
"""Citations that a card lists."""


class Card:
    """The heuristic that is open in a notebook."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._dossier: Dossier | None = None
        self._shown: tuple[Dossier | None, int | None] = None, None
        self._asked = 0

    def build(self) -> None:
        with ui.row().classes("w-full items-center gap-2") as self._busy:
            ui.spinner(size="sm")
            ui.label("Looking at every architecture that was evaluated").classes("opacity-70")
        self._busy.set_visibility(False)
        self._nothing = ui.label().classes("opacity-70").props("data-testid=nothing-open")
        # a plot must not be made anew while it is still being drawn, so the card keeps its own
        with ui.column().classes("w-full gap-3") as self._all:
            self._head = ui.column().classes("w-full gap-3")
            self._plot = plot(EMPTY, "The effect with its interval, over the architectures that made it")
            self._plot.props("data-testid=evidence")
            self._plot.on("plotly_click", self._pick)
            self._picked = ui.label(PICK).classes("text-sm opacity-80").props("data-testid=picked role=status")
            with ui.column().classes("w-full gap-1") as self._grown:
                ui.label("How its evidence grew").classes("text-base font-medium")
                self._growth = plot(EMPTY, "The effect with its interval, round by round")
                self._growth.props("data-testid=growth")
            self._rest = ui.column().classes("w-full gap-3")
        self._all.set_visibility(False)
        self._notebook.page_state.selection.tell(self._highlight)

    def refresh(self) -> None:
        """Show the one that is open, as it stood in the round that is looked at."""
        background_tasks.create(self._load(), name="card of a heuristic")

    async def _load(self) -> None:
        notebook, id_ = self._notebook, self._notebook.open
        self._asked += 1
        asked = self._asked
        found = None
        if id_ is not None and id_ in notebook.heuristics:
            self._busy.set_visibility(self._dossier is None)
            found = await background.io_bound(notebook.dossier, id_)
            # another one may have been asked for in the meantime, or the page be gone
            if found is None or asked != self._asked or self._all.is_deleted:
                return
        if found is not None and (found, notebook.round) == self._shown:
            self._busy.set_visibility(False)
            return
        self._dossier, self._shown = found, (found, notebook.round)
        self._busy.set_visibility(False)
        self._all.set_visibility(found is not None)
        born = "" if id_ is None or found is not None else f"{id_} was not born yet. "
        self._nothing.set_text(f"{born}Open a rule to see its evidence." if notebook.heuristics or born else "")
        self._nothing.set_visibility(found is None)
        if found is not None:
            self._show(found)

    def _show(self, found: Dossier) -> None:
        self._head.clear()
        with self._head:
            self._describe(found)
        self._plot.update_figure(self._figure(found))
        growth = growth_figure(found.history, self._last())
        self._grown.set_visibility(growth is not None)
        if growth is not None:
            self._growth.update_figure(growth)
        self._rest.clear()
        with self._rest:
            ui.label("Where it was applied").classes("text-base font-medium")
            told = found.cited_words
            ui.label(f"{told[0].upper()}{told[1:]}.").classes("text-sm").props("data-testid=cited")
            if found.citations:
                self._cited(found.citations)
            ui.label("What happened to it").classes("text-base font-medium")
            self._history(found)

    def _describe(self, found: Dossier) -> None:
        """Who it is, what it claims, and what may be done to it."""
        heuristic = found.heuristic
        sign = STATUS[heuristic.status]
        with ui.row().classes("w-full items-center gap-2"):
            ui.label(sign.glyph).style(f"color: {sign.colour}").classes("sign text-xl").props("aria-hidden=true")
            ui.label(heuristic.status).classes("font-medium").props("data-testid=status")
            ui.label(heuristic.id).classes("font-mono opacity-70").props("data-testid=open-id")
            if heuristic.pinned:
                ui.badge("★ pinned").props("color=amber-9")
            ui.space()
            if self._notebook.may_act and self._notebook.round is None:
                self._actions(heuristic)
        ui.label(heuristic.text).classes("text-lg leading-snug break-words").props("data-testid=text")
        with ui.element("dl").classes("know-facts"):
            for name, value in facts(heuristic, self._notebook.page_state.run.space):
                if name == "merged into":
                    self._links(name, [value])
                else:
                    _fact(name, value, mono=name == "predicate")
            if found.replaced:
                self._links("took in", found.replaced)

    def _actions(self, heuristic: Heuristic) -> None:
        if heuristic.status is HeuristicStatus.RETIRED:
            return
        steer, id_, pinned = self._notebook.page_state.steer, heuristic.id, not heuristic.pinned
        for name, icon, ask in (
            ("Pin" if pinned else "Unpin", "push_pin", lambda: steer("pin", heuristic=id_, pinned=pinned)),
            ("Reword", "edit", lambda: steer("reword", heuristic=id_, text=heuristic.text)),
            ("Retire", "archive", lambda: steer("retire", heuristic=id_)),
        ):
            ui.button(name, icon=icon, on_click=ask).props(f"flat dense no-caps data-testid={name.lower()}")

    def _last(self) -> int:
        return self._notebook.last if self._notebook.round is None else self._notebook.round

    def _links(self, name: str, ids: list[str]) -> None:
        with ui.element("dt"):
            ui.label(name)
        with ui.element("dd"), ui.row().classes("gap-1"):
            for id_ in ids:
                ui.button(id_, on_click=lambda id_=id_: self._notebook.turn_to(id_)).props("flat dense no-caps")

    def _figure(self, found: Dossier) -> dict[str, object]:
        run = self._notebook.page_state.run
        return evidence_figure(
            found,
            unit=found.heuristic.objective.shown_unit,
            title=lambda hash_: run.space.title(run.architecture(hash_)),
            selected=self._notebook.page_state.selection.hashes,
        )

    def _pick(self, event: events.GenericEventArguments) -> None:
        hashes = [point["customdata"] for point in event.args.get("points", ()) if point.get("customdata")]
        if hashes:
            self._notebook.page_state.selection.set(frozenset(map(str, hashes[:1])))

    def _highlight(self) -> None:
        """Show what is selected, here or in another tab."""
        if self._dossier is None:
            return
        self._plot.update_figure(self._figure(self._dossier))
        chosen = self._notebook.page_state.selection.hashes
        told = [each.hash for each in self._dossier.witnesses if each.hash in chosen]
        if len(told) == 1:
            self._picked.set_text(self._words(told[0]))
        else:
            self._picked.set_text(f"{len(told)} of the selected architectures are its witnesses." if told else PICK)

    def _words(self, hash_: str) -> str:
        line = architecture_line(self._notebook.page_state.run, hash_)
        parts = [
            f"{line.words}: {line.figures}",
            f"by {line.operator} in round {line.round}",
            f"elite of {line.niche_words}" if line.elite else "",
            "on the front" if line.on_front else "",
        ]
        return ", ".join(part for part in parts if part)

    def _cited(self, citations: list[Citation]) -> None:
        heads = {"words": "Architecture", "fate": "What became of it", "came": ">val %", "expected": ">expected %"}
        heads |= {"round": ">round", "operator": "by"}
        shown = [
            {
                "hash": each.hash,
                "words": each.words,
                "fate": f"{each.fate}{', on the front' if each.on_front else ''}",
                "came": number(each.value),
                "expected": number(each.expected),
                "round": "–" if each.round is None else each.round,
                "operator": each.operator.value,
            }
            for each in citations[:CITED]
        ]
        table = ui.table(columns=columns(heads), rows=shown, row_key="hash", pagination=8).props(
            "data-testid=citations"
        )
        table.props("flat dense bordered wrap-cells").classes("w-full")
        table.on("rowClick", self._pick_row, [[], ["hash"], None])
        if len(citations) > CITED:
            ui.label(f"The best {CITED} of {len(citations)}.").classes("text-xs opacity-70")

    def _pick_row(self, event: events.GenericEventArguments) -> None:
        self._notebook.page_state.selection.set(frozenset([str(event.args[1]["hash"])]))

    def _history(self, found: Dossier) -> None:
        with ui.column().classes("w-full gap-1").props("data-testid=history"):
            for moment in found.history:
                if moment.change.change is Change.MEASURED:  # the plot shows these
                    continue
                change, sign = moment.change, CHANGE[moment.change.change]
                with ui.row().classes("w-full no-wrap gap-2 items-baseline text-sm"):
                    ui.label(f"round {change.round}").classes("opacity-70 whitespace-nowrap w-16 shrink-0")
                    ui.label(sign.glyph).style(f"color: {sign.colour}").classes("sign").props("aria-hidden=true")
                    by = f" by {change.author}" if change.author else ""
                    ui.label(f"{meaning(moment)}{by}: {self._notebook.history.why(moment)}").classes(
                        "break-words min-w-0"
                    )


def _fact(name: str, value: str, *, mono: bool = False) -> None:
    with ui.element("dt"):
        ui.label(name)
    with ui.element("dd"):
        ui.label(value).classes("break-words" + (" font-mono text-sm" if mono else ""))
