"""Modes as compositions: each preset chooses its parts, and parts of different modes work together."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.acquisition import ACQUISITIONS, FrontNiche, Niche
from illuminas.agents.composition import Composition, compose
from illuminas.agents.config import SearchConfig
from illuminas.agents.llm_session import LLMSession
from illuminas.agents.parents import FrontLeaders, Leaders, RandomElites
from illuminas.agents.rules.base import ObservedRules
from illuminas.agents.rules.evidence import EvidenceRules
from illuminas.agents.rules.rewritten import RewrittenRules
from illuminas.agents.search import Search
from illuminas.agents.shares import BanditShares, FixedShares
from illuminas.agents.weights import ParentWeights, RandomWeights
from illuminas.agents.writers.choices import ChoiceWriter
from illuminas.agents.writers.instructed import InstructedLine, InstructedNotation, InstructedSource
from illuminas.agents.writers.notation import NotationWriter
from illuminas.memory.run import Run
from illuminas.tools.errors import IlluminasError

TABLE: dict[str, Any] = {"space": "nb201", "dataset": "table:planted/toy", "device": "none"}
PARTS = {
    "engine": ("elites", EvidenceRules, BanditShares, Leaders, Niche, RandomWeights),
    "llm-nas": ("fronts", RewrittenRules, FixedShares, FrontLeaders, FrontNiche, RandomWeights),
    "llmatic": ("elites", ObservedRules, FixedShares, RandomElites, Niche, ParentWeights),
}


def composed(**settings: Any) -> Composition:
    async def opened() -> Composition:
        async with Search(SearchConfig(**{**TABLE, "llm": "none", **settings})).opened() as context:
            return compose(context, LLMSession(context))

    return asyncio.run(opened())


@pytest.mark.parametrize("mode", PARTS)
def test_a_preset_chooses_the_parts_of_its_paper(planted: Path, mode: str) -> None:
    parts = composed(mode=mode)
    chosen = (
        parts.archive,
        type(parts.rules),
        type(parts.shares),
        type(parts.parents),
        type(parts.acquisitions["niche"]),
        type(parts.weights),
    )
    assert chosen == PARTS[mode]


@pytest.mark.parametrize(
    ("settings", "profile", "writer"),
    [
        ({"mode": "engine"}, "small", ChoiceWriter),
        ({"mode": "engine"}, "capable", NotationWriter),
        ({"mode": "llmatic"}, "small", InstructedLine),
        ({"mode": "llmatic"}, "capable", InstructedNotation),
        ({"mode": "llmatic", "space": "code", "dataset": "digits"}, "capable", InstructedSource),
        ({"mode": "llmatic", "space": "code", "dataset": "digits", "form": "notation"}, "capable", InstructedNotation),
    ],
)
def test_an_llm_is_asked_in_the_form_that_it_and_the_space_allow(
    planted: Path, script: Path, settings: dict[str, Any], profile: str, writer: type
) -> None:
    parts = composed(**settings, llm=f"scripted:{script}", profile=profile)
    assert type(parts.writer) is writer


@pytest.mark.parametrize(
    ("rules", "parents", "archive"),
    list(itertools.product(("evidence", "rewritten", "observed"), ("leaders", "random"), ("elites", "fronts"))),
)
def test_parts_of_different_modes_work_together(planted: Path, rules: str, parents: str, archive: str) -> None:
    settings = {"rules": rules, "parents": parents, "archive": archive, "device": "table:planted/chip_ms"}
    config = SearchConfig(**{**TABLE, **settings}, llm="none", proxies=("flops",), evaluations=14, pool=24)
    summary = Search(config).run()
    assert summary.evaluations == 14


def test_instructions_go_to_mutations_and_other_operators_are_asked_as_without_them(
    planted: Path, script: Path
) -> None:
    settings = {"parents": "random", "instructed": True, "llm": f"scripted:{script}", "proxies": ("flops",)}
    summary = Search(SearchConfig(**{**TABLE, **settings}, evaluations=14, pool=8)).run()
    assert summary.evaluations == 14


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_an_acquisition_chooses_before_and_with_a_surrogate_wherever_it_has_a_candidate(
    planted: Path, name: str
) -> None:
    schedules = {"warm_schedule": (name,), "schedule": (name,), "device": "table:planted/chip_ms"}
    search = Search(SearchConfig(**{**TABLE, **schedules}, llm="none", proxies=("flops",), evaluations=20, pool=24))
    assert search.run().evaluations == 20
    run = Run(search.run_folder)
    state = run.refresh().state
    run.close()
    chosen = [state.candidates[hash_].chosen_for for hash_ in state.evaluations]
    assert name in chosen
    assert set(chosen) <= {name, "objective"}


def test_an_unknown_acquisition_is_refused_with_the_nearest() -> None:
    with pytest.raises(IlluminasError, match="objective"):
        composed(schedule=("objectiv",))
