"""Proxies are scored on one thread, as a search does, on networks of a few channels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from illuminas.tools.spaces import Scale
from illuminas.tools.spaces.nb201.cells import CELLS, CHANNELS


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHANNELS, Scale.SMALL, 4)
    monkeypatch.setitem(CELLS, Scale.SMALL, 1)
