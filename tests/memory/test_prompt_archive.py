"""The prompt archive: curiosity by instruction and temperature, as LLMatic publishes it."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.memory.prompt_archive import Outcome, PromptArchive, Trial, bin_of, bounded, temperature_after

NAMES = ("deeper", "wider", "smaller")


def trial(name: str, outcome: Outcome, temperature: float = 0.6, *, best: bool = False) -> Trial:
    return Trial(instruction=name, temperature=temperature, outcome=outcome, best=best)


def test_curiosity_rises_by_one_for_an_entry_and_falls_by_a_half_or_one_for_the_rest() -> None:
    archive = PromptArchive(NAMES, [trial("deeper", outcome) for outcome in Outcome])
    assert archive.curiosity("deeper", 0.6) == pytest.approx(1.0 - 0.5 - 1.0)
    assert archive.curiosity("wider", 0.6) == 0


def test_the_most_curious_instruction_is_chosen_and_untried_ones_come_before_those_that_disappointed() -> None:
    archive = PromptArchive(NAMES, [trial("deeper", Outcome.KEPT_OUT), trial("wider", Outcome.FAILED)])
    rng = np.random.default_rng(0)
    assert {archive.choose(0.6, rng) for _ in range(20)} == {"smaller"}
    archive.add(trial("wider", Outcome.ENTERED))
    archive.add(trial("wider", Outcome.ENTERED))
    assert {archive.choose(0.6, rng) for _ in range(20)} == {"wider"}


def test_chance_decides_among_equals() -> None:
    rng = np.random.default_rng(0)
    assert {PromptArchive(NAMES).choose(0.6, rng) for _ in range(50)} == set(NAMES)


def test_what_is_known_at_one_temperature_says_nothing_of_another() -> None:
    archive = PromptArchive(NAMES, [trial("deeper", Outcome.ENTERED, 0.62)])
    assert archive.curiosity("deeper", 0.69) == 1.0
    assert archive.curiosity("deeper", 0.71) == 0.0


def test_a_temperature_lies_in_the_bin_that_begins_with_it() -> None:
    assert [bin_of(temperature) for temperature in (0.3, 0.39, 0.6, 0.7)] == [3, 3, 6, 7]


def test_records_count_every_outcome_and_children_better_than_all_before() -> None:
    archive = PromptArchive(
        NAMES,
        [trial("wider", Outcome.ENTERED, best=True), trial("wider", Outcome.FAILED), trial("deeper", Outcome.ENTERED)],
    )
    first, second = archive.records()
    assert (first.instruction, first.curiosity) == ("deeper", 1.0)
    assert (second.tried, second.entered, second.failed, second.fitness, second.temperature) == (2, 1, 1, 1, 0.6)


def test_temperature_rises_after_a_generation_as_good_as_the_last_and_falls_after_a_worse_one() -> None:
    assert temperature_after([]) == 0.6
    assert temperature_after([50.0, 60.0, 60.0]) == pytest.approx(0.7)
    assert temperature_after([50.0, 60.0, 40.0, 30.0]) == pytest.approx(0.55)


def test_temperatures_stay_in_their_bounds() -> None:
    assert temperature_after([float(value) for value in range(100)]) == 1.2
    assert bounded(-3.0) == 0.1
