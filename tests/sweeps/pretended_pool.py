"""A pool that makes nothing, and says what it is told to say."""

from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended
from tests.sweeps.fake_data import tiny

SPECS = tuple(tiny(seed) for seed in range(8))


def made(piece):
    return Ended(piece, tuple(Outcome(spec, 1.0) for spec in piece.specs))


class Pool:
    """Makes pieces at once, in the way that it is told."""

    def __init__(self, make=made, room=1):
        self.make, self.workers, self.started, self.under_way, self.stops = make, room, [], [], 0

    def fits(self, piece):
        return len(self.under_way) < self.workers

    def start(self, piece):
        assert self.fits(piece)
        self.started.append(piece)
        self.under_way.append(piece)

    def ended(self, wait):
        return [self.make(self.under_way.pop(0))] if self.under_way else []

    def stop(self):
        self.stops += 1
