"""What a search costs outside training and LLM: whole searches on a table with statistical agents.

python benchmarks/overhead.py --accuracy nb201_accuracy.parquet --latency nb201_latency.parquet [--warm]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from illuminas.agents.config import SearchConfig

BEGIN = """
import sys, time
from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.kinds import PlanMade

search = None

def listen(event):
    if isinstance(event.data, PlanMade):
        print(time.time(), time.process_time())
        search.stop()

search = Search(SearchConfig.model_validate_json(sys.argv[1]), listen=listen)
search.run()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accuracy", type=Path, required=True, help="table with arch_str and c10_val")
    parser.add_argument("--latency", type=Path, required=True, help="table with raspi4")
    parser.add_argument("--budget", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--warm", action="store_true", help="search each seed twice; the second finds all scores kept")
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
    for name in list(rows[0])[3:]:
        print(f"median {name}: {statistics.median(row[name] for row in rows):.2f}")


def measure(options: argparse.Namespace) -> list[dict[str, float]]:
    """One row a seed, the figures of the second search where scores are to be kept."""
    from illuminas.tools.tables import import_table

    import_table(options.accuracy, name="accuracy")
    import_table(options.latency, name="latency")
    rows = []
    for seed in range(options.seeds):
        if options.warm:
            of_a_search(options.budget, seed)
        rows.append({**of_a_search(options.budget, seed), **first_plan(options.budget, seed)})
    return rows


def config_of(budget: int, seed: int) -> SearchConfig:
    """Settings of a search on the two tables."""
    from illuminas.agents.config import SearchConfig

    return SearchConfig(
        dataset="table:accuracy/c10", device="table:latency/raspi4", llm="none", evaluations=budget, seed=seed
    )


def of_a_search(budget: int, seed: int) -> dict[str, float]:
    """Milliseconds an evaluation and a proposal; the first round is left out: it pays for imports."""
    from illuminas.agents.search import Search
    from illuminas.memory.events import Event
    from illuminas.memory.kinds import RoundEnded
    from illuminas.memory.runs import open_state

    marks: list[tuple[float, float]] = []

    def listen(event: Event) -> None:
        if isinstance(event.data, RoundEnded):
            marks.append((time.perf_counter(), time.process_time()))

    search = Search(config_of(budget, seed), listen=listen)
    search.run()
    state = open_state(search.run_folder)
    evaluations = len(state.evaluations) - state.figures[0].evaluations
    proposals = sum(record.proposed for record in state.operators.values())
    wall, cpu = (after - before for before, after in zip(marks[0], marks[-1], strict=True))
    return {
        "seed": seed,
        "evaluations": evaluations,
        "proposals": proposals,
        "ms_an_evaluation": 1000 * wall / evaluations,
        "ms_a_proposal": 1000 * wall / proposals,
        "cpu_ms_an_evaluation": 1000 * cpu / evaluations,
        "cpu_ms_a_proposal": 1000 * cpu / proposals,
    }


def first_plan(budget: int, seed: int) -> dict[str, float]:
    """Seconds from the start of a process to the plan of its first round."""
    began = time.time()
    command = [sys.executable, "-c", BEGIN, config_of(budget, seed).model_dump_json()]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    ended, cpu = map(float, told.splitlines()[0].split())
    return {"seconds_to_first_round": ended - began, "cpu_seconds_to_first_round": cpu}


if __name__ == "__main__":
    main()
