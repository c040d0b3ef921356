"""The step along an update at which the loss starts to rise, by forward passes alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

from torch import Tensor

from spectra.notebook import as_html
from spectra.objectives.mean_loss import MeanLoss, mean_loss, require_objective


@dataclass(frozen=True)
class CriticalSharpness:
    """2 over the critical multiple of an update, with the bracket in which that multiple lies.

    Attributes:
        value: 2 / multiple; 0 if the loss never rose, infinity if it never fell.
        multiple: Middle of the bracket.
        bracket: A multiple that did not raise the loss, and the next larger one tried, which did.
        forwards: Times the mean loss was computed, each a forward pass over all examples.
        converged: Whether some multiple lowered the loss, and the bracket is as narrow as was asked for.
    """

    value: float
    multiple: float
    bracket: tuple[float, float]
    forwards: int
    converged: bool

    _repr_html_ = as_html


def critical_sharpness(
    objective: MeanLoss,
    weights: Tensor,
    update: Tensor,
    *,
    start: float = 1.0,
    tolerance: float = 1 / 16,
    max_forwards: int = 30,
) -> CriticalSharpness:
    """lambda_c = 2 / s_c, where s_c is the smallest multiple of an update that raises the loss: L(w + s u) > L(w).

    For the update -g it has the unit of the sharpness, and on a quadratic it is g'Hg / g'g exactly; in general
    u'Hu / -u'g, up to third order. For the update that an optimizer makes, the learning rate is part of it, as in the
    effective curvature: above 2 the very step that is made raises the loss. To have the number of the paper, pass that
    update over the learning rate.

    The multiple is doubled from `start` until the loss rises, or halved until it falls; then the bracket is bisected.
    A rise and fall between two multiples that were tried is not seen. An undefined or infinite loss has risen. The
    loss is computed with all examples of all ranks, without a graph: fused attention and quantised layers do.

    Args:
        objective: Mean loss L of a network on fixed examples.
        weights: Point w of shape (P,).
        update: Direction u of shape (P,), the difference of the weights after and before a step. Not zero.
        start: First multiple tried, for example that of the measurement before.
        tolerance: Width of the bracket to stop at, relative to its upper end.
        max_forwards: Stop after this many losses; 30 reach from 2^-28 to 2^28 times `start`.

    Returns:
        The critical sharpness. Unconverged with value 0 if no multiple raised the loss, and with value infinity if
        every multiple did: the update is then no direction of descent.

    Raises:
        TypeError: If the objective is none.
        ValueError: If the update is zero, not finite or of another shape, dtype or device than the weights, the loss at
            the weights is not finite, or a setting is out of its range.

    Source: Kalra et al. 2026, A Scalable Measure of Loss Landscape Curvature (arXiv 2601.16979): 2 over the smallest
    learning rate that raises the loss in the next step. Doubling, bisection and the tolerance of 1/16 are those of
    their released code, whose bracket also depends on where the search starts.
    """
    require_objective(objective)
    _require_update(weights, update)
    _require_settings(start, tolerance, max_forwards)
    base = float(mean_loss(objective, weights))
    if not isfinite(base):
        raise ValueError(f"the loss at the weights is {base}; look for NaN or Inf in the weights or the data")
    return _search(
        lambda multiple: float(mean_loss(objective, weights + multiple * update)) - base, start, tolerance, max_forwards
    )


def _search(change: Callable[[float], float], start: float, tolerance: float, max_forwards: int) -> CriticalSharpness:
    """Bracket and bisect the first rise of a change of the loss; the loss at the start counts as one forward pass."""
    below, above, forwards, fell = 0.0, inf, 1, False
    multiple = start
    while forwards < max_forwards and (above == inf or above - below > tolerance * above):
        difference = change(multiple)
        forwards += 1
        fell |= difference < 0
        if difference <= 0 and (fell or above == inf):
            below = multiple
        else:  # a rise, an undefined loss, or a change lost in rounding after a rise
            above = multiple
        multiple = 2 * below if above == inf else above / 2 if below == 0 else (below + above) / 2
    if above == inf:
        return CriticalSharpness(0.0, inf, (below, inf), forwards, False)
    if below == 0:
        return CriticalSharpness(inf, 0.0, (0.0, above), forwards, False)
    middle = (below + above) / 2
    return CriticalSharpness(2 / middle, middle, (below, above), forwards, fell and above - below <= tolerance * above)


def _require_update(weights: Tensor, update: Tensor) -> None:
    if update.shape != weights.shape or weights.ndim != 1:
        raise ValueError(
            f"an update of shape {tuple(update.shape)} was given for weights of shape {tuple(weights.shape)}; both "
            "must be (P,)"
        )
    if (update.dtype, update.device) != (weights.dtype, weights.device):
        raise ValueError(
            f"a {update.dtype} update on {update.device} was given for {weights.dtype} weights on {weights.device}; "
            "convert it with update.to(weights)"
        )
    if not bool(update.isfinite().all() & (update != 0).any()):
        raise ValueError("the update is zero or not finite, and has no direction; pass the change of the weights")


def _require_settings(start: float, tolerance: float, max_forwards: int) -> None:
    if not (0 < start < inf and 0 < tolerance < 1 and max_forwards >= 3):
        raise ValueError(
            f"start {start}, tolerance {tolerance} and {max_forwards} forward passes were given; a finite positive "
            "start, a tolerance between 0 and 1 and 3 passes or more are needed"
        )
