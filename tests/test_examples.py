"""Every example runs, and what it leaves can be opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "own_space.py"


def python(*arguments: str, home: Path) -> str:
    environment = {**os.environ, "ILLUMINAS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("ILLUMINAS_SPACES", None)
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=home, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_space_and_an_evaluator_of_ones_own_in_sixty_lines(tmp_path: Path) -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 60
    script = tmp_path / "mine.py"
    script.write_text(EXAMPLE.read_text(encoding="utf-8").replace("evaluations=12", "evaluations=4, batch=2"))
    assert "recognised" in python(str(script), home=tmp_path)
    cli = ("-c", "import sys; from illuminas.server.cli.app import main; main()")
    assert "recognised" in python(*cli, "search", "--resume", "last", "--budget", "6", home=tmp_path)
    python(*cli, "report", "last", "--out", str(tmp_path / "report.html"), home=tmp_path)
    assert "recognised" in (tmp_path / "report.html").read_text(encoding="utf-8")
