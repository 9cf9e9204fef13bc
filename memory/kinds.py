"""The kinds of event that a run's log holds, in the order in which a round writes them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an event says; its data is described beside each."""

    STARTED = "started"
    """The run was created: config, versions, what the LLM is."""
    SESSION = "session"
    """A process began or went on with the run, with these caps; seconds are counted from here."""
    PARTITION = "partition"
    """The partition with its resolved bounds, each niche's words and capacity, and the front's reference."""
    PLAN = "plan"
    """The planner's answer for one round."""
    LLM = "llm"
    """One call of an LLM: who asked which, the answer or the error, tokens, seconds, US dollars where known."""
    LLM_STATE = "llm_state"
    """An LLM went down, and statistics take its place until a later round; or it answers again."""
    PROPOSALS = "proposals"
    """The coder's pool of one round: how many by each operator, and the LLM's candidates, duplicates dropped."""
    SCREENED = "screened"
    """Scores of the pool, the candidates that go on, and what each was chosen for."""
    LATENCY = "latency"
    """The latency of one architecture on the run's device, or why there is none."""
    EVALUATION = "evaluation"
    """One evaluation; its key is the architecture's hash with fidelity and seed."""
    ARCHIVED = "archived"
    """What the archivist did with each candidate of one round."""
    HEURISTIC = "heuristic"
    """A heuristic was born, judged or changed."""
    RULES = "rules"
    """The rules that the critic wrote anew: ids of heuristics by niche, and who wrote them."""
    STORY = "story"
    """The critic's account of one round."""
    ROUND = "round"
    """One round is complete: the figures at its end."""
    ENDED = "ended"
    """The run is complete, with the reason."""
