"""Spectra that are exact power laws: lambda_k = k^-nu with squared coefficients k^-(kappa + 1), kappa = nu zeta."""

import numpy as np

from spectra.asymptotics.laws import SourceLaw


def power_law(nu: float, zeta: float, modes: int) -> tuple[np.ndarray, np.ndarray, SourceLaw]:
    """Eigenvalues, squared coefficients and the source law Q = 1 / kappa that they have in the limit."""
    k = np.arange(1, modes + 1.0)
    return k**-nu, k ** -(zeta * nu + 1), SourceLaw(exponent=zeta, scale=1 / (zeta * nu))
