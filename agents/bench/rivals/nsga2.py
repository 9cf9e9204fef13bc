"""NSGA-II, by ``pymoo``."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival
from illuminas.tools.objectives import gains_of


class NSGA2(Rival):
    """Non-dominated sorting with crowding on integer genes, one a choice."""

    name = "nsga2"
    paper = "Deb et al., IEEE Trans. Evolutionary Computation 6(2), 2002"
    several = True
    single = False
    POPULATION = 20

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.core.problem import Problem
        from pymoo.core.termination import NoTermination
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair
        from pymoo.operators.sampling.rnd import IntegerRandomSampling

        options, objectives = oracle.points.options, oracle.objectives
        rounding = RoundingRepair()
        algorithm = Algorithm(
            pop_size=self.POPULATION,
            sampling=IntegerRandomSampling(),
            crossover=SBX(prob=1.0, eta=3.0, vtype=float, repair=rounding),
            mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=rounding),
            eliminate_duplicates=True,
        )
        problem = Problem(n_var=len(options), n_obj=len(objectives), xl=0, xu=options - 1, vtype=int)
        algorithm.setup(problem, seed=int(rng.integers(2**31)), termination=NoTermination(), verbose=False)
        while True:
            population = algorithm.ask()
            found = [oracle.evaluate(oracle.points.encode(genes.astype(int))) for genes in population.get("X")]
            population.set("F", -np.array([gains_of(each, objectives) for each in found]))
            algorithm.tell(infills=population)
