"""Every test of a data set has a data folder of its own, where decoded images are kept."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(home: Path) -> Path:
    return home
