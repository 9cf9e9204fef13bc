"""A run goes on with what it began with: other data are refused, and other working folders make no difference."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.runs import find_run, new_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.tables import import_table
from illuminas.tools.tasks import open_dataset

TABLE: dict[str, Any] = {"dataset": "table:planted/toy", "device": "table:planted/chip_ms", "proxies": ("params",)}
START = 1_800_000_000.0
GMTIME = time.gmtime
REFUSED = r"{} has changed since run \S+ began: expected the fingerprint ([0-9a-f]{{16}}), got ([0-9a-f]{{16}})"


def begin(**settings: Any) -> RunState:
    """The state of a run that was cut off before its first round."""
    job = Search(SearchConfig(llm="none", **settings))
    _open(job)
    return open_state(job.run_folder)


def _open(job: Search) -> None:
    async def opened() -> None:
        async with job.opened():
            pass

    asyncio.run(opened())


def resume() -> None:
    open_dataset.cache_clear()  # as another process would see it
    _open(Search(resume=find_run("last")))


def write_images(path: Path, *, seed: int) -> None:
    rng = np.random.default_rng(seed)
    np.savez(path, x=rng.integers(0, 256, (60, 8, 8)), y=np.arange(60) % 2)


def test_a_run_is_not_resumed_on_another_data_set_under_the_same_name(planted: Path, tmp_path: Path) -> None:
    images = tmp_path / "mine.npz"
    write_images(images, seed=0)
    state = begin(dataset=str(images), device="none", partition="flops", workers=1)
    write_images(images, seed=1)
    with pytest.raises(IlluminasError, match=REFUSED.format(re.escape(str(images)))) as refused:
        resume()
    found = re.search("fingerprint (.+), got (.+?)[.]", str(refused.value))
    assert found is not None
    assert found[1] == state.started.task.fingerprints[str(images)] != found[2]
    write_images(images, seed=0)
    resume()


def test_a_run_is_resumed_from_another_working_folder(
    planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "shrink.md").write_text("Make the network smaller.")
    write_images(tmp_path / "mine.npz", seed=0)
    monkeypatch.chdir(tmp_path)
    paths = {"record": "calls.jsonl", "prompts": "words", "llm": f"scripted:{script.name}"}
    job = Search(SearchConfig(dataset="mine.npz:30", device="none", partition="flops", workers=1, **paths))
    _open(job)
    kept = open_state(job.run_folder).started.config
    assert kept["dataset"] == str(tmp_path / "mine.npz:30")
    assert kept["record"] == str(tmp_path / "calls.jsonl")
    assert kept["prompts"] == str(tmp_path / "words")
    assert kept["llm"] == f"scripted:{script}"
    monkeypatch.chdir(tmp_path / "elsewhere")
    resume()


@pytest.mark.parametrize("settings", [TABLE, {**TABLE, "device": "none", "constraints": ("latency:chip_ms<=9",)}])
def test_a_run_is_not_resumed_on_another_table_under_the_same_name(planted: Path, settings: dict[str, Any]) -> None:
    begin(**settings)
    resume()
    source = planted.parent / "planted.csv"
    source.write_text(
        "arch_str,toy_val,toy_test,chip_ms\n|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|,50,49,1\n"
    )
    import_table(source)
    with pytest.raises(IlluminasError, match=REFUSED.format("table:planted")):
        resume()


def test_a_device_of_another_table_is_told_apart_too(planted: Path, tmp_path: Path) -> None:
    rows = "arch_str,chip_ms\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,{}\n"
    source = tmp_path / "costs.csv"
    source.write_text(rows.format(1))
    import_table(source)
    state = begin(**{**TABLE, "device": "none", "constraints": ("latency:table:costs/chip_ms<=9",)})
    assert set(state.started.task.fingerprints) == {"table:planted", "table:costs"}
    source.write_text(rows.format(2))
    import_table(source)
    with pytest.raises(IlluminasError, match=REFUSED.format("table:costs")):
        resume()


def test_a_data_set_without_a_name_is_refused(planted: Path) -> None:
    with pytest.raises(IlluminasError, match="unknown data set ''"):
        begin(dataset="", device="none")


def test_the_last_run_is_the_newest_in_whatever_time_zone_each_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        ids = []
        for hours, zone in enumerate(("XXX-14", "UTC", "XXX+10")):  # local time falls from one to the next
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            monkeypatch.setattr(time, "gmtime", lambda at=START + 3600.0 * hours: GMTIME(at))
            ids.append(new_run(tmp_path).id)
        assert ids == sorted(ids)
    finally:
        monkeypatch.undo()
        time.tzset()
