"""The methods that illuminas is measured against, one family a file."""

from __future__ import annotations

from illuminas.agents.bench.rivals.base import Rival
from illuminas.agents.bench.rivals.evolution import Evolution, TunedEvolution
from illuminas.agents.bench.rivals.gaussian_process import GPHyperVolume, GPHyperVolumeFree, GPSearch, GPSynFlow
from illuminas.agents.bench.rivals.local_search import LocalSearch
from illuminas.agents.bench.rivals.map_elites import MapElites
from illuminas.agents.bench.rivals.nsga2 import NSGA2
from illuminas.agents.bench.rivals.random_search import RandomSearch, RandomSynFlow

__all__ = ["RIVALS", "Rival"]

RIVALS: dict[str, Rival] = {
    rival.name: rival
    for rival in (
        RandomSearch(),
        LocalSearch(),
        Evolution(),
        TunedEvolution(),
        MapElites(),
        GPSearch(),
        GPSynFlow(),
        RandomSynFlow(),
        NSGA2(),
        GPHyperVolume(),
        GPHyperVolumeFree(),
    )
}
"""Name -> method; a new one is added here."""
