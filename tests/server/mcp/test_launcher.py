"""Orders, and the processes that carry them out."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from illuminas.server.services.launcher import Launcher, Order
from illuminas.tools.errors import IlluminasError


def test_a_process_that_was_started_and_has_not_begun_is_neither_started_again_nor_given_another_order(
    tmp_path: Path,
) -> None:
    launcher, first = Launcher(tmp_path), Order(run_id="run", caps={"evaluations": 5.0})
    (tmp_path / "run.json").write_text(first.model_dump_json())
    with (tmp_path / "run.txt").open("w") as output:
        output.write("its words")
        output.flush()
        fcntl.flock(output, fcntl.LOCK_EX)
        with pytest.raises(IlluminasError, match="was started already"):
            launcher.launch(Order(run_id="run", caps={"evaluations": 6.0}))
    assert launcher.order("run") == first
    assert launcher.last_words("run") == "its words"


def test_an_order_of_another_version_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"run_id": "run", "gone": 1}')
    with pytest.raises(IlluminasError, match="no order that this version"):
        Launcher(tmp_path).order("run")
