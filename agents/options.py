"""Search options: what a setting of :class:`~illuminas.agents.config.SearchConfig` says of itself.

A field annotated with an :class:`Option` is an option of ``illuminas search``, an argument of the MCP tool
``start_search``, a field of the page's start form and a row of ``docs/search.md``. All four are made from
:func:`options_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args, get_origin

from annotated_types import Ge
from pydantic import BaseModel

from illuminas.agents.presets import ENGINE, preset

Client = Literal["cli", "mcp", "page"]
Panel = Literal["What to search", "LLM", "Budget", "How to measure"]

EVERYWHERE: tuple[Client, ...] = get_args(Client)
CLI: tuple[Client, ...] = ("cli",)
"""For what concerns the machine that the command runs on."""


@dataclass(frozen=True)
class Option:
    """Metadata of one option.

    Attributes:
        help: what it sets, as a sentence; the unit where there is one.
        panel: heading in ``--help`` and in the docs.
        label: of the page's field.
        flag: on the command line, without its dashes; empty is the field's name.
        metavar: placeholder of the value in ``--help``; empty is that of the type.
        clients: where it can be given.
        choices: values to choose from, where the type does not list them.
        common: the page shows it at once, and not under "More".
        repeats: the flag may be given several times, though the field holds one value.
        text: on the command line it is text that the field reads, as ``30m`` of a duration.
    """

    help: str
    panel: Panel = "What to search"
    label: str = ""
    flag: str = ""
    metavar: str = ""
    clients: tuple[Client, ...] = EVERYWHERE
    choices: Callable[[], Sequence[str]] | None = None
    common: bool = False
    repeats: bool = False
    text: bool = False


class SearchOption(NamedTuple):
    """An option with what follows from its field.

    Attributes:
        name: of the field.
        option: what was declared.
        annotation: type of the field, None included where it may be that.
        value: type of one value: ``str``, ``int``, ``float`` or ``bool``.
        minimum: least value; None without one.
        choices: values that the type lists; empty where it takes others.
        repeats: the field holds several values.
        default: of the field, which the preset of a mode may replace.
        metadata: constraints of the field, for other models.
    """

    name: str
    option: Option
    annotation: Any
    value: type
    minimum: float | None
    choices: tuple[str, ...]
    repeats: bool
    default: Any
    metadata: tuple[Any, ...]

    @property
    def flag(self) -> str:
        """As people type it: ``--budget``."""
        return f"--{self.option.flag or self.name.replace('_', '-')}"

    @property
    def default_words(self) -> str:
        """The default as help and docs show it; empty where the help says it, or there is none."""
        if self.name in preset(ENGINE):
            return "the mode's"
        shown = isinstance(self.default, str | int | float) and self.default is not False
        return str(self.default) if shown else ""

    @property
    def described(self) -> str:
        """What it sets, and its default."""
        return f"{self.option.help} Default: {self.default_words}." if self.default_words else self.option.help

    @property
    def label(self) -> str:
        """As the page names it."""
        return self.option.label or self.name.replace("_", " ").capitalize()


def options_of(model: type[BaseModel], client: Client | None = None) -> dict[str, SearchOption]:
    """Field -> option, in the order of their declaration.

    Args:
        client: only those that it may give; None for all.
    """
    found = {}
    for name, field in model.model_fields.items():
        option = next((each for each in field.metadata if isinstance(each, Option)), None)
        if option is None or (client is not None and client not in option.clients):
            continue
        constraints = tuple(each for each in field.metadata if each is not option)
        container = next((each for each in _parts(field.annotation) if get_origin(each) in (tuple, list, dict)), None)
        base, choices = _value(field.annotation if container is None else get_args(container)[0])
        found[name] = SearchOption(
            name,
            option,
            field.annotation,
            base,
            next((float(str(each.ge)) for each in constraints if isinstance(each, Ge)), None),
            choices,
            container is not None,
            field.get_default(call_default_factory=True),
            constraints,
        )
    return found


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The members of a union without None; the annotation itself where it is none."""
    if get_origin(annotation) in (tuple, list, dict, Literal) or not get_args(annotation):
        return (annotation,)
    return tuple(each for each in get_args(annotation) if each is not type(None))


def _value(annotation: Any) -> tuple[type, tuple[str, ...]]:
    """The type of one value, and the values that it lists."""
    (part,) = _parts(annotation)[:1]
    if get_origin(part) is Literal:
        return str, get_args(part)
    return (part if part in (int, float, bool) else str), ()
