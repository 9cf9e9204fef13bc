"""What a person asks of a search: one frozen model, kept in the run's event log."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from illuminas.tools.errors import unknown_name


class SearchConfig(BaseModel):
    """The whole configuration of a run.

    Attributes:
        space: search space, ``nb201``.
        dataset: ``cluttered-digits``, ``digits``, a ``.npz`` file or image folder, or ``table:NAME/PREFIX``.
        device: ``local`` (measured on this machine), ``table:NAME/COLUMN``, or ``none``.
        llm: ``local``, ``local:NAME``, ``gguf:PATH``, ``openai:MODEL[@URL]``, ``anthropic:MODEL``,
            ``scripted:FILE`` or ``none``.
        profile: what the LLM is asked for; None takes the provider's own.
        partition: a name that :mod:`illuminas.memory.partitions.catalogue` reads, as ``convolutions`` or
            ``cvt:macs,depth:24``.
        seed: of every random choice; the same seed, table and scripted LLM give the same event log.
        evaluations: cap on evaluations, failures included.
        seconds: cap on wall-clock time, all sessions of the run together; nothing is started that is likely to run
            over, and what runs is finished.
        tokens: cap on LLM tokens, prompts included.
        epochs: of training one candidate; None takes the data set's recipe.
        batch: evaluations of a run's first round, and the most of any; between them rounds are smaller.
        pool: proposals a round, from which the screen picks the batch.
        warm_start: evaluations that zero-cost scores and chance choose, before the surrogate does; more where those
            are too few, or failed too often, for it to learn from.
        proxies: zero-cost scores that the screen sees; empty takes those that suit the data set.
        workers: training processes; None is one a usable core.
        timeout: seconds after which the training of one candidate is killed.
        tools: URL of a tool server; None keeps the tools in this process.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str = "nb201"
    dataset: str = "cluttered-digits"
    device: str = "local"
    llm: str = "local"
    profile: Literal["small", "capable"] | None = None
    partition: str = "convolutions"
    mode: Literal["engine"] = "engine"
    seed: int = Field(default=0, ge=0)
    evaluations: int = Field(default=60, ge=1)
    seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=0)
    epochs: int | None = Field(default=None, ge=1)
    batch: int = Field(default=6, ge=1)
    pool: int = Field(default=240, ge=1)
    warm_start: int = Field(default=8, ge=1)
    proxies: tuple[str, ...] = ()
    workers: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    tools: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_the_nearest_key(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    raise unknown_name("setting", str(key), cls.model_fields)
        return data
