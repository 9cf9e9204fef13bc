"""The engine's own methods on a bench: its modes, and modes with one part taken away or exchanged."""

from __future__ import annotations

from typing import Any

ENGINE = "illuminas"
LLM_NAS = "llm-nas"
FULL = "full"
"""The part of a name, after its mode's, that the mode's other variants are compared with."""

VARIANTS: dict[str, dict[str, Any]] = {
    ENGINE: {},
    f"{LLM_NAS}/{FULL}": {"mode": LLM_NAS},
    f"{LLM_NAS}/no-partition": {"mode": LLM_NAS, "partition": "none"},
    f"{LLM_NAS}/random-partition": {"mode": LLM_NAS, "partition": "random"},
    f"{LLM_NAS}/latency-partition": {"mode": LLM_NAS, "partition": "latency"},
    f"{LLM_NAS}/no-predictor": {"mode": LLM_NAS, "predictor": ()},
}
"""Method -> the settings that differ from the engine's; without an LLM is not among them: it runs beside each."""

SUITES: dict[str, tuple[str, ...]] = {
    LLM_NAS: (*(name for name in VARIANTS if name.startswith(LLM_NAS)), ENGINE, "nsga2", "map-elites", "random"),
}
"""Several methods by one name: a paper's ablation, and what it is to be compared with."""

LLMATIC = "llmatic"
"""A bench of its own, in which networks are trained; see :mod:`illuminas.agents.bench.trainings`."""
