"""Pieces that wait for a worker, and those that wait for another sweep."""

from __future__ import annotations

import heapq
import time
from bisect import insort
from collections.abc import Hashable, Sequence
from itertools import count

from spectra.engines.pace import Pace
from spectra.engines.piece import Piece
from spectra.training import RunSpec, shape

SOON, SELDOM = 1.0, 60.0
"""Seconds after which runs that another sweep is making are looked at for the first time; the delay doubles up to the
second number, because for a queue of jobs every look is a job."""


class Waiting:
    """Pieces that nobody makes. Their estimates change with every piece that ends, so that no order lasts."""

    def __init__(self, pace: Pace) -> None:
        """Begin with none.

        Args:
            pace: Tells how long a piece takes.
        """
        self._pace = pace
        self._alike: dict[Hashable, list[Piece]] = {}  # of equal shapes, the one with the most members last
        self._later: list[tuple[float, int, Piece]] = []
        self._delays: dict[str, float] = {}
        self._tie = count()

    def __bool__(self) -> bool:
        return bool(self._alike or self._later)

    def put(self, piece: Piece) -> None:
        """Add a piece."""
        insort(self._alike.setdefault(shape(piece.specs[0]), []), piece, key=lambda other: len(other.specs))

    def put_off(self, specs: Sequence[RunSpec]) -> None:
        """Add runs of one shape that another sweep is making: to be looked at later, and ever less often."""
        if specs:
            delay = max(self._delays.get(spec.identity, SOON) for spec in specs)
            self._delays |= {spec.identity: min(2 * delay, SELDOM) for spec in specs}
            heapq.heappush(self._later, (time.monotonic() + delay, next(self._tie), Piece(tuple(specs))))

    def longest(self) -> Piece | None:
        """The piece that should be begun next; None if there is none at this time."""
        while self._later and self._later[0][0] <= time.monotonic():
            self.put(heapq.heappop(self._later)[2])
        heads = (alike[-1] for alike in self._alike.values())
        return max(heads, key=lambda piece: self._pace.seconds(piece.specs), default=None)

    def remove(self, piece: Piece) -> None:
        """Take out the piece that was the longest."""
        key = shape(piece.specs[0])
        taken = self._alike[key].pop()
        assert taken is piece
        if not self._alike[key]:
            del self._alike[key]

    def pause(self, most: float) -> float:
        """Seconds until something may be due, at most some."""
        due = self._later[0][0] - time.monotonic() if self._later else most
        return min(max(due, 0.0), most)
