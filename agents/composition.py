"""The one place where a run's config chooses the parts that make up its search.

A mode is a preset of these choices (``agents/presets``). To add an alternative, write a class behind one of the
interfaces below, and name it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from illuminas.agents.acquisition import ACQUISITIONS, Acquisition, FrontNiche, Niche
from illuminas.agents.checker import Checker
from illuminas.agents.config import SearchConfig
from illuminas.agents.context import Context
from illuminas.agents.instructions import instructions
from illuminas.agents.llm_session import LLMSession
from illuminas.agents.parents import FrontLeaders, Leaders, ParentSelection, RandomElites
from illuminas.agents.rules.base import ObservedRules, RuleSource
from illuminas.agents.rules.evidence import EvidenceRules
from illuminas.agents.rules.rewritten import RewrittenRules
from illuminas.agents.shares import BanditShares, FixedShares, OperatorShares
from illuminas.agents.weights import InitialWeights, ParentWeights, RandomWeights
from illuminas.agents.writers.base import ProposalWriter
from illuminas.agents.writers.choices import ChoiceWriter
from illuminas.agents.writers.instructed import InstructedLine, InstructedNotation, InstructedSource
from illuminas.agents.writers.notation import NotationWriter
from illuminas.memory.archive import Keep

SANDBOXED = 40
"""Most proposals a round where the sandbox builds each to score it, which takes a tenth of a second and more."""


class ArchiveParts(NamedTuple):
    """What depends on what a niche keeps."""

    leaders: type[Leaders]
    niche: type[Niche]


ARCHIVES: dict[Keep, ArchiveParts] = {
    "elites": ArchiveParts(Leaders, Niche),
    "fronts": ArchiveParts(FrontLeaders, FrontNiche),
}


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The parts of a search that differ between modes.

    Attributes:
        archive: what every niche keeps.
        rules: where the rules that guide proposals come from.
        shares: how many proposals each operator makes.
        parents: which architectures are varied, on which niches.
        writer: how an LLM is asked for proposals.
        acquisitions: how places of a batch are chosen, by the name that schedules give them.
        weights: what a training starts from.
        checker: refuses proposals.
    """

    archive: Keep
    rules: RuleSource
    shares: OperatorShares
    parents: ParentSelection
    writer: ProposalWriter
    acquisitions: Mapping[str, Acquisition]
    weights: InitialWeights
    checker: Checker


def compose(context: Context, llm: LLMSession) -> Composition:
    """The parts that a run's config asks for."""
    config = context.config
    pool = min(config.pool, SANDBOXED) if context.space.generated else config.pool
    rules = _rules(context, llm)
    checker = Checker(context, rules)
    writer = _writer(context, llm, checker)
    shares: OperatorShares = BanditShares(context, pool)
    if config.shares:
        shares = FixedShares(context, pool, shares=config.shares, most=writer.most)
    kept = ARCHIVES[config.archive]
    parents: ParentSelection = kept.leaders(context, shares)
    if config.parents == "random":
        parents = RandomElites(context, shares, pool=pool, instructed=config.instructed)
    return Composition(
        archive=config.archive,
        rules=rules,
        shares=shares,
        parents=parents,
        writer=writer,
        acquisitions={name: kind() for name, kind in {**ACQUISITIONS, Niche.name: kept.niche}.items()},
        weights=(ParentWeights if config.inherit else RandomWeights)(context),
        checker=checker,
    )


def instructions_of(config: SearchConfig) -> dict[str, str]:
    """Name -> text of the instructions of a run; none for a mode that uses none.

    Raises:
        IlluminasError: see :func:`~illuminas.agents.instructions.instructions`.
    """
    return instructions(config.space, config.prompts) if config.instructed else {}


def _rules(context: Context, llm: LLMSession) -> RuleSource:
    match context.config.rules:
        case "evidence":
            return EvidenceRules(context, llm)
        case "rewritten":
            return RewrittenRules(context, llm)
        case "observed":
            return ObservedRules(context)


def _writer(context: Context, llm: LLMSession, checker: Checker) -> ProposalWriter:
    config, coder = context.config, context.llms.of("coder")
    capable = coder is not None and coder.profile == "capable"
    plain = (NotationWriter if capable else ChoiceWriter)(context, llm, checker)
    if not config.instructed:
        return plain
    source = config.form == "source" and context.space.generated
    instructed = (InstructedSource if source else InstructedNotation) if capable else InstructedLine
    return instructed(context, llm, checker, otherwise=plain)
