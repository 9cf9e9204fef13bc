"""Fixtures for tests that run whole searches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def scripted(tmp_path: Path) -> Callable[[list[dict[str, Any]]], str]:
    """Names the scripted LLM that gives the answers it is called with."""

    def write(entries: list[dict[str, Any]]) -> str:
        path = tmp_path / "script.jsonl"
        path.write_text("\n".join(json.dumps(entry) for entry in entries))
        return f"scripted:{path}"

    return write
