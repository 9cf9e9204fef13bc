"""What an objective is: a named number with a unit, a direction and a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from illuminas.tools.frozen import Frozen

if TYPE_CHECKING:
    import numpy as np

Direction = Literal["max", "min"]
Source = Literal["evaluation", "device", "structure"]

_PREFIXES = {1.0: "", 1e3: "k ", 1e6: "M "}


class Objective(Frozen):
    """A number that a search optimises or bounds.

    Attributes:
        name: ``KIND`` or ``KIND:DEVICE``, as ``accuracy`` or ``latency:table:NAME/COLUMN``.
        unit: of its values; empty for a plain number.
        direction: ``max`` where higher is better, ``min`` where lower is.
        source: where a value comes from: an ``evaluation``, which is costly and foreseen by a surrogate; a ``device``,
            which is looked up or measured; or the ``structure`` of the architecture.
        label: how it is called in a sentence; empty takes the name.
        worst: value at which the hypervolume begins; None where the run finds it, or nobody knows it.
        ideal: value that nothing can beat, at which the hypervolume ends; None where there is none.
        scale: values are written divided by it: 1, 1,000 or 1,000,000.
    """

    name: str = Field(min_length=1)
    unit: str = ""
    direction: Direction
    source: Source
    label: str = ""
    worst: float | None = Field(default=None, allow_inf_nan=False)
    ideal: float | None = Field(default=None, allow_inf_nan=False)
    scale: float = 1.0

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.scale not in _PREFIXES:
            raise ValueError(f"expected a scale of {', '.join(f'{scale:g}' for scale in _PREFIXES)}, got {self.scale}")
        if self.worst is not None and self.ideal is not None and not self.better(self.ideal, self.worst):
            raise ValueError(f"{self.name}: expected an ideal better than the worst, got {self.ideal} and {self.worst}")
        return self

    @property
    def kind(self) -> str:
        """The name without its device."""
        return self.name.partition(":")[0]

    @property
    def device(self) -> str | None:
        """``local``, ``local:RUNTIME`` or ``table:NAME/COLUMN``; None for one that no device decides."""
        return self.name.partition(":")[2] or None

    @property
    def words(self) -> str:
        """How it is called in a sentence."""
        return self.label or self.name

    @property
    def maximised(self) -> bool:
        return self.direction == "max"

    @property
    def uncertain(self) -> bool:
        """Whether only an evaluation tells its value."""
        return self.source == "evaluation"

    def gain(self, value: float) -> float:
        """The value on a scale where higher is better; its own inverse."""
        return value if self.maximised else -value

    def bounded(self, values: np.ndarray) -> np.ndarray:
        """``values`` of any shape, none beyond the ideal, and of percentages none below 0."""
        import numpy as np

        limits = (None, self.ideal) if self.maximised else (self.ideal, None)
        low, high = (0.0, limits[1]) if self.unit == "%" else limits
        found: np.ndarray = values if low is None and high is None else np.clip(values, low, high)
        return found

    def better(self, value: float, other: float) -> bool:
        """Whether ``value`` is strictly better than ``other``."""
        return self.gain(value) > self.gain(other)

    def change(self, value: float) -> str:
        """A difference of two values with its sign and unit; of percentages in points."""
        unit = "points" if self.unit == "%" else self.shown_unit
        return f"{value / self.scale:+.2f} {unit}".rstrip()

    @property
    def shown_unit(self) -> str:
        """The unit that :meth:`number` is written in, as ``ms`` or ``M MACs``."""
        return _PREFIXES[self.scale] + self.unit

    @property
    def unit_beside_words(self) -> str:
        """The same beside :attr:`words`; a unit that these name already is not repeated, as in 'parameters, k'."""
        return self.shown_unit.removesuffix(self.unit).strip() if self.unit in self.words.split() else self.shown_unit

    @property
    def heading(self) -> str:
        """Its words and unit, for a column, an axis or a choice."""
        return f"{self.words}, {self.unit_beside_words}".rstrip(", ")

    def number(self, value: float, digits: int = 3) -> str:
        """The value without its unit, to ``digits`` significant digits; whole numbers in full."""
        scaled = value / self.scale
        return f"{scaled:.{digits}g}" if abs(scaled) < 10.0**digits else f"{scaled:.0f}"

    def cell(self, value: float, digits: int = 4) -> str:
        """As :meth:`number`, for a column of a table: zeros at the end are kept, so that points stand below points."""
        scaled = value / self.scale
        return f"{scaled:#.{digits}g}".rstrip(".") if abs(scaled) < 10.0**digits else f"{scaled:.0f}"

    def text(self, value: float, digits: int = 3) -> str:
        """The value with its unit."""
        return f"{self.number(value, digits)} {self.shown_unit}".rstrip()


class Kind(Frozen):
    """What objectives of one kind have in common, whatever device they are of.

    Attributes:
        name: the part of an objective's name before the device.
        columns: parts of the names of a table's columns that hold it.
        aliases: other names that people give it.
        nouns: a regular expression of how people call it; empty takes its name.
        units: one of how they write its unit; empty takes the unit itself.
        best: adjectives of the best by it, as ``fastest``.
        better, worse: adjectives of what has more of its good side, or less.
        chat_examples: what people say of it to a search, each with the chat command that says the same.
        others: as of :class:`Objective`.
    """

    name: str
    unit: str
    direction: Direction
    source: Source
    label: str
    ideal: float | None = None
    scale: float = 1.0
    columns: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    nouns: str = ""
    units: str = ""
    best: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    chat_examples: tuple[tuple[str, str], ...] = ()

    def of(self, device: str | None = None) -> Objective:
        """The objective, of a device where devices decide it."""
        machine, _, place = (device or "").partition(":")
        where = f" {'in' if machine == 'local' else 'on'} {place.rpartition('/')[2]}" if place else ""
        shared = self.model_dump(include={"unit", "direction", "source", "ideal", "scale"})
        return Objective(name=f"{self.name}:{device}" if device else self.name, label=self.label + where, **shared)
