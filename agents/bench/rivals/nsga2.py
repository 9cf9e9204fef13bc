"""NSGA-II, by ``pymoo``."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code
from illuminas.tools.objectives import gains_of


class NSGA2(Rival):
    """Non-dominated sorting with crowding on integer genes, one a choice, one child at a time.

    A child joins the population at once, since budgets are a few times its size. Equal architectures are duplicates,
    which no population holds; what the table lacks violates a constraint. Where crossover and mutation find nothing
    new, random architectures come in. Operators are those of integers, which treat options as if they stood in an
    order: uniform crossover with a mutation to a neighbour, which do not, found smaller fronts on NAS-Bench-201.
    """

    name = "nsga2"
    paper = "Deb et al., IEEE Trans. Evolutionary Computation 6(2), 2002"
    several = True
    single = False
    POPULATION = 20

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.core.duplicate import DefaultDuplicateElimination
        from pymoo.core.population import Population
        from pymoo.core.problem import Problem
        from pymoo.core.termination import NoTermination
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair

        points = oracle.points

        def codes_of(genes: np.ndarray) -> list[int]:
            return [points.encode(each) for each in genes.astype(int)]

        def drawn() -> np.ndarray:
            return np.asarray(points.genes[[random_code(oracle, rng) for _ in range(self.POPULATION)]])

        integers = {"prob": 1.0, "eta": 3.0, "vtype": float, "repair": RoundingRepair()}
        algorithm = Algorithm(
            pop_size=self.POPULATION,
            n_offsprings=1,
            sampling=drawn(),
            crossover=SBX(**integers),
            mutation=PM(**integers),
            eliminate_duplicates=DefaultDuplicateElimination(
                func=lambda population: points.classes[codes_of(population.get("X"))][:, None].astype(float)
            ),
        )
        size, count = points.genes.shape[1], len(oracle.objectives)
        problem = Problem(n_var=size, n_obj=count, n_ieq_constr=1, xl=0, xu=points.options - 1, vtype=int)
        algorithm.setup(problem, seed=int(rng.integers(2**31)), termination=NoTermination(), verbose=False)
        while True:
            population = algorithm.ask()
            if population is None:
                population = Population.new("X", drawn())
            codes = codes_of(population.get("X"))
            population.set("F", -np.array([gains_of(oracle.evaluate(code), oracle.objectives) for code in codes]))
            population.set("G", np.array([[-1.0 if oracle.holds(code) else 1.0] for code in codes]))
            algorithm.tell(infills=population)
