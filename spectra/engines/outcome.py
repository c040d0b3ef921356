"""What became of one run of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectra.training import RunSpec


@dataclass(frozen=True)
class Outcome:
    """What became of one run of a sweep; a diverged run is a finished run."""

    spec: RunSpec
    seconds: float  # wall-clock time; not a number where its process died
    error: str | None = None  # None if it finished and is stored
    traceback: str = ""
    loss: float | None = None  # the last one measured; None if none was
    effective_sharpness: float | None = None
    diverged: bool = False
    members: int = 1  # of the cohort that it was made in
    memory: int | None = None  # bytes that its process took at most; None where that is not known
    lost: tuple[str, ...] = ()  # why it had to be tried again, such as "its process died: SIGKILL", once for each time
