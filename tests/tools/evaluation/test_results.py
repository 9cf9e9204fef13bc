"""Results are kept by content."""

from __future__ import annotations

from pathlib import Path

from illuminas.tools.evaluation.results import ResultStore, content_key


def test_the_first_result_of_a_key_stays_and_survives_a_restart(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "deep" / "results.sqlite")
    store.put("key", {"value": 1})
    store.put("key", {"value": 2})
    store.close()
    again = ResultStore(tmp_path / "deep" / "results.sqlite")
    assert again.get("key") == {"value": 1}
    assert again.get("other") is None
    again.close()


def test_keys_differ_exactly_when_a_part_does() -> None:
    assert content_key("a", 1, {"x": 1, "y": 2}) == content_key("a", 1, {"y": 2, "x": 1})
    assert content_key("a", 1) != content_key("a", "1")
    assert content_key("ab", "c") != content_key("a", "bc")
