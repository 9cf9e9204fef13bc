"""Heuristics are mined and judged, but guide no proposal, as LLMatic (arXiv 2306.01102) has no rules."""

from __future__ import annotations

from illuminas.agents.rules.base import RuleSource


class ObservedRules(RuleSource):
    """Applies no rule."""

    def of_niche(self, niche: int) -> tuple[str, ...]:
        return ()
