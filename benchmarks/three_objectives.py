"""Accuracy, Edge GPU latency and Edge GPU energy at once: the engine beside NSGA-II and random draws.

Needs the tables ``nb201_accuracy`` and ``nb201_hwnasbench`` (``illuminas data import``). Searches see validation
accuracy; the bench judges fronts by test accuracy, as a share of the hypervolume of the table's true test front with
the reference at the worst corner (:mod:`illuminas.agents.bench.measures`).

    python benchmarks/three_objectives.py [--seeds 10] [--budget 100]... [--json]
"""

from __future__ import annotations

import sys

from illuminas.server.cli.app import main

METHODS = ("illuminas", "nsga2", "random")
OBJECTIVES = ("accuracy", "latency:edgegpu", "energy:edgegpu_mj")
BUDGETS = ("--budget", "20", "--budget", "50", "--budget", "100")
DEFAULTS = ("--dataset", "table:nb201_accuracy/c10", *BUDGETS, "--seeds", "10", "--llm", "none")

if __name__ == "__main__":
    named = [word for objective in OBJECTIVES for word in ("--objective", objective)]
    given = sys.argv[1:]
    pairs = zip(DEFAULTS[::2], DEFAULTS[1::2], strict=True)
    kept = [word for option, value in pairs if option not in given for word in (option, value)]
    sys.argv = ["illuminas", "bench", *METHODS, *named, *kept, *given]
    main()
