"""Curvature matrices that are never built: symmetric operators known by their products."""

from spectra.operators.criteria import Criterion, criterion, cross_entropy, squared_error
from spectra.operators.empirical_fisher import empirical_fisher
from spectra.operators.gauss_newton import gauss_newton, residual
from spectra.operators.hessian import hessian
from spectra.operators.network import Network, flatten
from spectra.operators.objective import Objective
from spectra.operators.preconditioned import preconditioned
from spectra.operators.restricted import restricted
from spectra.operators.symmetric import SymmetricOperator

__all__ = [
    "Criterion",
    "Network",
    "Objective",
    "SymmetricOperator",
    "criterion",
    "cross_entropy",
    "empirical_fisher",
    "flatten",
    "gauss_newton",
    "hessian",
    "preconditioned",
    "residual",
    "restricted",
    "squared_error",
]
