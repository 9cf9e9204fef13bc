"""The view of a run counts the time of the search, whatever people do to its log later."""

from __future__ import annotations

import shutil
from pathlib import Path

from illuminas.agents.steering import steer
from illuminas.memory.directives import AddHeuristic
from illuminas.memory.runs import RunFolder, open_view


def test_a_rule_that_a_person_adds_afterwards_takes_the_run_no_longer(recorded_run: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / recorded_run.id)
    shutil.copytree(recorded_run.path, folder.path)
    before = open_view(folder).seconds
    steer(folder, AddHeuristic(predicate="layers >= 2"), author="ann", via="web")
    assert open_view(folder).seconds == before
