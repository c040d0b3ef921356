"""Means over probes of which the large part, known from the other probes, is computed without chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.estimate import Estimate, Goal
from spectra.eigen.sketch import Sketch

PREFERENCE = 2.0
"""Deflation is used when it divides the variance by more than this. On spectra of comparable eigenvalues the smallest
variance of many candidates is small by luck: without it the coverage of two standard errors from 30 products fell from
0.95 to 0.91 (flat, Marchenko-Pastur and indefinite spectra, 150 seeds each)."""

FEWEST_KEPT = 3
"""The jackknife leaves out one kept product, its samples another, and one more is an approximation."""


@dataclass(frozen=True)
class Factors:
    """Approximations Y U_r T_r^-1 U_r'Y' of A, r = 0 ... s, from the core V'AV = U T U', largest |T| first.

    Leading dimensions are several sketches at once.
    """

    inverses: Tensor  # (..., s), 1 / T; zero where T is rounding noise
    loads: Tensor  # (..., s, s), U'Y'Y U
    vectors: Tensor  # (..., s, s), U

    @staticmethod
    def of(core: Tensor, gram: Tensor) -> Factors:
        """The factors of cores V'AV and Gram matrices Y'Y, each (..., s, s)."""
        values, vectors = torch.linalg.eigh((core + core.mT) / 2)
        order = values.abs().argsort(-1, descending=True)
        values = values.gather(-1, order)
        vectors = vectors.gather(-1, order[..., None, :].expand_as(vectors))
        sizes = values.abs()
        inside = sizes > torch.finfo(values.dtype).eps * values.shape[-1] * sizes.amax(-1, keepdim=True)
        inverses = torch.where(inside, 1 / torch.where(inside, values, 1.0), 0.0)
        return Factors(inverses, vectors.mT @ gram @ vectors, vectors)


Correction = Callable[[Factors, Tensor], Tensor]
"""From factors and coordinates v'Y (..., j, s) of probes that they do not know: what to add to the sample of each probe
for r = 1 ... s, (..., j, s), as increments from r - 1 to r. Its mean over probes is zero."""


def trace_correction(factors: Factors, coordinates: Tensor) -> Tensor:
    """trace(B) - v'Bv for every approximation B."""
    loads = factors.loads.diagonal(dim1=-2, dim2=-1)[..., None, :]
    return (loads - (coordinates @ factors.vectors).square()) * factors.inverses[..., None, :]


def square_correction(factors: Factors, coordinates: Tensor) -> Tensor:
    """|B|^2 - |Bv|^2, with the Frobenius norm, for every approximation B."""
    beside, inverses = torch.tril(factors.loads, -1), factors.inverses
    own = factors.loads.diagonal(dim1=-2, dim2=-1).square() * inverses.square()
    squares = 2 * (beside.square() @ inverses[..., None])[..., 0] * inverses + own
    return squares[..., None, :] - _product_squares(factors, coordinates)


def residual_squares(factors: Factors, coordinates: Tensor, inner: Tensor, squares: Tensor) -> Tensor:
    """|Av - Bv|^2 for every approximation B, from rank 0 on, (j, s + 1).

    Args:
        factors: Of one sketch with s kept products Y.
        coordinates: v'Y of j probes, (j, s).
        inner: (Av)'Y, (j, s).
        squares: |Av|^2, (j,).
    """
    products = (coordinates @ factors.vectors) * factors.inverses
    steps = _product_squares(factors, coordinates) - 2 * products * (inner @ factors.vectors)
    return torch.cat([squares[:, None], steps], 1).cumsum(1)


def _product_squares(factors: Factors, coordinates: Tensor) -> Tensor:
    """|Bv|^2 as increments from rank to rank."""
    products = (coordinates @ factors.vectors) * factors.inverses[..., None, :]
    beside = torch.tril(factors.loads, -1)
    own = factors.loads.diagonal(dim1=-2, dim2=-1)[..., None, :]
    return products * (2 * products @ beside.mT + products * own)


def estimated(sketch: Sketch, samples: Tensor, correction: Correction, goal: Goal) -> Estimate:
    """The mean of samples (n,), one for each probe of a sketch, deflated where that makes it more certain.

    To the sample of a probe v_i its correction is added, from an approximation of A by the other probes alone. For each
    rank of the approximation this leaves the mean where it is, and shrinks the variance to that of A - B. The samples
    then depend on one another; the jackknife, which leaves out one probe of the whole estimate at a time, knows this
    and errs to the side of too large an error (Efron and Stein 1981).

    Source: leave-one-out approximations from Epperly, Tropp and Webber 2024, XTrace (SIAM J. Matrix Anal. Appl. 45, 1),
    here from one product for each probe; jackknife from Epperly and Tropp 2024 (SIAM J. Sci. Comput. 46, A1579).
    """
    n = len(samples)
    plain = _estimate(samples.mean(), samples.var() / n, n, goal)
    if plain.converged or len(sketch.gram) < FEWEST_KEPT:
        return plain
    later = sketch.coordinates[len(sketch.gram) :]
    deflated = _deflated(sketch.core[None], sketch.gram[None], later[None], samples[None], correction)[0]
    if n < goal.max_matvecs and not _promising(deflated, goal):
        return plain
    means, variances = _jackknife(sketch, samples, deflated, correction)
    best = int(variances.argmin())
    if not variances[best] * PREFERENCE < samples.var() / n:
        return plain
    return _estimate(means[best], variances[best], n, goal)


def _estimate(value: Tensor, variance: Tensor, matvecs: int, goal: Goal) -> Estimate:
    number, error = float(value), float(variance.sqrt())
    return Estimate(number, error, matvecs, goal.reached(number, error))


def _promising(deflated: Tensor, goal: Goal) -> bool:
    # As if the samples were independent: a lower limit that is quick to have.
    errors = deflated.std(0) / len(deflated) ** 0.5
    return any(goal.reached(float(value), float(error)) for value, error in zip(deflated.mean(0), errors, strict=True))


def _deflated(core: Tensor, gram: Tensor, later: Tensor, samples: Tensor, correction: Correction) -> Tensor:
    """Samples deflated at rank 0 ... s - 1, (b, n, s).

    For b sketches at once, each with s kept probes and, in `later` (b, n - s, s), the coordinates of those not kept.
    """
    s = core.shape[-1]
    others = _without_each(s)
    rows, columns = others[:, :, None], others[:, None, :]
    own = core[:, torch.arange(s, device="cpu")[:, None], others][:, :, None]  # (b, s, 1, s - 1)
    kept = correction(Factors.of(core[:, rows, columns], gram[:, rows, columns]), own)[:, :, 0]
    rest = correction(Factors.of(core, gram), later)[..., : s - 1]
    changes = torch.cat([kept, rest], 1).cumsum(-1)
    return samples[..., None] + torch.cat([torch.zeros_like(changes[..., :1]), changes], -1)


def _jackknife(sketch: Sketch, samples: Tensor, deflated: Tensor, correction: Correction) -> tuple[Tensor, Tensor]:
    """Means and their variances at rank 0 ... s - 2, each (s - 1,)."""
    s, n = len(sketch.gram), len(samples)
    deflated = deflated[:, : s - 1]
    mean = deflated.mean(0)
    kept = _without_each(s)
    left = torch.cat([kept, torch.arange(s, n, device="cpu").expand(s, n - s)], 1)  # (s, n - 1)
    rows, columns = kept[:, :, None], kept[:, None, :]
    later = sketch.coordinates[s:][:, kept].transpose(0, 1)  # (s, n - s, s - 1)
    without_kept = _deflated(sketch.core[rows, columns], sketch.gram[rows, columns], later, samples[left], correction)
    without_later = (n * mean - deflated[s:]) / (n - 1)
    replicas = torch.cat([without_kept.mean(1), without_later])
    return mean, (n - 1) / n * (replicas - replicas.mean(0)).square().sum(0)


def _without_each(count: int) -> Tensor:
    """Row j holds 0 ... count - 1 without j, (count, count - 1)."""
    numbers = torch.arange(count, device="cpu")
    return numbers[:-1] + (numbers[:-1] >= numbers[:, None]).long()
