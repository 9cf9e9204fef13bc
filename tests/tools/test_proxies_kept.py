"""Zero-cost scores through the toolbox: by canonical form, paid for once, and looked up together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import illuminas.tools.proxies
from illuminas.tools.evaluation.results import ResultStore
from illuminas.tools.messages import ZeroCostScores
from illuminas.tools.spaces.nb201.space import NB201Space
from illuminas.tools.toolbox import Toolbox

TABLE = "table:any/task"
CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"
SAME = "|skip_connect~0|+|nor_conv_1x1~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
Ask = Callable[..., list[ZeroCostScores]]


@pytest.fixture
def toolbox(tmp_path: Path) -> Iterator[Toolbox]:
    box = Toolbox(workers=1, results=tmp_path / "results.sqlite")
    yield box
    box.close()


@pytest.fixture
def ask(toolbox: Toolbox) -> Ask:
    def scores(texts: Sequence[str], *names: str, dataset: str = TABLE) -> list[ZeroCostScores]:
        return asyncio.run(toolbox.score_zero_cost("nb201", dataset, texts, names)).results

    return scores


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    """How many architectures each computation had, by which proxies."""
    calls: list[tuple[int, tuple[str, ...]]] = []
    compute = illuminas.tools.proxies.score_batch

    def counting(space: str, texts: Sequence[str], shape: Any, images: Any, labels: Any, names: Sequence[str]) -> Any:
        calls.append((len(texts), tuple(names)))
        return compute(space, texts, shape, images, labels, names)

    monkeypatch.setattr(illuminas.tools.proxies, "score_batch", counting)
    return calls


def test_equal_cells_have_one_score_which_is_paid_for_once(ask: Ask, computed: list[Any]) -> None:
    first, second = ask([CELL, SAME], "synflow", "params", "snip")
    assert first == second
    assert ask([SAME], "synflow", "params", "snip") == [first]
    assert computed == [(1, ("synflow", "params", "snip"))]


def test_the_text_that_comes_first_does_not_decide_the_score(ask: Ask, tmp_path: Path) -> None:
    (found,) = ask([SAME], "params", "l2_norm")
    other = Toolbox(workers=1, results=tmp_path / "other.sqlite")
    (again,) = asyncio.run(other.score_zero_cost("nb201", TABLE, [CELL], ("params", "l2_norm"))).results
    other.close()
    assert (found.hash, found.scores) == (again.hash, again.scores)


def test_only_what_is_missing_is_computed(ask: Ask, computed: list[Any]) -> None:
    rng, space = np.random.default_rng(0), NB201Space()
    texts = list({each.hash: each.text for each in (space.random(rng) for _ in range(8))}.values())
    ask(texts[:3], "synflow")
    ask(texts, "synflow")
    ask(texts[:2], "l2_norm", "synflow")
    assert computed == [(3, ("synflow",)), (len(texts) - 3, ("synflow",)), (2, ("l2_norm",))]


def test_answers_come_in_the_order_of_the_question(ask: Ask) -> None:
    one, two = ask([CELL, DEAD], "synflow", "params"), ask([DEAD, CELL, DEAD], "params", "synflow")
    assert [each.hash for each in two] == [one[1].hash, one[0].hash, one[1].hash]
    assert two[1].scores == one[0].scores


def test_tables_share_their_scores(ask: Ask, computed: list[Any]) -> None:
    assert ask([CELL], "synflow", dataset="table:a/b") == ask([CELL], "synflow", dataset="table:c/d")
    assert len(computed) == 1


def test_a_failure_is_kept_with_its_reason(ask: Ask, computed: list[Any]) -> None:
    for _ in range(2):
        (found,) = ask([DEAD], "synflow", "params")
        assert "no signal flows" in found.failures["synflow"]
        assert found.scores.keys() == {"params"}
    assert len(computed) == 1


def test_the_cost_is_told_whenever_the_score_is(ask: Ask) -> None:
    (first,) = ask([CELL], "synflow", "l2_norm")
    (again,) = ask([CELL], "synflow", "l2_norm")
    (alone,) = ask([CELL], "l2_norm")
    assert first.seconds == again.seconds > alone.seconds > 0


def test_a_group_of_proxies_is_answered_by_its_members(ask: Ask) -> None:
    (found,) = ask([CELL], "az_nas")
    assert found.scores.keys() == {"az_expressivity", "az_progressivity", "az_trainability", "flops"}


def test_many_cells_are_looked_up_in_one_statement_and_kept_in_one_transaction(toolbox: Toolbox, ask: Ask) -> None:
    texts = [each.text for each in NB201Space().reduced()[:300]]
    statements: list[str] = []
    toolbox._results._connection.set_trace_callback(statements.append)
    ask(texts, "params", "flops")
    assert sum("SELECT key" in each for each in statements) == 1
    assert [each for each in statements if each in ("BEGIN IMMEDIATE", "COMMIT")] == ["BEGIN IMMEDIATE", "COMMIT"]
    statements.clear()
    ask(texts, "params", "flops")
    assert len(statements) == 1


def test_a_store_keeps_and_finds_many_at_once(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results.sqlite")
    store.put("a", {"value": 1})
    store.put_many({"a": {"value": 2}, "b": {"value": 3}})
    assert store.get_many(["a", "b", "c"]) == {"a": {"value": 1}, "b": {"value": 3}}
    with pytest.raises(ValueError, match="JSON"):
        store.put_many({"d": {"value": 1.0}, "e": {"value": float("nan")}})
    assert store.get_many(["d", "e"]) == {}
    assert store.get_many([]) == {}
    store.close()
