"""The tools over MCP: one contract, in memory and over HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from mcp import Client

from illuminas.tools.client import connect
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import import_table
from illuminas.tools.toolbox import Toolbox
from illuminas.tools.toolserver import build_toolserver
from illuminas.tools.toolset import Toolset

CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
DATASET = "table:planted/toy"
DEVICE = "table:planted/chip_ms"


@pytest.fixture
def server_url(planted: Path) -> Iterator[str]:
    """A tool server on loopback, in a thread."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    toolbox = Toolbox(workers=1)
    app = build_toolserver(toolbox).streamable_http_app()
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{port}/mcp"
    server.should_exit = True
    thread.join(30)
    toolbox.close()


@pytest.fixture(params=["memory", "http"])
def url(request: pytest.FixtureRequest, planted: Path) -> str | None:
    return None if request.param == "memory" else str(request.getfixturevalue("server_url"))


@asynccontextmanager
async def tools(url: str | None) -> AsyncIterator[Toolset]:
    async with connect(url, workers=1) as client:
        yield client


def test_a_space_and_a_task_describe_themselves(url: str | None) -> None:
    async def run() -> None:
        async with tools(url) as client:
            space = await client.describe_search_space("nb201")
            assert space.size == 4929
            assert "conv3" in space.features
            task = await client.describe_task(DATASET, "nb201")
            assert (task.fidelity, task.shape.scale) == ("table", "full")

    asyncio.run(run())


def test_validation_tells_what_is_wrong_and_counts_what_is_right(url: str | None) -> None:
    async def run() -> None:
        async with tools(url) as client:
            good, dead, nonsense = (
                await client.validate_architecture("nb201", DATASET, [CELL, DEAD, "|conv~0|"])
            ).results
            assert good.valid
            assert good.params == 73_306 + 243_040
            assert not dead.valid
            assert "does not depend on its input" in dead.reason
            assert not nonsense.valid
            assert "Expected the published form" in nonsense.reason

    asyncio.run(run())


def test_scores_and_latencies_come_in_the_order_asked_for(url: str | None) -> None:
    other = CELL.replace("nor_conv_3x3", "nor_conv_1x1")

    async def run() -> None:
        async with tools(url) as client:
            scores = (await client.score_zero_cost("nb201", DATASET, [CELL, other], ["params", "synflow"])).results
            assert scores[0].scores["params"] > scores[1].scores["params"]
            assert scores[0].hash != scores[1].hash
            readings = (await client.lookup_objective("nb201", DATASET, [CELL, other], f"latency:{DEVICE}")).results
            assert [reading.source for reading in readings] == ["table", "table"]
            assert [reading.value for reading in readings] == [pytest.approx(3.1), pytest.approx(1.6)]

    asyncio.run(run())


def test_more_architectures_than_a_tool_takes_are_asked_for_in_several_calls(url: str | None) -> None:
    texts = [architecture.text for architecture in get_space("nb201").reduced()[:2100]]

    async def run() -> None:
        async with tools(url) as client:
            readings = (await client.lookup_objective("nb201", DATASET, texts, f"latency:{DEVICE}")).results
            assert [each.hash for each in readings] == [get_space("nb201").parse(text).hash for text in texts]
            validations = await client.validate_architecture("nb201", DATASET, texts)
            assert all(each.valid for each in validations.results)
            evaluated = [
                Evaluation(
                    space="nb201",
                    hash=each.hash,
                    text=text,
                    dataset=DATASET,
                    fidelity="table",
                    status=Status.OK,
                    objectives={"accuracy": 1.0},
                )
                for each, text in zip(readings, texts, strict=True)
            ]
            assert len((await client.report_test_accuracy(evaluated)).results) == len(texts)

    asyncio.run(run())


def test_an_evaluation_shows_validation_and_only_a_report_shows_test(url: str | None) -> None:
    async def run() -> None:
        async with tools(url) as client:
            evaluation = await client.train_architecture("nb201", CELL, DATASET, "table", seed=0, timeout=10)
            assert evaluation.status is Status.OK
            assert "test" not in evaluation.model_dump_json().replace("latest", "")
            (test,) = (await client.report_test_accuracy([evaluation])).results
            assert evaluation.objectives
            assert test.hash == evaluation.hash
            assert test.test_accuracy == pytest.approx(evaluation.objectives["accuracy"] - 1, abs=1e-3)

    asyncio.run(run())


def test_an_error_reaches_the_caller_with_its_advice(url: str | None) -> None:
    async def run() -> None:
        async with tools(url) as client:
            await client.lookup_objective("nb201", DATASET, [CELL], "latency:table:planted/chip")

    with pytest.raises(IlluminasError, match="chip_ms"):
        asyncio.run(run())


def test_what_training_refuses_reaches_the_caller_with_its_advice(url: str | None) -> None:
    async def run() -> None:
        async with tools(url) as client:
            await client.train_architecture("nb201", "garbage", "digits", "train:1", seed=0, timeout=10)

    with pytest.raises(IlluminasError, match="not a NAS-Bench-201 cell"):
        asyncio.run(run())


def test_real_training_reports_its_epochs_and_is_paid_for_once(url: str | None) -> None:
    epochs: list[tuple[int, int]] = []

    def heard(done: int, total: int) -> None:
        epochs.append((done, total))

    async def run() -> None:
        async with tools(url) as client:
            asked = partial(client.train_architecture, "nb201", CELL, "digits", "train:2", seed=1)
            first = await asked(on_progress=heard)
            again = await asked()
            assert first.status is Status.OK, first.reason
            assert first.objectives
            assert first.objectives["accuracy"] > 15
            assert not first.cached
            assert again.cached
            assert again.objectives["accuracy"] == first.objectives["accuracy"]
            found = await client.report_test_accuracy([again])
            assert found == await client.report_test_accuracy([first])
            assert found.results[0].test_accuracy is not None
            (unknown,) = (await client.report_test_accuracy([first.model_copy(update={"result": None})])).results
            assert unknown.test_accuracy is None

    asyncio.run(run())
    assert epochs == [(1, 2), (2, 2)]


def test_a_training_that_runs_over_is_a_status_and_the_next_one_works(planted: Path) -> None:
    async def run() -> None:
        async with tools(None) as client:
            late = await client.train_architecture("nb201", CELL, "digits", "train:500", seed=1, timeout=1.5)
            assert late.status is Status.TIMEOUT
            assert not late.objectives
            after = await client.train_architecture("nb201", CELL, "digits", "train:1", seed=1, timeout=120)
            assert after.status is Status.OK

    asyncio.run(run())


def test_a_url_without_a_server_says_how_to_start_one(planted: Path) -> None:
    async def run() -> None:
        async with tools("http://127.0.0.1:9/mcp"):
            pass

    with pytest.raises(IlluminasError, match="illuminas serve"):
        asyncio.run(run())


def test_a_search_over_http_finds_what_a_search_in_memory_finds(planted: Path, server_url: str) -> None:
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search

    def search(url: str | None) -> dict[str, object]:
        config = SearchConfig(
            dataset=DATASET, device=DEVICE, llm="none", evaluations=12, proxies=("params",), tools=url
        )
        summary = Search(config).run()
        return summary.model_dump(include={"best", "archive", "pareto", "hypervolume"})

    assert search(server_url) == search(None)


def test_an_estimate_is_given_only_when_asked_for_and_says_that_it_is_one(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        toolbox = Toolbox(workers=1)
        (known,) = (await toolbox.lookup_objective("nb201", DATASET, [CELL], f"latency:{DEVICE}", True)).results
        assert known.source == "table"
        monkeypatch.setattr(
            "illuminas.tools.devices.latency.measure.reference_ms", lambda progress: 1 / 0
        )  # nothing is timed
        free = "import torch\nclass Network(torch.nn.Module):\n    pass\n"
        (never,) = (await toolbox.lookup_objective("code", "digits", [free], "latency:local", True)).results
        assert never.value is None
        assert "measures no latency" in never.reason
        toolbox.close()

    asyncio.run(run())


def test_a_latency_that_a_table_left_out_is_estimated_from_the_others(planted: Path) -> None:
    source = planted.parent / "gaps.csv"
    cells = [architecture.text for architecture in get_space("nb201").reduced()[:400] if architecture.text != CELL]
    rows = [f"{text},50,{1 + 2 * text.count('conv_3x3') + 0.5 * text.count('conv_1x1'):.2f}" for text in cells]
    source.write_text("\n".join(["arch_str,some_val,slow_ms", *rows]))
    import_table(source)

    async def run() -> None:
        toolbox = Toolbox(workers=1)
        asked = partial(toolbox.lookup_objective, "nb201", DATASET, [CELL], "latency:table:gaps/slow_ms")
        (plain,) = (await asked()).results
        assert plain.value is None
        assert "no row" in plain.reason
        (guess,) = (await asked(estimate=True)).results
        assert guess.source == "estimated"
        assert guess.value == pytest.approx(3.0, abs=1.0)
        assert "known latencies" in guess.reason
        toolbox.close()

    asyncio.run(run())


@pytest.mark.parametrize("in_process", [True, False])
def test_answers_are_structured_whether_or_not_their_schemas_are_published(home: Path, in_process: bool) -> None:
    async def run() -> None:
        toolbox = Toolbox(workers=1)
        try:
            async with Client(build_toolserver(toolbox, in_process=in_process)) as client:
                tools = (await client.list_tools()).tools
                assert tools and all((tool.output_schema is None) == in_process for tool in tools)
                answer = await client.call_tool("describe_search_space", {"space": "nb201"})
                assert answer.structured_content is not None and answer.structured_content["name"] == "nb201"
        finally:
            toolbox.close()

    asyncio.run(run())
