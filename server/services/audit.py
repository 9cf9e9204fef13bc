"""The audit trail: who called what, with which outcome, and who began which run. Append-only, as every log here."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from illuminas.memory.events import EventLog
from illuminas.tools.paths import home

CALL, BEGUN = "call", "begun"
Outcome = Literal["ok", "error", "refused", "cancelled"]


class Call(BaseModel):
    """One call; the event's data.

    Attributes:
        who: name of the principal.
        via: how it came: mcp, chat or web.
        what: the tool, or the method with the URI that was read.
        arguments: digest of the arguments, which may hold what is nobody's business.
        run: the run that it was about, where it names one.
        seconds: how long it took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    via: str
    what: str
    arguments: str
    run: str = ""
    outcome: Outcome
    seconds: float


class Beginning(BaseModel):
    """A run that a client began; the event's data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    who: str
    settings: str


class Audit:
    """Writes the trail and reads from it whose a run is.

    Args:
        path: the file; None is ``audit.sqlite`` of the data folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._log = EventLog(path or home() / "audit.sqlite")
        self._owners: dict[str, str] = {}
        self._cursor = 0

    def write(self, call: Call) -> None:
        self._log.append(CALL, call.model_dump())

    def begun(self, run_id: str, who: str, key: str, settings: str) -> Beginning:
        """Note that a client begins a run; with a key that it gave before, what it began then.

        Args:
            run_id: of the run that would be begun.
            key: the client's own name for the request.
            settings: of the run.
        """
        data = {"run_id": run_id, "who": who, "settings": settings}
        event = self._log.append(BEGUN, data, key=json.dumps(["begun", who, key]))
        return Beginning.model_validate(event.data)

    def owner(self, run_id: str) -> str | None:
        """Name of the client that began a run; None for one that was begun elsewhere."""
        for event in self._log.read(BEGUN, after=self._cursor):
            self._owners[event.data["run_id"]] = event.data["who"]
            self._cursor = event.id
        return self._owners.get(run_id)

    def calls(self) -> list[Call]:
        """Every call, in order."""
        return [Call.model_validate(event.data) for event in self._log.read(CALL)]

    def close(self) -> None:
        self._log.close()


def digest(arguments: dict[str, Any]) -> str:
    """Twelve hexadecimal digits that are equal for equal arguments."""
    return sha256(json.dumps(arguments, sort_keys=True, default=str).encode()).hexdigest()[:12]
