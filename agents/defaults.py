"""Defaults of a search on images that depend on the images and on the machine, each with its reason.

Whoever gives a setting keeps it; nothing here overrides what a person said.
"""

from __future__ import annotations

from typing import Any

from illuminas.agents.config import SearchConfig
from illuminas.agents.presets import ENGINE
from illuminas.memory.kinds import ChosenDefault
from illuminas.tools.datasets import Dataset
from illuminas.tools.objectives import is_local, parse_constraint
from illuminas.tools.process import usable_cores
from illuminas.tools.spaces import SearchSpace, get_space
from illuminas.tools.spaces.registry import BUILT_IN
from illuminas.tools.tables import open_table, parse_reference
from illuminas.tools.tasks import has_images, is_table, open_dataset

SMALL_SIDE = 32
"""Images up to this side, in pixels, need no network made for photos."""
EVALUATIONS = 24
"""Evaluations of a search whose networks are fine-tuned."""
IMAGES_AN_EVALUATION = 4000
"""Training images that an evaluation passes over, about; a minute of one core."""
MOST_EPOCHS = 8
IMAGES_A_SECOND = 80
"""Training speed of one core that epochs are planned by where time is limited."""
TIMEOUT = 1800.0
"""Seconds until one fine-tuning is killed."""
UNLIMITED = 10_000
"""Evaluations of a search that its time ends."""
FEWEST = 12
"""Evaluations that a time limit should leave room for."""


class _Choices:
    """Settings that were not given, as they are chosen."""

    def __init__(self, config: SearchConfig) -> None:
        self._given = config.model_fields_set
        self.settings: dict[str, Any] = {}
        self.reasons: list[ChosenDefault] = []

    def choose(self, setting: str, value: Any, why: str, shown: str = "") -> None:
        """Set what was not given."""
        if setting not in self._given:
            self.settings[setting] = value
            self.reasons.append(ChosenDefault(setting=setting, value=shown or str(value), why=why))


def with_defaults(config: SearchConfig) -> tuple[SearchConfig, tuple[ChosenDefault, ...]]:
    """The config with its open settings chosen by the data set, and why each was chosen.

    Search on a tool server, or by an evaluator of one's own, is left as it is: the data are not here.

    Raises:
        IlluminasError: there is no such data set or table.
    """
    choices = _Choices(config)
    name = _space(choices, config)
    if has_images(config.dataset):
        space = get_space(name)
        if is_local(config.device) and space.builds and space.device != config.device:
            choices.choose("device", space.device, "that is how its networks run in a product")
        if config.seconds is not None:
            choices.choose("evaluations", UNLIMITED, "the time ends the search")
        if config.tools is None and space.weights_name is not None:
            _fine_tuning(choices, config, space, open_dataset(config.dataset))
    return config.model_copy(update=choices.settings), tuple(choices.reasons)


def _space(choices: _Choices, config: SearchConfig) -> str:
    """Name of the search space, chosen where nobody gave one and the mode has none of its own."""
    if "space" in config.model_fields_set or config.mode != ENGINE or config.tools is not None:
        return config.space
    space = config.space
    if is_table(config.dataset):
        space = open_table(parse_reference(config.dataset).name).info.space
        if space != config.space:
            choices.choose("space", space, "its architectures are what the table lists")
    elif has_images(config.dataset):
        data = open_dataset(config.dataset)
        space = _for_photos() if _are_photos(data) else config.space
        choices.choose("space", space, _seen(data))
    return space


def _for_photos() -> str:
    """The space whose networks begin with inherited weights of photos."""
    return next(name for name in BUILT_IN if get_space(name).weights_name is not None)


def _are_photos(data: Dataset) -> bool:
    return data.side > SMALL_SIDE or data.channels >= 3


def _seen(data: Dataset) -> str:
    return f"the images are {'grey' if data.channels < 3 else 'in colour'}, {data.side} pixels wide"


def _fine_tuning(choices: _Choices, config: SearchConfig, space: SearchSpace, data: Dataset) -> None:
    """Resolutions, epochs and budget of a search for networks that begin with inherited weights."""
    images = len(data.train.y)
    asked = {parse_constraint(each).objective for each in config.constraints}
    suited = [each for each in space.suited(data.side) if parse_constraint(each).objective not in asked]
    if suited:
        choices.settings["constraints"] = (*config.constraints, *suited)
        why = f"images of {data.side} pixels tell little more beyond, and the time of training grows with its square"
        choices.reasons.append(ChosenDefault(setting="constraints", value=" and ".join(suited), why=why))
    anchors = tuple(each.text for each in space.anchors(data.side))
    choices.choose("start", anchors, "they keep the most of what they inherit", f"{len(anchors)} networks")
    epochs = max(1, min(MOST_EPOCHS, round(IMAGES_AN_EVALUATION / images)))
    why = f"{images:,} training images; the networks are fine-tuned, not trained"
    if config.seconds is not None:
        workers = config.workers or usable_cores()
        room = config.seconds * workers * IMAGES_A_SECOND / (FEWEST * images)
        epochs = max(1, min(epochs, int(room)))
        why += f", and {FEWEST} evaluations should fit into the time"
    choices.choose("epochs", epochs, why)
    if config.seconds is None:
        choices.choose("evaluations", EVALUATIONS, "each fine-tunes a network; the budget that a first search needs")
    choices.choose("timeout", TIMEOUT, "a fine-tuning may take minutes", f"{TIMEOUT:g} s")
