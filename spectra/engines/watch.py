"""What a worker looks after between two updates: claims, records, checkpoints, time, requests to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from spectra.engines.checkpoints import Checkpoints
from spectra.engines.engine import Making
from spectra.engines.interrupts import stop_asked
from spectra.training import Moment, RunSpec


class Halt(BaseException):
    """Ends a cohort before its end; not an Exception, so that nothing in a training takes it for an error of its own.

    Attributes:
        reason: Why, in a few words.
        stopped: Whether the worker was asked to stop; else the runs took too long.
    """

    def __init__(self, reason: str, *, stopped: bool) -> None:
        super().__init__(reason)
        self.reason, self.stopped = reason, stopped


class StoreFailure(BaseException):
    """Carries an error of the store out of a training."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Watch:
    """Called by a cohort of runs at every moment."""

    def __init__(
        self, specs: Sequence[RunSpec], making: Making, checkpoints: Checkpoints, tell: Callable[[Moment], None]
    ) -> None:
        """Begin to count the time.

        Args:
            specs: The members.
            making: Time limit, and time between checkpoints.
            checkpoints: Where these go.
            tell: Is told every moment.
        """
        self._specs, self._making, self._checkpoints, self._tell = specs, making, checkpoints, tell
        self._start = self._saved = time.monotonic()
        self._limit = None if making.timeout is None else making.timeout * len(specs)
        self._before = dict.fromkeys((spec.identity for spec in specs), 0.0)

    def resume(self, identity: str, seconds: float) -> None:
        """Say how long a member had taken when its checkpoint was made."""
        self._before[identity] = seconds

    def seconds(self) -> dict[str, float]:
        """Wall-clock time of each member, by identity: its share of this cohort's and of those before."""
        share = (time.monotonic() - self._start) / len(self._specs)
        return {identity: before + share for identity, before in self._before.items()}

    def __call__(self, moment: Moment) -> None:
        """Look after everything.

        Raises:
            Halt: If the cohort must end; its checkpoints are saved.
            StoreFailure: If a checkpoint cannot be written.
        """
        if stop_asked():
            self._save(moment)
            raise Halt("its worker was asked to stop", stopped=True)
        now = time.monotonic()
        if self._limit is not None and now - self._start > self._limit:
            self._save(moment)
            raise Halt(self._making.overtime, stopped=False)
        self._tell(moment)
        if self._making.checkpoint is not None and now - self._saved >= self._making.checkpoint:
            self._save(moment)
            self._saved = time.monotonic()

    def _save(self, moment: Moment) -> None:
        if self._making.checkpoint is None or moment.step == 0:
            return
        try:
            seconds = self.seconds()
            for spec, state in zip(self._specs, moment.capture(), strict=True):
                self._checkpoints.save(spec.identity, state, seconds[spec.identity])
        except OSError as error:
            raise StoreFailure(error) from error
