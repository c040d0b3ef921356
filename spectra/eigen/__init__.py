"""What products with an operator tell about its spectrum."""

from spectra.eigen.density import Density, spectral_density
from spectra.eigen.eigenpairs import Eigenpairs, top_eigenpairs
from spectra.eigen.lanczos import Krylov, lanczos
from spectra.eigen.trace import Estimate, trace

__all__ = ["Density", "Eigenpairs", "Estimate", "Krylov", "lanczos", "spectral_density", "top_eigenpairs", "trace"]
