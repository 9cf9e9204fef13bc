"""Networks as text: layer lists on one line, read and written, and as a grammar for small models; and free source.

Layers are separated by ``|``: ``conv3 32 | maxpool | res3 64 /2 | skip 1 | dropout 0.2 | linear 64``. A number after
the word is the kernel's side, the next one the channels that come out, and ``/2`` is a stride of 2.

Free PyTorch source is any module text that defines ``class Network``. It is read here and never run: what would need
it built raises, and belongs to the sandbox.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from illuminas.tools.spaces.base import InvalidArchitecture
from illuminas.tools.spaces.code.layers import LADDER, MAX_LAYERS, Layer, LayerList, Layers

EXAMPLE = "conv3 32 | maxpool | res3 64 /2 | sep3 64 | skip 1 | dropout 0.2 | linear 64"
FORMS = (
    "conv1|3|5|7 CHANNELS [/2], sep3|5|7 CHANNELS [/2], res3|5 CHANNELS [/2], dw3|5|7 [/2], maxpool, avgpool, "
    "dropout RATE, skip LAYERS, cat LAYERS, linear FEATURES"
)
MAX_TEXT = 1_000
"""Characters of a layer list; more is no list of the space."""
GRAMMAR_CHANNELS = tuple(count for count in LADDER if count <= 128)
"""Channels that the grammar offers: two of them side by side are no more than a layer may put out."""
GRAMMAR_HALVINGS = 3
"""Halvings that the grammar offers, so that images of 8x8 have a pixel left."""
GRAMMAR_TAIL = 4
"""Layers that the grammar lets follow each halving."""

_LAYER: TypeAdapter[Layer] = TypeAdapter(Layer)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<kind>conv|sep|res)(?P<kernel>\d)(x(?P=kernel))? (?P<channels>\d+)( /(?P<stride>\d))?",
        r"(?P<kind>dw)(?P<kernel>\d)(x(?P=kernel))?( /(?P<stride>\d))?",
        r"(?P<kind>maxpool|avgpool)",
        r"(?P<kind>dropout) (?P<rate>\d|\d?\.\d{1,2})",
        r"(?P<kind>skip|cat) (?P<over>\d+)",
        r"(?P<kind>linear) (?P<features>\d+)",
    )
)


@lru_cache(maxsize=16_384)
def read_layers(text: str) -> Layers:
    """The layers of a line; white space does not matter, and ``conv3x3`` is ``conv3``.

    Raises:
        InvalidArchitecture: the text is no layer list; the message names the layer that is wrong.
    """
    if len(text) > MAX_TEXT:
        raise InvalidArchitecture(
            f"not a layer list: {len(text)} characters from {text[:60]!r} on. Expected at most {MAX_LAYERS} layers on "
            f"one line, for example '{EXAMPLE}'."
        )
    parts = [" ".join(part.split()) for part in text.split("|")]
    layers = tuple(_read_layer(number, part) for number, part in enumerate(parts, start=1))
    try:
        return LayerList(layers=layers).layers
    except ValidationError as error:
        raise InvalidArchitecture(
            f"not a layer list: {text[:160]!r}: {_words(error)}. Expected 1 to {MAX_LAYERS} layers, for example "
            f"'{EXAMPLE}'."
        ) from error


def _read_layer(number: int, part: str) -> Layer:
    found = _layer(part)
    if isinstance(found, str):
        raise InvalidArchitecture(
            f"layer {number}, {part[:40]!r}: {found}. Expected layers separated by '|', each one of {FORMS}; for "
            f"example '{EXAMPLE}'."
        )
    return found


@lru_cache(maxsize=4096)
def _layer(part: str) -> Layer | str:
    """One layer, or what is wrong with its text; the networks of a search are made of few different ones."""
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(part):
            # pydantic reads a float from its digits, but a literal must be a number already
            values: dict[str, Any] = {
                key: value if key in ("kind", "rate") else int(value)
                for key, value in match.groupdict().items()
                if value is not None
            }
            try:
                return _LAYER.validate_python(values)
            except ValidationError as error:
                return _words(error)
    return "no such layer"


def _words(error: ValidationError) -> str:
    """The first thing that is wrong, as one says it."""
    first = error.errors()[0]
    field = str(first["loc"][-1]) if first["type"] != "value_error" and first["loc"] else ""
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{field} {message}".strip()


def write_layers(layers: Layers) -> str:
    """The line that :func:`read_layers` reads back."""
    return " | ".join(layer.text for layer in layers)


class Syntax(NamedTuple):
    """How a grammar writes a literal text, and what stands between two parts."""

    literal: Callable[[str], str]
    between: str

    def row(self, *parts: str) -> str:
        return self.between.join(parts)

    def either(self, *options: str) -> str:
        return "(" + f"{self.between}|{self.between}".join(options) + ")"

    def maybe(self, *parts: str, repeat: str = "?") -> str:
        return f"({self.row(*parts)}){repeat}"


GBNF = Syntax(lambda text: f'"{text}"', " ")
REGEX = Syntax(re.escape, "")


def lines_grammar(syntax: Syntax) -> str:
    """An expression of lines that all build for images of 8x8 and more, narrower than what can be read.

    A convolution, then layers; up to three times a layer that halves the side, and layers. A skip reaches at most
    over the layers since the last halving and that one, and a concatenation puts two convolutions side by side, so
    neither needs to know what came before.
    """
    literal, row, either, maybe = syntax.literal, syntax.row, syntax.either, syntax.maybe
    channels = either(*(literal(str(count)) for count in GRAMMAR_CHANNELS))
    then = literal(" | ")
    named = row(
        either(row(literal("conv"), "[1357]"), row(literal("sep"), "[357]"), row(literal("res"), "[35]")),
        literal(" "),
        channels,
    )
    depthwise = row(literal("dw"), "[357]")
    dropout = row(literal("dropout 0."), "[1-5]")
    tail = ""
    for place in range(GRAMMAR_TAIL, 0, -1):
        skip = row(literal("skip "), f"[1-{place}]")
        one = row(then, either(named, depthwise, dropout, skip))
        tail = maybe(one, tail) if tail else maybe(one)
    beside = row(then, named, then, named, then, literal("cat 1"))
    follow = either(beside, tail)
    halving = either(row(either(named, depthwise), literal(" /2")), literal("maxpool"), literal("avgpool"))
    stages = maybe(then, halving, follow, repeat=f"{{0,{GRAMMAR_HALVINGS}}}")
    return row(named, follow, stages, maybe(then, literal("linear "), channels))


MAX_SOURCE = 20_000
"""Characters of a source."""
_BEGINNINGS = ("class ", "import ", "from ", "#", '"""')
EXPECTED = (
    "Expected Python that defines 'class Network(nn.Module)' with __init__(self, in_channels: int, image_size: int, "
    "classes: int) and forward(self, x)."
)


def is_source(text: str) -> bool:
    """Whether a text is meant as source rather than as a layer list."""
    return text.lstrip().startswith(_BEGINNINGS) or "class Network" in text


def canonical_source(text: str) -> str:
    """The syntax tree without comments, layout and docstrings; names are kept.

    Raises:
        InvalidArchitecture: it is no Python, or defines no ``class Network`` at its top.
    """
    if len(text) > MAX_SOURCE:
        raise InvalidArchitecture(f"{len(text)} characters of source: expected at most {MAX_SOURCE}. Write it shorter.")
    try:
        tree = ast.parse(text)
        if not any(isinstance(node, ast.ClassDef) and node.name == "Network" for node in tree.body):
            raise InvalidArchitecture(f"the source defines no class Network. {EXPECTED}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                del node.body[0]
        return ast.dump(tree)
    except SyntaxError as error:
        raise InvalidArchitecture(f"line {error.lineno} is no Python: {error.msg}. {EXPECTED}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        # null bytes, and nesting that is too deep for the parser
        raise InvalidArchitecture(f"the source can't be read: {error or type(error).__name__}. {EXPECTED}") from error
