"""Many clients at once: a short run of ``benchmarks/mcp_load.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mcp_load import READS, STEER, load

ROOT = Path(__file__).parents[3]


def test_many_clients_on_a_running_search_lose_nothing(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    told = load(clients=8, seconds=3, home=scored, dataset="table:planted/toy")
    assert told.errors == ()
    assert told.lost == 0
    assert told.calls >= 8
    assert {tool for tool, _ in READS} | {STEER} >= set(told.tools)
    assert told.reading.median <= told.reading.p95 <= told.reading.slowest
