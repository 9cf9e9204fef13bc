"""Tables of the documentation that are made from what the code declares."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
MADE = runpy.run_path(str(DOCS / "tables.py"))


@pytest.mark.parametrize("page", MADE["TABLES"])
def test_a_table_of_the_docs_is_what_the_code_declares(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == MADE["written"](page), "run python docs/tables.py"
