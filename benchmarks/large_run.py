"""How long a large run takes to open: a made-up log of 10,000 candidates and 1,000 heuristics.

python benchmarks/large_run.py
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from made_up_run import write_large_run

from illuminas.memory.events import EventLog
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import open_state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--heuristics", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run = write_large_run(Path(folder) / "large", candidates=options.candidates, heuristics=options.heuristics)
        print(f"written in {time.perf_counter() - began:.1f} s, {run.log.stat().st_size / 1e6:.1f} MB")
        began = time.perf_counter()
        view = open_state(run)
        print(f"view of {len(view.evaluations)} evaluations in {time.perf_counter() - began:.2f} s")
        began = time.perf_counter()
        front = view.front
        print(f"front of {len(front)} in {time.perf_counter() - began:.3f} s")
        log = EventLog(run.log, read_only=True)
        began = time.perf_counter()
        print(f"{len(as_of(log))} heuristics in {time.perf_counter() - began:.2f} s")
        log.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
