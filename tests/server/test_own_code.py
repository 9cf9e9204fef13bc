"""Runs of a space of one's own: others can open them, and no log makes anybody run what its user has not run."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from illuminas import Search, SearchConfig
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import RunStarted
from illuminas.memory.run import Run
from illuminas.memory.run_summary import run_summary
from illuminas.memory.runs import RunFolder, find_run
from illuminas.server.cli.app import app
from illuminas.server.mcp.server import open_server
from illuminas.server.services.reports import architecture_line
from illuminas.server.services.starting import go_on, search_config
from illuminas.server.web.portrait import portrait
from illuminas.server.web.runs.rows import run_row
from illuminas.server.web.tradeoffs.table import as_csv, columns_of
from illuminas.tools.errors import IlluminasError
from illuminas.tools.own_code import OwnCode, _script
from illuminas.tools.spaces.registry import own_space
from illuminas.tools.toolbox import Toolbox

ROOT = Path(__file__).parents[2]
SCRIPT = """
from illuminas import Choice, Genotype, GenotypeSpace, Objective, Search, SearchConfig, evaluator, register_space

LEVELS = tuple(str(level) for level in range(-3, 4))


@register_space
class Bowl(GenotypeSpace):
    name, noun, plural = "bowl", "point", "points of a bowl"
    summary = "Four numbers."
    partition = "none"
    genotype = Genotype([Choice(name=name, options=LEVELS, ordered=True) for name in ("a", "b", "c", "d")])


@evaluator(Objective(name="height", direction="min", source="evaluation", worst=40, ideal=0), in_process=True)
def evaluate(config, fidelity, seed):
    return {"height": sum((config[name] - 1) ** 2 for name in ("a", "b", "c", "d"))}


if __name__ == "__main__":
    config = SearchConfig(space="bowl", llm="none", evaluations=10, batch=5, workers=1)
    print(Search(config, evaluator=evaluate).run().best.objectives["height"])
"""
"""A function of four numbers that is as low as can be at one point, and no network anywhere."""


class OwnRun(NamedTuple):
    """A run of :data:`SCRIPT`, made by another process."""

    folder: RunFolder
    script: Path
    printed: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A data folder with one run, its script, and what that printed."""
    folder = tmp_path_factory.mktemp("own")
    script = folder / "bowl.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ILLUMINAS_HOME": str(folder / "home")}
    environment.pop("ILLUMINAS_SPACES", None)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return folder / "home", script, done.stdout


@pytest.fixture
def own_run(made: tuple[Path, Path, str], home: Path, monkeypatch: pytest.MonkeyPatch) -> OwnRun:
    monkeypatch.setenv("ILLUMINAS_SPACES", "")
    shutil.copytree(made[0], home)
    made[1].write_text(SCRIPT)
    own_space.cache_clear()
    _script.cache_clear()
    monkeypatch.setattr("illuminas.tools.spaces.registry._CLASSES", {})
    return OwnRun(find_run("last"), *made[1:])


def from_elsewhere(own: OwnRun, script: Path) -> RunFolder:
    """The run as it would come in an archive, whose log names ``script`` and its true SHA-256."""
    stranger = RunFolder(own.folder.path.with_name("20990101-000000-evil"))
    stranger.path.mkdir()
    source, log = EventLog(own.folder.log, read_only=True), EventLog(stranger.log)
    for event in source.read():
        data = event.data
        if isinstance(data, RunStarted):
            code = {
                role: OwnCode.at(f"{script}:{each.place.rpartition(':')[2]}") for role, each in data.own_code.items()
            }
            config = {**data.config, "dataset": f"evaluator:{code['evaluator'].place}"}
            data = data.model_copy(update={"own_code": code, "config": config})
        log.append(data, round=event.round, key=event.key)
    source.close()
    log.close()
    return stranger


def in_words(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    return " ".join((result.output + str(result.exception or "")).split())


def test_a_function_of_four_numbers_is_minimised_and_another_process_reports_it(
    own_run: OwnRun, tmp_path: Path
) -> None:
    with_log = Run(own_run.folder).refresh()
    heights = with_log.state.values["height"]
    assert len(heights) == 10 and float(own_run.printed) == min(heights.values())
    assert with_log.space.name == "bowl" and with_log.architecture(next(iter(heights))).text
    assert CliRunner().invoke(app, ["report", "last", "--out", str(tmp_path / "report.html")]).exit_code == 0
    assert "height" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_window_shows_it_without_sizes_that_nobody_counted(own_run: OwnRun) -> None:
    run = Run(own_run.folder).refresh()
    hash_ = next(iter(run.state.evaluations))
    assert run_row(run_summary(own_run.folder))["what"] == "bowl on evaluator:bowl.py:evaluate"
    shown = portrait(run, hash_)
    assert shown.title and "parameters" not in dict(shown.figures)
    columns = columns_of(run)
    assert "height" in as_csv(columns, [architecture_line(run, hash_)]).partition("\n")[0]
    assert (architecture_line(run, hash_).params, architecture_line(run, hash_).macs) == (None, None)


def test_the_list_of_runs_names_the_function_and_not_its_folder(own_run: OwnRun) -> None:
    listed = in_words("runs")
    assert str(own_run.script.parent) not in listed and "evaluator:" in listed


def test_an_objective_that_the_space_does_not_tell_is_refused(own_run: OwnRun) -> None:
    found = Run(own_run.folder).refresh()
    config = SearchConfig(
        llm="none",
        space="bowl",
        dataset=str(found.settings["dataset"]),
        objectives=("height", "params"),
        device="none",
        evaluations=4,
    )
    assert found.space.name == "bowl"
    with pytest.raises(IlluminasError, match="bowl does not tell params"):
        Search(config).run()


def test_a_log_from_elsewhere_runs_nothing_whoever_reads_it(own_run: OwnRun, tmp_path: Path) -> None:
    marker, script = tmp_path / "marker", tmp_path / "elsewhere" / "bowl.py"
    script.parent.mkdir()
    script.write_text(f"open({str(marker)!r}, 'w').close()\n{SCRIPT}")
    stranger = from_elsewhere(own_run, script)
    with pytest.raises(
        IlluminasError, match=r"elsewhere/bowl\.py \(SHA-256 \w{64}\) is not imported: you have begun no"
    ):
        _ = Run(stranger).refresh().space
    assert "bowl" in in_words("runs")
    for verb in (
        ("report", stranger.id),
        ("kb", "history", "--run", stranger.id),
        ("kb", "list", "--run", stranger.id),
    ):
        in_words(*verb)
    with pytest.raises(IlluminasError, match="is not imported"):
        Search(resume=stranger, caps={"evaluations": 12}).run()
    with pytest.raises(IlluminasError, match="is not imported"):
        search_config({"space": "nb201", "dataset": f"evaluator:{script}:evaluate"})
    assert not marker.exists()


def test_a_file_that_has_changed_is_neither_opened_nor_resumed(own_run: OwnRun) -> None:
    before = OwnCode.at(f"{own_run.script}:Bowl").sha256
    own_run.script.write_text(SCRIPT.replace("- 1", "- 2"))
    after = OwnCode.at(f"{own_run.script}:Bowl").sha256
    for attempt in (lambda: Run(own_run.folder).refresh().space, Search(resume=own_run.folder).run):
        with pytest.raises(IlluminasError, match=f"has changed: .*{before}.*{after}"):
            attempt()


def foreign_log(own: OwnRun, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **how: _of_somebody(true(path, **how), path == own.folder.log))


def foreign_file(own: OwnRun, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **how: _of_somebody(true(path, **how), path == own.script))


def logins(own: OwnRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_NO_OWN_CODE", "1")


def _of_somebody(found: os.stat_result, theirs: bool) -> os.stat_result:
    return os.stat_result((*found[:4], 4321, *found[5:])) if theirs else found


@pytest.mark.parametrize(
    ("change", "words"),
    [(foreign_log, "somebody else"), (foreign_file, "somebody else"), (logins, "others log in to this server")],
)
def test_neither_what_others_own_nor_a_server_with_logins_imports(
    own_run: OwnRun,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[OwnRun, pytest.MonkeyPatch], None],
    words: str,
) -> None:
    change(own_run, monkeypatch)
    with pytest.raises(IlluminasError, match=words):
        _ = Run(own_run.folder).refresh().space


def test_mcp_clients_can_not_go_on_with_what_may_not_be_imported(
    own_run: OwnRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins(own_run, monkeypatch)
    box = Toolbox(workers=1)

    async def ask() -> None:
        async with open_server(box) as (services, _):
            run = services.run(own_run.folder.id)
            with pytest.raises(IlluminasError, match="others log in"):
                go_on(services, run, {"evaluations": 20.0})
            with pytest.raises(IlluminasError, match="others log in"):
                await box.describe_task(str(run.settings["dataset"]), space="nb201")

    try:
        asyncio.run(ask())
    finally:
        box.close()


def test_serve_forbids_own_code_where_others_log_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_NO_OWN_CODE", "")
    tokens = tmp_path / "tokens.toml"
    tokens.write_text('[[client]]\nname = "ann"\ntoken = "0123456789abcdef-ann"\n')
    # refused for its sandbox, after the tokens were read
    in_words("serve", "--tokens", str(tokens), "--require-sandbox", "none-such")
    assert os.environ["ILLUMINAS_NO_OWN_CODE"] == "1"
