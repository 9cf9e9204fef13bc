"""What a candidate costs outside training and LLM: a whole search on a table with statistical agents.

python benchmarks/overhead.py --accuracy nb201_accuracy.parquet --latency nb201_latency.parquet
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accuracy", type=Path, required=True, help="table with arch_str and c10_val")
    parser.add_argument("--latency", type=Path, required=True, help="table with raspi4")
    parser.add_argument("--budget", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ILLUMINAS_HOME"] = home
        rows = measure(options)
    if options.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print("  ".join(f"{name} {value:.4g}" for name, value in row.items()))
    for name in ("ms_an_evaluation", "ms_a_proposal", "cpu_ms_an_evaluation"):
        print(f"median {name}: {statistics.median(row[name] for row in rows):.1f}")


def measure(options: argparse.Namespace) -> list[dict[str, float]]:
    """One row a seed. The first round is left out: it pays for imports."""
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search
    from illuminas.memory.events import Event
    from illuminas.memory.kinds import RoundEnded
    from illuminas.memory.runs import open_state
    from illuminas.tools.tables import import_table

    import_table(options.accuracy, name="accuracy")
    import_table(options.latency, name="latency")
    rows = []
    for seed in range(options.seeds):
        marks: list[tuple[float, float]] = []

        def listen(event: Event, marks: list[tuple[float, float]] = marks) -> None:
            if isinstance(event.data, RoundEnded):
                marks.append((time.perf_counter(), time.process_time()))

        config = SearchConfig(
            dataset="table:accuracy/c10",
            device="table:latency/raspi4",
            llm="none",
            evaluations=options.budget,
            seed=seed,
        )
        search = Search(config, listen=listen)
        search.run()
        view = open_state(search.run_folder)
        first = view.figures[0].evaluations
        evaluations = len(view.evaluations) - first
        proposals = sum(record.proposed for record in view.operators.values())
        wall, cpu = (after - before for before, after in zip(marks[0], marks[-1], strict=True))
        rows.append(
            {
                "seed": seed,
                "evaluations": evaluations,
                "proposals": proposals,
                "ms_an_evaluation": 1000 * wall / evaluations,
                "ms_a_proposal": 1000 * wall / proposals,
                "cpu_ms_an_evaluation": 1000 * cpu / evaluations,
            }
        )
    return rows


if __name__ == "__main__":
    main()
