"""The archivist: the one place where a candidate enters the archive, and niche diversity is enforced."""

from __future__ import annotations

from illuminas.agents.context import Context
from illuminas.memory.archive import Archive, Keep, Placement, PlacementStatus
from illuminas.memory.kinds import PoolScreened, RoundArchived
from illuminas.tools.evaluation import Status


class Archivist:
    """Inserts the round's evaluations in the order the screen chose them, whatever order they ended in."""

    def __init__(self, context: Context, archive: Keep) -> None:
        self._context = context
        self._keep = archive
        self._archive: Archive | None = None

    @property
    def archive(self) -> Archive:
        """The archive as the log tells it."""
        if self._archive is None:
            state = self._context.state
            self._archive = Archive(state.objectives, self._keep)
            self._archive.replay(state.placements)
        return self._archive

    def insert(self, round: int) -> None:
        """Log what became of each evaluated candidate, unless that is in the log already."""
        context, key = self._context, f"archived:{round}"
        archive = self.archive
        if context.log.has(key):
            return
        screened = context.log.get(f"screened:{round}", PoolScreened)
        assert screened is not None, "the screen runs before the archivist"
        placements = []
        for hash_ in (candidate.hash for candidate in screened.data.chosen):
            evaluation = context.state.evaluations.get(hash_)
            if evaluation is not None:
                niche = context.niche_of(context.architecture(hash_))
                known = {each.name: context.state.value(hash_, each.name) for each in context.state.objectives}
                values = {name: value for name, value in known.items() if value is not None}
                placements.append(archive.add(hash_, values if evaluation.status is Status.OK else {}, niche))
        for hash_, found in screened.data.infeasible.items():
            placements.append(Placement(hash=hash_, status=PlacementStatus.INFEASIBLE, niche=found.niche))
        context.append(RoundArchived(placements=tuple(placements)), round=round, key=key)
