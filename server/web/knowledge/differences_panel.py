"""The panel of differences: of two rounds of the run, or of it and another run."""

from __future__ import annotations

from typing import Any

from nicegui import run as background
from nicegui import ui

from illuminas.memory.heuristics import Heuristic
from illuminas.server.services.knowledge.differences import Agreement, Changed, Finding, between_rounds, findings
from illuminas.server.services.knowledge.listing import figures
from illuminas.server.viz.palette import CHANGE, STATUS
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.tab import CoalescedTask
from illuminas.server.web.table import SIGNED, LongTable, columns

THIS = ""
_RULE = """
<q-td :props="props" style="white-space: normal; min-width: 15rem">
  <button v-if="props.row.here" type="button" class="know-open">
    <span class="know-id">{{ props.row.id }}</span> {{ props.row.rule }}
  </button>
  <span v-else><span class="know-id">{{ props.row.id }}</span> {{ props.row.rule }}</span>
</q-td>
"""
_STATE = """
<q-td :props="props">
  <span class="know-narrow">{{ props.col.label }}: </span><span style="white-space: pre-line">{{ props.value }}</span>
</q-td>
"""


class DifferencesPanel:
    """What changed from one state of the knowledge to another."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._task = CoalescedTask(self._compare, name="differences of knowledge")

    def build(self) -> None:
        others = {THIS: "this run"} | {id_: id_ for id_ in self._notebook.others()}
        with ui.row().classes("w-full items-center gap-2"):
            self._run = ui.select(others, value=THIS, label="Compare with", on_change=self._turn)
            self._run.props("outlined dense data-testid=other").classes("grow basis-48")
            self._before = ui.number("From its round", min=0, precision=0, value=0, on_change=self.refresh)
            self._before.props("outlined dense clearable placeholder=now stack-label data-testid=before")
            self._after = ui.number("To this run's round", min=0, precision=0, on_change=self.refresh)
            self._after.props("outlined dense clearable placeholder=now stack-label data-testid=after")
            for field in (self._before, self._after):
                field.classes("grow basis-32")
        self._told = ui.label().classes("text-sm opacity-80").props("role=status data-testid=differences-told")
        slots = {"what": SIGNED, "rule": _RULE, "before": _STATE, "after": _STATE}
        self._table = LongTable([], slots, self._open, label="Differences").props("data-testid=differences")

    def _turn(self) -> None:
        """Compare with another run: as it is now; with this one: as it began."""
        self._before.set_value(0 if self._run.value == THIS else None)
        self.refresh()

    def refresh(self) -> None:
        """Compare again, for something may have changed."""
        self._task.start()

    async def _compare(self) -> None:
        other = str(self._run.value)
        before, after = _round(self._before), _round(self._after)
        now = self._notebook.history.as_of(after)
        if other == THIS:
            changed = between_rounds(self._notebook.history.as_of(before), now)
            rows = [_of_a_change(each) for each in changed]
            told = f"{len(rows)} changes from {_words(before)} to {_words(after)}"
            self._head("Change", _words(before), _words(after))
        else:
            theirs = await background.io_bound(self._notebook.of_another, other, before)
            if theirs is None or self._table.is_deleted:
                return
            rows = [_of_a_rule(each) for each in findings([list(now.values()), list(theirs.values())])]
            told = f"{len(now)} rules here after {_words(after)}, {len(theirs)} in {other} after {_words(before)}"
            self._head("Verdict", other, "this run")
        self._table.set_visibility(bool(rows))
        self._told.set_text(f"{told}." if rows else f"No difference: {told}.")
        self._table.show(rows)

    def _head(self, what: str, before: str, after: str) -> None:
        heads = {"what": what, "rule": "Rule", "before": before, "after": after}
        self._table.columns = columns({name: head[:1].upper() + head[1:] for name, head in heads.items()})

    def _open(self, key: str, id_: str, button: str) -> None:
        self._notebook.turn_to(id_)


def _round(field: ui.number) -> int | None:
    return None if field.value is None else int(field.value)


def _words(round: int | None) -> str:
    return "now" if round is None else f"round {round}"


def _of_a_change(changed: Changed) -> dict[str, Any]:
    sign = CHANGE[changed.change]
    return {
        "key": f"{changed.change} {changed.now.id}",
        "glyph": sign.glyph,
        "colour": sign.colour,
        "what": CHANGE[changed.change].words,
        "id": changed.now.id,
        "here": True,
        "rule": changed.now.text,
        "before": _state(changed.then),
        "after": _state(changed.now),
    }


def _of_a_rule(found: Finding) -> dict[str, Any]:
    here, there = found.held
    one = "in this run alone" if there is None else "in the other alone"
    glyph, what = {
        Agreement.DISAGREE: ("≠", "they disagree"),
        Agreement.SHARED: ("＝", "in both"),
    }.get(found.agreement, ("+" if there is None else "−", one))
    known = here or there
    assert known is not None, "a finding is of some run"
    return {
        "key": f"{here and here.id} {there and there.id}",
        "glyph": glyph,
        "colour": "inherit",
        "what": what,
        "id": known.id,
        "here": here is not None,
        "rule": found.text,
        "before": _state(there),
        "after": _state(here),
    }


def _state(heuristic: Heuristic | None) -> str:
    """Status and effect, a line each."""
    if heuristic is None:
        return "not there"
    pinned = ", ★ pinned" if heuristic.pinned else ""
    return f"{STATUS[heuristic.status].glyph} {heuristic.status}{pinned}\n{figures(heuristic)}"
