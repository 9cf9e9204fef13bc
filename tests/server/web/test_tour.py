"""The tour of the documentation: every picture in it is one that its script takes, and the script takes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
LARGEST, TOTAL = 150_000, 2_000_000
"""Bytes of one picture, and of all."""


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    import tour_views

    return tour_views


def test_the_tour_shows_every_picture_that_its_script_takes_and_no_other(views: ModuleType) -> None:
    shown = set(re.findall(r"pictures/([\w-]+)\.png", (DOCS / "tour.md").read_text(encoding="utf-8")))
    assert shown == {*views.LIVE, *views.ENDED}


def test_every_picture_is_there_and_small() -> None:
    pages = [ROOT / "README.md", *DOCS.glob("*.md")]
    named = {
        (page.parent / path).resolve()
        for page in pages
        for path in re.findall(r"[(\"]([\w./-]+\.png)[)\"]", page.read_text(encoding="utf-8"))
    }
    kept = set((DOCS / "pictures").glob("*.png"))
    assert named == kept
    sizes = {path.name: path.stat().st_size for path in kept}
    assert not {name: size for name, size in sizes.items() if size > LARGEST}
    assert sum(sizes.values()) < TOTAL


def test_the_python_example_draws(planted: Path, tmp_path: Path) -> None:
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search

    task = {"dataset": "table:planted/toy", "device": "table:planted/chip_ms", "proxies": ("params",), "pool": 20}
    Search(SearchConfig(**task, llm="none", evaluations=4)).run()
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "tour.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    _run(sys.executable, "-c", example, folder=tmp_path)
    assert {path.stem for path in tmp_path.glob("*.pdf")} == {"pareto", "niches", "lives"}


def test_one_picture_of_searches_that_were_kept_is_taken_by_a_browser(
    web_home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")
    if shutil.which("chromium") is None:
        pytest.skip("there is no Chromium on this machine: apt install chromium")
    home = tmp_path / "kept"
    shutil.copytree(web_home[0], home)
    script = (sys.executable, str(DOCS / "tour.py"), "--home", str(home), "--out", str(tmp_path / "pictures"))
    told = _run(*script, "--only", "archive", folder=tmp_path)
    assert re.match(r"archive\.png  \d+ kB\n$", told)
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = subprocess.run(
        [*script, "--only", "now"], capture_output=True, text=True, check=False, env=_environment()
    )
    assert refused.returncode != 0 and "now: taken while a search runs" in refused.stderr


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=_environment())
    assert done.returncode == 0, done.stderr
    return done.stdout
