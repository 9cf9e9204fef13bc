"""Reports: one file that needs nothing else, texts for papers, and how to repeat the run."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.steering import steer
from illuminas.memory.directives import RewordHeuristic
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import HeuristicChanged, RunStarted, SessionBegan
from illuminas.memory.knowledge import as_of
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, open_state
from illuminas.server.report.contents import command_of, contents
from illuminas.server.report.document import Code, Document, Drawing, Facts, Section, Steps, Table, Words
from illuminas.server.report.html import to_html
from illuminas.server.report.markdown import to_markdown
from illuminas.server.report.writing import Format, write_report
from illuminas.server.viz.plots import Panel
from illuminas.tools.errors import IlluminasError

HOSTILE = "</style></svg><script>alert('x')</script><img src=https://example.org/x onerror=y> $a$ | `b`"
TITLES = [
    "In short",
    "What was searched, and how",
    "The result",
    "How it went",
    "What was learned",
    "What people asked",
    "What it cost",
    "What failed",
    "How to repeat it",
]


class Page(HTMLParser):
    """What a browser would find in a page.

    Attributes:
        tags: how many of each there are.
        ids, wanted: ids that elements have, and those that something refers to.
        outside: addresses that are none of the page itself.
        told: text that a person can read.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.outside: list[str] = []
        self.handlers: list[str] = []
        self.told = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            value = value or ""
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "data", "action", "srcset", "poster"):
                if value.startswith("#"):
                    self.wanted.add(value[1:])
                elif not value.startswith("data:image/png;base64,"):
                    self.outside.append(value)
            self._addresses(value)
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.told += data
        if self.lasttag == "style":
            self._addresses(data)

    def _addresses(self, style: str) -> None:
        for address in re.findall(r"url\(([^)]*)\)|@import\s+(\S+)", style):
            found = "".join(address).strip("'\"")
            if found.startswith("#"):
                self.wanted.add(found[1:])
            else:
                self.outside.append(found)


@pytest.fixture
def steered(recorded_run: RunFolder, tmp_path: Path) -> RunFolder:
    """The recorded run, with hostile texts of an LLM and of a person in it."""
    folder = RunFolder(tmp_path / recorded_run.id)
    shutil.copytree(recorded_run.path, folder.path)
    log = EventLog(folder.log)
    heuristic = next(iter(as_of(log).values()))
    steer(folder, RewordHeuristic(heuristic=heuristic.id, text=HOSTILE, reason=HOSTILE), author="<b>ann", via="web")
    other = heuristic.model_copy(update={"text": HOSTILE, "reason": HOSTILE, "id": "h-abcdef"})
    log.append(HeuristicChanged(change="born", heuristic=other.model_dump(mode="json")), round=15)
    log.close()
    return folder


def report_of(folder: RunFolder) -> Document:
    run, history = Run(folder).refresh(), KnowledgeHistory()
    history.extend(run.log.read())
    found = contents(run, history)
    run.close()
    return found


def test_a_page_needs_nothing_else_and_interprets_no_text_of_anybody(steered: RunFolder) -> None:
    (path,) = write_report(steered, Format.HTML)
    assert path == steered.path / "report.html"
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.outside == [] and page.handlers == []
    assert not {"script", "img", "iframe", "link", "b", "object"} & set(page.tags)
    assert "default-src 'none'" in text
    assert HOSTILE in page.told and "<b>ann" in page.told
    assert len(text) < 1_000_000


def test_its_sections_and_plots_are_these_and_every_reference_leads_somewhere(steered: RunFolder) -> None:
    (path,) = write_report(steered, Format.HTML)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert re.findall(r"<h2>(.*?)</h2>", text) == TITLES
    assert page.tags["svg"] >= len(Panel) and page.tags["figure"] == page.tags["svg"]
    assert all(panel.words in text for panel in Panel)
    assert page.wanted <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)


def test_a_reports_figures_are_those_of_the_run(recorded_run: RunFolder) -> None:
    view, report = open_state(recorded_run), report_of(recorded_run)
    assert view.best is not None
    assert f"The best reaches {view.best.objectives['accuracy']:.2f} %" in report.summary
    parts = {section.title: section.parts for section in report.sections}
    (failed,) = [part for part in parts["What failed"] if isinstance(part, Table)]
    assert sum(int(row[0]) for row in failed.rows) == len(view.failures)
    elites = [part for part in parts["The result"] if isinstance(part, Table)][-1]
    assert len(elites.rows) == len(view.elites)
    (story,) = [part for part in parts["What was learned"] if isinstance(part, Steps)]
    assert [title for title, _ in story.groups] == ["Round 6", "Round 12"]


def test_the_python_in_a_report_is_the_runs_own_configuration(recorded_run: RunFolder) -> None:
    codes = [part.text for part in report_of(recorded_run).sections[-1].parts if isinstance(part, Code)]
    found = re.search(r"config = (\{.*\})\nSearch", codes[1], flags=re.DOTALL)
    assert found is not None
    assert SearchConfig(**ast.literal_eval(found[1])) == SearchConfig.model_validate(
        open_state(recorded_run).started.config
    )
    assert codes[0].startswith("illuminas search --mode llmatic")
    assert "--budget 101" in codes[0] and "--seed 0" in codes[0]


def test_the_command_in_a_report_has_every_option_that_was_given(planted: Path) -> None:
    given = {"objectives": ["accuracy", "params"], "constraints": ["params<=2e6"], "limits": {"retries": 4}}
    config = SearchConfig(dataset="table:planted/toy", device="none", llm="none", strict_latency=True, **given)
    told = command_of(config)
    for option in ("--objective accuracy --objective params", "--constraint 'params<=2e6'", "--llm-limit retries=4"):
        assert option in told
    assert told.startswith("illuminas search --mode engine --space nb201") and "--strict-latency" in told


def test_as_markdown_tables_stay_tables_and_plots_lie_beside_the_text(steered: RunFolder, tmp_path: Path) -> None:
    written = write_report(steered, Format.MD, tmp_path / "paper" / "run.md")
    text = written[0].read_text(encoding="utf-8")
    linked = re.findall(r"^!\[.*\]\((.*)\)$", text, flags=re.MULTILINE)
    assert [tmp_path / "paper" / link for link in linked] == written[1:]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written[1:])
    outside = re.sub(r"^(`{3,})\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", outside)
    tables = re.findall(r"(?:^\|.*\|\n)+", outside, flags=re.MULTILINE)
    assert len(tables) == 6
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_no_part_of_a_page_interprets_what_it_is_given() -> None:
    parts = [
        Words(HOSTILE),
        Facts([(HOSTILE, HOSTILE)]),
        Table((HOSTILE, f">{HOSTILE}"), [(HOSTILE, HOSTILE)]),
        Drawing(HOSTILE, "<i>drawn</i>", HOSTILE),
        Code(HOSTILE),
        Code(HOSTILE, title=HOSTILE),
        Steps(HOSTILE, [(HOSTILE, [HOSTILE])]),
    ]
    page = Page(to_html(Document(HOSTILE, HOSTILE, [Section("part", [part]) for part in parts]), str))
    assert not {"script", "img", "b"} & set(page.tags) and page.handlers == []
    assert page.told.count(HOSTILE) == 3 + 14  # the title stands in the head too
    assert page.tags["i"] == 1


def test_code_is_fenced_by_more_than_it_holds() -> None:
    document = Document("x", "y", [Section("z", [Code("a\n````\nb")])])
    assert "\n`````\na\n````\nb\n`````\n" in to_markdown(document, {})


def test_plots_alone_go_into_a_folder(recorded_run: RunFolder, tmp_path: Path) -> None:
    written = write_report(recorded_run, Format.PNG, tmp_path / "plots")
    assert {path.name for path in written} == {f"{panel}.png" for panel in Panel}


def test_a_run_that_has_only_begun_has_a_short_report(recorded_run: RunFolder, tmp_path: Path) -> None:
    source, log = EventLog(recorded_run.log, read_only=True), EventLog(tmp_path / "begun" / "events.sqlite")
    for event in source.read(RunStarted, SessionBegan):
        log.append(event.data, round=event.round, key=event.key)
    source.close()
    log.close()
    folder = RunFolder(tmp_path / "begun")
    folder.lock.touch()
    report = report_of(folder)
    assert "no success so far" in report.summary
    assert [section.title for section in report.sections] == [*TITLES[:2], *TITLES[5:]]
    assert "<svg" not in to_html(report, lambda panel: "<svg></svg>")
    for form in Format:
        assert write_report(folder, form)


def test_a_place_that_cannot_be_written_to_is_named(recorded_run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IlluminasError, match="Name another place with --out"):
        write_report(recorded_run, Format.HTML, tmp_path / "file" / "report.html")
