"""The view of a run counts the time of the search, whatever people do to its log later."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from illuminas.agents.steering import steer
from illuminas.memory.directives import AddHeuristic
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import RoundEnded
from illuminas.memory.runs import RunFolder, is_driven, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError


def test_a_rule_that_a_person_adds_afterwards_takes_the_run_no_longer(recorded_run: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / recorded_run.id)
    shutil.copytree(recorded_run.path, folder.path)
    before = open_state(folder).seconds
    steer(folder, AddHeuristic(predicate="layers >= 2"), author="ann", via="web")
    assert open_state(folder).seconds == before


def test_a_damaged_event_is_named_at_every_try(
    recorded_run: RunFolder, tmp_path: Path, damage: Callable[[Path], int]
) -> None:
    copy = RunFolder(tmp_path / "old")
    shutil.copytree(recorded_run.path, copy.path)
    log, view = EventLog(copy.log, read_only=True), RunState()
    number = damage(copy.log)
    for _ in range(2):
        with pytest.raises(IlluminasError, match=f"event {number} of the log, round, is damaged"):
            view.extend(log.read(after=view.cursor))
    log.close()


def test_nobody_drives_a_run_whose_folder_is_gone_and_looking_leaves_no_file(tmp_path: Path) -> None:
    assert not is_driven(RunFolder(tmp_path / "gone"))
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    assert not is_driven(run)
    assert list(run.path.iterdir()) == []


def test_the_state_as_of_a_round_is_the_fold_of_the_log_until_its_end(recorded_run: RunFolder) -> None:
    log, so_far = EventLog(recorded_run.log, read_only=True), RunState()
    compared = 0
    for event in log.read():
        so_far.apply(event)
        if isinstance(event.data, RoundEnded):
            figures = event.data.figures
            state = RunState.at(log, event.round)
            assert state.figures[-1] == so_far.figures[-1] == figures
            for name in ("evaluations", "elites", "kept", "candidates", "niches", "best", "trials", "operators"):
                assert getattr(state, name) == getattr(so_far, name), (event.round, name)
            assert state.qd_score == pytest.approx(figures.qd_score)
            assert state.coverage == pytest.approx(figures.coverage)
            compared += 1
    log.close()
    assert compared > 10
