"""What clients can look at: runs, their archives, niches and plots, while nothing is changed."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from illuminas.server.cli.runs import runs
from tests.server.mcp.conftest import Opened


def ask(surface: Opened, tool: str, **arguments: Any) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        async with surface() as call:
            return await call(tool, **arguments)

    return asyncio.run(run())


def refused(surface: Opened, tool: str, **arguments: Any) -> str:
    async def run() -> str:
        async with surface() as call:
            return await call.refusal(tool, **arguments)

    return asyncio.run(run())


def test_runs_come_in_pages_the_newest_first(searched: Path, surface: Opened) -> None:
    ids = sorted((path.name for path in (searched / "runs").iterdir()), reverse=True)

    async def run() -> list[str]:
        async with surface() as call:
            first = await call("list_runs", limit=1)
            second = await call("list_runs", limit=1, cursor=first["next_cursor"])
            assert second["next_cursor"] is None
            return [line["run_id"] for page in (first, second) for line in page["runs"]]

    assert asyncio.run(run()) == ids


def test_a_damaged_run_is_named_and_hides_no_other(
    recorded: str, home: Path, surface: Opened, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], int]
) -> None:
    old = home / "runs" / "20990101-000000-old"
    shutil.copytree(home / "runs" / recorded, old)
    damage(old / "events.sqlite")
    assert [line["run_id"] for line in ask(surface, "list_runs")["runs"]] == [recorded]
    assert "is damaged" in refused(surface, "get_run_status", run_id=old.name)
    runs(json=True)
    told = capsys.readouterr()
    assert recorded in told.out and old.name not in told.out
    assert f"{old.name} is left out" in told.err


def test_a_report_holds_progress_budget_best_and_story(searched: Path, surface: Opened) -> None:
    told = ask(surface, "get_run_status")
    assert (told["state"], told["evaluations"], told["caps"]["evaluations"]) == ("finished", 20, 20)
    assert told["best"]["objectives"]["accuracy"] == pytest.approx(max(_accuracies(surface)))
    assert told["filled"] <= told["niches"] == 6
    assert told["story"]
    assert told["llm"]["name"] == "none"


def _accuracies(surface: Opened) -> list[float]:
    return [line["objectives"]["accuracy"] for line in ask(surface, "query_archive", limit=100)["results"]]


def _latency(line: dict[str, Any]) -> float:
    return float(line["objectives"]["latency:table:planted/chip_ms"])


def test_the_archive_is_filtered_and_sorted_as_asked(searched: Path, surface: Opened) -> None:
    everything = ask(surface, "query_archive", limit=100)["results"]
    assert len(everything) == 20
    assert _accuracies(surface) == sorted(_accuracies(surface), reverse=True)
    latencies = sorted(map(_latency, everything))
    fast = ask(surface, "query_archive", within=[f"latency<={latencies[8]}"], sort="latency", limit=100)
    assert list(map(_latency, fast["results"])) == [each for each in latencies if each <= latencies[8]]
    without = ask(surface, "query_archive", predicate="pools == 0", limit=100)
    assert {line["hash"] for line in without["results"]} == {
        line["hash"] for line in everything if "avg_pool_3x3" not in line["words"] and "pool" not in line["words"]
    }
    elites = ask(surface, "query_archive", only="elites")["results"]
    assert len({line["niche"] for line in elites}) == len(elites) == ask(surface, "get_run_status")["filled"]
    front = ask(surface, "query_archive", only="front", sort="latency")["results"]
    accuracies = [line["objectives"]["accuracy"] for line in front]
    assert accuracies == sorted(accuracies)


def test_pages_of_the_archive_hold_every_architecture_once(searched: Path, surface: Opened) -> None:
    async def run() -> list[str]:
        hashes, cursor = [], None
        async with surface() as call:
            while True:
                page = await call("query_archive", limit=7, **({} if cursor is None else {"cursor": cursor}))
                hashes += [line["hash"] for line in page["results"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    return hashes

    hashes = asyncio.run(run())
    assert len(hashes) == len(set(hashes)) == 20


def test_a_cursor_of_another_question_is_refused(searched: Path, surface: Opened) -> None:
    cursor = ask(surface, "query_archive", limit=5)["next_cursor"]
    assert "next_cursor" in refused(surface, "query_archive", limit=5, sort="params", cursor=cursor)


def test_an_architecture_is_known_by_hash_text_and_as_the_best(searched: Path, surface: Opened) -> None:
    best = ask(surface, "get_architecture", architecture="best")
    line = best["architecture"]
    assert ask(surface, "get_architecture", architecture=line["hash"][:6]) == best
    assert ask(surface, "get_architecture", architecture=line["text"]) == best
    assert "input (0)" in best["drawing"]
    assert best["features"]["params"] == line["params"]
    assert best["evaluation"]["hash"] == line["hash"]


def test_a_niche_says_why_it_is_as_it_is(searched: Path, surface: Opened) -> None:
    filled = ask(surface, "query_archive", only="elites")["results"][0]
    card = ask(surface, "explain_niche", niche=filled["niche"])
    assert card["elite"]["hash"] == filled["hash"]
    assert filled["words"] in card["why"]
    assert ask(surface, "explain_niche", niche=filled["niche_words"]) == card
    assert "niches 0 to 5" in refused(surface, "explain_niche", niche=6)


def test_a_niche_names_the_directives_that_keep_the_search_out(searched: Path, surface: Opened) -> None:
    for directive in ({"kind": "avoid", "niches": [1]}, {"kind": "require", "predicate": "conv3 <= 4"}):
        ask(surface, "steer_search", directive=directive)
    assert "Directive 1 keeps the search out" in ask(surface, "explain_niche", niche=1)["why"]
    assert "limited by directive 2, only architectures with" in ask(surface, "explain_niche", niche=2)["why"]


def test_an_empty_niche_tells_where_its_candidates_went(recorded: str, surface: Opened) -> None:
    filled = {line["niche"] for line in ask(surface, "query_archive", only="elites", limit=100)["results"]}
    card = ask(surface, "explain_niche", niche=min(set(range(100)) - filled))
    assert card["elite"] is None
    assert "The run has ended" in card["why"]


def test_heuristics_are_found_by_meaning_and_explained(searched: Path, surface: Opened) -> None:
    found = ask(surface, "search_heuristics", query="convolutions with a 3x3 kernel raise accuracy")
    similarities = [line["similarity"] for line in found["results"]]
    assert similarities == sorted(similarities, reverse=True)
    assert "3x3" in found["results"][0]["text"]
    one = ask(surface, "get_heuristic", heuristic=found["results"][0]["id"])
    assert one["heuristic"]["predicate"] == found["results"][0]["predicate"]
    assert one["history"][0]["change"] == "born"
    active = ask(surface, "search_heuristics", statuses=["active"])
    assert {line["status"] for line in active["results"]} <= {"active"}
    assert active["total"] < found["total"]


def test_costs_are_those_of_the_stretch_that_is_asked_for(recorded: str, surface: Opened) -> None:
    whole, part = ask(surface, "get_costs"), ask(surface, "get_costs", minutes=10)
    assert whole["evaluations"] == 101
    assert 0 < part["evaluations"] < whole["evaluations"]
    assert 0 < part["llm"]["tokens"] < whole["llm"]["tokens"] == 61067
    assert sum(each["tokens"] for each in whole["by_agent"].values()) == whole["llm"]["tokens"]
    assert part["best_before"] <= part["best_after"] == whole["best_after"]


def test_runs_are_compared_after_equally_many_evaluations(searched: Path, surface: Opened) -> None:
    ids = [line["run_id"] for line in ask(surface, "list_runs")["runs"]]
    told = ask(surface, "compare_runs", run_ids=ids)
    assert told["comparable"]
    assert told["equal_evaluations"] == 20
    assert {difference["setting"] for difference in told["differences"]} == {"seed", "evaluations"}
    longer = next(each for each in told["runs"] if each["evaluations"] == 30)
    assert longer["best_at_equal"] <= longer["best"]


@pytest.mark.parametrize("plot", ["pareto", "niches", "progress", "knowledge"])
def test_a_plot_is_an_image_with_words(searched: Path, surface: Opened, plot: str) -> None:
    async def run() -> Any:
        async with surface() as call:
            return await call.client.call_tool("render_plot", {"plot": plot})

    words, image = asyncio.run(run()).content
    assert "after 20 evaluations" in words.text
    assert image.mime_type == "image/png"
    assert base64.b64decode(image.data).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("tool", "arguments", "hint"),
    [
        ("query_archiv", {}, "query_archive"),
        ("query_archive", {"max_latency": 3}, "within"),
        ("query_archive", {"predicate": "pool == 0"}, "pools"),
        ("query_archive", {"limit": 1000}, "100"),
        ("get_run_status", {"run_id": "2020"}, "last"),
        ("get_run_status", {"run_id": "../../etc"}, "last"),
        ("get_architecture", {"architecture": "conv3"}, "Expected"),
        ("get_heuristic", {"heuristic": "h-zzzzzz"}, "heuristic"),
    ],
)
def test_a_wrong_call_is_told_how_to_be_right(
    searched: Path, surface: Opened, tool: str, arguments: dict[str, Any], hint: str
) -> None:
    assert hint in refused(surface, tool, **arguments)


def test_the_surface_gives_no_test_accuracy_away(searched: Path, surface: Opened) -> None:
    async def run() -> None:
        async with surface() as call:
            tools = (await call.client.list_tools()).tools
            assert "report_test_accuracy" not in {tool.name for tool in tools}
            best = await call("get_architecture", architecture="best")
            assert "test_accuracy" not in str(best)
            assert "toy_test" in await call.refusal(
                "lookup_objective",
                space="nb201",
                dataset="table:planted/toy",
                architectures=[best["architecture"]["text"]],
                objective="latency:table:planted/toy_test",
            )

    asyncio.run(run())
