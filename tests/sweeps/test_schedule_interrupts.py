"""A scheduler that is closed or interrupted asks what is under way to stop, and waits for it once."""

import os
import signal
import threading
from contextlib import closing

import pytest

from spectra.engines.interrupts import stop_asked
from spectra.engines.pace import Pace
from spectra.engines.piece import Ended, Piece
from spectra.sweeps.schedule import schedule
from tests.sweeps.pretended_pool import SPECS, Pool


class Slow(Pool):
    """Ends nothing until it is asked to stop."""

    def ended(self, wait):
        if self.stops:
            return [Ended(self.under_way.pop(0), stopped=True)] if self.under_way else []
        threading.Event().wait(wait)
        return []


def test_closing_asks_what_is_under_way_to_stop_and_waits_for_it():
    pool = Pool(room=2)
    with closing(schedule([Piece((spec,)) for spec in SPECS], pool, Pace())) as found:
        next(found)
        pool.make = lambda piece: Ended(piece, stopped=True)
        assert pool.under_way
    assert pool.stops == 1
    assert not pool.under_way
    assert not stop_asked()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_in_an_interrupt_after_what_is_under_way_was_asked(number):
    before = signal.getsignal(number)
    pool = Slow(room=2)
    threading.Timer(0.2, os.kill, (os.getpid(), number)).start()
    with pytest.raises(KeyboardInterrupt):
        list(schedule([Piece((spec,)) for spec in SPECS], pool, Pace()))
    assert pool.stops == 1
    assert not pool.under_way
    assert not stop_asked()
    assert signal.getsignal(number) == before


def test_a_second_signal_does_not_wait():
    class Deaf(Slow):
        def stop(self):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    pool = Deaf(room=2)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        list(schedule([Piece((spec,)) for spec in SPECS], pool, Pace()))
    assert pool.under_way
