"""Tables of sweeps to verdicts with a test behind them. Never loads torch."""

from spectra.verdicts.rate_transfer import RateTransfer, rate_transfer
from spectra.verdicts.super_consistency import SuperConsistency, super_consistency

__all__ = ["RateTransfer", "SuperConsistency", "rate_transfer", "super_consistency"]
