"""The whole graph, offline: a scripted LLM over a planted table."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import spearmanr

from illuminas.agents import predictor
from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import EvaluationMade, PoolScreened, ProposalsMade
from illuminas.memory.runs import find_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space
from illuminas.tools.spaces.nb201.space import NB201Space

TASK: dict[str, Any] = {
    "dataset": "table:planted/toy",
    "device": "table:planted/chip_ms",
    "proxies": ("params",),
    "evaluations": 24,
    "pool": 60,
}
CLOCKS = ("seconds",)
"""Fields that differ between two equal runs, like an event's time."""


def search(**settings: Any) -> tuple[Summary, RunState]:
    job = Search(SearchConfig(**{**TASK, "llm": "none", **settings}))
    return job.run(), open_state(job.run_folder)


def story(run_id: str) -> list[tuple[str, int, str | None, dict[str, Any]]]:
    """The event log, clocks aside."""
    log = EventLog(find_run(run_id).log, read_only=True)
    events = [(e.kind, e.round, e.key, _without_clocks(e.data.model_dump(mode="json"))) for e in log.read()]
    log.close()
    return events


def _without_clocks(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_clocks(value) for key, value in data.items() if key not in CLOCKS}
    return [_without_clocks(each) for each in data] if isinstance(data, list) else data


def test_a_search_with_a_scripted_llm_fills_every_niche_and_ends_with_a_front(planted: Path, script: Path) -> None:
    summary, view = search(llm=f"scripted:{script}")
    assert summary.status == "finished"
    assert summary.evaluations == TASK["evaluations"] == len(view.evaluations)
    assert summary.archive.coverage == 1.0
    assert len(summary.pareto) >= 3
    on_front = [found.objectives["accuracy"] for found in summary.pareto]
    assert on_front == sorted(on_front)
    assert summary.best is not None
    assert summary.best.objectives["accuracy"] > 70  # the planted table's upper fifth
    assert summary.best.test_accuracy == pytest.approx(summary.best.objectives["accuracy"] - 1, abs=0.01)
    assert summary.llm.calls > 0
    assert summary.llm.failures > 0, "the script plants a failure"
    assert {op for op, record in summary.operators.items() if record.proposed} >= {"llm_mutate", "llm_fresh", "mutate"}
    assert any(candidate.operator == "llm_mutate" and candidate.call for candidate in view.candidates.values())


def test_every_elite_is_the_best_evaluated_of_its_niche_after_a_whole_run(planted: Path) -> None:
    _, view = search(seed=3)
    assert view.partition is not None
    best: dict[int, float] = {}
    for hash_, niche in view.niches.items():
        best[niche] = max(best.get(niche, 0.0), view.quality(hash_))
    assert {niche: view.quality(hash_) for niche, hash_ in view.elites.items()} == best
    assert set(best) == set(view.partition.reachable)


def test_the_planner_gives_every_niche_its_tries(planted: Path) -> None:
    _, view = search(seed=4, evaluations=36)
    tries = Counter(view.niches.values())
    assert view.partition is not None
    assert min(tries[niche] for niche in view.partition.reachable) >= 2


def test_a_tessellation_with_latencies_serves_a_whole_run(planted: Path) -> None:
    summary, view = search(evaluations=24, partition="cvt:macs,latency:8")
    assert view.partition is not None
    assert sum(view.partition.capacities) == len(get_space("nb201").reduced())
    assert summary.archive.coverage >= 0.5


def test_a_run_whose_descriptor_is_not_there_any_more_says_so(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from illuminas.memory.partitions import AXES, DESCRIPTORS, Axis

    with monkeypatch.context() as patch:
        patch.setitem(DESCRIPTORS, "half", lambda space, shape, architecture: int(architecture.hash, 16) % 2)
        patch.setitem(AXES, "mine", lambda context: Axis(key="half", bounds=(1,), labels=("even", "odd")))
        summary, _ = search(evaluations=6, partition="mine")
        assert set(summary.archive.niches) <= {"even", "odd"}
        patch.delitem(DESCRIPTORS, "half")
        with pytest.raises(IlluminasError, match="sorts by 'half', which nothing provides"):
            Search(resume=find_run(summary.run_id), caps={"evaluations": 12}).run()


def test_equal_seeds_give_equal_event_logs_and_other_seeds_do_not(planted: Path, script: Path) -> None:
    logs = [story(search(llm=f"scripted:{script}", evaluations=12, seed=seed)[0].run_id) for seed in (5, 5, 6)]
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]


def test_nothing_is_evaluated_twice_and_duplicates_are_dropped_before(planted: Path) -> None:
    summary, view = search(evaluations=30)
    assert len({e.hash for e in view.evaluations.values()}) == summary.evaluations == 30
    log = EventLog(find_run(summary.run_id).log, read_only=True)
    evaluated_before: set[str] = set()
    proposed = 0
    for event in log.read(ProposalsMade, PoolScreened, EvaluationMade):
        if isinstance(event.data, EvaluationMade):
            evaluated_before.add(event.data.evaluation.hash)
        elif isinstance(event.data, PoolScreened):
            assert not evaluated_before & {each.hash for each in event.data.chosen}
        else:
            proposed += sum(event.data.counts.values())
    log.close()
    assert proposed > 5 * summary.evaluations


def test_no_event_and_no_prompt_holds_a_test_accuracy(planted: Path, script: Path) -> None:
    summary, view = search(llm=f"scripted:{script}")
    text = json.dumps(story(summary.run_id))
    for evaluation in view.successes:
        assert evaluation.objectives
        assert f"{evaluation.objectives['accuracy']:.3f}" in text or str(evaluation.objectives["accuracy"]) in text
    assert "test_accuracy" not in text
    tests = {f"{view.quality(hash_) - 1:.3f}" for hash_ in view.evaluations}
    validations = {f"{view.quality(hash_):.3f}" for hash_ in view.evaluations}
    assert not [value for value in tests - validations if value in text]


def test_the_cap_on_tokens_silences_the_llm_and_the_search_goes_on(planted: Path, script: Path) -> None:
    summary, _ = search(llm=f"scripted:{script}", tokens=0, evaluations=12)
    assert summary.llm.calls == 0
    assert summary.evaluations == 12


def test_the_cap_on_seconds_ends_a_search(planted: Path) -> None:
    summary, _ = search(seconds=0.5, evaluations=5000)
    assert summary.status == "finished"
    assert "seconds are used up" in summary.reason
    assert summary.evaluations < 5000


def test_a_finished_run_goes_on_with_a_larger_budget(planted: Path) -> None:
    first, view = search(evaluations=12)
    again = Search(resume=find_run(first.run_id), caps={"evaluations": 24}).run()
    assert again.evaluations == 24
    later = open_state(find_run(first.run_id))
    assert list(later.evaluations)[:12] == list(view.evaluations)


def test_stopping_keeps_what_is_finished_and_a_resume_ends_as_an_uninterrupted_run(planted: Path, script: Path) -> None:
    settings = {**TASK, "llm": f"scripted:{script}", "seed": 7}
    whole = Search(SearchConfig(**settings)).run()
    job = Search(SearchConfig(**settings), listen=lambda event: job.stop() if event.id > 25 else None)
    cut = job.run()
    assert cut.status == "interrupted"
    assert 0 < cut.evaluations < 24
    resumed = Search(resume=find_run(job.id)).run()
    assert resumed.status == "finished"
    assert resumed.archive == whole.archive
    assert resumed.pareto == whole.pareto


KILLED = """
import os, signal, sys
from illuminas.agents import predictor
from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search

def listen(event):
    if event.id == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

job = Search(SearchConfig.model_validate_json(sys.argv[1]), listen=listen)
print(job.id, flush=True)
job.run()
"""


@pytest.mark.parametrize("event", [4, 16, 33, -3, -1])
def test_a_kill_at_any_event_loses_nothing_and_repeats_no_evaluation(
    planted: Path, script: Path, event: int, whole_run: dict[str, Any]
) -> None:
    if event < 0:  # counted from the end
        event += len(story(whole_run["run_id"])) + 1
    config = SearchConfig(**{**TASK, "llm": f"scripted:{script}", "seed": 8, "evaluations": 18})
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, config.model_dump_json(), str(event)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run = find_run(killed.stdout.strip())
    finished = list(open_state(run).evaluations)
    summary = Search(resume=run).run()
    view = open_state(run)
    assert list(view.evaluations)[: len(finished)] == finished
    log = EventLog(run.log, read_only=True)
    assert len(list(log.read(EvaluationMade))) == 18
    log.close()
    assert summary.archive.model_dump() == whole_run["archive"]
    assert [found.model_dump() for found in summary.pareto] == whole_run["pareto"]


@pytest.fixture
def whole_run(planted: Path, script: Path) -> dict[str, Any]:
    """What the run of the kill test ends with when nobody kills it."""
    config = SearchConfig(**{**TASK, "llm": f"scripted:{script}", "seed": 8, "evaluations": 18})
    return Search(config).run().model_dump()


def test_a_run_that_dies_at_any_event_goes_on_to_the_same_end(
    planted: Path, script: Path, whole_run: dict[str, Any]
) -> None:
    config = SearchConfig(**{**TASK, "llm": f"scripted:{script}", "seed": 8, "evaluations": 18})

    class DeathError(BaseException):
        pass

    for number in range(4, len(story(whole_run["run_id"])), 7):

        def listen(event: Event, number: int = number) -> None:
            if event.id == number:
                raise DeathError

        job = Search(config, listen=listen)
        with pytest.raises(DeathError):
            job.run()
        summary = Search(resume=find_run(job.id)).run().model_dump()
        assert summary["evaluations"] == 18, number
        assert (summary["archive"], summary["pareto"]) == (whole_run["archive"], whole_run["pareto"]), number
        assert summary["knowledge"] == whole_run["knowledge"], number


def test_what_was_imported_is_left_out_of_garbage_collections_while_a_search_runs(planted: Path) -> None:
    left_out = []
    Search(SearchConfig(**TASK, llm="none"), listen=lambda _: left_out.append(gc.get_freeze_count())).run()
    assert max(left_out) > 10_000
    assert gc.get_freeze_count() == 0, "a search that has ended leaves Python as it was"


def test_a_pool_that_brings_nothing_new_ends_the_search(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = NB201Space().reduced()[:12]
    monkeypatch.setattr(NB201Space, "random", lambda self, rng: few[int(rng.integers(len(few)))])
    monkeypatch.setattr(NB201Space, "mutate", lambda self, architecture, rng: few[0])
    monkeypatch.setattr(NB201Space, "crossover", lambda self, left, right, rng: few[0])
    summary, _ = search(evaluations=50)
    assert summary.status == "finished"
    assert "no new architecture" in summary.reason
    assert summary.evaluations == len(few)


def test_a_long_run_learns_from_the_best_and_a_spread_of_the_rest() -> None:
    chosen = predictor._telling({str(number): float(number) for number in range(1000)})
    assert len(chosen) == len(set(chosen)) == predictor.MOST_OBSERVED
    assert {str(number) for number in range(900, 1000)} <= set(chosen)
    assert {"0", "899"} <= set(chosen)


def test_the_summary_tells_how_expectations_agree_with_what_came(planted: Path) -> None:
    summary, view = search(evaluations=40)
    told = [(c.expected, view.quality(c.hash)) for c in view.candidates.values() if c.expected is not None]
    assert summary.predictor is not None
    assert summary.predictor.predictions == len(told) > 5
    assert summary.predictor.spearman == pytest.approx(spearmanr(*zip(*told, strict=True)).statistic)


def test_what_is_expected_comes_with_a_range_that_mostly_holds(planted: Path) -> None:
    _, view = search(evaluations=40)
    told = [(c.expected, c.expected_range, view.quality(c.hash)) for c in view.candidates.values() if c.expected]
    held = [range_ is not None and range_[0] <= came <= range_[1] for _, range_, came in told]
    assert all(range_ is not None and range_[0] <= expected <= range_[1] for expected, range_, _ in told)
    assert sum(held) >= 0.7 * len(told) > 5


def test_a_run_that_expected_little_tells_no_agreement(planted: Path) -> None:
    summary, view = search(evaluations=24, warm_start=20)
    assert sum(each.expected is not None for each in view.candidates.values()) == 4
    assert summary.predictor is None


def test_where_the_llm_says_nothing_statistics_fill_its_places(planted: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.jsonl"
    silent.write_text(
        "\n".join(json.dumps({"agent": a, "error": "no"}) for a in ("planner", "coder-edit", "coder-list"))
    )
    _, view = search(llm=f"scripted:{silent}", evaluations=18)
    assert sum(record.proposed for record in view.operators.values()) > 3 * 50
    assert not [each for each in view.operators if each.uses_llm]


def test_a_tool_server_that_goes_away_is_said_plainly(planted: Path) -> None:
    import socket
    import time

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from illuminas.server.cli.app import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)

    def listen(event: Event) -> None:
        if isinstance(event.data, EvaluationMade):
            server.kill()

    with pytest.raises(IlluminasError, match="went away"):
        Search(SearchConfig(**{**TASK, "llm": "none", "tools": f"http://127.0.0.1:{port}/tools"}), listen=listen).run()
    server.wait()


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        (
            ("params<=5",),
            r"parameters of at most 0.005 k'.*none of the .* cells of nb201 .*the nearest has 73.31 k parameters",
        ),
        (("macs<=4e7", "params>=1e6"), "at most .* at least .*none of the .* cells of nb201 keeps to that. Loosen"),
        (("accuracy>=90", "accuracy<=80"), "that a value can keep to, got .*at least 90 %.*at most 80 %.*Drop one"),
    ],
)
def test_constraints_that_leave_nothing_are_refused_and_leave_no_run(
    planted: Path, constraints: tuple[str, ...], said: str
) -> None:
    job = Search(SearchConfig(**{**TASK, "llm": "none", "constraints": constraints}))
    with pytest.raises(IlluminasError, match=said):
        job.run()
    assert not job.run_folder.path.exists()


def test_a_run_that_another_process_drives_is_left_alone(planted: Path) -> None:
    from illuminas.memory.runs import RunLock

    first, _ = search(evaluations=6)
    run = find_run(first.run_id)
    lock = RunLock(run)
    with pytest.raises(IlluminasError, match="running in another process"):
        Search(resume=run).run()
    lock.release()


@pytest.mark.parametrize(
    ("settings", "device"),
    [
        ({"objectives": ("accuracy", "latency:table:planted/chip_ms")}, "table:planted/chip_ms"),
        ({"objectives": ("accuracy", "params")}, "none"),
    ],
)
def test_a_run_s_device_is_the_one_its_objectives_are_measured_on(
    planted: Path, settings: dict[str, Any], device: str
) -> None:
    _, view = search(device="local", evaluations=4, **settings)
    assert view.started.config["device"] == device


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "table:planted/tox"}, "toy"),
        ({"dataset": "table:plantd/toy"}, "planted"),
        ({"device": "gpu"}, "expected latency:local"),
        ({"partition": "latencies"}, "Did you mean 'latency'"),
        ({"llm": "locl"}, "local"),
        ({"space": "nb202"}, "nb201"),
    ],
)
def test_a_bad_setting_names_what_would_be_right_and_leaves_no_run(
    planted: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(IlluminasError, match=message):
        search(**settings)
    assert not list((planted / "runs").iterdir())


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'evaluations'"):
        SearchConfig(evaluation=3)  # type: ignore[call-arg]
