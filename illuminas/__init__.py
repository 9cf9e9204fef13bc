"""illuminas: LLM agents that search for neural architectures.

The code lives in four rooms, imported as ``illuminas.tools``, ``illuminas.memory``,
``illuminas.agents`` and ``illuminas.server``; imports run from the later to the earlier only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search
    from illuminas.tools.errors import IlluminasError
    from illuminas.tools.evaluation.evaluators import evaluator
    from illuminas.tools.objectives import Objective
    from illuminas.tools.spaces import register_space
    from illuminas.tools.spaces.genotype import Choice, Genotype
    from illuminas.tools.spaces.genotype_space import GenotypeSpace

__version__ = "0.2.0"
__all__ = [
    "Choice",
    "Genotype",
    "GenotypeSpace",
    "IlluminasError",
    "Objective",
    "Search",
    "SearchConfig",
    "__version__",
    "evaluator",
    "register_space",
]

_HERE = Path(__file__).resolve().parent
if not (_HERE / "agents").is_dir():  # a checkout without symbolic links
    __path__.append(str(_HERE.parent))

_HOMES = {
    "Search": "illuminas.agents.search",
    "SearchConfig": "illuminas.agents.config",
    "IlluminasError": "illuminas.tools.errors",
    "Objective": "illuminas.tools.objectives",
    "evaluator": "illuminas.tools.evaluation.evaluators",
    "Choice": "illuminas.tools.spaces.genotype",
    "Genotype": "illuminas.tools.spaces.genotype",
    "GenotypeSpace": "illuminas.tools.spaces.genotype_space",
    "register_space": "illuminas.tools.spaces",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'illuminas' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
