"""The knowledge base: what a run has learned, how sure it is, and how it came to that.

Its truth is the run's event log: one event of kind ``heuristic`` a change, and the directives of people; see
:mod:`illuminas.memory.knowledge_history`. :class:`KnowledgeBase` writes the former and searches by meaning in a Chroma
collection in memory, which is an index only: it is brought up to date with the log before every search. Readers of the
log use :func:`as_of`, :func:`history` and :func:`diff`, which need no Chroma.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from illuminas.memory.events import Event, EventLog
from illuminas.memory.evidence import Record, distinct
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus, judge, supersede
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged
from illuminas.memory.knowledge_history import CHANGE_TO, HeuristicChange, KnowledgeHistory
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Objective

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_CHANGING = (HeuristicChanged, DirectiveGiven)
"""Kinds of the events that change it."""
TELLING = 1.25
"""Evidence alone is written again once it rests on this many times as many architectures."""
OPEN = (HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED)
"""What may guide a search."""
_COLLECTION = "heuristics"


class KnowledgeDiff(Frozen):
    """What changed between two states; every heuristic as it is in the later one, in order of birth.

    Attributes:
        born: not there before, whatever their status is now.
        activated, contradicted, retired, superseded, reopened: have this status now and did not before
            (``reopened``: proposed).
        measured: the same status on other evidence.
        pinned, unpinned, reworded: what people changed.
    """

    born: tuple[Heuristic, ...] = ()
    activated: tuple[Heuristic, ...] = ()
    contradicted: tuple[Heuristic, ...] = ()
    retired: tuple[Heuristic, ...] = ()
    superseded: tuple[Heuristic, ...] = ()
    reopened: tuple[Heuristic, ...] = ()
    measured: tuple[Heuristic, ...] = ()
    pinned: tuple[Heuristic, ...] = ()
    unpinned: tuple[Heuristic, ...] = ()
    reworded: tuple[Heuristic, ...] = ()


def changes(log: EventLog, *, after: int = 0) -> Iterator[HeuristicChange]:
    """Every change of the knowledge base in order, past the event ``after``."""
    return (moment.change for moment in _history(log).moments if moment.change.event > after)


def as_of(log: EventLog, round: int | None = None) -> dict[str, Heuristic]:
    """Id -> heuristic as it stood after ``round`` (default: now), in order of birth."""
    return _history(log).as_of(round)


def _history(log: EventLog) -> KnowledgeHistory:
    found = KnowledgeHistory()
    found.extend(log.read(*_CHANGING))
    return found


def history(log: EventLog, id: str) -> list[HeuristicChange]:
    """What happened to one heuristic; ``id`` may be shortened. Raises as :func:`find` does."""
    told = list(changes(log))
    full = find({change.heuristic.id: change.heuristic for change in told}, id).id
    return [change for change in told if change.heuristic.id == full]


def diff(before: Mapping[str, Heuristic], after: Mapping[str, Heuristic]) -> KnowledgeDiff:
    """How ``after`` differs from ``before``, two answers of :func:`as_of` of one run."""
    told: dict[str, list[Heuristic]] = {}
    for id, now in after.items():
        then = before.get(id)
        if then is None:
            told.setdefault(Change.BORN, []).append(now)
        if now.status is not (then.status if then else HeuristicStatus.PROPOSED):
            told.setdefault(CHANGE_TO[now.status], []).append(now)
        elif then and now.evidence != then.evidence:
            told.setdefault(Change.MEASURED, []).append(now)
        if now.pinned is not (then is not None and then.pinned):
            told.setdefault(Change.PINNED if now.pinned else Change.UNPINNED, []).append(now)
        if then is not None and now.text != then.text:
            told.setdefault(Change.REWORDED, []).append(now)
    return KnowledgeDiff(**{name: tuple(heuristics) for name, heuristics in told.items()})


def find(heuristics: Mapping[str, Heuristic], id: str) -> Heuristic:
    """The heuristic with this id, or the only one whose id starts so; the leading ``h-`` may be missing.

    Raises:
        IlluminasError: none (the nearest is named) or several.
    """
    prefix = id if id.startswith("h-") else f"h-{id}"
    matches = [full for full in heuristics if full.startswith(prefix)]
    if len(matches) > 1:
        raise IlluminasError(f"{id!r} fits several heuristics: {', '.join(matches)}. Give more digits.")
    if not matches:
        raise unknown_name("heuristic", prefix, heuristics)
    return heuristics[matches[0]]


class KnowledgeBase:
    """The heuristics of one run: proposed, judged by its evaluations, and found by meaning.

    Chroma is imported by the first search.

    Args:
        log: the run's event log. Heuristics that others write to it are seen.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._history = KnowledgeHistory()
        self._heuristics: dict[str, Heuristic] = {}
        self._collection: Collection | None = None
        self._indexed: dict[str, int] = {}

    def all(self) -> list[Heuristic]:
        """Every heuristic there ever was, in order of birth."""
        return list(self._state().values())

    def get(self, id: str) -> Heuristic:
        """One heuristic; ``id`` may be shortened. Raises as :func:`find` does."""
        state = self._state()
        return state.get(id) or find(state, id)

    def counts(self) -> dict[HeuristicStatus, int]:
        """How many heuristics have each status."""
        counted = Counter(heuristic.status for heuristic in self._state().values())
        return {status: counted[status] for status in HeuristicStatus}

    def propose(self, heuristics: Iterable[Heuristic], round: int) -> list[Heuristic]:
        """Take in new heuristics, born in ``round``; one known already, retired ones too, stays as it is.

        Returns:
            Those born in this round, also where this call is repeated after a crash.
        """
        state = self._state()
        born = []
        for heuristic in heuristics:
            if heuristic.id not in state:
                new = heuristic.model_copy(update={"born_round": round, "since": round})
                self._write(Change.BORN, new, round, key=f"heuristic:{new.id}:born")
                state = self._state()
            if state[heuristic.id].born_round == round:
                born.append(state[heuristic.id])
        return born

    def judge(self, records: Iterable[Record], round: int, *, objective: Objective) -> list[HeuristicChange]:
        """Judge every heuristic of ``objective`` by the evaluations so far, at the end of ``round``.

        Each is written at most once a round: when its status changes, or its evidence has grown by a quarter.

        Returns:
            What changed in this round, also where this call is repeated after a crash.
        """
        merged = distinct(records)
        state = {id: h for id, h in self._state().items() if h.objective.name == objective.name}
        judged = {id: judge(h, merged, round) for id, h in state.items() if h.superseded_by is None}
        for id, heuristic in state.items():
            if heuristic.superseded_by is not None:
                settled = judged[_last_winner(heuristic, state).id].status is HeuristicStatus.ACTIVE
                judged[id] = heuristic if settled else judge(heuristic, merged, round)
        judged |= {heuristic.id: heuristic for heuristic in supersede(list(judged.values()), merged, round)}
        for id, then in state.items():
            now = judged[id]
            if (now.status, now.superseded_by) != (then.status, then.superseded_by):
                change = CHANGE_TO[now.status]
            elif now.evidence.n > max(1.0, TELLING * then.evidence.n):
                change = Change.MEASURED
            else:
                continue
            self._write(change, now, round, key=f"heuristic:{id}:{round}:judged")
        written = [self._log.get(f"heuristic:{id}:{round}:judged", HeuristicChanged) for id in state]
        return [_change(event) for event in written if event is not None]

    def search(
        self,
        query: str,
        *,
        k: int = 5,
        niche: str | None = None,
        statuses: Sequence[HeuristicStatus] = OPEN,
    ) -> list[Heuristic]:
        """Up to ``k`` heuristics near ``query`` in meaning: of the nearest ``2k``, active ones first.

        Args:
            niche: only rules that hold in this niche, which those without a niche do; None: all rules.
            statuses: only rules of these.
        """
        from illuminas.memory.embeddings import embed

        collection = self._index()
        where: dict[str, Any] = {"status": {"$in": [status.value for status in statuses]}}
        if niche is not None:
            where = {"$and": [where, {"niche": {"$in": ["", niche]}}]}
        answer = collection.query(
            query_embeddings=embed([query]), n_results=max(1, 2 * k), where=where, include=["distances"]
        )
        near = [self._latest[id].heuristic for id in answer["ids"][0]]
        near.sort(key=lambda heuristic: heuristic.status is not HeuristicStatus.ACTIVE)
        return near[:k]

    def close(self) -> None:
        """Give the index back. Idempotent."""
        if self._collection is not None:
            _chroma().delete_collection(self._collection.name)
            self._collection = None
            self._indexed = {}

    def _state(self) -> Mapping[str, Heuristic]:
        """Every heuristic by id, in order of birth; it changes with the log."""
        known = self._history.moments
        changed = self._history.extend(self._log.read(*_CHANGING, after=self._history.cursor))
        for moment in known[len(known) - changed :]:
            self._heuristics[moment.change.heuristic.id] = moment.change.heuristic
        return self._heuristics

    @property
    def _latest(self) -> dict[str, HeuristicChange]:
        return self._history.latest

    def _write(self, change: Change, heuristic: Heuristic, round: int, *, key: str) -> None:
        self._log.append(HeuristicChanged(change=change, heuristic=heuristic), round=round, key=key)

    def _index(self) -> Collection:
        """The collection, brought up to date with the log."""
        if self._collection is None:
            # own vectors: Chroma's default embedding function would download a model
            self._collection = _chroma().create_collection(
                uuid4().hex, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
        self._state()
        stale = [change for id, change in self._latest.items() if self._indexed.get(id) != change.event]
        if stale:
            self._upsert(self._collection, stale)
            self._indexed |= {change.heuristic.id: change.event for change in stale}
        return self._collection

    def _upsert(self, collection: Collection, stale: Sequence[HeuristicChange]) -> None:
        from illuminas.memory.embeddings import embed

        heuristics = [change.heuristic for change in stale]
        collection.upsert(
            ids=[heuristic.id for heuristic in heuristics],
            embeddings=embed([heuristic.text for heuristic in heuristics]),
            documents=[heuristic.text for heuristic in heuristics],
            metadatas=[
                {
                    "event": change.event,
                    "status": change.heuristic.status.value,
                    "niche": change.heuristic.scope.niche or "",
                    "objective": change.heuristic.objective.name,
                    "direction": change.heuristic.direction,
                }
                for change in stale
            ],
        )


@cache
def _chroma() -> ClientAPI:
    """The process's client of collections in memory; each knowledge base has its own collection."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))


def _last_winner(heuristic: Heuristic, state: Mapping[str, Heuristic]) -> Heuristic:
    """The heuristic at the end of the chain of those that superseded each other."""
    while heuristic.superseded_by is not None:
        heuristic = state[heuristic.superseded_by]
    return heuristic


def _change(event: Event[HeuristicChanged]) -> HeuristicChange:
    return HeuristicChange(
        event=event.id,
        time=event.time,
        round=event.round,
        change=event.data.change,
        heuristic=event.data.heuristic,
    )
