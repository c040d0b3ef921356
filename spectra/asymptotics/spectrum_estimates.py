"""The power laws of a finite spectrum and of a target in it, and whether they fit together."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.asymptotics.exponent_estimates import ExponentEstimate, eigenvalue_exponent, source_exponent, tail_exponent
from spectra.asymptotics.finite_spectrum import FiniteSpectrum
from spectra.asymptotics.laws import EigenvalueLaw, SourceLaw


@dataclass(frozen=True)
class SpectrumEstimates:
    """The power laws of a spectrum and of a target in it."""

    spectrum: FiniteSpectrum
    nu: ExponentEstimate  # lambda_n ~ Lambda n^-nu
    kappa: ExponentEstimate  # sum_(k >= n) c_k^2 ~ K n^-kappa
    zeta: ExponentEstimate  # sum of c_n^2 over lambda_n < lambda ~ Q lambda^zeta
    warnings: tuple[str, ...]  # of all three, and whether kappa = nu zeta

    def eigenvalue_law(self) -> EigenvalueLaw:
        """Lambda n^-nu; raises ValueError if the eigenvalues do not fall."""
        return EigenvalueLaw(exponent=self.nu.exponent, scale=self.nu.scale)

    def source_law(self) -> SourceLaw:
        """Q lambda^zeta; raises ValueError if zeta is not positive."""
        return SourceLaw(exponent=self.zeta.exponent, scale=self.zeta.scale)


def spectrum_estimates(spectrum: FiniteSpectrum, *, level: float = 0.95) -> SpectrumEstimates:
    """All three exponents of a spectrum with squared coefficients.

    zeta is fitted to the squared coefficients by eigenvalue, and not taken as kappa / nu: errors of the index then
    cancel. Whether kappa = nu zeta tells if all three see the same law.

    Args:
        spectrum: From `finite_spectrum`, with squared coefficients.
        level: Confidence of the intervals.

    Raises:
        TypeError: If `spectrum` is none.
        ValueError: If there are no squared coefficients, or too few positive ones; for `level` as its parts do.
    """
    nu = eigenvalue_exponent(spectrum, level=level)
    kappa, zeta = tail_exponent(spectrum, level=level), source_exponent(spectrum, level=level)
    notes = [f"{part.name}: {sentence}" for part in (nu, kappa, zeta) for sentence in part.warnings]
    if disagree(nu, kappa, zeta):
        notes.append(
            f"kappa = {kappa.exponent:.3g} is not nu * zeta = {nu.exponent * zeta.exponent:.3g} within the intervals: "
            f"the windows see different laws, or one of them sees none"
        )
    return SpectrumEstimates(spectrum, nu, kappa, zeta, tuple(notes))


def disagree(nu: ExponentEstimate, kappa: ExponentEstimate, zeta: ExponentEstimate) -> bool:
    """Whether kappa = nu zeta is out of reach of the intervals of kappa and zeta."""
    low, high = sorted(nu.exponent * end for end in (zeta.low, zeta.high))
    return high < kappa.low or low > kappa.high
