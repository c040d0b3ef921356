"""How a function goes on along rays from the origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import require_real, whole_number
from spectra.kernels.preconditions import require_finite
from spectra.notebook import as_html
from spectra.objectives.steady import require_steady


@dataclass(frozen=True)
class RayLines:
    """Straight lines through the outputs of a function along rays, by least squares.

    Attributes:
        slopes: Per unit of distance, (R, C).
        intercepts: (R, C).
        r_squared: Share of the variance along the ray that the line explains, (R, C); 1 for a constant.
    """

    slopes: Tensor
    intercepts: Tensor
    r_squared: Tensor

    _repr_html_ = as_html


def ray_lines(
    function: Callable[[Tensor], Tensor],
    directions: Tensor,
    *,
    start: float = 1.0,
    factor: float = 10.0,
    points: int = 50,
) -> RayLines:
    """Lines through f(t v) for t evenly spaced from `start` to `factor` times that, for every direction v.

    Along a ray far from the examples a network of ReLU layers is a straight line, as it has finitely many kinks; the
    kernel regression of one without biases is one everywhere, as Theta(t x, x') = t Theta(x, x').

    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 2))
    >>> ray_lines(module, torch.eye(3)).r_squared.shape
    torch.Size([3, 2])

    Args:
        function: From inputs (N, ...) to outputs (N, C) or (N,): a module in evaluation mode, or the prediction of a
            kernel.
        directions: v, (R, ...), of the length that t is a multiple of.
        start: Smallest t.
        factor: Largest t over the smallest.
        points: Number of values of t.

    Returns:
        Slopes, intercepts and R^2 of every ray and output, in double precision.

    Raises:
        TypeError: If directions or outputs are no tensors.
        ValueError: If directions are no real numbers, `start` is not positive, `factor` not above 1, there are fewer
            than three points, an output is not finite or of another shape, or a module is random or couples examples.

    Source: Xu et al. 2020 (arXiv 2009.11848), for the question.
    """
    distances, outputs = _along(function, directions, (start, factor, points), even=True)
    centred = distances - distances.mean()
    means = outputs.mean(1)
    slopes = torch.einsum("t,rtc->rc", centred, outputs) / centred.square().sum()
    around = outputs - means[:, None]
    missed = (around - centred[:, None] * slopes[:, None]).square().sum(1)
    total = around.square().sum(1)
    # What rounding leaves of a constant has no line.
    rounding = points * (8 * torch.finfo(directions.dtype).eps * means).square()
    shares = torch.where(total > rounding, missed / total, 0.0)
    return RayLines(slopes, means - slopes * distances.mean(), 1 - shares)


def ray_growth(
    function: Callable[[Tensor], Tensor],
    directions: Tensor,
    *,
    start: float = 1.0,
    factor: float = 10.0,
    points: int = 50,
) -> float:
    """The power p with which |f(t v)| ~ t^p grows: slope of log root mean square of f over all rays against log t.

    It is 1 for a network of ReLU layers without biases, N for a polynomial network of degree N without skips, and with
    them below N and towards it as t grows.

    Args:
        function: As for `ray_lines`.
        directions: v, (R, ...).
        start: Smallest t.
        factor: Largest t over the smallest.
        points: Number of values of t, evenly spaced in the logarithm.

    Raises:
        TypeError: As for `ray_lines`.
        ValueError: As for `ray_lines`, or if the function is zero at some t in all directions.
    """
    distances, outputs = _along(function, directions, (start, factor, points), even=False)
    sizes = outputs.square().mean((0, 2)).sqrt()
    if not bool((sizes > 0).all()):
        raise ValueError("the function is zero on all rays at some distance, and has no power there; start elsewhere")
    logs = distances.log() - distances.log().mean()
    return float(logs @ sizes.log() / logs.square().sum())


def _along(
    function: Callable[[Tensor], Tensor], directions: Tensor, asked: tuple[float, float, int], *, even: bool
) -> tuple[Tensor, Tensor]:
    """Distances t, (T,), and outputs f(t v), (R, T, C), in double precision."""
    start, factor, points = asked
    require_real("directions", directions)
    require_finite("the directions", directions)
    if not (directions.is_floating_point() and directions.ndim > 0 and directions.numel()):
        raise ValueError(f"directions are {directions.dtype} of shape {tuple(directions.shape)}; pass real (R, ...)")
    if not (isfinite(start) and start > 0 and isfinite(factor) and factor > 1):
        raise ValueError(f"rays from {start} to {factor} times that were asked for; start above 0, and go beyond 1")
    whole_number("points", points, 3)
    if isinstance(function, nn.Module):
        require_steady(function)
    shares = torch.linspace(0, 1, points, dtype=torch.float64, device=directions.device)
    distances = start * (1 + (factor - 1) * shares if even else factor**shares).to(directions)
    inputs = torch.einsum("t,r...->rt...", distances, directions).flatten(0, 1)
    with torch.no_grad():
        outputs = function(inputs)
    require_real("outputs", outputs)
    if outputs.ndim == 0 or len(outputs) != len(inputs):
        raise ValueError(f"outputs of shape {tuple(outputs.shape)} for {len(inputs)} inputs; (N, C) or (N,) is needed")
    require_finite("the outputs", outputs)
    return distances.double(), outputs.double().reshape(len(directions), points, -1)
