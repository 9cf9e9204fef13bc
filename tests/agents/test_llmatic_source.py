"""The mode llmatic with free source: written by an LLM, repaired, built, trained and judged in the sandbox."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.candidate import Candidate
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import LLMCalled
from illuminas.memory.prompt_archive import Outcome
from illuminas.memory.runs import open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.spaces import get_space

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is for Linux")

Scripted = Callable[[list[dict[str, Any]]], str]
TASK: dict[str, Any] = {
    "mode": "llmatic",
    "dataset": "digits",
    "epochs": 1,
    "profile": "capable",
    "workers": 1,
}
NETWORK = """
from torch import nn
from torch.nn import functional as F

class Network(nn.Module):
    def __init__(self, in_channels, image_size, classes):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, 12, 3, padding=1)
        self.body = nn.Conv2d(12, WIDTH, 3, padding=1)
        self.head = nn.LazyLinear(classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem(x)), 2)
        return self.head(F.relu(self.body(x)).mean((2, 3)))
"""
BROKEN = NETWORK.replace("nn.LazyLinear(classes)", "nn.Linear(7, classes)")
SPIES = NETWORK.replace("super().__init__()", "super().__init__(); open('/etc/passwd').read()")
ENDLESS = NETWORK.replace("x = F", "while self.training and len(x) > 8: pass\n        x = F")


def network(width: int) -> str:
    return NETWORK.replace("WIDTH", str(width))


def search(scripted: Scripted, sources: list[str], **settings: Any) -> tuple[RunState, EventLog]:
    entries = [{"agent": "coder-source", "answer": {"source": each, "rationale": "as told"}} for each in sources]
    job = Search(SearchConfig(**{**TASK, "llm": scripted(entries), **settings}))
    job.run()
    return open_state(job.run_folder), EventLog(job.run_folder.log, read_only=True)


def evaluated_source(view: RunState) -> list[Candidate]:
    space = get_space("code")
    made = [view.candidates[hash_] for hash_ in view.evaluations]
    return [each for each in made if space.is_free(space.parse(each.text))]


def test_networks_of_free_source_are_trained_placed_by_what_their_build_tells_and_pass_weights_on(
    home: Path, scripted: Scripted
) -> None:
    view, log = search(scripted, [network(width) for width in range(8, 40)], evaluations=14)
    free = evaluated_source(view)
    assert len(free) == 13
    for candidate in free:
        evaluation = view.evaluations[candidate.hash]
        assert evaluation.status is Status.OK
        assert view.measured[candidate.hash].depth == 3
        assert candidate.hash in view.niches
    assert max(view.measured[candidate.hash].width for candidate in free) > 16
    later = [view.evaluations[each.hash] for each in free if view.candidates[each.parents[0]] in free]
    assert later
    assert all(0 < (evaluation.inherited or 0) < 1 for evaluation in later), "the stem keeps its name and shape"
    shown = [event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled)]
    assert any("class Network" in prompt and " %:" in prompt for prompt in shown)


def test_a_network_that_does_not_build_is_shown_to_the_llm_with_its_error_and_the_repair_is_taken(
    home: Path, scripted: Scripted
) -> None:
    view, log = search(scripted, [BROKEN.replace("WIDTH", "16"), network(16)], evaluations=2)
    first = view.misses[0]
    assert (first.attempt, first.repeated) == (0, False)
    assert "shapes cannot be multiplied" in first.reason
    asked = [event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled)]
    assert "Refused, and why:" in asked[1]
    assert first.reason[:60] in asked[1]
    assert len(evaluated_source(view)) == 1


def test_source_that_misbehaves_is_a_failure_with_its_reason_and_lowers_the_curiosity_of_its_prompt(
    home: Path, scripted: Scripted
) -> None:
    bad = [SPIES.replace("WIDTH", "16"), SPIES.replace("WIDTH", "16"), ENDLESS.replace("WIDTH", "16")]
    view, _ = search(scripted, [*bad, network(16)], evaluations=3, timeout=6.0)
    assert any(miss.last and "refused" in miss.reason for miss in view.misses)
    (endless,) = view.failures
    assert (endless.status, endless.reason) == (Status.TIMEOUT, "killed after 6 s")
    assert not endless.objectives
    assert [trial.outcome for trial in view.trials].count(Outcome.FAILED) >= 2


def test_less_than_the_required_sandbox_is_refused_before_anything_runs(
    home: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IlluminasError, match="sandbox level"):
        search(scripted, [network(16)], evaluations=2, require_sandbox="total")
    assert not list((home / "runs").glob("*"))
