"""What every worker process does first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_busy_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        """
import multiprocessing, os
from illuminas.tools.process import exit_with_parent

def work(parent):
    exit_with_parent(parent)
    print("begun", flush=True)
    while True:
        pass

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=work, args=(os.getpid(),))
    process.start()
    process.join()
"""
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=ENVIRONMENT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        parent.kill()
        # the child holds the other end of this pipe, too: it closes when both are gone
        parent.communicate(timeout=10)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't count private memory")
def test_allocations_beyond_the_memory_limit_fail() -> None:
    code = """
from illuminas.tools.process import limit_memory
limit_memory(0.5)
bytearray(100 * 2**20)
try:
    bytearray(600 * 2**20)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=ENVIRONMENT, check=True)
    assert done.stdout == b"refused\n"
