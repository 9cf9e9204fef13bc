"""Fixtures for every room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
