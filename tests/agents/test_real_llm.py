"""The real local model in the real graph, where its file is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import LLMCalled
from illuminas.tools import models


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> str:
    """The smallest local model that is here, where a data folder of the test's own finds it too."""
    for known in sorted(models.catalogue("llm"), key=lambda model: model.size):
        path = models.find(known.name)
        if path is not None:
            monkeypatch.setenv("ILLUMINAS_MODELS", str(path.parent))
            return known.name
    pytest.skip("no local model file: run `illuminas models pull`, or set ILLUMINAS_MODELS to a folder with one")


def test_a_small_local_model_plans_proposes_and_criticises_without_one_invalid_answer(
    model: str, planted: Path
) -> None:
    config = SearchConfig(
        dataset="table:planted/toy",
        device="table:planted/chip_ms",
        llm=f"local:{model}",
        proxies=("params",),
        evaluations=24,
    )
    search = Search(config)
    summary = search.run()
    assert summary.evaluations == 24
    log = EventLog(search.run_folder.log, read_only=True)
    calls = [event.data for event in log.read(LLMCalled)]
    log.close()
    assert {call["agent"] for call in calls} >= {"planner", "coder-edit", "coder-list"}
    assert not [call["error"] for call in calls if "error" in call]
    assert summary.llm.tokens == sum(call["prompt_tokens"] + call["completion_tokens"] for call in calls) > 0
    proposed = {operator: record.proposed for operator, record in summary.operators.items()}
    assert proposed["llm_mutate"] > 0
    assert sum(proposed[operator] for operator in proposed if operator.uses_llm) <= 0.45 * sum(proposed.values())
