"""How long runs take: from their work, corrected by what was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from spectra.engines.outcome import Outcome
from spectra.training import Footprint, RunSpec, footprint, shape


def estimated(spec: RunSpec) -> Footprint | None:
    """What a run will cost; None if its data or its model raise an error, which the run itself shall tell."""
    try:
        return footprint(spec)
    except Exception:
        return None


class Pace:
    """Seconds per floating point operation, of each shape of runs that has been measured and of all together."""

    def __init__(self) -> None:
        self._work: dict[Hashable, float] = {}
        self._measured: defaultdict[Hashable, list[float]] = defaultdict(lambda: [0.0, 0.0])  # seconds, operations
        self._overall = [0.0, 0.0]

    def record(self, outcome: Outcome) -> None:
        """Learn from a run that has ended; of one that failed or diverged nothing can be learned."""
        if outcome.error is not None or outcome.diverged or not outcome.seconds > 0:
            return
        key = shape(outcome.spec)
        for measured in (self._measured[key], self._overall):
            measured[0] += outcome.seconds
            measured[1] += self._operations(key, outcome.spec)

    def seconds(self, specs: Sequence[RunSpec]) -> float:
        """Time that runs of one shape take together, in seconds; in arbitrary units before anything was measured."""
        key = shape(specs[0])
        seconds, operations = self._measured.get(key, self._overall)
        return len(specs) * self._operations(key, specs[0]) * (seconds / operations if operations else 1.0)

    def _operations(self, key: Hashable, spec: RunSpec) -> float:
        if key not in self._work:
            foot = estimated(spec)
            self._work[key] = 1.0 if foot is None else max(foot.work, 1.0)
        return self._work[key]
