"""What a place must offer where runs are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from spectra.engines.piece import Ended, Piece


@dataclass(frozen=True)
class Making:
    """How pieces are made, the same for every engine.

    Attributes:
        store: Folder of the store.
        timeout: Seconds of wall-clock time for each run of a piece, after which it is given up; None is never.
        checkpoint: Seconds between two checkpoints of runs under way; None keeps none.
        engine: Name of the engine, for the record.
    """

    store: str
    timeout: float | None = None
    checkpoint: float | None = 300.0
    engine: str | None = None

    def __post_init__(self) -> None:
        for name, seconds in (("timeout", self.timeout), ("time between checkpoints", self.checkpoint)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"a {name} of {seconds} s was given; it must be positive, or None for none")

    @property
    def overtime(self) -> str:
        """What is said of a run that took too long."""
        return f"did not finish within {self.timeout} s, and was stopped"


class Pool(Protocol):
    """Makes pieces and stores their runs, each at least once: workers, a cluster, a queue."""

    @property
    def workers(self) -> int:
        """How many pieces of runs on one thread it makes at a time; there should be so many, or more."""

    def fits(self, piece: Piece) -> bool:
        """Whether there is room for one more piece now."""

    def start(self, piece: Piece) -> None:
        """Begin a piece for which there is room."""

    def ended(self, wait: float) -> Sequence[Ended]:
        """Pieces that ended since the last call; waits up to some seconds for the first.

        A piece whose worker died, by signal, memory or the loss of its node, is among them, with `lost`.
        """

    def stop(self) -> None:
        """Ask what is under way to save a checkpoint and to end; it appears in `ended` with `stopped`."""


class Engine(Protocol):
    """Opens a pool for the time of a sweep; at the end of the context none of its workers is left."""

    @property
    def name(self) -> str:
        """As on the command line."""

    @property
    def device(self) -> str:
        """Where tensors live, for the number of runs that are faster together."""

    def open(self, making: Making, most: int) -> AbstractContextManager[Pool]:
        """A pool for at most some pieces at a time."""


Execute = Callable[[Piece, Making], Ended]
"""What a worker does with a piece: `spectra.engines.execute.execute`. It never raises but for a store that fails."""
