"""Text embeddings that ship inside a package: nothing is ever downloaded.

WordLlama (https://github.com/dleemiller/WordLlama) keeps static token vectors, averaged over a text: no
network to run, 0.1 ms a text.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wordllama.inference import WordLlamaInference

DIMENSIONS = 256


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors ``(len(texts), 256)``, a blank text's too; near in meaning is near in direction."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    # an empty text has no tokens to average; a space has one
    return cast(NDArray[np.float32], _model().embed([text or " " for text in texts], norm=True))


@cache
def _model() -> WordLlamaInference:
    # its tokenizer's threads would not survive the forks of training workers
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # importing wordllama configures the root logger, unless that has a handler
    guard = logging.NullHandler()
    logging.root.addHandler(guard)
    try:
        import wordllama
    finally:
        logging.root.removeHandler(guard)
    from pathlib import Path

    # without cache_dir it looks into the user's cache, and without disable_download asks a hub for what is
    # there
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, dim=DIMENSIONS, disable_download=True)
