"""The kinds of event that a run's log holds, in the order in which a round writes them; each is a frozen model."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from illuminas.memory.archive import Placement
from illuminas.memory.candidate import Candidate, Measured, Operator, RejectedProposal
from illuminas.memory.directives import AnyDirective
from illuminas.memory.heuristics import Change, Heuristic
from illuminas.memory.partitions import AnyPartition
from illuminas.memory.plan import Plan
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.frozen import Frozen
from illuminas.tools.messages import Reading, Source, TaskDescription
from illuminas.tools.objectives import Constraint, Objective
from illuminas.tools.own_code import OwnCode


class EventData(Frozen):
    """What an event says; ``kind`` tells the models apart, and stands in a column of its own in the log."""

    kind: str

    @property
    def by_a_person(self) -> bool:
        """Whether it comes of what a person did, who may act while nobody drives the run."""
        return False


class LLMNames(Frozen):
    """The LLMs of a run.

    Attributes:
        name: of the one, or of the different ones that the roles have.
        profile: prompt style of the coder's, ``none`` without one.
        roles: role -> name of its LLM.
    """

    name: str
    profile: str
    roles: dict[str, str]


class ChosenDefault(Frozen):
    """A setting that nobody gave, chosen by the data or the machine.

    Attributes:
        setting: name of the search's setting.
        value: as people read it.
        why: the reason.
    """

    setting: str
    value: str
    why: str

    @property
    def words(self) -> str:
        """As one line tells it."""
        return f"{self.setting} {self.value} ({self.why})"


class RunStarted(EventData):
    """The run was created.

    Attributes:
        config: the search's settings.
        version: of illuminas.
        objectives: what it optimises, the primary first; ``bounded``: what it only keeps within bounds.
        constraints: bounds that hold from the start.
        sandbox: level in which generated networks run; None for a space that generates none.
        instructions: name -> text of what an LLM may be told to do with a parent.
        own_code: the ``space`` and the ``evaluator`` where they are of one's own.
        chosen: settings that nobody gave, chosen by the data or the machine.
    """

    kind: Literal["started"] = "started"
    config: dict[str, Any]
    version: str
    objectives: tuple[Objective, ...] = Field(min_length=1)
    bounded: tuple[Objective, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    llm: LLMNames
    task: TaskDescription
    sandbox: str | None = None
    instructions: dict[str, str] = Field(default={})
    own_code: dict[Literal["space", "evaluator"], OwnCode] = Field(default={})
    chosen: tuple[ChosenDefault, ...] = ()


class SessionBegan(EventData):
    """A process began or went on with the run, with these caps; seconds are counted from here."""

    kind: Literal["session"] = "session"
    caps: dict[str, int | float | None]


class PartitionMade(EventData):
    """The partition with its resolved bounds, and the worst value of each objective, as far as it is known.

    Attributes:
        reference_source: how a device's value of the reference is known.
    """

    kind: Literal["partition"] = "partition"
    partition: AnyPartition
    reference: dict[str, float] = Field(default={})
    reference_source: Source | None = None


class PlanMade(EventData):
    """The planner's answer for one round."""

    kind: Literal["plan"] = "plan"
    plan: Plan


class LLMCalled(EventData):
    """One call of an LLM.

    Attributes:
        agent: who asked.
        role: the agent's role, ``chat`` for a chat's.
        llm: name of the LLM.
        error: why there is no valid answer; None where there is one.
        down: it did not answer at all.
        seconds: until the answer; None where it failed before that was known.
        dollars: US dollars; None where the price is unknown.
    """

    kind: Literal["llm"] = "llm"
    agent: str
    role: str
    llm: str
    prompt: str
    values: tuple[str, ...] = ()
    record: dict[str, Any] | None = None
    text: str = ""
    error: str | None = None
    down: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cache_read: int = 0
    cache_write: int = 0
    seconds: float | None = None
    dollars: float | None = None

    @property
    def by_a_person(self) -> bool:
        return self.role == "chat"


class LLMStateChanged(EventData):
    """An LLM went down, and statistics take its place until a later round; or it answers again.

    Attributes:
        next_try: round of the next question to it; None where it is up.
        call: key of the call by which it changed.
    """

    kind: Literal["llm_state"] = "llm_state"
    llm: str
    state: Literal["down", "up"]
    reason: str
    next_try: int | None
    call: str


class ProposalsMade(EventData):
    """The coder's pool of one round, duplicates dropped.

    Attributes:
        counts: candidates by operator.
        candidates: the LLM's; the others follow from the plan.
        items: for each of these, the number of its item in the plan.
        silent: items about which the LLM said nothing.
        turned_down: proposals that were known already or broke what was asked for.
        misses: the LLM's proposals that were refused.
    """

    kind: Literal["proposals"] = "proposals"
    counts: dict[Operator, int]
    candidates: tuple[Candidate, ...] = ()
    items: tuple[int, ...] = ()
    silent: tuple[int, ...] = ()
    turned_down: int = 0
    misses: tuple[RejectedProposal, ...] = ()


class Infeasible(Frozen):
    """Why a device cannot run a candidate, and the niche that it was proposed for; None where that is unknown."""

    reason: str
    niche: int | None = None


class PoolScreened(EventData):
    """What was found out about the pool, and the candidates that go on, each with what it was chosen for.

    Attributes:
        proxies: hash -> zero-cost scores.
        values: objective's name -> hash -> value, of what needs no evaluation.
        infeasible: hash -> those of the refused that a device cannot run.
        refused: hash -> why it cannot be evaluated.
        measured: hash -> what only a build tells.
    """

    kind: Literal["screened"] = "screened"
    chosen: tuple[Candidate, ...]
    proxies: dict[str, dict[str, float]] = Field(default={})
    values: dict[str, dict[str, float]] = Field(default={})
    refused: dict[str, str] = Field(default={})
    infeasible: dict[str, Infeasible] = Field(default={})
    measured: dict[str, Measured] = Field(default={})


class LatencyMeasured(EventData):
    """What this machine measured of one architecture, or why it could not."""

    kind: Literal["latency"] = "latency"
    reading: Reading


class EvaluationSkipped(EventData):
    """A chosen candidate is not evaluated after all, and why."""

    kind: Literal["skipped"] = "skipped"
    hash: str
    reason: str


class EvaluationMade(EventData):
    """One evaluation; the event's key is the architecture's hash with fidelity and seed."""

    kind: Literal["evaluation"] = "evaluation"
    evaluation: Evaluation


class RoundArchived(EventData):
    """What the archivist did with each candidate of one round."""

    kind: Literal["archived"] = "archived"
    placements: tuple[Placement, ...]


class HeuristicChanged(EventData):
    """A heuristic was born, judged or changed; as it is afterwards."""

    kind: Literal["heuristic"] = "heuristic"
    change: Change
    heuristic: Heuristic

    @property
    def by_a_person(self) -> bool:
        return self.change is Change.BORN and self.heuristic.origin == "user"


class RulesWritten(EventData):
    """The rules that the critic wrote anew.

    Attributes:
        niches: niche -> ids of heuristics.
        refused: why predicates could not be read.
    """

    kind: Literal["rules"] = "rules"
    niches: dict[int, tuple[str, ...]]
    refused: tuple[str, ...] = ()


class RoundReviewed(EventData):
    """The critic's account of one round.

    Attributes:
        author: ``statistics`` or the LLM's name.
        surprises: hash -> value of the primary objective minus what was expected.
        refused: why predicates could not be read.
    """

    kind: Literal["story"] = "story"
    text: str
    author: str
    surprises: dict[str, float] = Field(default={})
    refused: tuple[str, ...] = ()


class RoundFigures(Frozen):
    """The figures at the end of one round.

    Attributes:
        shares: the operators' shares of the next round, summing to 1.
        hypervolume: None for a run of one objective, or of one without a known worst value.
        best_value: of the primary objective.
    """

    round: int
    evaluations: int
    failures: int
    filled: int
    coverage: float
    qd_score: float
    hypervolume: float | None
    best: str | None
    best_value: float | None
    shares: dict[Operator, float]


class RoundEnded(EventData):
    """One round is complete."""

    kind: Literal["round"] = "round"
    figures: RoundFigures


class DirectiveGiven(EventData):
    """A person steered; any process may append one.

    Attributes:
        via: the door it came by: chat, web, mcp, cli or python.
        words: what it asks, as it was echoed.
        made: id of the heuristic that it brought into the knowledge base; empty for others.
    """

    kind: Literal["directive"] = "directive"
    directive: AnyDirective
    author: str
    via: str
    words: str
    made: str = ""

    @property
    def by_a_person(self) -> bool:
        return True


class QuestionAsked(EventData):
    """The search asks a person, and waits for the answer, which is a directive.

    Attributes:
        key: names the question, as ``plan:3:0``.
        topic: what it is about.
        text: the question in words.
        options: of several things asked about, their ids and words.
    """

    kind: Literal["question"] = "question"
    key: str
    topic: str
    text: str
    options: dict[str, str] = Field(default={})


class RunEnded(EventData):
    """The run is complete, with the reason."""

    kind: Literal["ended"] = "ended"
    reason: str


AnyEvent = Annotated[
    RunStarted
    | SessionBegan
    | PartitionMade
    | PlanMade
    | LLMCalled
    | LLMStateChanged
    | ProposalsMade
    | PoolScreened
    | LatencyMeasured
    | EvaluationSkipped
    | EvaluationMade
    | RoundArchived
    | HeuristicChanged
    | RulesWritten
    | RoundReviewed
    | RoundEnded
    | DirectiveGiven
    | QuestionAsked
    | RunEnded,
    Field(discriminator="kind"),
]
"""Any of them, told apart by ``kind``."""

RUN_EVENTS: tuple[type[EventData], ...] = get_args(get_args(AnyEvent)[0])
"""The models of a run's log."""
