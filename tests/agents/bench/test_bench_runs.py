"""Jobs, kept traces, and the engine's trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from illuminas.agents.bench.engine import run_engine
from illuminas.agents.bench.measures import load_truth
from illuminas.agents.bench.plan import plan_jobs
from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.runner import run_jobs
from illuminas.agents.bench.trace import Job, Trace, TraceStore
from illuminas.tools.errors import IlluminasError
from illuminas.tools.tables import all_datasets, find_dataset, find_device, import_columns

POINTS = points("nb201")

ONE, TWO = Task("table:planted/toy"), Task.on("table:planted/toy", "table:planted/chip_ms")


def test_short_names_find_their_table(planted: Path) -> None:
    assert find_dataset("toy") == find_dataset("table:planted/toy") == ONE.dataset
    assert find_device("chip_ms") == TWO.device
    assert find_device("none") == "none"
    assert all_datasets() == [ONE.dataset]


def test_unknown_and_ambiguous_names_say_what_would_be_right(planted: Path, tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'toy'"):
        find_dataset("tyo")
    source = tmp_path / "other.csv"
    source.write_text(f"arch_str,toy_val,chip_ms\n{POINTS.texts[9]},50,2")
    import_columns(source, name="other", validation="toy_val", test="toy_val", latency="chip_ms")
    with pytest.raises(IlluminasError, match="unknown device 'chip'"):
        find_device("chip")


def test_without_any_table_the_error_says_how_to_import_one(home: Path) -> None:
    with pytest.raises(IlluminasError, match="illuminas data import FILE"):
        find_dataset("c10")


def test_methods_left_open_are_those_made_for_the_task(planted: Path) -> None:
    jobs = plan_jobs([], llms=["none"], tasks=[ONE, TWO], seeds=2, budget=9)
    one = {job.method for job in jobs if job.task == ONE}
    two = {job.method for job in jobs if job.task == TWO}
    assert one == {"illuminas", *(name for name, rival in RIVALS.items() if rival.single)}
    assert two == {"illuminas", "random", "map-elites", "nsga2", "gp-hvi", "gp-hvi-free"}
    half = len(jobs) // 2
    assert [job.seed for job in jobs] == [0] * half + [1] * half


def test_an_llm_never_runs_without_the_same_engine_beside_it_that_has_none(planted: Path) -> None:
    jobs = plan_jobs(["illuminas", "random"], llms=["local"], tasks=[ONE], seeds=1, budget=9)
    assert [job.label for job in jobs] == ["illuminas --llm none", "illuminas --llm local", "random"]


def test_a_method_that_no_task_suits_is_refused(planted: Path) -> None:
    with pytest.raises(IlluminasError, match="nsga2 does not run on table:planted/toy: it searches several objectives"):
        plan_jobs(["nsga2"], llms=["none"], tasks=[ONE], seeds=1, budget=9)
    with pytest.raises(IlluminasError, match="Did you mean 'local-search'"):
        plan_jobs(["local-serch"], llms=["none"], tasks=[ONE], seeds=1, budget=9)
    jobs = plan_jobs(["nsga2"], llms=["none"], tasks=[ONE, TWO], seeds=1, budget=9)
    assert {job.task for job in jobs} == {TWO}


def test_a_table_that_lacks_cells_is_refused_for_the_engine_alone(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "part.csv"
    source.write_text(
        "\n".join(["arch_str,a", *(f"{text},5{code % 7}" for code, text in enumerate(POINTS.texts[:99]))])
    )
    import_columns(source, name="part", validation="a", test="a")
    task = Task("table:part/task")
    with pytest.raises(IlluminasError, match="architectures that illuminas may propose"):
        plan_jobs(["illuminas"], llms=["none"], tasks=[task], seeds=1, budget=9)
    assert plan_jobs(["random"], llms=["none"], tasks=[task], seeds=1, budget=9)


def jobs(*methods: str, seeds: int = 2, budget: int = 12) -> list[Job]:
    return [Job(method, "", ONE, seed, budget) for seed in range(seeds) for method in methods]


def test_finished_searches_are_kept_and_nothing_is_repeated(planted: Path, tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "bench")
    first = {each.job: each for each in run_jobs(jobs("random", "local-search"), store, workers=2)}
    assert len(first) == 4
    assert not any(each.kept for each in first.values())
    again = list(run_jobs(jobs("random", "local-search", seeds=3), store, workers=1))
    assert sum(each.kept for each in again) == 4
    assert all(each.trace == first[each.job].trace for each in again if each.kept)
    fresh = list(run_jobs(jobs("random", seeds=1), store, workers=1, fresh=True))
    assert not fresh[0].kept
    assert fresh[0].trace.codes == first[fresh[0].job].trace.codes


def test_a_broken_bench_keeps_what_was_finished(planted: Path, tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "bench")
    coming = run_jobs(jobs("random", seeds=4), store, workers=1)
    done = next(coming)
    coming.close()
    assert store.get(done.job) == done.trace


def test_a_kept_trace_serves_smaller_budgets_only(planted: Path, tmp_path: Path) -> None:
    store = TraceStore(tmp_path)
    (job,) = jobs("random", seeds=1)
    store.put(job, Trace(budget=12, codes=(1, 2), clock=(0.1, 0.2)))
    assert store.get(job._replace(budget=5)) is not None
    assert store.get(job._replace(budget=13)) is None
    assert store.get(job._replace(seed=1)) is None
    assert store.get(job._replace(task=TWO)) is None


def test_a_table_with_other_numbers_is_another_task(planted: Path, tmp_path: Path) -> None:
    store, task = TraceStore(tmp_path), Task("table:own/task")
    source = tmp_path / "own.csv"
    for value in (50, 60):
        source.write_text(f"arch_str,a\n{POINTS.texts[9]},{value}")
        import_columns(source, name="own", validation="a", test="a")
        assert store.get(Job("random", "", task, 0, 1)) is None
        store.put(Job("random", "", task, 0, 1), Trace(budget=1, codes=(9,), clock=(0.0,)))


@pytest.mark.parametrize("task", [ONE, TWO])
def test_the_engine_leaves_a_trace_and_no_run_behind(
    scored_home: Path, monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(scored_home))
    trace = run_engine(Job("illuminas", "none", task, 0, 14))
    assert trace.llm == "none"
    assert len(trace.codes) == len(trace.steps) == len(trace.clock) == 14
    assert len(set(POINTS.classes[list(trace.codes)])) == 14
    assert list(trace.clock) == sorted(trace.clock)
    assert trace.steps[0].gain is None, "its niche was empty"
    for step in trace.steps:
        assert step.elite is (step.gain is None or step.gain > 0)
    assert any(step.gain is not None for step in trace.steps)
    assert sum(each.count for each in trace.proposals) >= 14
    assert {step.operator for step in trace.steps} <= {each.operator for each in trace.proposals}
    assert not (scored_home / "runs").exists()


def test_the_engines_predictor_foresees_what_it_scored_and_never_evaluated(
    scored_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(scored_home))
    trace = run_engine(Job("illuminas", "none", TWO, 0, 30))
    assert trace.foreseen is not None
    assert trace.foreseen.labels == 30
    assert len(trace.foreseen.codes) == len(trace.foreseen.expected) > 100
    both = POINTS.classes[[*trace.codes, *trace.foreseen.codes]]
    assert len(set(both)) == len(both), "each of another class"
    agreement = load_truth(TWO).agreement(trace.foreseen)
    assert agreement is not None
    assert agreement > 0.8, "the planted accuracy follows from the structure"


def test_where_chance_decides_nothing_is_foreseen(scored_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(scored_home))
    assert run_engine(Job("llm-nas/no-predictor", "none", TWO, 0, 14)).foreseen is None
