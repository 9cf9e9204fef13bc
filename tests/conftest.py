"""Fixtures for every room."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from illuminas.memory.runs import RunFolder

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # two tests at a time, each with threads for every core, wait for each other


@pytest.fixture(scope="session")
def tables_folder() -> Path:
    """The folder with published NAS-Bench-201 tables; skips where there is none."""
    folder = Path(os.environ.get("ILLUMINAS_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "nb201_accuracy.parquet").is_file():
        pytest.skip(f"no benchmark tables in {folder}: set ILLUMINAS_DATA to a folder that has them")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def recorded_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A real run of LLMatic on Fashion-MNIST with more than a hundred candidates, to look at."""
    from illuminas.memory.runs import RunFolder

    run = RunFolder(tmp_path_factory.mktemp("runs") / "20261126-fashion-mnist")
    run.path.mkdir()
    run.log.write_bytes(
        gzip.decompress((Path(__file__).parent / "data" / "llmatic-fashion-mnist.sqlite.gz").read_bytes())
    )
    return run


@pytest.fixture
def damage() -> Callable[[Path], int]:
    """Writes an event that says nothing sensible to a log, and tells its number."""

    def write(path: Path) -> int:
        with closing(sqlite3.connect(path)) as connection, connection:
            row = (0.0, 1, "round", '{"of": "nothing"}')
            return connection.execute("INSERT INTO events (time, round, kind, data) VALUES (?, ?, ?, ?)", row).lastrowid

    return write


@pytest.fixture(scope="session")
def planted_accuracy() -> Callable[[str], float]:
    """An accuracy for every cell that follows from its structure: convolutions and a residual help, pools hurt."""
    from illuminas.tools.spaces import get_space

    space = get_space("nb201")

    def accuracy(text: str) -> float:
        features = space.features(space.parse(text))
        noise = zlib.crc32(text.encode()) % 1000 / 1000
        gain = 6.0 * float(features["conv3"]) + 3.0 * float(features["conv1"]) - 3.0 * float(features["pools"])
        return 40.0 + gain + 5.0 * bool(features["has_residual"]) + noise

    return accuracy


@pytest.fixture(scope="session")
def planted_home(tmp_path_factory: pytest.TempPathFactory, planted_accuracy: Callable[[str], float]) -> Path:
    """A data folder with the table ``planted``: data set ``toy`` and device ``chip_ms``, made up for tests."""
    from illuminas.tools.spaces.nb201.cells import cell_to_text
    from illuminas.tools.tables import import_table

    folder = tmp_path_factory.mktemp("planted")
    lines = ["arch_str,toy_val,toy_test,chip_ms"]
    for cell in itertools.product(range(5), repeat=6):
        text = cell_to_text(cell)
        value = planted_accuracy(text)
        latency = 1.0 + 2.0 * cell.count(3) + 0.5 * cell.count(2) + 0.1 * cell.count(4)
        lines.append(f"{text},{value:.3f},{value - 1:.3f},{latency:.2f}")
    source = folder / "planted.csv"
    source.write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(folder / "home"))
        import_table(source)
    return folder / "home"


@pytest.fixture(scope="session")
def scored_home(planted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the planted table, and zero-cost scores made up for every cell: computing them takes too long."""
    from illuminas.tools.proxies import ProxyScores
    from illuminas.tools.spaces import get_space
    from illuminas.tools.tasks import describe_task
    from illuminas.tools.toolbox import Toolbox

    home = tmp_path_factory.mktemp("scored") / "home"
    shutil.copytree(planted_home, home)
    texts = [architecture.text for architecture in get_space("nb201").reduced()]

    def made_up(
        space: str, asked: list[str], shape: object, images: object, labels: object, names: list[str]
    ) -> object:
        scores = {text: dict.fromkeys(names, float(text.count("conv"))) for text in asked}
        return [ProxyScores(values=scores[text], failures={}, seconds=dict.fromkeys(names, 0.0)) for text in asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(home))
        patch.setattr("illuminas.tools.proxies.score_batch", made_up)
        toolbox = Toolbox(workers=1, results=home / "results.sqlite")
        names = describe_task("table:planted/toy").proxies
        asyncio.run(toolbox.score_zero_cost("nb201", "table:planted/toy", texts, names))
        toolbox.close()
    return home


@pytest.fixture
def planted(planted_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh data folder with the planted table in it."""
    home = tmp_path / "home"
    shutil.copytree(planted_home, home)
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    return home


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Answers for the scripted LLM, one kind for each question of the small profile."""
    entries: list[dict[str, object]] = [
        {"agent": "planner", "answer": [1]},
        {"agent": "planner", "answer": [0]},
        {"agent": "coder-edit", "answer": [0, 3, 5, 7]},
        {"agent": "coder-edit", "answer": [2, 4, 6, 8]},
        {"agent": "coder-list", "answer": ["conv3 conv3 none conv1 skip conv3", "conv1 skip conv3 skip none pool"]},
        {"agent": "coder-list", "answer": ["conv3 none conv1 skip conv3 conv1"]},
        {"agent": "coder-list", "error": "planted failure"},
        {"agent": "critic", "answer": [1]},
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in entries))
    return path
