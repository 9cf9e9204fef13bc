"""A search for mobile networks on images: measured in ONNX Runtime, and told what its networks begin with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import RunStarted
from illuminas.memory.runs import find_run
from illuminas.server.services.activity import Story


def test_a_search_without_pretrained_weights_says_so_once_and_measures_in_onnx_runtime(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ILLUMINAS_MODELS", raising=False)
    rng = np.random.default_rng(0)
    photos = tmp_path / "photos.npz"
    np.savez(photos, x=rng.integers(0, 255, (60, 40, 40, 3), dtype=np.uint8), y=np.arange(60) % 2)
    small = "r32 s1:k3w8 s2:d1k3e2w8 s3:d1k3e2w24 s4:d1k3e2w40 s5:d0 s6:d0 s7:d0 h0 relu6 plain"
    config = SearchConfig(
        space="mobile",
        dataset=str(photos),
        llm="none",
        evaluations=1,
        epochs=1,
        workers=1,
        constraints=("resolution<=32", "macs<=3e6"),
        start=(small,),
    )
    search = Search(config)
    summary = search.run()
    assert summary.status == "finished" and summary.best is not None
    assert "latency:local:onnxruntime" in summary.best.objectives
    log = EventLog(find_run(search.id).log, read_only=True)
    started = [event for event in log.read() if isinstance(event.data, RunStarted)]
    log.close()
    (event,) = started
    line = Story().line(event)
    assert line is not None and "networks train from scratch (to have it: illuminas models pull" in str(line)
