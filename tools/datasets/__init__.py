"""Data sets: images and labels in three splits.

``load_dataset`` takes a name or a path: ``cluttered-digits`` (default) and ``digits`` are embedded (``digits``),
an ``.npz`` file or a folder of images is one's own (``files``).
"""

from __future__ import annotations

from pathlib import Path

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.errors import unknown_name

__all__ = ["DEFAULT_DATASET", "EMBEDDED", "Dataset", "Split", "load_dataset"]

DEFAULT_DATASET = "cluttered-digits"
EMBEDDED = (DEFAULT_DATASET, "digits")
"""Names that need no files."""


def load_dataset(name_or_path: str | Path, *, seed: int = 0) -> Dataset:
    """The data set of that name, ``.npz`` file or image folder; equal for equal seeds.

    Args:
        name_or_path: one of :data:`EMBEDDED`, or a path (see :mod:`illuminas.tools.datasets.files`).
        seed: of the splits, and of what is drawn to make ``cluttered-digits``.

    Raises:
        IlluminasError: no such name or path, or what is there can't be trained on; the message says why.
        MissingExtraError: an image folder needs pillow.
    """
    from illuminas.tools.datasets import digits, files

    text = str(name_or_path)
    if text == "cluttered-digits":
        return digits.cluttered_digits(seed)
    if text == "digits":
        return digits.digits(seed)
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return files.image_folder(path, seed)
    if path.suffix == ".npz" or path.exists():
        return files.npz_file(path, seed)
    raise unknown_name("data set (nor is it a file or folder)", text, EMBEDDED)
