"""What a search space is: the interface that agents, tools and memory are written against."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.spaces.picture import Picture

if TYPE_CHECKING:
    from torch import nn

_DRAWS = 20
"""Draws an architecture of a sample: in a small space many repeat."""

Feature = float | int | bool | str
"""What a predicate can ask of an architecture: a number, a truth, or one of a few words."""


class InvalidArchitecture(IlluminasError):
    """Text that is no architecture of the space; the message says what was expected and what came."""


class Architecture(Frozen):
    """One point of a search space; immutable.

    Attributes:
        space: name of the search space.
        text: the architecture as its space publishes it.
        canonical: the space's canonical form; architectures that compute the same function share it.
    """

    space: str
    text: str
    canonical: str

    @cached_property
    def hash(self) -> str:
        """Key of the canonical form, 16 hexadecimal digits; what is paid for once is known by it."""
        return sha256(f"{self.space}:{self.canonical}".encode()).hexdigest()[:16]


class Edit(NamedTuple):
    """A smallest change of an architecture, in words, with what comes of it."""

    label: str
    result: Architecture


class Scale(StrEnum):
    """How large a space builds its networks; the space knows the channels and layers that this means."""

    FULL = "full"
    """As published."""
    SMALL = "small"
    """For many trainings on one machine, and for zero-cost proxies."""


class NetworkShape(Frozen):
    """What a network is built for.

    Attributes:
        classes: outputs of the classifier.
        in_channels: channels of an input image.
        image_size: side of the square input image, pixels.
        scale: size of the network itself.
    """

    classes: int = 10
    in_channels: int = 3
    image_size: int = 32
    scale: Scale = Scale.FULL


class NicheAxis(NamedTuple):
    """A way to sort architectures into bins that a space is known by.

    Attributes:
        feature: the feature that is sorted by, a number.
        bounds: where the second bin and those after it begin, ascending.
        labels: a name for each bin, one more than bounds.
    """

    feature: str
    bounds: tuple[float, ...]
    labels: tuple[str, ...]


class Complexity(NamedTuple):
    """Trainable parameters, and multiply-accumulates of one forward pass on one image."""

    params: int
    macs: int


class SearchSpace(ABC):
    """A set of architectures, how they vary, what can be said of them, and the networks they stand for.

    Everything random takes a :class:`numpy.random.Generator`, so that a search repeats by its seed.
    """

    name: str
    summary: str
    """One sentence for people and prompts."""
    noun: str
    """What an architecture is called in prompts."""
    plural: str
    """The same of several, with what they are part of."""
    notation: str
    """How :meth:`to_words` writes an architecture, for prompts; after 'in the short notation:'."""
    partition: str
    """Name of the niches that suit the space, as :mod:`illuminas.memory.partitions.catalogue` reads it."""
    feature_docs: dict[str, str]
    """Feature name -> meaning, for predicates, tables and prompts."""
    words_tokens: int
    """Tokens that a short notation may take of an LLM's answer."""
    device: str = "local"
    """The device of this machine that tells most of its networks' latency in a product."""
    weights_name: str | None = None
    """Pretrained weights that its networks can begin with, by their name in :mod:`illuminas.tools.models`."""
    proxies: tuple[str, ...] | None = None
    """Zero-cost scores that say something of its networks; None leaves the choice to the data set."""
    axes: Mapping[str, NicheAxis] = {}
    """Axes of niches beside those of single features, by name."""
    cost_features: tuple[str, ...] = ()
    """Numeric features that, beside multiply-accumulates, say how long a network takes."""
    example_predicate: str = ""
    """A condition on features, for prompts and help; made from them where a space gives none."""
    synonyms: Mapping[str, str] = {}
    """Feature -> a regular expression of how people name what it counts, most specific first."""
    chat_examples: Sequence[tuple[str, str]] = ()
    """What people say of its architectures to a search, each with the chat command that says the same.

    They name the run's objectives as :mod:`illuminas.agents.chat.examples` says.
    """
    stackable: bool = False
    """Whether :meth:`stack` takes more than one architecture."""
    enumerable: bool = False
    """Whether the space is finite and small enough for :meth:`reduced` to list it."""
    generated: bool = False
    """Whether networks are built from source, which :meth:`parse` reads too: then they live in the sandbox."""

    @property
    def builds(self) -> bool:
        """Whether :meth:`build` makes networks; else architectures are only looked up in tables."""
        return type(self).build is not SearchSpace.build

    @abstractmethod
    def parse(self, text: str) -> Architecture:
        """The architecture written as ``text``.

        Raises:
            InvalidArchitecture: the text is not one of this space.
        """

    @abstractmethod
    def random(self, rng: np.random.Generator) -> Architecture:
        """An architecture whose output depends on its input.

        In an enumerable space every function is as likely, however it is written.
        """

    @abstractmethod
    def mutate(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        """A neighbour, uniformly drawn."""

    @abstractmethod
    def crossover(self, left: Architecture, right: Architecture, rng: np.random.Generator) -> Architecture:
        """A child that takes each part from one of two parents."""

    @abstractmethod
    def edits(self, architecture: Architecture) -> Sequence[Edit]:
        """Every smallest change that gives another function, with short labels, in a fixed order."""

    @abstractmethod
    def features(self, architecture: Architecture) -> Mapping[str, Feature]:
        """What predicates may ask; keys are those of :attr:`feature_docs`."""

    def configuration(self, architecture: Architecture) -> dict[str, Any]:
        """What a user's evaluator is given: the choices by name, or the text where a space has none."""
        return {"text": architecture.text}

    @abstractmethod
    def encode(self, architecture: Architecture) -> dict[str, np.ndarray]:
        """Named groups of numbers for surrogates, each of fixed length, equal within a canonical form.

        A group ``graph`` says in few numbers what the architecture is.
        """

    @abstractmethod
    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity | None:
        """Parameters and multiply-accumulates without building the network; None of a space that counts neither."""

    def build(self, architecture: Architecture, shape: NetworkShape) -> nn.Module:
        """A torch network, freshly initialised from torch's global generator: ``(n, c, h, w)`` to logits.

        Raises:
            IlluminasError: the space does not build networks (:attr:`builds`).
        """
        raise IlluminasError(
            f"the search space {self.name} builds no networks: its architectures are looked up. Search a table: "
            "--dataset table:NAME/DATASET."
        )

    def input_side(self, architecture: Architecture, shape: NetworkShape) -> int:
        """Side of the square images that its network takes, pixels: that of the data's, or one of its own choosing."""
        return shape.image_size

    def suited(self, side: int) -> tuple[str, ...]:
        """Constraints that keep a search to what suits images of a side, in pixels, as ``resolution<=96``."""
        return ()

    def anchors(self, side: int) -> Sequence[Architecture]:
        """Architectures that a search on images of a side, in pixels, does well to begin with; none by default."""
        return ()

    def initial_weights(self, architecture: Architecture, shape: NetworkShape) -> dict[str, NDArray[Any]] | None:
        """Pretrained weights under their names in :meth:`build`'s network, of those layers that inherit.

        None without such weights (:attr:`weights_name`), or where their file was not pulled: then networks train
        from scratch.
        """
        return None

    def width(self, shape: NetworkShape) -> int:
        """Channels of the networks' first layer, by which :meth:`stack` is kept within memory."""
        return 16

    def computes(self, architecture: Architecture) -> bool:
        """Whether its output depends on its input."""
        return True

    def is_free(self, architecture: Architecture) -> bool:
        """Whether it is source that others wrote, of which nothing is known before the sandbox has built its network.

        It can't be varied, described by features or encoded.
        """
        return False

    def source(self, architecture: Architecture) -> str:
        """The network as a Python module that defines ``class Network(nn.Module)``, as the sandbox takes it.

        Raises:
            IlluminasError: the space is not :attr:`generated`.
        """
        raise IlluminasError(f"networks of the search space {self.name} are not built from source.")

    def inherit(
        self, parent: Architecture, child: Architecture, weights: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """The parent's weights under the names that they have in the child; whoever builds it takes those that fit."""
        return dict(weights)

    def equals(self, architecture: Architecture) -> Sequence[Architecture]:
        """The ways to write the same function without waste; a device may run one of them faster."""
        return (architecture,)

    def representative(self, architecture: Architecture) -> Architecture:
        """The one architecture that stands for all of its canonical form; itself where a form has no other."""
        return architecture

    def stack(self, architectures: Sequence[Architecture], shape: NetworkShape, *, tied: bool = False) -> nn.Module:
        """The networks of ``architectures``, k of them, as one.

        Side by side in its channels, ``(n, k * c, h, w)`` to ``(n, k * classes)``, each with weights of its own; see
        :mod:`illuminas.tools.spaces.side_by_side`. Or tied, with the same weights for all that use them, and one
        image for each, ``(k, c, h, w)`` to ``(k, classes)``. Weights come from torch's global generator, and those
        of an architecture depend on no other in the stack. A space that is not :attr:`stackable` takes one
        architecture, and builds its network.
        """
        (only,) = architectures
        return self.build(only, shape)

    @abstractmethod
    def heaviest(self) -> Architecture:
        """An architecture of the greatest cost, which sets the scale of latencies and times."""

    def official_order(self) -> Sequence[str]:
        """Published texts in the order in which benchmarks of the space number them; empty where there is none."""
        return ()

    def reduced(self) -> list[Architecture]:
        """One architecture of every canonical form whose output depends on its input, in a fixed order.

        Raises:
            IlluminasError: the space is not :attr:`enumerable`.
        """
        raise IlluminasError(f"the search space {self.name} has no list of its architectures. Take a sample of it.")

    def sample(self, rng: np.random.Generator, count: int) -> list[Architecture]:
        """Architectures of ``count`` different functions, drawn as :meth:`random` draws them.

        Raises:
            IlluminasError: so many different ones could not be drawn.
        """
        found: dict[str, Architecture] = {}
        for _ in range(_DRAWS * count):
            if len(found) == count:
                break
            architecture = self.random(rng)
            found.setdefault(architecture.canonical, architecture)
        if len(found) < count:
            raise IlluminasError(
                f"the search space {self.name}: expected {count} different architectures, got {len(found)} in "
                f"{_DRAWS * count} draws. Ask for fewer."
            )
        return list(found.values())

    @abstractmethod
    def to_words(self, architecture: Architecture) -> str:
        """A short notation for prompts; :meth:`from_words` reads it back."""

    @abstractmethod
    def from_words(self, words: str) -> Architecture:
        """The architecture in short notation; raises :class:`InvalidArchitecture`."""

    def title(self, architecture: Architecture) -> str:
        """What people see of it on one line."""
        return self.to_words(architecture)

    @abstractmethod
    def words_grammar(self) -> str:
        """A GBNF expression (no rule names of its own) that matches short notations alone.

        All of them in an enumerable space; in an open one those that surely build.
        """

    @abstractmethod
    def words_pattern(self) -> str:
        """The same as a regular expression."""

    @abstractmethod
    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        """The network as nodes and edges, for any screen."""
