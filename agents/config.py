"""What a person asks of a search: one frozen model, kept in the run's event log."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from illuminas.agents.acquisition import Acquisition
from illuminas.agents.llm.base import Role
from illuminas.agents.llm.limits import Limits
from illuminas.agents.presets import ENGINE, preset
from illuminas.memory.archive import Keep
from illuminas.memory.candidate import Operator
from illuminas.tools.errors import unknown_name

Topic = Literal["plan", "heuristics", "budget"]

_DEFAULT = preset(ENGINE)
_OF_A_SPACE = {"partition": "", "start": []}
"""What stands in place of a preset's settings that make sense in its own space alone."""


class SearchConfig(BaseModel):
    """The whole configuration of a run. What is not given is taken from the preset of its mode.

    Attributes:
        space: search space, ``nb201`` or ``code``. In another space than its own a mode has that space's niches.
        dataset: what :mod:`illuminas.tools.datasets` opens by name or path, or ``table:NAME/PREFIX``.
        device: ``local`` (measured on this machine), ``table:NAME/COLUMN``, or ``none``.
        llm: a spec of :data:`illuminas.agents.llm.registry.SPECS`, such as ``local``, ``openai:MODEL@URL`` or ``none``.
        roles: specs of those who have an LLM of their own: planner, coder, critic, chat.
        limits: time-outs, retries, calls at once and calls a minute, of each LLM.
        record: file that every question and answer is written to, for ``replay:FILE``.
        profile: what the LLM for all is asked for; None takes the provider's own.
        partition: a name that :mod:`illuminas.memory.partitions.catalogue` reads, as ``convolutions`` or
            ``cvt:macs,depth:24``; empty is the search space's own.
        mode: name of a preset in ``agents/presets``.
        archive: ``elites`` keeps the most accurate of a niche, ``fronts`` its Pareto front of accuracy and latency.
        seed: of every random choice; the same seed, table and scripted LLM give the same event log.
        evaluations: cap on evaluations, failures included.
        seconds: cap on wall-clock time, all sessions of the run together; nothing is started that is likely to run
            over, and what runs is finished.
        tokens: cap on LLM tokens, prompts included; a call that might run over is not begun.
        dollars: the same in US dollars; every LLM's price must be known.
        epochs: of training one candidate; None takes the data set's recipe.
        batch: evaluations of a run's first round, and the most of any.
        batch_growth: a later round evaluates the share 1/batch_growth of what is known, up to ``batch``; 0 always
            evaluates ``batch``.
        focus: niches that a round works on.
        pool: proposals a round, from which the screen picks the batch.
        warm_start: evaluations chosen by ``warm_schedule``, before the surrogate chooses; more where too few of them
            succeeded for it to learn from.
        warm_schedule: acquisitions of a run's first evaluations, repeated in this order.
        schedule: acquisitions of the later evaluations; each batch continues where the previous one stopped.
        shares: relative shares of the operators, those of an LLM where there is one; empty leaves them to the bandit.
        proxies: zero-cost scores that the screen sees; empty takes those that suit the data set.
        predictor: what the surrogate sees: groups of the space's encoding, or ``structure`` for all of them, and
            ``scores``; with none, chance decides in its place.
        rules: ``evidence`` retrieves heuristics from the knowledge base; ``rewritten`` has the critic write each
            niche's rules anew from its last round; ``observed`` finds and judges them, and tells nobody.
        start: architectures that a run evaluates before any other, as their space writes them.
        parents: ``leaders`` takes them from the niches that a round works on and from the best of all; ``random``
            takes a random elite, and for a crossover those of the niches nearest to it.
        instructed: what an LLM is to do with a parent is an instruction from the archive of prompts.
        form: how a capable LLM writes an architecture: in the space's ``notation``, or as PyTorch ``source``.
        repairs: times that an LLM is told why proposals were refused, and may answer again.
        inherit: an offspring starts from the trained weights of its first parent, where layers are unchanged.
        prompts: folder of further instructions, one Markdown file each; None has those of the data folder alone.
        approve: what the search asks a person about, and waits: each plan, new heuristics, the end of its budget.
        require_sandbox: level that the sandbox must reach for networks made from generated source; None takes any.
        workers: training processes; None is one a usable core.
        timeout: seconds after which the training of one candidate is killed.
        strict_latency: take no latency that the machine was too busy to measure; else such figures are marked as
            unsteady or estimated, and measured again later.
        tools: URL of a tool server; None keeps the tools in this process.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str = _DEFAULT["space"]
    dataset: str = "cluttered-digits"
    device: str = _DEFAULT["device"]
    llm: str = "local"
    roles: dict[Role, str] = Field(default={})
    limits: Limits = Limits()
    record: str | None = None
    profile: Literal["small", "capable"] | None = None
    mode: str = ENGINE
    partition: str = _DEFAULT["partition"]
    archive: Keep = _DEFAULT["archive"]
    seed: int = Field(default=0, ge=0)
    evaluations: int = Field(default=_DEFAULT["evaluations"], ge=1)
    seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=0)
    dollars: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    epochs: int | None = Field(default=None, ge=1)
    batch: int = Field(default=_DEFAULT["batch"], ge=1)
    batch_growth: int = Field(default=_DEFAULT["batch_growth"], ge=0)
    focus: int = Field(default=_DEFAULT["focus"], ge=1)
    pool: int = Field(default=_DEFAULT["pool"], ge=1)
    warm_start: int = Field(default=_DEFAULT["warm_start"], ge=1)
    warm_schedule: tuple[Acquisition, ...] = Field(
        default=_DEFAULT["warm_schedule"], min_length=1, validate_default=True
    )
    schedule: tuple[Acquisition, ...] = Field(default=_DEFAULT["schedule"], min_length=1, validate_default=True)
    shares: dict[Operator, Annotated[float, Field(ge=0)]] = Field(default=_DEFAULT["shares"])
    proxies: tuple[str, ...] = Field(default=_DEFAULT["proxies"], validate_default=True)
    predictor: tuple[str, ...] = Field(default=_DEFAULT["predictor"], validate_default=True)
    rules: Literal["evidence", "rewritten", "observed"] = _DEFAULT["rules"]
    start: tuple[str, ...] = Field(default=_DEFAULT["start"], validate_default=True)
    parents: Literal["leaders", "random"] = _DEFAULT["parents"]
    instructed: bool = _DEFAULT["instructed"]
    form: Literal["notation", "source"] = _DEFAULT["form"]
    repairs: int = Field(default=_DEFAULT["repairs"], ge=0, le=3)
    inherit: bool = _DEFAULT["inherit"]
    prompts: str | None = None
    approve: tuple[Topic, ...] = ()
    require_sandbox: str | None = None
    workers: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    strict_latency: bool = False
    tools: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _complete_by_the_preset(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    raise unknown_name("setting", str(key), cls.model_fields)
            settings = preset(data.get("mode", ENGINE))
            if data.get("space", settings["space"]) != settings["space"]:
                settings = {**settings, **_OF_A_SPACE}
            return {**settings, **data}
        return data

    @model_validator(mode="after")
    def _source_has_no_predictor(self) -> Self:
        if self.form == "source" and self.predictor:
            raise ValueError("a predictor knows nothing of free source: expected form 'notation', or no predictor")
        return self
