"""The scheduler: the longest first, and what is lost again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from math import nan

from spectra.engines.engine import Pool
from spectra.engines.interrupts import ask_to_stop, forget, listening, stop_asked
from spectra.engines.outcome import Outcome
from spectra.engines.pace import Pace
from spectra.engines.piece import Ended, Piece
from spectra.sweeps.cohorts import halves
from spectra.sweeps.waiting import Waiting

COHORT_TRIES, RUN_TRIES = 2, 3
"""How often pieces are handed out whose worker died: a cohort is then halved, a single run has failed."""

POLL = 0.5
"""Seconds after which a request to stop is noticed at the latest."""

GRACE = 6.0
"""Seconds that what is under way has to save a checkpoint and to end. With what it takes to kill the rest and to end
this process, all is over within ten, also where it was measured at 11.5 with a grace of eight: on two cores with a load
of nine."""


def schedule(pieces: Iterable[Piece], pool: Pool, pace: Pace) -> Generator[Outcome]:
    """Have pieces made, the longest first, until there is an outcome of every run.

    A piece whose worker dies is handed out again, then halved, and at last a single run is reported as failed. A piece
    that is itself the reason is halved at once. What another sweep is making is looked at again later. The first
    Ctrl-C or SIGTERM, and closing the iterator, let what is under way save a checkpoint; the second ends it at once.

    Args:
        pieces: What is to be made, no run twice.
        pool: Where it is made.
        pace: How long pieces take; it learns from those that end.

    Yields:
        Exactly one outcome of every run.

    Raises:
        KeyboardInterrupt: When it was interrupted.
        OSError: If the store fails.
    """
    plan = _Plan(pieces, pace)
    try:
        while plan.owed:
            plan.hand_out(pool)
            with listening():
                ended = _ended(pool, plan.under_way, plan.waiting.pause(POLL))
            for one in ended:
                yield from plan.settled(one)
            if stop_asked():
                _wind_down(pool, plan.under_way)
                raise KeyboardInterrupt
    except (KeyboardInterrupt, GeneratorExit):
        if not stop_asked():  # it came between two waits, so that nothing under way has been asked yet
            _wind_down(pool, plan.under_way)
        raise
    finally:
        forget()


class _Plan:
    """What waits, what is under way, and which outcomes are owed."""

    def __init__(self, pieces: Iterable[Piece], pace: Pace) -> None:
        self.waiting, self.under_way, self.owed = Waiting(pace), 0, set[str]()
        self._pace = pace
        self._lost = defaultdict[str, tuple[str, ...]](tuple)  # why runs had to be tried again
        for piece in pieces:
            self.waiting.put(piece)
            self.owed |= {spec.identity for spec in piece.specs}

    def hand_out(self, pool: Pool) -> None:
        # What does not fit is waited for: were shorter pieces let past, a large one might never find room.
        while (piece := self.waiting.longest()) is not None and pool.fits(piece):
            self.waiting.remove(piece)
            pool.start(piece)
            self.under_way += 1

    def settled(self, ended: Ended) -> Iterator[Outcome]:
        self.under_way -= 1
        self.waiting.put_off(ended.elsewhere)
        known = ended.outcomes
        if ended.missing:
            known += self._again(ended, Piece(ended.missing, attempt=ended.piece.attempt))
        for outcome in known:
            if outcome.spec.identity in self.owed:
                self.owed.remove(outcome.spec.identity)
                self._pace.record(outcome)
                yield replace(outcome, lost=self._lost.pop(outcome.spec.identity, ()))

    def _again(self, ended: Ended, lost: Piece) -> tuple[Outcome, ...]:
        """Hand out again what was lost; if a single run was lost for good, its outcome."""
        tries = RUN_TRIES if len(lost.specs) == 1 else COHORT_TRIES
        reason = ended.lost or "its worker did not say what became of it"
        if ended.stopped:  # only this worker was asked, such as one whose time on its machine is over
            self.waiting.put(lost)
            return ()
        if len(lost.specs) == 1 and (ended.guilty or lost.attempt >= tries):
            return (Outcome(lost.specs[0], nan, error=reason, traceback=ended.traceback),)
        for spec in lost.specs:
            self._lost[spec.identity] += (reason,)
        if not ended.guilty and lost.attempt < tries:
            self.waiting.put(Piece(lost.specs, attempt=lost.attempt + 1))
        else:
            for half in halves(lost):
                self.waiting.put(half)
        return ()


def _ended(pool: Pool, under_way: int, wait: float) -> Iterable[Ended]:
    if under_way:
        return pool.ended(wait)
    time.sleep(wait)
    return ()


def _wind_down(pool: Pool, under_way: int) -> None:
    """Let what is under way save its checkpoints; what it finished meanwhile is in the store."""
    ask_to_stop()
    pool.stop()
    end = time.monotonic() + GRACE
    while under_way > 0 and (left := end - time.monotonic()) > 0:
        with listening():
            under_way -= len(pool.ended(min(POLL, left)))
