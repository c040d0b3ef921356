"""What a worker is handed, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectra.engines.outcome import Outcome
    from spectra.training import RunSpec


@dataclass(frozen=True)
class Piece:
    """Runs that are made together as one cohort, by one worker."""

    specs: tuple[RunSpec, ...]
    attempt: int = 1  # how often these have been handed out, this time included
    device: str = "cpu"  # where tensors live; the pool sets it


@dataclass(frozen=True)
class Ended:
    """What became of a piece: every one of its runs has an outcome, is made elsewhere, or was lost.

    Attributes:
        piece: What was handed out.
        outcomes: Of the runs that are stored, or whose own error is known.
        elsewhere: Runs that another sweep is making at this moment: to be looked at again later.
        lost: Why the other runs have no outcome, such as "its process died: SIGKILL"; None if there are no others.
        guilty: Whether `lost` came from the runs themselves (an exception, memory, time), so that trying the same
            piece again is of no use; a larger one is split, and a single run has failed.
        stopped: Whether the worker was asked to stop; what was lost has left checkpoints.
    """

    piece: Piece
    outcomes: tuple[Outcome, ...] = ()
    elsewhere: tuple[RunSpec, ...] = ()
    lost: str | None = None
    guilty: bool = False
    stopped: bool = False
    traceback: str = ""

    @property
    def missing(self) -> tuple[RunSpec, ...]:
        """The runs that were lost."""
        known = {outcome.spec.identity for outcome in self.outcomes} | {spec.identity for spec in self.elsewhere}
        return tuple(spec for spec in self.piece.specs if spec.identity not in known)
