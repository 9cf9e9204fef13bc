"""The list of runs, and where searches begin."""

from __future__ import annotations

from typing import Any, Final

from nicegui import run as background
from nicegui import ui

from illuminas.memory.run_summary import RunSummary
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.runs.beginning import StartDialog, go_on
from illuminas.server.web.runs.rows import readable_summary, run_row
from illuminas.server.web.table import columns
from illuminas.server.web.theme import SIGNS, header

SECONDS = 2.0
"""Between two looks at the folder of runs."""
_HEADS = {
    "state": "State",
    "run_id": "Run",
    "what": "Search",
    "llm": "LLM",
    "best": ">Best",
    "evaluations": ">Evaluations",
}
COLUMNS: Final = [*columns(_HEADS, sortable=True), *columns({"act": ">"})]
# texts in double braces are escaped by Vue
_STATE = f"""
<q-td :props="props">
  <span :class="'state state-' + props.row.state" :title="props.row.reason">
    <q-icon :name="{SIGNS!r}[props.row.state]" size="15px" aria-hidden="true" /> {{{{ props.row.state }}}}
  </span>
</q-td>
"""
_RUN = """
<q-td :props="props">
  <a :href="'/runs/' + props.row.run_id" class="mono">{{ props.row.run_id }}</a>
  <div class="quiet text-xs">{{ props.row.age }}</div>
  <div v-if="props.row.state === 'failed'" class="quiet text-xs wrap note">{{ props.row.reason }}</div>
</q-td>
"""
_SEARCH = """
<q-td :props="props">
  {{ props.row.what }}
  <div class="quiet text-xs">
    <span v-if="props.row.where !== '–'">latency on {{ props.row.where }}</span>
    <span v-if="props.row.mode !== 'engine'"> mode {{ props.row.mode }}</span>
  </div>
</q-td>
"""
_BEST = """
<q-td :props="props" class="figures">{{ props.row.best_words }}</q-td>
"""
_MADE = """
<q-td :props="props" class="figures">
  {{ props.row.evaluations }} of {{ props.row.budget }}
  <div class="track" style="width: 6rem; margin-left: auto" aria-hidden="true">
    <div :style="'width:' + Math.min(100, 100 * props.row.evaluations / Math.max(1, props.row.budget)) + '%'"></div>
  </div>
</q-td>
"""
_ACT = """
<q-td :props="props">
  <q-btn v-if="props.row.state === 'interrupted' || props.row.state === 'finished'" flat dense no-caps color="primary"
    icon="play_arrow" :label="props.row.state === 'finished' ? 'More' : 'Resume'"
    :aria-label="'Go on with ' + props.row.run_id" @click="() => $parent.$emit('resume', props.row.run_id)" />
</q-td>
"""
_CARD = """
<div class="q-pa-xs col-xs-12"><div class="sheet">
  <div class="flex items-center gap-2">
    <q-checkbox dense v-model="props.selected" :aria-label="'Choose ' + props.row.run_id" />
    <a :href="'/runs/' + props.row.run_id" class="mono wrap" style="flex: 1 1 8rem">{{ props.row.run_id }}</a>
    <span :class="'state state-' + props.row.state">{{ props.row.state }}</span>
  </div>
  <div>{{ props.row.what }}, device {{ props.row.where }}</div>
  <div class="quiet figures">best {{ props.row.best_words }},
    {{ props.row.evaluations }} of {{ props.row.budget }} evaluations; {{ props.row.llm }}; {{ props.row.age }}</div>
  <div v-if="props.row.state === 'failed'" class="quiet text-xs wrap">{{ props.row.reason }}</div>
</div></div>
"""


class RunsPage:
    """Every run, the newest first."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._rows: list[dict[str, Any]] | None = None
        self._finished: dict[str, tuple[int, RunSummary]] = {}

    def build(self) -> None:
        may_act = self._client.may_act
        with header(self._client):
            ui.space()
        with ui.column().classes("page gap-3"):
            with ui.row().classes("w-full items-center gap-3"):
                ui.label("Runs").classes("text-2xl")
                self._count = ui.label().classes("quiet")
                ui.space()
                self._compare = ui.button("Compare", icon="compare_arrows", on_click=self._go_compare).props("outline")
                self._compare.mark("compare").set_enabled(False)
                if may_act:
                    start = StartDialog(self._client)
                    ui.button("New search", icon="add", on_click=start.open).props("unelevated").mark("new-search")
            self._empty = ui.label("Nobody has searched here yet.").classes("quiet")
            columns = COLUMNS if may_act else COLUMNS[:-1]
            self._table = ui.table(
                columns=columns, rows=[], row_key="run_id", selection="multiple", pagination=25, on_select=self._chosen
            )
            self._table.classes("w-full").props('flat bordered :grid="Quasar.Screen.lt.sm"').mark("runs")
            slots = {"state": _STATE, "run_id": _RUN, "what": _SEARCH, "best": _BEST, "evaluations": _MADE}
            for name, template in slots.items():
                self._table.add_slot(f"body-cell-{name}", template)
            if may_act:
                self._table.add_slot("body-cell-act", _ACT)
                self._table.on("resume", lambda event: go_on(self._client, str(event.args)))
            self._table.add_slot("item", _CARD)
        ui.timer(SECONDS, self._look)

    async def _look(self) -> None:
        runs = await background.io_bound(self._read)
        if runs is None:  # while the server is ending
            return
        rows = [run_row(run) for run in runs]
        if rows == self._rows:
            return
        self._rows = self._table.rows = rows
        self._table.update()
        going = sum(run.state in ("starting", "running", "waiting", "paused") for run in runs)
        self._count.text = f"{len(runs)}, {going} going on" if going else str(len(runs))
        self._empty.set_visibility(not runs)
        self._table.set_visibility(bool(runs))

    def _read(self) -> list[RunSummary]:
        """All runs, the newest first; those that are over are read once."""
        runs = self._client.unbegun()
        for folder in self._client.folders():
            try:
                size = folder.log.stat().st_size
            except FileNotFoundError:  # deleted just now
                continue
            kept = self._finished.get(folder.id)
            if kept is None or kept[0] != size:
                kept = size, readable_summary(folder)
                if kept[1].state == "finished":
                    self._finished[folder.id] = kept
            runs.append(kept[1])
        return sorted(runs, key=lambda run: run.run_id, reverse=True)

    def _chosen(self) -> None:
        self._compare.set_enabled(len(self._table.selected) > 1)

    def _go_compare(self) -> None:
        ui.navigate.to("/compare?runs=" + ",".join(row["run_id"] for row in self._table.selected))
