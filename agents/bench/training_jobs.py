"""Which searches the bench of LLMatic makes: they train for real, with one budget and the same niches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import illuminas
from illuminas.agents.bench.trace import code_fingerprint, file_stamp
from illuminas.agents.bench.variants import LLMATIC
from illuminas.agents.composition import instructions_of
from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.registry import open_llm
from illuminas.agents.presets import ENGINE, preset
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.results import content_key
from illuminas.tools.tasks import is_table, open_dataset

RANDOM = "random"
NO_LLM = "none"

METHODS: dict[str, dict[str, Any]] = {
    LLMATIC: {"mode": LLMATIC},
    RANDOM: {"mode": LLMATIC, "shares": {"random": 1}, "start": (), "instructed": False, "inherit": False},
    ENGINE: {"mode": ENGINE},
}
"""Method -> its settings. Random layer lists come in the generations of the mode, and of nothing else in it."""

_CODE = ("agents", "memory", "tools")
_FIGURES = "agents/bench"
"""What a run follows from, and what is only said of it afterwards."""


class TrainingJob(NamedTuple):
    """One search to run."""

    method: str
    config: SearchConfig

    @property
    def label(self) -> str:
        """How people see it while it runs."""
        return f"{self.method_with(self.config.llm)}, seed {self.config.seed}"

    def method_with(self, llm: str) -> str:
        """The method with its LLM, by a name of it; random lists have no use for one."""
        return self.method if self.method == RANDOM else f"{self.method} --llm {llm}"

    @property
    def key(self) -> str:
        """Equal exactly where a search would be the same: its settings, images, instructions, the code's version."""
        config = self.config
        told = instructions_of(config)
        images = open_dataset(config.dataset).fingerprint
        code = code_fingerprint(_CODE, without=_FIGURES)
        settings = config.model_dump(mode="json")
        return content_key(settings, file_stamp(config.llm), told, images, illuminas.__version__, code)[:32]


def plan_trainings(
    *, datasets: Sequence[str], llms: Sequence[str], seeds: int, budget: int, settings: Mapping[str, Any]
) -> list[TrainingJob]:
    """The searches, seed by seed, so that a broken bench has a like number of every method; those with an LLM first.

    Args:
        datasets: of images.
        llms: that LLMatic runs with. Without one it runs in any case, as do random lists and the engine.
        budget: evaluations of each search.
        settings: what all searches share besides.

    Raises:
        IlluminasError: an unknown data set or LLM, or a table, where nothing is trained.
    """
    for dataset in datasets:
        if is_table(dataset):
            raise IlluminasError(
                f"bench {LLMATIC} trains networks for real: expected images, such as cluttered-digits, got {dataset}."
            )
        open_dataset(dataset)
    chat_models = list(dict.fromkeys(llm for llm in llms if llm != NO_LLM))
    for llm in chat_models:
        open_llm(llm)  # refuses an unknown one before hours are spent on another; loads nothing
    searches = [*((LLMATIC, llm) for llm in chat_models), *((method, NO_LLM) for method in METHODS)]
    mode = preset(LLMATIC)
    shared = {
        **settings,
        "space": mode["space"],
        "partition": mode["partition"],
        "device": mode["device"],
        "evaluations": budget,
    }
    return [
        TrainingJob(method, SearchConfig(**{**shared, **METHODS[method]}, dataset=dataset, llm=llm, seed=seed))
        for dataset in datasets
        for seed in range(seeds)
        for method, llm in searches
    ]
