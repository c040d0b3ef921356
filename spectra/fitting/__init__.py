"""Tables to numbers: fits and verdicts with intervals. Never loads torch."""

from spectra.fitting.audit import Audit, audit
from spectra.fitting.backtest import backtest
from spectra.fitting.best_fit import Certificate
from spectra.fitting.bootstrap import Bootstrap, block_bootstrap, run_bootstrap
from spectra.fitting.comparison import Comparison, compare_curves
from spectra.fitting.curve_study import CurveStudy, FitPlan, study_curve
from spectra.fitting.curves import Curve, SavedCurves, read_curve, read_curves
from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.identifiability import information_bound
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Axis, Law, Shape
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.local_slopes import local_slopes
from spectra.fitting.log_bins import log_bins
from spectra.fitting.model_choice import LawChoice, choose_law
from spectra.fitting.objectives import (
    OBJECTIVES,
    Absolute,
    Additive,
    Asymmetric,
    Gaussian,
    Huber,
    Objective,
    Relative,
    StudentT,
    objective_at,
)
from spectra.fitting.published_fit import PublishedFit, read_published_fit
from spectra.fitting.saved_columns import SavedColumns, read_columns
from spectra.fitting.saved_rates import SavedRates, SavedSchedules, read_rates
from spectra.fitting.schedule_fit import ScheduleFit, fit_schedule_law
from spectra.fitting.schedule_law import ScheduledRun, schedule_losses
from spectra.fitting.scheduled_curve import ScheduledCurve, scheduled_curve
from spectra.fitting.windows import Windows, exponent_windows

__all__ = [
    "LAWS",
    "OBJECTIVES",
    "Absolute",
    "Additive",
    "Asymmetric",
    "Audit",
    "Axis",
    "Bootstrap",
    "Certificate",
    "Comparison",
    "Curve",
    "CurveStudy",
    "FitPlan",
    "Gaussian",
    "Huber",
    "Interval",
    "Law",
    "LawChoice",
    "LawFit",
    "Objective",
    "PublishedFit",
    "Relative",
    "SavedColumns",
    "SavedCurves",
    "SavedRates",
    "SavedSchedules",
    "ScheduleFit",
    "ScheduledCurve",
    "ScheduledRun",
    "Shape",
    "StudentT",
    "Windows",
    "audit",
    "backtest",
    "block_bootstrap",
    "choose_law",
    "compare_curves",
    "exponent_windows",
    "fit_law",
    "fit_schedule_law",
    "information_bound",
    "local_slopes",
    "log_bins",
    "objective_at",
    "read_columns",
    "read_curve",
    "read_curves",
    "read_published_fit",
    "read_rates",
    "run_bootstrap",
    "schedule_losses",
    "scheduled_curve",
    "study_curve",
]
