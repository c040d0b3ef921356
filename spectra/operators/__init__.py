"""Curvature matrices that are never built: symmetric operators known by their products."""

from spectra.operators.asymmetry import asymmetry
from spectra.operators.batch_sharpness import BatchSharpness, batch_sharpness
from spectra.operators.critical_sharpness import CriticalSharpness, critical_sharpness
from spectra.operators.directional_sharpness import directional_sharpness
from spectra.operators.empirical_fisher import empirical_fisher
from spectra.operators.fisher import fisher
from spectra.operators.gauss_newton import gauss_newton, residual
from spectra.operators.gradient_alignment import gradient_alignment
from spectra.operators.hessian import hessian
from spectra.operators.hessian_stack import hessian_stack
from spectra.operators.optimizers import effective_curvature, stability_threshold, step_sizes
from spectra.operators.preconditioned import preconditioned, preconditioned_stack
from spectra.operators.restricted import restricted
from spectra.operators.stack import OperatorStack, stacked
from spectra.operators.symmetric import SymmetricOperator

__all__ = [
    "BatchSharpness",
    "CriticalSharpness",
    "OperatorStack",
    "SymmetricOperator",
    "asymmetry",
    "batch_sharpness",
    "critical_sharpness",
    "directional_sharpness",
    "effective_curvature",
    "empirical_fisher",
    "fisher",
    "gauss_newton",
    "gradient_alignment",
    "hessian",
    "hessian_stack",
    "preconditioned",
    "preconditioned_stack",
    "residual",
    "restricted",
    "stability_threshold",
    "stacked",
    "step_sizes",
]
