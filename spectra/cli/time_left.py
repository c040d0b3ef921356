"""How long the rest of a sweep takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from spectra.engines.outcome import Outcome
from spectra.engines.pace import Pace
from spectra.engines.progress_record import UnderWay
from spectra.training import RunSpec, shape


class TimeLeft:
    """Seconds until all runs are made, from their sizes, from those that have ended, and from what is under way."""

    def __init__(self, lacking: Sequence[RunSpec]) -> None:
        """Begin before any run has ended.

        Args:
            lacking: All runs that are to be made.
        """
        self._pace, self._measured = Pace(), False
        self._shapes: dict[str, Hashable] = {spec.identity: shape(spec) for spec in lacking}
        self._examples = {shape(spec): spec for spec in lacking}
        self._waiting = Counter(self._shapes.values())

    def ended(self, outcome: Outcome) -> None:
        """Take note of a run that has ended."""
        self._pace.record(outcome)
        self._measured |= outcome.error is None and not outcome.diverged and outcome.seconds > 0
        if outcome.spec.identity in self._shapes:
            self._waiting[self._shapes[outcome.spec.identity]] -= 1

    def seconds(self, under_way: Iterable[UnderWay]) -> float | None:
        """Seconds left if as many workers as now share what is left; None while nothing is known.

        Args:
            under_way: What is being made now.
        """
        records = [*under_way]
        lefts = [record.left for record in records]
        longest = max((left for left in lefts if left is not None), default=None)
        if not self._measured:
            under = sum(len(record.runs) for record in records)
            all_begun = under >= self._waiting.total() and None not in lefts
            return longest if all_begun else None
        # Runs of one shape take equal times, so that one of them stands for all.
        each = {key: self._pace.seconds([self._examples[key]]) for key, count in self._waiting.items() if count > 0}
        work = sum(count * each.get(key, 0.0) for key, count in self._waiting.items())
        for record in records:
            made = [each.get(self._shapes[run], 0.0) for run in record.runs if run in self._shapes]
            work -= record.fraction * sum(made)
        return max(work / max(len(records), 1), longest or 0.0, 0.0)
