"""Checks with a verdict: is a parameterization right?"""

from spectra.checks.cause import Cause
from spectra.checks.coordinate_check import CoordinateCheck, check_trials, coordinate_check
from spectra.checks.plan import Plan
from spectra.checks.trial import Trial

__all__ = ["Cause", "CoordinateCheck", "Plan", "Trial", "check_trials", "coordinate_check"]
