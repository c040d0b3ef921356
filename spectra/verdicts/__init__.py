"""Tables of sweeps to verdicts with a test behind them. Never loads torch."""

from spectra.verdicts.accumulation import Accumulation
from spectra.verdicts.collapse import Collapse, collapse
from spectra.verdicts.fast_transfer import FastTransfer
from spectra.verdicts.paired_comparison import PairedComparison, paired_comparison
from spectra.verdicts.pairing import Pairing
from spectra.verdicts.rate_limit import RateLimit
from spectra.verdicts.rate_transfer import OtherCriterion, RateTransfer, rate_transfer
from spectra.verdicts.stability_edge import StabilityEdge, stability_edge
from spectra.verdicts.super_consistency import SuperConsistency, super_consistency
from spectra.verdicts.wider_is_better import WiderIsBetter, wider_is_better

__all__ = [
    "Accumulation",
    "Collapse",
    "FastTransfer",
    "OtherCriterion",
    "PairedComparison",
    "Pairing",
    "RateLimit",
    "RateTransfer",
    "StabilityEdge",
    "SuperConsistency",
    "WiderIsBetter",
    "collapse",
    "paired_comparison",
    "rate_transfer",
    "stability_edge",
    "super_consistency",
    "wider_is_better",
]
