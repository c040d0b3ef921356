"""Spectral analysis of loss asymptotics and Hessian sharpness across scaling regimes.

The names below are loaded when they are first used: importing the package is free.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.checks import CoordinateCheck, Plan, Trial, check_trials
    from spectra.checks.coordinate_check import coordinate_check
    from spectra.eigen import (
        Density,
        DiagonalEstimate,
        Eigenpairs,
        Estimate,
        frobenius_norm,
        spectral_density,
    )
    from spectra.eigen.diagonal import diagonal
    from spectra.eigen.lanczos import lanczos
    from spectra.eigen.stacked_eigenpairs import stacked_eigenpairs
    from spectra.eigen.top_eigenpairs import top_eigenpairs
    from spectra.eigen.trace import trace
    from spectra.fitting import (
        FitPlan,
        block_bootstrap,
        choose_law,
        compare_curves,
        exponent_windows,
        read_curve,
        read_curves,
        run_bootstrap,
        study_curve,
    )
    from spectra.fitting.fit_law import fit_law
    from spectra.fitting.local_slopes import local_slopes
    from spectra.fitting.log_bins import log_bins
    from spectra.kernels import linearize, tangent_kernel_operator
    from spectra.kernels.empirical import empirical_ntk
    from spectra.objectives import (
        Criterion,
        LossObjective,
        MeanLoss,
        Network,
        NetworkStack,
        Objective,
        criterion,
        cross_entropy,
        flatten,
        gradient,
        squared_error,
    )
    from spectra.objectives.flatten_stack import flatten_stack
    from spectra.objectives.mean_loss import mean_loss
    from spectra.objectives.objective_of import objective_of
    from spectra.operators import (
        BatchSharpness,
        CriticalSharpness,
        OperatorStack,
        SymmetricOperator,
        effective_curvature,
        preconditioned_stack,
        residual,
        stability_threshold,
        stacked,
        step_sizes,
    )
    from spectra.operators.asymmetry import asymmetry
    from spectra.operators.batch_sharpness import batch_sharpness
    from spectra.operators.critical_sharpness import critical_sharpness
    from spectra.operators.directional_sharpness import directional_sharpness
    from spectra.operators.empirical_fisher import empirical_fisher
    from spectra.operators.fisher import fisher
    from spectra.operators.gauss_newton import gauss_newton
    from spectra.operators.gradient_alignment import gradient_alignment
    from spectra.operators.hessian import hessian
    from spectra.operators.hessian_stack import hessian_stack
    from spectra.operators.preconditioned import preconditioned
    from spectra.operators.restricted import restricted
    from spectra.report import write_page
    from spectra.report.study import study
    from spectra.scaling import (
        Power,
        Regime,
        Role,
        RoleTable,
        Rule,
        Size,
        check_rates,
        differences,
        equivalent,
        predicted_exponents,
        regime,
        shift,
    )
    from spectra.scaling.parameter_groups import parameter_groups
    from spectra.scaling.parameterize import parameterize
    from spectra.scaling.roles import roles
    from spectra.scaling.scaled_parameters import scaled_parameters
    from spectra.sweeps import RunStore, processes, ray, read_experiment, serial, slurm
    from spectra.sweeps.sweep import sweep
    from spectra.training import (
        LightningTracker,
        RunSpec,
        SharpnessTracker,
        StepGrid,
        Tracking,
        TransformersTracker,
        run_cohort,
    )
    from spectra.training.run import run
    from spectra.verdicts.rate_transfer import rate_transfer
    from spectra.verdicts.super_consistency import super_consistency

__version__ = "0.1.0"

_HOME = {
    name: folder
    for folder, names in {
        "checks": "CoordinateCheck Plan Trial check_trials coordinate_check",
        "eigen": (
            "Density DiagonalEstimate Eigenpairs Estimate diagonal frobenius_norm lanczos spectral_density "
            "stacked_eigenpairs top_eigenpairs trace"
        ),
        "fitting": (
            "FitPlan block_bootstrap choose_law compare_curves exponent_windows fit_law local_slopes log_bins "
            "read_curve read_curves run_bootstrap study_curve"
        ),
        "kernels": "empirical_ntk linearize tangent_kernel_operator",
        "objectives": (
            "Criterion LossObjective MeanLoss Network NetworkStack Objective criterion cross_entropy flatten "
            "flatten_stack gradient mean_loss objective_of squared_error"
        ),
        "operators": (
            "BatchSharpness CriticalSharpness OperatorStack SymmetricOperator asymmetry batch_sharpness "
            "critical_sharpness directional_sharpness effective_curvature empirical_fisher fisher gauss_newton "
            "gradient_alignment hessian hessian_stack preconditioned preconditioned_stack residual restricted "
            "stability_threshold stacked step_sizes"
        ),
        "report": "study write_page",
        "scaling": (
            "Power Regime Role RoleTable Rule Size check_rates differences equivalent parameter_groups parameterize "
            "predicted_exponents regime roles scaled_parameters shift"
        ),
        "sweeps": "RunStore processes ray read_experiment serial slurm sweep",
        "training": "LightningTracker RunSpec SharpnessTracker StepGrid Tracking TransformersTracker run run_cohort",
        "verdicts": "rate_transfer super_consistency",
    }.items()
    for name in names.split()
}
"""Folder of each public name."""

__all__ = [
    "BatchSharpness",
    "CoordinateCheck",
    "Criterion",
    "CriticalSharpness",
    "Density",
    "DiagonalEstimate",
    "Eigenpairs",
    "Estimate",
    "FitPlan",
    "LightningTracker",
    "LossObjective",
    "MeanLoss",
    "Network",
    "NetworkStack",
    "Objective",
    "OperatorStack",
    "Plan",
    "Power",
    "Regime",
    "Role",
    "RoleTable",
    "Rule",
    "RunSpec",
    "RunStore",
    "SharpnessTracker",
    "Size",
    "StepGrid",
    "SymmetricOperator",
    "Tracking",
    "TransformersTracker",
    "Trial",
    "asymmetry",
    "batch_sharpness",
    "block_bootstrap",
    "check_rates",
    "check_trials",
    "choose_law",
    "compare_curves",
    "coordinate_check",
    "criterion",
    "critical_sharpness",
    "cross_entropy",
    "diagonal",
    "differences",
    "directional_sharpness",
    "effective_curvature",
    "empirical_fisher",
    "empirical_ntk",
    "equivalent",
    "exponent_windows",
    "fisher",
    "fit_law",
    "flatten",
    "flatten_stack",
    "frobenius_norm",
    "gauss_newton",
    "gradient",
    "gradient_alignment",
    "hessian",
    "hessian_stack",
    "lanczos",
    "linearize",
    "local_slopes",
    "log_bins",
    "mean_loss",
    "objective_of",
    "parameter_groups",
    "parameterize",
    "preconditioned",
    "preconditioned_stack",
    "predicted_exponents",
    "processes",
    "rate_transfer",
    "ray",
    "read_curve",
    "read_curves",
    "read_experiment",
    "regime",
    "residual",
    "restricted",
    "roles",
    "run",
    "run_bootstrap",
    "run_cohort",
    "scaled_parameters",
    "serial",
    "shift",
    "slurm",
    "spectral_density",
    "squared_error",
    "stability_threshold",
    "stacked",
    "stacked_eigenpairs",
    "step_sizes",
    "study",
    "study_curve",
    "super_consistency",
    "sweep",
    "tangent_kernel_operator",
    "top_eigenpairs",
    "trace",
    "write_page",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'spectra' has no attribute {name!r}")
    return getattr(import_module(f"spectra.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, also those that are not loaded yet: notebooks complete from these."""
    return __all__
