"""The card of one heuristic: what it claims, the evidence, who followed it, and what happened to it."""

from __future__ import annotations

from nicegui import background_tasks, events, ui
from nicegui import run as background

from illuminas.memory.evidence import METRIC_WORDS
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.ledger import Change
from illuminas.server.output import number
from illuminas.server.web.knowledge import acts
from illuminas.server.web.knowledge.citations import Citation
from illuminas.server.web.knowledge.dossier import Dossier, dossier
from illuminas.server.web.knowledge.evidence_figure import evidence_figure
from illuminas.server.web.knowledge.growth_figure import growth_figure
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.knowledge.signs import CHANGE, MEANING, STATUS

ORIGINS = {"mined": "mined from the evaluations", "critic": "proposed by the critic's LLM", "user": "added by a person"}
UNITS = {"val_accuracy": "%", "latency_ms": "ms"}
CITED = 50
"""Citations that a card lists."""


class Card:
    """The heuristic that is open in a notebook."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._dossier: Dossier | None = None
        self._asked = 0

    def build(self) -> None:
        with ui.row().classes("w-full items-center gap-2") as self._busy:
            ui.spinner(size="sm")
            ui.label("Looking at every architecture that was evaluated").classes("opacity-70")
        self._busy.set_visibility(False)
        self._place = ui.column().classes("w-full gap-3")
        self._notebook.window.selection.tell(self._highlight)

    def refresh(self) -> None:
        """Show the one that is open, as it stood in the round that is looked at."""
        background_tasks.create(self._load(), name="card of a heuristic")

    async def _load(self) -> None:
        notebook, id_ = self._notebook, self._notebook.open
        self._asked += 1
        asked = self._asked
        if id_ is None or id_ not in notebook.heuristics:
            self._dossier = None
            self._busy.set_visibility(False)
            self._place.clear()
            if notebook.heuristics or id_ is not None:
                born = "" if id_ is None else f"{id_} was not born yet. "
                with self._place:
                    ui.label(f"{born}Open a rule to see its evidence.").classes("opacity-70")
            return
        self._busy.set_visibility(True)
        found = await background.io_bound(dossier, notebook.window.run, notebook.chronicle, id_, notebook.round)
        # another one may have been asked for in the meantime, or the page be gone
        if found is None or asked != self._asked or self._place.is_deleted:
            return
        self._dossier = found
        self._busy.set_visibility(False)
        self._place.clear()
        with self._place:
            self._show(found)

    def _show(self, found: Dossier) -> None:
        heuristic = found.heuristic
        sign = STATUS[heuristic.status]
        with ui.row().classes("w-full items-center gap-2"):
            ui.label(sign.glyph).style(f"color: {sign.colour}").classes("text-xl").props("aria-hidden=true")
            ui.label(heuristic.status).classes("font-medium").props("data-testid=status")
            ui.label(heuristic.id).classes("font-mono opacity-70").props("data-testid=open-id")
            if heuristic.pinned:
                ui.badge("★ pinned").props("color=amber-9")
            ui.space()
            if self._notebook.may_act and self._notebook.round is None:
                self._actions(heuristic)
        ui.label(heuristic.text).classes("text-lg leading-snug break-words").props("data-testid=text")
        with ui.element("dl").classes("know-facts"):
            _fact("holds where", found.words)
            _fact("predicate", heuristic.predicate.text, mono=True)
            _fact("claims", f"{heuristic.direction} {METRIC_WORDS[heuristic.metric]}")
            _fact("scope", heuristic.scope.text)
            by = f" ({heuristic.author})" if heuristic.author else ""
            _fact("origin", f"{ORIGINS[heuristic.origin]}{by}, after round {heuristic.born_round}")
            _fact("status", f"{heuristic.status} since round {heuristic.since}: {heuristic.reason}")
            _fact("evidence", heuristic.evidence.words(heuristic.metric))
            if heuristic.found_with is not None:
                _fact(
                    "at its birth", f"{heuristic.found_with.words(heuristic.metric)}; that does not count as evidence"
                )
            if heuristic.superseded_by:
                self._links("merged into", [heuristic.superseded_by])
            if found.replaced:
                self._links("took in", found.replaced)
        self._plot = ui.plotly(self._figure(found)).classes("w-full know-plot").props("data-testid=evidence")
        self._plot.props(f'role=img aria-label="{heuristic.id}: interval of the effect, and the architectures"')
        self._plot.on("plotly_click", self._pick)
        self._picked = ui.label("Click an architecture to pick it out in every tab.").classes("text-sm opacity-80")
        self._picked.props("data-testid=picked")
        growth = growth_figure(found.history, self._last())
        if growth is not None:
            ui.label("How its evidence grew").classes("text-base font-medium")
            plot = ui.plotly(growth).classes("w-full know-plot").props("data-testid=growth role=img")
            plot.props('aria-label="Effect and interval, round by round"')
        ui.label("Where it was applied").classes("text-base font-medium")
        told = found.cited_words
        ui.label(f"{told[0].upper()}{told[1:]}.").classes("text-sm").props("data-testid=cited")
        if found.citations:
            self._cited(found.citations)
        ui.label("What happened to it").classes("text-base font-medium")
        self._history(found)

    def _actions(self, heuristic: Heuristic) -> None:
        if heuristic.status is HeuristicStatus.RETIRED:
            return
        icon = "push_pin"
        ui.button(
            "Unpin" if heuristic.pinned else "Pin", icon=icon, on_click=lambda: acts.pin(self._notebook, heuristic)
        ).props("flat dense no-caps").props("data-testid=pin")
        ui.button("Reword", icon="edit", on_click=lambda: acts.reword(self._notebook, heuristic)).props(
            "flat dense no-caps"
        ).props("data-testid=reword")
        ui.button("Retire", icon="archive", on_click=lambda: acts.retire(self._notebook, heuristic)).props(
            "flat dense no-caps"
        ).props("data-testid=retire")

    def _last(self) -> int:
        return self._notebook.last if self._notebook.round is None else self._notebook.round

    def _links(self, name: str, ids: list[str]) -> None:
        with ui.element("dt"):
            ui.label(name)
        with ui.element("dd"), ui.row().classes("gap-1"):
            for id_ in ids:
                ui.button(id_, on_click=lambda id_=id_: self._notebook.turn_to(id_)).props("flat dense no-caps")

    def _figure(self, found: Dossier) -> dict[str, object]:
        run = self._notebook.window.run
        return evidence_figure(
            found,
            unit=UNITS[found.heuristic.metric],
            title=lambda hash_: run.space.title(run.architecture(hash_)),
            selected=self._notebook.window.selection.hashes,
        )

    def _pick(self, event: events.GenericEventArguments) -> None:
        hashes = [point["customdata"] for point in event.args.get("points", ()) if point.get("customdata")]
        if hashes:
            self._notebook.window.selection.set(frozenset(map(str, hashes[:1])))

    def _highlight(self) -> None:
        """Show what is selected, here or in another tab."""
        if self._dossier is None:
            return
        self._plot.update_figure(self._figure(self._dossier))
        told = [each for each in self._dossier.witnesses if each.hash in self._notebook.window.selection.hashes]
        run = self._notebook.window.run
        if len(told) == 1:
            line = run.line(told[0].hash)
            latency = "" if line.latency_ms is None else f", {line.latency_ms:.3g} ms"
            self._picked.set_text(
                f"{line.words}: {number(line.val_accuracy)} %{latency}; by {line.operator} in round {line.round}"
                f"{'; elite of ' + line.niche_words if line.elite and line.niche_words else ''}"
                f"{'; on the front' if line.on_front else ''}"
            )
        elif told:
            self._picked.set_text(f"{len(told)} of the selected architectures are among its witnesses.")

    def _cited(self, citations: list[Citation]) -> None:
        columns = [
            {
                "name": "words",
                "label": "Architecture",
                "field": "words",
                "align": "left",
                "style": "white-space:normal",
            },
            {"name": "fate", "label": "What became of it", "field": "fate", "align": "left"},
            {"name": "came", "label": "val %", "field": "came", "align": "right"},
            {"name": "expected", "label": "expected %", "field": "expected", "align": "right"},
            {"name": "round", "label": "round", "field": "round", "align": "right"},
            {"name": "operator", "label": "by", "field": "operator", "align": "left"},
        ]
        shown = [
            {
                "hash": each.hash,
                "words": each.words,
                "fate": f"{each.fate}{', on the front' if each.on_front else ''}",
                "came": number(each.accuracy),
                "expected": number(each.expected),
                "round": "–" if each.round is None else each.round,
                "operator": each.operator.value,
            }
            for each in citations[:CITED]
        ]
        table = ui.table(columns=columns, rows=shown, row_key="hash", pagination=8).props("data-testid=citations")
        table.props("flat dense bordered").classes("w-full")
        table.on("rowClick", self._pick_row, [[], ["hash"], None])
        if len(citations) > CITED:
            ui.label(f"The best {CITED} of {len(citations)}.").classes("text-xs opacity-70")

    def _pick_row(self, event: events.GenericEventArguments) -> None:
        self._notebook.window.selection.set(frozenset([str(event.args[1]["hash"])]))

    def _history(self, found: Dossier) -> None:
        with ui.column().classes("w-full gap-1").props("data-testid=history"):
            for moment in found.history:
                if moment.change.change is Change.MEASURED:  # the plot shows these
                    continue
                change, sign = moment.change, CHANGE[moment.change.change]
                with ui.row().classes("w-full no-wrap gap-2 items-baseline text-sm"):
                    ui.label(f"round {change.round}").classes("opacity-70 whitespace-nowrap w-16 shrink-0")
                    ui.label(sign.glyph).style(f"color: {sign.colour}").props("aria-hidden=true")
                    by = f" by {change.author}" if change.author else ""
                    ui.label(f"{MEANING[change.change]}{by}: {change.heuristic.reason}").classes("break-words min-w-0")


def _fact(name: str, value: str, *, mono: bool = False) -> None:
    with ui.element("dt"):
        ui.label(name)
    with ui.element("dd"):
        ui.label(value).classes("break-words" + (" font-mono text-sm" if mono else ""))
