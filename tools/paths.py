"""Where illuminas keeps what it makes and fetches: one folder, ``$ILLUMINAS_HOME`` or the system's own place."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder: ``$ILLUMINAS_HOME`` where set, else the platform's user data folder."""
    override = os.environ.get("ILLUMINAS_HOME")
    if override:
        return Path(override).expanduser().resolve()
    from platformdirs import user_data_path

    return user_data_path("illuminas", appauthor=False)


def runs_folder() -> Path:
    """One folder a run: its event log, checkpoints and knowledge base."""
    return home() / "runs"


def models_folder() -> Path:
    """Local LLM files, verified by SHA-256."""
    return home() / "models"


def tables_folder() -> Path:
    """Imported benchmark tables, one parquet file and one JSON description each."""
    return home() / "tables"


def weights_folder() -> Path:
    """Trained weights that children start from, one file a training."""
    return home() / "weights"
