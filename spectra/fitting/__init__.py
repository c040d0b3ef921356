"""Tables to numbers: fits and verdicts with intervals. Never loads torch."""

from spectra.fitting.curves import Curve, read_curve
from spectra.fitting.intervals import Interval
from spectra.fitting.power_law import PowerLaw, fit_power_law
from spectra.fitting.rate_transfer import RateTransfer, rate_transfer
from spectra.fitting.super_consistency import SuperConsistency, super_consistency

__all__ = [
    "Curve",
    "Interval",
    "PowerLaw",
    "RateTransfer",
    "SuperConsistency",
    "fit_power_law",
    "rate_transfer",
    "read_curve",
    "super_consistency",
]
