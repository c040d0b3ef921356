"""What a failed check looks like, from the pattern of the failing layers and the settings of the optimizer."""

from __future__ import annotations

from collections.abc import Callable

from spectra.checks.cause import Cause
from spectra.checks.evidence import Evidence
from spectra.checks.layer_causes import LAYER_CAUSES
from spectra.checks.notes import notes_of
from spectra.checks.optimizer_causes import OPTIMIZER_CAUSES
from spectra.checks.rate_causes import RATE_CAUSES
from spectra.verdicts.size_exponents import FAIL

CAUSES: tuple[Callable[[Evidence], Cause | None], ...] = (
    *RATE_CAUSES,
    *OPTIMIZER_CAUSES,
    *LAYER_CAUSES,
)
"""Every cause that is known: a function of the evidence, None where it does not look like it."""


def likely_causes(evidence: Evidence, verdict: str) -> tuple[tuple[Cause, ...], tuple[str, ...]]:
    """Causes of a failure, likeliest first, and notes.

    Where no layer fails the causes are the faults that the first updates do not show, but the settings do.
    """
    found = [cause for cause in (judge(evidence) for judge in CAUSES) if cause is not None]
    ranked = sorted(found, key=lambda cause: -cause.weight)
    notes = notes_of(evidence)
    if verdict == FAIL:
        return tuple(ranked), notes
    return tuple(cause for cause in ranked if cause.silent), notes
