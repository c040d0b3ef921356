"""What products with an operator tell about its spectrum."""

from spectra.eigen.density import Curve, Density, spectral_density
from spectra.eigen.diagonal import DiagonalEstimate, diagonal
from spectra.eigen.eigenpairs import Eigenpairs
from spectra.eigen.estimate import Estimate
from spectra.eigen.frobenius import frobenius_norm
from spectra.eigen.lanczos import Krylov, lanczos
from spectra.eigen.stacked_eigenpairs import stacked_eigenpairs
from spectra.eigen.top_eigenpairs import top_eigenpairs
from spectra.eigen.trace import trace

__all__ = [
    "Curve",
    "Density",
    "DiagonalEstimate",
    "Eigenpairs",
    "Estimate",
    "Krylov",
    "diagonal",
    "frobenius_norm",
    "lanczos",
    "spectral_density",
    "stacked_eigenpairs",
    "top_eigenpairs",
    "trace",
]
