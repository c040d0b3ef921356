"""What products with an operator tell about its spectrum."""

from spectra.eigen.eigenpairs import Eigenpairs, top_eigenpairs
from spectra.eigen.lanczos import Krylov, lanczos

__all__ = ["Eigenpairs", "Krylov", "lanczos", "top_eigenpairs"]
