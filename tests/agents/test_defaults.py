"""Defaults that depend on the images: what is chosen, why, and that nothing given is overridden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.defaults import with_defaults


@pytest.fixture
def photos(tmp_path: Path) -> str:
    return images(tmp_path / "photos.npz", side=64, channels=3)


def images(path: Path, *, side: int, channels: int, count: int = 60) -> str:
    rng = np.random.default_rng(0)
    np.savez(path, x=rng.integers(0, 255, (count, side, side, channels), dtype=np.uint8), y=np.arange(count) % 3)
    return str(path)


def chosen(**settings: Any) -> dict[str, str]:
    _, reasons = with_defaults(SearchConfig(**settings))
    assert all(each.why for each in reasons)
    return {each.setting: each.value for each in reasons}


def test_photos_are_searched_in_the_space_of_inherited_weights_and_every_choice_has_a_reason(photos: str) -> None:
    config, reasons = with_defaults(SearchConfig(dataset=photos))
    assert config.space == "mobile"
    assert {each.setting for each in reasons} == {
        "space",
        "device",
        "constraints",
        "start",
        "epochs",
        "evaluations",
        "timeout",
    }
    assert "64 pixels" in next(each.why for each in reasons if each.setting == "space")


def test_small_grey_images_keep_the_space_of_the_mode(tmp_path: Path) -> None:
    config, _ = with_defaults(SearchConfig(dataset=images(tmp_path / "digits.npz", side=16, channels=1)))
    assert config.space == "nb201"
    assert config.epochs is None


def test_what_a_person_gives_is_never_overridden(photos: str) -> None:
    given = {"epochs": 3, "evaluations": 7, "timeout": 9.0, "constraints": ("resolution<=48",)}
    config, _ = with_defaults(SearchConfig(dataset=photos, **given))
    assert {name: getattr(config, name) for name in given} == given
    assert with_defaults(SearchConfig(dataset=photos, space="nb201"))[1] == ()


def test_other_constraints_stand_beside_the_range_of_resolutions(photos: str) -> None:
    config, _ = with_defaults(SearchConfig(dataset=photos, constraints=("latency<=5",)))
    assert config.constraints == ("latency<=5", "resolution>=48", "resolution<=96")


def test_fewer_training_images_are_passed_over_more_often(tmp_path: Path) -> None:
    few = chosen(dataset=images(tmp_path / "few.npz", side=40, channels=3, count=900))
    many = chosen(dataset=images(tmp_path / "many.npz", side=40, channels=3, count=3600))
    assert int(few["epochs"]) > int(many["epochs"]) >= 1


def test_a_time_limit_takes_the_place_of_the_number_of_evaluations_and_shortens_them(photos: str) -> None:
    unlimited, limited = chosen(dataset=photos), chosen(dataset=photos, seconds="2s", workers=1)
    assert int(limited["evaluations"]) > 1000
    assert int(limited["epochs"]) < int(unlimited["epochs"])


def test_another_mode_keeps_its_own_space(photos: str) -> None:
    assert "space" not in chosen(dataset=photos, mode="llm-nas")
