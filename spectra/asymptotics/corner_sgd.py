"""Corner gradient descent: exponents between those of plain descent and of Jacobi schedules, and what noise allows.

A method with constant parameters and infinite memory whose response map has a corner, Psi(mu) ~ -c (mu - 1)^angle at
mu = 1, speeds the signal up by the factor `angle` and slows the forgetting of noise down. Exponents only: constants
need the whole map.

Source: Yarotsky 2025, Corner gradient descent (arXiv 2504.12519).
"""

from __future__ import annotations

from math import isclose

from spectra.asymptotics.arguments import real
from spectra.asymptotics.sgd_phases import SgdPhase, sgd_phase


def corner_exponent(angle: float, *, nu: float, zeta: float) -> float:
    """Exponent of the mean loss of corner descent on mini-batches: min(angle zeta, 2 - angle / nu).

    The first is the signal, the second the noise. An angle of 1 is plain mini-batch descent.

    Args:
        angle: Angle of the corner over pi, from 1 to below 2.
        nu: Exponent of the eigenvalues, above 1.
        zeta: Exponent of the source, below 2 - 1/nu (the signal phase).

    Raises:
        ValueError: Outside the signal phase, or for an angle below 1 or from the smaller of 2 and nu up.
    """
    _require_signal(nu, zeta)
    if not 1 <= real("angle", angle) < min(2.0, nu):
        raise ValueError(f"an angle of {angle} was given; with nu = {nu} it lies from 1 to below {min(2.0, nu)}")
    return min(angle * zeta, 2 - angle / nu)


def largest_corner_angle(*, nu: float, zeta: float) -> float:
    """Supremum of the angles up to which a corner speeds mini-batch descent up: min(2, nu, 2 / (zeta + 1/nu)).

    At 2 / (zeta + 1/nu) signal and noise fall alike. A bound of 2 (nu > 2, zeta < 1 - 1/nu) or nu (nu < 2, zeta < 1/nu)
    is approached and not reached.

    Args:
        nu: Exponent of the eigenvalues, above 1.
        zeta: Exponent of the source, below 2 - 1/nu.

    Raises:
        ValueError: Outside the signal phase, where a corner does not help.
    """
    _require_signal(nu, zeta)
    return min(2.0, nu, 2 / (zeta + 1 / nu))


def _require_signal(nu: float, zeta: float) -> None:
    if sgd_phase(nu, zeta) is not SgdPhase.SIGNAL or isclose(zeta, 2 - 1 / nu):
        raise ValueError(
            f"nu = {nu} and zeta = {zeta} are outside the signal phase, for which alone these exponents are known; "
            "use nu > 1 and zeta < 2 - 1/nu"
        )
