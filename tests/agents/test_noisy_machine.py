"""A search on a machine that is too busy to measure latency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import LatencyMeasured, PartitionMade, RoundArchived
from illuminas.memory.runs import find_run, open_state
from illuminas.server.cli.result import print_summary
from illuminas.tools.devices.latency.measure import Latency, MeasureLatency
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import Job, JobResult
from illuminas.tools.evaluation.executors.workers import Meter


class FakeMeter:
    """Stands in for the meter: measures the length of the text, with the spread that a test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spread = 0.6
        self.broken = False

        async def run(_: Meter, job: Job[Any]) -> JobResult[Any]:
            return self.result(job.payload)

        monkeypatch.setattr(Meter, "_run", run)

    def result(self, payload: Any) -> JobResult[Any]:
        if not isinstance(payload, MeasureLatency):
            return JobResult(status=Status.OK, found=0.5)  # the reference, ms
        if self.broken:
            return JobResult(status=Status.TIMEOUT, reason="killed after 30 s")
        ms = 1.0 + payload.text.count("conv")
        latency = Latency(median_ms=ms, spread=self.spread, runs=27, threads=1, device="a chip")
        return JobResult(status=Status.OK, found=latency)


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> FakeMeter:
    return FakeMeter(monkeypatch)


def search(**settings: Any) -> Summary:
    given = {"dataset": "table:planted/toy", "device": "local", "llm": "none", "proxies": ("params",)}
    return Search(SearchConfig(**given, evaluations=12, pool=30, **settings)).run()


def test_a_search_on_a_busy_machine_ends_and_says_that_its_latencies_are_unsteady(
    planted: Path, meter: FakeMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = search()
    assert (summary.status, summary.evaluations) == ("finished", 12)
    assert summary.latencies is not None and summary.latencies.doubtful
    assert summary.latencies.sources == {"unsteady": 12}
    assert summary.latencies.reference == "unsteady"
    assert summary.pareto and {found.latency_source for found in summary.pareto} == {"unsteady"}
    assert {reading.spread for reading in open_state(find_run(summary.run_id)).unsteady.values()} == {0.6}
    print_summary(summary, find_run(summary.run_id))
    printed = " ".join(capsys.readouterr().out.split())
    assert "too busy to trust every latency: 12 unsteady" in printed
    assert "~" in printed


def test_where_nothing_can_be_measured_latencies_are_estimated_by_size(planted: Path, meter: FakeMeter) -> None:
    meter.broken = True
    summary = search()
    assert summary.status == "finished"
    assert summary.latencies is not None
    assert (summary.latencies.sources, summary.latencies.reference) == ({"estimated": 12}, "estimated")
    by_macs = sorted(summary.archive.niches.values(), key=lambda found: found.macs)
    assert [found.objectives["latency:local"] for found in by_macs] == sorted(
        found.objectives["latency:local"] for found in by_macs
    )
    assert summary.hypervolume is not None and summary.hypervolume > 0


def test_unsteady_latencies_of_the_result_are_measured_again_when_the_machine_is_quiet(
    planted: Path, meter: FakeMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(event: Any) -> None:
        if isinstance(event.data, RoundArchived):  # at the end of the only round
            meter.spread = 0.01

    config = SearchConfig(
        dataset="table:planted/toy", device="local", llm="none", proxies=("params",), evaluations=8, batch=8, pool=30
    )
    job = Search(config, listen=listen)
    summary = job.run()
    assert {found.latency_source for found in [*summary.pareto, *summary.archive.niches.values()]} == {"measured"}
    log = EventLog(job.run_folder.log, read_only=True)
    keys = [event.key or "" for event in log.read() if isinstance(event.data, LatencyMeasured)]
    log.close()
    assert any(key.endswith(":end") for key in keys)


def test_a_strict_search_refuses_a_busy_machine_as_it_begins(planted: Path, meter: FakeMeter) -> None:
    with pytest.raises(IlluminasError, match=r"heaviest architecture.*too busy.*spread by 60%.*--strict-latency"):
        search(strict_latency=True)


def test_a_strict_search_keeps_no_unsteady_latency(planted: Path, meter: FakeMeter) -> None:
    meter.spread = 0.0
    config = SearchConfig(
        dataset="table:planted/toy", device="local", llm="none", proxies=("params",), evaluations=8, strict_latency=True
    )

    def listen(event: Any) -> None:
        if isinstance(event.data, PartitionMade):
            meter.spread = 0.6

    job = Search(config, listen=listen)
    summary = job.run()
    assert summary.evaluations == 8
    assert summary.pareto == []
    assert "too busy" in next(iter(open_state(job.run_folder).latency_failures.values()))
