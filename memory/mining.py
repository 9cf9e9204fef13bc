"""Mining: rules found in a run's own evaluations, worded by templates.

Every condition on the space's features, and every pair of conditions, is tested for a difference in the
objective. The tests use ranks (W. J. Conover & R. L. Iman, "Rank transformations as a bridge between parametric
and nonparametric statistics", The American Statistician 35, 1981): accuracies have a long tail of poor cells,
under which means of a handful of architectures look far too sure. Among thousands of tests the false
discovery rate is held down (Y. Benjamini & Y. Hochberg, J. R. Stat. Soc. B 57, 1995). Of what passes, rules
are picked one by one for what they add to those known, and a longer rule must add more (the risk inflation
criterion: D. P. Foster & E. I. George, Ann. Stat. 22, 1994), so that a run learns several things rather than
one thing in ten wordings.

What is found is only proposed: :mod:`illuminas.memory.heuristics` says how fresh evaluations decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.memory.evidence import (
    Direction,
    Record,
    distinct,
    extension,
    measure,
    overlap,
)
from illuminas.memory.heuristics import ALIKE, Heuristic, HeuristicStatus, Scope
from illuminas.memory.predicates import Condition, Predicate, feature_kinds
from illuminas.tools.correlation import ranks_of
from illuminas.tools.objectives import Objective

if TYPE_CHECKING:
    from illuminas.tools.spaces.base import SearchSpace

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_SIDE = 5
"""Architectures needed on either side of a rule."""
MIN_RECORDS = 12
"""Fewer architectures, in the run or in a niche, are not mined."""
FALSE_DISCOVERIES = 0.05
"""Share of chance findings tolerated among what one call finds, over all groups it mines."""
THRESHOLDS = 8
"""Most thresholds tried on one numeric feature; beyond them, its quantiles."""


class _Finding(NamedTuple):
    score: float
    predicate: Predicate
    direction: Direction


def mine(
    records: Iterable[Record],
    space: SearchSpace,
    *,
    objective: Objective,
    round: int,
    known: Iterable[Heuristic] = (),
    limit: int = 5,
    scope: Scope | None = None,
) -> list[Heuristic]:
    """The strongest new rules in the records, over all of them and within each niche that has enough.

    Deterministic: equal records in equal order give equal rules.

    Args:
        records: evaluations of the run so far, of one objective.
        space: whose features the records have.
        round: the round that has just ended; the rules are born in it.
        known: heuristics there are already, retired ones included: nothing that says the same is found again.
            Those born in this round are passed over, so that a call repeated after a crash finds the same.
        limit: at most so many rules.
        objective: what ``value`` of the records is.
        scope: space, dataset and device of the run; default: the space alone.

    Returns:
        Proposed heuristics, the clearest first, with in-sample evidence in ``found_with``.
    """
    scope = scope or Scope(space=space.name)
    merged = distinct(records)
    groups: list[tuple[Scope, list[Record]]] = [(scope, merged)]
    for niche in sorted({record.niche for record in merged if record.niche is not None}):
        inside = [record for record in merged if record.niche == niche]
        groups.append((scope.model_copy(update={"niche": niche}), inside))
    groups = [(scope, group) for scope, group in groups if len(group) >= MIN_RECORDS]

    found: list[tuple[float, Heuristic]] = []
    known = [
        heuristic for heuristic in known if heuristic.objective.name == objective.name and heuristic.born_round < round
    ]
    for where, group in groups:  # all records first, so that a niche is told only what is special about it
        wider = [h for h in [*known, *(h for _, h in found)] if h.scope.niche in (None, where.niche)]
        for finding in _search(group, space, wider, level=FALSE_DISCOVERIES / len(groups), limit=limit):
            heuristic = Heuristic(
                text=_text(finding, where, space, objective),
                predicate=finding.predicate,
                direction=finding.direction,
                objective=objective,
                scope=where,
                origin="mined",
                born_round=round,
                since=round,
                found_with=measure(finding.predicate, group, direction=finding.direction),
            )
            found.append((finding.score, heuristic))
    found.sort(key=lambda pair: -pair[0])
    return [heuristic for _, heuristic in found[:limit]]


def _text(finding: _Finding, scope: Scope, space: SearchSpace, objective: Objective) -> str:
    where = f"in niche {scope.niche}, " if scope.niche else ""
    change = "higher" if finding.direction == "raises" else "lower"
    text = f"{where}{change} {objective.words}: {finding.predicate.words(space)}"
    return text[0].upper() + text[1:]


def _search(
    group: Sequence[Record], space: SearchSpace, known: Sequence[Heuristic], *, level: float, limit: int
) -> list[_Finding]:
    """Up to ``limit`` rules of one group at a false discovery rate of ``level``, picked one by one."""
    conditions, masks = conditions_of(group, space, least=MIN_SIDE)
    if not conditions:
        return []
    first, second = np.triu_indices(len(conditions), k=1)
    rules = [(i,) for i in range(len(conditions))] + list(zip(first.tolist(), second.tolist(), strict=True))
    held = np.concatenate([masks, masks[:, first] & masks[:, second]], axis=1)
    enough = np.flatnonzero((held.sum(axis=0) >= MIN_SIDE) & ((~held).sum(axis=0) >= MIN_SIDE))

    values = np.array([record.value for record in group])
    ranks = ranks_of(values)
    model = _Model(ranks, held[:, enough])
    t, p = model.t(), model.p()
    agree = np.sign(t) == np.sign((values - values.mean()) @ held[:, enough])  # means say the same as ranks
    keep = (p <= _benjamini_hochberg(p, level)) & agree
    if not keep.any():
        return []

    passed, marginal = enough[keep], t[keep]
    model = _Model(ranks, held[:, passed])
    cost = 2 * math.log(len(conditions)) * np.array([len(rules[index]) for index in passed])
    said = [_favoured(h, group) for h in known]
    for heuristic, favoured in zip(known, said, strict=True):
        trusted = heuristic.status is HeuristicStatus.PROPOSED and heuristic.origin == "mined"
        if trusted or heuristic.status is HeuristicStatus.ACTIVE:
            model.account_for(favoured)

    place = {int(index): i for i, index in enumerate(passed)}  # of a single condition among the candidates
    found: list[_Finding] = []
    while len(found) < limit:
        t = model.t()
        t = np.where(np.sign(t) == np.sign(marginal), t, 0.0)
        # rounded, so that a rule and its negation tie and the simpler one, which comes first, is taken
        scores = np.round(t**2 - cost, 6)
        best = int(np.argmax(scores))
        if scores[best] <= 0:
            break
        rule = rules[passed[best]]
        halves = [place[i] for i in rule if i in place and scores[place[i]] > 0]
        if halves and model.explained(masks[:, rule]) >= model.explained(held[:, passed[[best]]]):
            best = max(halves, key=lambda half: scores[half])  # two effects that add up are two rules
        column = held[:, passed[best]]
        model.account_for(column)
        favoured = column ^ (marginal[best] < 0)
        if any(overlap(favoured, other) >= ALIKE for other in said):
            continue
        predicate = Predicate(conditions=tuple(conditions[i] for i in rules[passed[best]]))
        found.append(_Finding(float(scores[best]), predicate, "raises" if marginal[best] > 0 else "lowers"))
    return found


def _favoured(heuristic: Heuristic, group: Sequence[Record]) -> Mask:
    """Which architectures a rule speaks for: a rule and its negation with the opposite claim are the same."""
    return extension(heuristic.predicate, group) ^ (heuristic.direction == "lowers")


class _Model:
    """Least squares of the ranks on the rules accounted for so far, and what each candidate would add.

    Args:
        ranks: ``(n,)``.
        candidates: boolean ``(n, m)``, which records each candidate rule holds for.
    """

    def __init__(self, ranks: Floats, candidates: Mask) -> None:
        self._candidates = candidates.astype(np.float64)
        self._residual = ranks
        self._basis = np.zeros((len(ranks), 0))
        self._own = self._candidates.sum(axis=0)
        self.account_for(np.ones(len(ranks), dtype=bool))

    @property
    def _freedom(self) -> int:
        return max(1, len(self._residual) - self._basis.shape[1] - 1)

    def account_for(self, rule: Mask) -> None:
        """Take what a rule ``(n,)`` explains out of the ranks, unless others explain it already."""
        rest = rule.astype(np.float64)
        for _ in range(2):  # twice is enough against rounding
            rest = rest - self._basis @ (self._basis.T @ rest)
        if (norm := float(np.linalg.norm(rest))) > 1e-6:
            rest /= norm
            self._basis = np.column_stack([self._basis, rest])
            self._residual = self._residual - rest * (rest @ self._residual)
            self._own = self._own - np.square(rest @ self._candidates)

    def explained(self, rules: Mask) -> float:
        """Sum of squares that the ``k`` rules ``(n, k)`` would take out of the ranks together."""
        rest = rules.astype(np.float64)
        for _ in range(2):
            rest = rest - self._basis @ (self._basis.T @ rest)
        return float(np.square(self._residual @ rest @ np.linalg.pinv(rest)).sum())

    def t(self) -> Floats:
        """``(m,)``: Student's t of each candidate added alone; at first, that of two means' difference."""
        total = max(float(self._residual @ self._residual), 1e-9)
        own = np.where(self._own > 1e-6, self._own, np.inf)
        r = (self._residual @ self._candidates) / np.sqrt(own * total)
        return r * np.sqrt(self._freedom / np.maximum(1 - r**2, 1e-12))

    def p(self) -> Floats:
        """``(m,)``: two-sided p-values."""
        from scipy.special import stdtr

        two_sided: Floats = 2 * stdtr(self._freedom, -np.abs(self.t()))
        return two_sided


def conditions_of(group: Sequence[Record], space: SearchSpace, *, least: int) -> tuple[list[Condition], Mask]:
    """Conditions with ``least`` records on both sides, simplest wording first, and their ``(n, c)``
    masks.

    Of conditions that hold for the same records only the first is kept.
    """
    conditions: list[Condition] = []
    columns: list[Mask] = []
    seen: set[bytes] = set()
    for name, (kind, _) in feature_kinds(space).items():
        column = np.array([record.features[name] for record in group])
        distinct_values = np.unique(column)
        if kind == "number":
            steps = distinct_values[1:]
            if len(steps) > THRESHOLDS:
                quantiles = np.quantile(column, np.linspace(0, 1, THRESHOLDS + 2)[1:-1])
                steps = np.unique([float(f"{q:.3g}") for q in quantiles])
            tests = [(">=", step.item(), column >= step) for step in steps]
            # the greatest observed value below each threshold, so that "<=" is the negation of ">="
            places = np.searchsorted(distinct_values, steps)
            tests += [("<=", value.item(), column <= value) for value in distinct_values[places[places > 0] - 1]]
        elif kind == "truth":
            tests = [("==", value, column == value) for value in (True, False)]
        else:
            tests = [("==", value.item(), column == value) for value in distinct_values]
        for op, value, mask in tests:
            held = int(np.count_nonzero(mask))
            if min(held, len(group) - held) < least or mask.tobytes() in seen:
                continue
            seen.add(mask.tobytes())
            conditions.append(Condition(feature=name, op=op, value=value))
            columns.append(mask)
    return conditions, np.stack(columns, axis=1) if columns else np.zeros((len(group), 0), dtype=bool)


def _benjamini_hochberg(p: Floats, level: float) -> float:
    """The greatest p-value to accept; negative where none is."""
    ordered = np.sort(p)
    passing = np.flatnonzero(ordered <= level * np.arange(1, len(p) + 1) / len(p))
    return float(ordered[passing[-1]]) if len(passing) else -1.0
