"""What a person asks of a search: one frozen model, kept in the run's event log."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, model_validator

from illuminas.agents.llm.base import Role
from illuminas.agents.llm.limits import Limits
from illuminas.agents.options import CLI, Option
from illuminas.agents.presets import ENGINE, modes, preset
from illuminas.memory.archive import Keep
from illuminas.memory.candidate import Operator
from illuminas.tools.errors import unknown_name
from illuminas.tools.figures import read_duration
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import DEFAULT_METRIC, SPELLINGS, Metric, Objective

Topic = Literal["plan", "heuristics", "budget"]

_DEFAULT = preset(ENGINE)
_OF_A_SPACE = {"partition": "", "start": []}
"""What stands in place of a preset's settings that make sense in its own space alone."""


def _spaces() -> list[str]:
    from illuminas.tools.spaces import SPACES

    return list(SPACES)


def _partitions() -> list[str]:
    from illuminas.memory.partitions import AXES

    return [*AXES, "cvt"]


def _llms() -> list[str]:
    """Specs that are complete without a name."""
    from illuminas.agents.llm.registry import SPECS

    return [spec for spec in SPECS if spec.islower()]


class SearchConfig(Frozen):
    """The whole configuration of a run. What is not given is taken from the preset of its mode.

    Fields with an :class:`~illuminas.agents.options.Option` say there what they are.

    Attributes:
        roles: specs of those who have an LLM of their own: planner, coder, critic, chat.
        measures: objectives that the data set's evaluator or a table measures and no kind describes.
        archive: ``elites`` keeps the best of a niche by the first objective, ``fronts`` its Pareto front.
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
    """

    space: Annotated[str, Option("Search space, by name.", choices=_spaces)] = _DEFAULT["space"]
    dataset: Annotated[
        str,
        Option(
            "cluttered-digits, digits, fashion-mnist, a .npz file, a folder of images or IDX files, a CIFAR archive, "
            "or table:NAME/PREFIX.",
            label="Data set",
            common=True,
        ),
    ] = "cluttered-digits"
    device: Annotated[
        str,
        Option(
            "Device of the latencies: local (this machine, in torch), local:onnxruntime, table:NAME/COLUMN, or none.",
            common=True,
        ),
    ] = _DEFAULT["device"]
    metric: Annotated[
        Metric,
        Option("What counts as a good classifier: the first objective of a search that names none.", common=True),
    ] = DEFAULT_METRIC
    objectives: Annotated[
        tuple[str, ...],
        Option(
            f"What to optimise, the most important first: {SPELLINGS}, or what the data set's table or evaluator "
            "measures. Default: the metric, and the device's latency.",
            flag="objective",
            repeats=True,
            metavar="NAME",
        ),
    ] = ()
    constraints: Annotated[
        tuple[str, ...],
        Option(
            "Bound that holds from the start, as 'latency<=5' or 'accuracy>=90'; what it bounds need not be optimised.",
            flag="constraint",
            repeats=True,
            metavar="BOUND",
        ),
    ] = ()
    measures: tuple[Objective, ...] = ()
    llm: Annotated[
        str,
        Option(
            "local[:NAME], gguf:PATH, openai:MODEL[@URL], anthropic:MODEL, ollama:MODEL, vllm:MODEL, llamacpp, "
            "scripted:FILE, replay:FILE or none. The default falls back to none where its model file is missing.",
            panel="LLM",
            label="LLM",
            choices=_llms,
            common=True,
            repeats=True,
            metavar="[ROLE=]LLM",
        ),
    ] = "local"
    roles: dict[Role, str] = Field(default={})
    limits: Annotated[
        Limits,
        Option(
            "Limits of each LLM: timeout (seconds), retries, concurrency, requests or tokens a minute.",
            panel="LLM",
            flag="llm-limit",
            metavar="NAME=VALUE",
            clients=CLI,
            repeats=True,
        ),
    ] = Limits()
    record: Annotated[
        str | None,
        Option(
            "Record prompts and answers of the LLMs, for --llm replay:FILE.", panel="LLM", metavar="FILE", clients=CLI
        ),
    ] = None
    profile: Annotated[
        Literal["small", "capable"] | None,
        Option(
            "Prompt style: small (choices) or capable (structured output). Default: the provider's.",
            panel="LLM",
            clients=CLI,
        ),
    ] = None
    mode: Annotated[
        str,
        Option(
            "Preset: engine, llm-nas (the system of arXiv 2510.01472) or llmatic (arXiv 2306.01102).",
            choices=modes,
            common=True,
        ),
    ] = ENGINE
    partition: Annotated[
        str,
        Option(
            "Niches: latency, flops, params, random, none, a feature or axis of the space, several joined by commas, "
            "or cvt[:DESCRIPTOR,...[:NICHES]]; empty is the space's own.",
            label="Niches",
            choices=_partitions,
        ),
    ] = _DEFAULT["partition"]
    archive: Keep = _DEFAULT["archive"]
    seed: Annotated[
        int, Option("Random seed; the same seed, table and scripted LLM give the same event log.", common=True)
    ] = Field(default=0, ge=0)
    evaluations: Annotated[
        int,
        Option(
            "Evaluations, failed ones included.",
            panel="Budget",
            flag="budget",
            label="Budget, evaluations",
            common=True,
        ),
    ] = Field(default=_DEFAULT["evaluations"], ge=1)
    seconds: Annotated[
        float | None,
        BeforeValidator(lambda given: read_duration(given) if isinstance(given, str) else given),
        Option(
            "Wall-clock time, all sessions of the run together, as 90s, 30m or 1h30m (seconds over MCP).",
            panel="Budget",
            flag="time",
            label="Time limit, seconds",
            metavar="DURATION",
            text=True,
        ),
    ] = Field(default=None, gt=0, allow_inf_nan=False)
    tokens: Annotated[
        int | None, Option("LLM tokens, prompts included.", panel="Budget", label="Limit of LLM tokens")
    ] = Field(default=None, ge=0)
    dollars: Annotated[
        float | None,
        Option("US dollars for LLMs; the price of each must be known.", panel="Budget", label="Limit of US dollars"),
    ] = Field(default=None, ge=0, allow_inf_nan=False)
    epochs: Annotated[
        int | None,
        Option(
            "Epochs of one training. Default: the data set's recipe.",
            panel="How to measure",
            label="Epochs of one training",
        ),
    ] = Field(default=None, ge=1)
    batch: int = Field(default=_DEFAULT["batch"], ge=1)
    batch_growth: int = Field(default=_DEFAULT["batch_growth"], ge=0)
    focus: int = Field(default=_DEFAULT["focus"], ge=1)
    pool: int = Field(default=_DEFAULT["pool"], ge=1)
    warm_start: int = Field(default=_DEFAULT["warm_start"], ge=1)
    warm_schedule: tuple[str, ...] = Field(default=_DEFAULT["warm_schedule"], min_length=1, validate_default=True)
    schedule: tuple[str, ...] = Field(default=_DEFAULT["schedule"], min_length=1, validate_default=True)
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
    prompts: Annotated[
        str | None, Option("Folder of further LLM instructions, one Markdown file each.", metavar="DIR", clients=CLI)
    ] = None
    approve: Annotated[
        tuple[Topic, ...],
        Option(
            "Ask a person first, and wait: plan, heuristics or budget.",
            label="Ask me first about",
            metavar="TOPIC",
        ),
    ] = ()
    require_sandbox: Annotated[
        str | None,
        Option(
            "Refuse to build networks from source below this sandbox level: process, filtered or contained.",
            panel="How to measure",
            metavar="LEVEL",
            clients=CLI,
        ),
    ] = None
    workers: Annotated[
        int | None, Option("Training processes. Default: one a core.", panel="How to measure", clients=CLI)
    ] = Field(default=None, ge=1)
    timeout: Annotated[float, Option("Seconds until one training is killed.", panel="How to measure", clients=CLI)] = (
        Field(default=120.0, gt=0, allow_inf_nan=False)
    )
    strict_latency: Annotated[
        bool,
        Option(
            "Refuse latencies that the machine is too busy to measure; else they are marked and measured again.",
            panel="How to measure",
        ),
    ] = False
    tools: Annotated[
        str | None,
        Option("URL of a tool server; without one the tools run in this process.", panel="How to measure", clients=CLI),
    ] = None

    @model_validator(mode="wrap")
    @classmethod
    def _complete_by_the_preset(cls, data: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        """Take from the preset what is not given; ``model_fields_set`` stays what was given."""
        if not isinstance(data, dict):
            return read(data)
        for key in data:
            if key not in cls.model_fields:
                raise unknown_name("setting", str(key), cls.model_fields)
        settings = preset(data.get("mode", ENGINE))
        if data.get("space", settings["space"]) != settings["space"]:
            settings = {**settings, **_OF_A_SPACE}
        config = read({**settings, **data})
        config.model_fields_set.intersection_update(data)
        return config

    @model_validator(mode="after")
    def _source_has_no_predictor(self) -> Self:
        if self.form == "source" and self.predictor:
            raise ValueError("a predictor knows nothing of free source: expected form 'notation', or no predictor")
        return self
