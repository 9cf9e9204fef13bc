"""The base of records: pydantic models that do not change and take no field that they do not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable record; a field that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
