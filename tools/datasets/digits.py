"""Data sets made from the 1,797 handwritten 8x8 digits that ship with scikit-learn.

``digits`` is the digits as they are; nearly every cell learns them. ``cluttered-digits`` is the harder default: one
whole digit, turned and resized, somewhere on a larger canvas among fragments of other digits and noise.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from illuminas.tools.datasets.dataset import Dataset, Images, Labels, Split
from illuminas.tools.datasets.splits import stratified
from illuminas.tools.errors import IlluminasError

CANVAS = 12
"""Side of a cluttered image, pixels."""
COUNTS = (1750, 2500, 1500)
"""Cluttered images for training, validation (many, so that chance moves the measure little) and test."""
SCALE = (0.8, 1.1)
"""Size of a digit, and of what its fragments are cut from, against the source."""
TURN = np.pi / 12
"""Furthest turn either way, radians."""
SHIFT = 1.0
"""Furthest a whole digit lies from the middle of the canvas, pixels; a fragment lies anywhere."""
FRAGMENTS = 3
"""Fragments an image."""
FRAGMENT_SIDE = 4
"""Side of the square that a fragment is cut out with, pixels of the source."""
DIM = (0.3, 0.6)
"""Brightness of a fragment against a whole digit's."""
NOISE = 0.05
"""Deviation of the noise, against the full brightness of 1."""
SOURCE_SIDE = 8
LABELS = tuple(map(str, range(10)))


def _sources() -> tuple[Images, Labels]:
    """Digits ``(1797, 8, 8)`` from 0 to 1, and what they are; read from the package's file, as importing scikit-learn
    costs every worker seconds."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise IlluminasError("the embedded digits need scikit-learn. Install it: pip install scikit-learn")
    table = np.loadtxt(Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    return (table[:, :-1].reshape(-1, 8, 8) / 16).astype(np.float32), table[:, -1].astype(np.int64)


def digits(seed: int) -> Dataset:
    """The plain digits, 8x8: half for training, a quarter each for validation and test."""
    x, y = _sources()
    parts = stratified(y, (0.25, 0.25), np.random.default_rng(seed), source="digits", labels=LABELS)
    train, val, test = (Split(x[part, None], y[part]) for part in parts)
    return Dataset.of("digits", LABELS, train, val, test)


def cluttered_digits(seed: int) -> Dataset:
    """One whole digit among fragments of others; no source digit is in two splits, not even as a fragment."""
    x, y = _sources()
    rng = np.random.default_rng(seed)
    parts = stratified(y, (0.25, 0.25), rng, source="cluttered-digits", labels=LABELS)
    train, val, test = (_cluttered(x[part], y[part], count, rng) for part, count in zip(parts, COUNTS, strict=True))
    return Dataset.of("cluttered-digits", LABELS, train, val, test)


def _cluttered(x: Images, y: Labels, count: int, rng: np.random.Generator) -> Split:
    """``count`` cluttered images of the sources ``x``, each source used as often as every other, give or take one."""
    wholes = rng.permutation(np.resize(rng.permutation(len(x)), count))
    canvas = _placed(x, wholes, np.zeros((count, 2)), side=SOURCE_SIDE, reach=SHIFT, rng=rng)
    for _ in range(FRAGMENTS):
        others = rng.integers(len(x), size=count)
        corners = rng.uniform(0, SOURCE_SIDE - FRAGMENT_SIDE, size=(count, 2))
        fragments = _placed(x, others, corners, side=FRAGMENT_SIDE, reach=CANVAS / 2, rng=rng)
        np.maximum(canvas, rng.uniform(*DIM, size=(count, 1, 1)) * fragments, out=canvas)
    canvas += rng.normal(0, NOISE, size=canvas.shape)
    return Split(canvas[:, None].astype(np.float32), y[wholes])


def _placed(
    x: Images, picks: np.ndarray, corners: np.ndarray, *, side: int, reach: float, rng: np.random.Generator
) -> np.ndarray:
    """Canvases ``(n, CANVAS, CANVAS)``, each with a square of one source, resized, turned and shifted at random.

    Args:
        x: sources ``(m, 8, 8)``.
        picks: source of each canvas ``(n,)``.
        corners: upper left corner of each square in its source ``(n, 2)``.
        side: side of the squares, pixels of the source.
        reach: furthest that a square's middle lies from the canvas's along each axis, pixels.
        rng: the only source of chance.
    """
    from scipy.ndimage import map_coordinates

    count = len(picks)
    scale = rng.uniform(*SCALE, size=(count, 1, 1))
    angle = rng.uniform(-TURN, TURN, size=(count, 1, 1))
    shift = rng.uniform(-reach, reach, size=(2, count, 1, 1))
    pixels = np.arange(CANVAS) - (CANVAS - 1) / 2
    down, right = pixels[:, None] - shift[0], pixels[None, :] - shift[1]
    # where each canvas pixel lies in the source, from the middle of the square
    row = (np.cos(angle) * down - np.sin(angle) * right) / scale
    column = (np.sin(angle) * down + np.cos(angle) * right) / scale
    inside = (abs(row) <= side / 2) & (abs(column) <= side / 2)
    middle = corners.T[:, :, None, None] + (side - 1) / 2
    canvas = np.zeros(inside.shape)
    which = np.broadcast_to(picks[:, None, None], inside.shape)
    where = (which[inside], (middle[0] + row)[inside], (middle[1] + column)[inside])
    canvas[inside] = map_coordinates(x, where, order=1, output=np.float64)
    return canvas
