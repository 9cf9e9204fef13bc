"""The audit trail: who called what, with which outcome, and who began which run. Append-only, as every log here."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import EventData
from illuminas.tools.paths import home

Outcome = Literal["ok", "error", "refused", "cancelled"]


class Call(EventData):
    """One call.

    Attributes:
        who: name of the principal.
        via: how it came: mcp, chat or web.
        what: the tool, or the method with the URI that was read.
        arguments: digest of the arguments, which may hold what is nobody's business.
        run: the run that it was about, where it names one.
        seconds: how long it took.
    """

    kind: Literal["call"] = "call"
    who: str
    via: str
    what: str
    arguments: str
    run: str = ""
    outcome: Outcome
    seconds: float


class Beginning(EventData):
    """A run that a client began."""

    kind: Literal["begun"] = "begun"
    run_id: str
    who: str
    settings: str


class Audit:
    """Writes the trail and reads from it whose a run is.

    Args:
        path: the file; None is ``audit.sqlite`` of the data folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._log = EventLog(path or home() / "audit.sqlite", models=(Call, Beginning))
        self._owners: dict[str, str] = {}
        self._cursor = 0

    def write(self, call: Call) -> None:
        self._log.append(call)

    def begun(self, run_id: str, who: str, key: str, settings: str) -> Beginning:
        """Note that a client begins a run; with a key that it gave before, what it began then.

        Args:
            run_id: of the run that would be begun.
            key: the client's own name for the request.
            settings: of the run.
        """
        begun = Beginning(run_id=run_id, who=who, settings=settings)
        return self._log.append(begun, key=json.dumps(["begun", who, key])).data

    def owner(self, run_id: str) -> str | None:
        """Name of the client that began a run; None for one that was begun elsewhere."""
        for event in self._log.read(Beginning, after=self._cursor):
            self._owners[event.data.run_id] = event.data.who
            self._cursor = event.id
        return self._owners.get(run_id)

    def calls(self) -> list[Call]:
        """Every call, in order."""
        return [event.data for event in self._log.read(Call)]

    def close(self) -> None:
        self._log.close()


def digest(arguments: dict[str, Any]) -> str:
    """Twelve hexadecimal digits that are equal for equal arguments."""
    return sha256(json.dumps(arguments, sort_keys=True, default=str).encode()).hexdigest()[:12]
