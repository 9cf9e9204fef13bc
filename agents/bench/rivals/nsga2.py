"""NSGA-II, by ``pymoo``."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival


class NSGA2(Rival):
    """Non-dominated sorting with crowding on six integer genes; validation error and latency are minimised."""

    name = "nsga2"
    paper = "Deb et al., IEEE Trans. Evolutionary Computation 6(2), 2002"
    needs_device = True
    uses_device = True
    POPULATION = 20

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.core.problem import Problem
        from pymoo.core.termination import NoTermination
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair
        from pymoo.operators.sampling.rnd import IntegerRandomSampling

        rounding = RoundingRepair()
        algorithm = Algorithm(
            pop_size=self.POPULATION,
            sampling=IntegerRandomSampling(),
            crossover=SBX(prob=1.0, eta=3.0, vtype=float, repair=rounding),
            mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=rounding),
            eliminate_duplicates=True,
        )
        problem = Problem(n_var=cells.EDGES, n_obj=2, xl=0, xu=cells.OPERATIONS - 1, vtype=int)
        algorithm.setup(problem, seed=int(rng.integers(2**31)), termination=NoTermination(), verbose=False)
        while True:
            population = algorithm.ask()
            found = [oracle.evaluate(cells.encode(genes.astype(int))) for genes in population.get("X")]
            population.set("F", np.array([[-each.accuracy, each.latency] for each in found]))
            algorithm.tell(infills=population)
