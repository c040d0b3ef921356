"""Point masses of a quadrature spread to a function of the eigenvalue."""

from __future__ import annotations

import torch
from torch import Tensor

SPREAD = 0.6
"""Masses 0.6 of their distance wide, as Gaussians, add up to a flat density with ripples of 0.2 %; at 0.5 they are
1.4 %."""

FINEST = 1e-2
"""Least width of a mass in a figure, relative to its distance from the median, and, squared, to the mean distance: an
outlier stays visible, and narrow next to where it stands; many equal eigenvalues are a thin peak."""


def spreads(nodes: Tensor, residuals: Tensor) -> Tensor:
    """Widths of the masses, (k, m): by the distance d to the nearest node, or less where the node is an eigenvalue.

    An eigenvalue lies within the residual r of its node, and within about r^2 / d of one that stands alone.

    Args:
        nodes: (k, m), largest first.
        residuals: (k, m), r.
    """
    gaps = nodes[:, :-1] - nodes[:, 1:]
    far = torch.full_like(nodes[:, :1], torch.inf)
    beside = torch.minimum(torch.cat([gaps, far], 1), torch.cat([far, gaps], 1))
    beside = torch.where(beside.isfinite(), beside, residuals)
    alone = residuals * (residuals / beside.clamp_min(torch.finfo(nodes.dtype).tiny)).clamp(max=1)
    return torch.minimum(SPREAD * beside, alone) + torch.finfo(nodes.dtype).eps * _scale(nodes)


def visible(widths: Tensor, nodes: Tensor, weights: Tensor) -> Tensor:
    """Widths of the masses, (k, m), widened to what a figure can show."""
    distance = (nodes - _median(nodes, weights)).abs()
    typical = float((weights * distance).sum() / weights.sum())
    return torch.maximum(widths, FINEST * distance + FINEST**2 * typical + FINEST**4 * _scale(nodes))


def densities(points: Tensor, nodes: Tensor, weights: Tensor, widths: Tensor) -> Tensor:
    """Density at each point for each row of masses, (k, G)."""
    rows = []
    for node, weight, width in zip(nodes, weights, widths, strict=True):
        distance = (points - node[:, None]) / width[:, None]
        kernel = torch.exp(-distance.square() / 2) / (width[:, None] * (2 * torch.pi) ** 0.5)
        rows.append(weight @ kernel)
    return torch.stack(rows)


def cumulated(points: Tensor, nodes: Tensor, weights: Tensor, widths: Tensor) -> Tensor:
    """Mass below each point for each row of masses, (k, G)."""
    rows = [
        weight @ torch.special.ndtr((points - node[:, None]) / width[:, None])
        for node, weight, width in zip(nodes, weights, widths, strict=True)
    ]
    return torch.stack(rows)


def inverted(fractions: Tensor, points: Tensor, below: Tensor) -> Tensor:
    """The points, interpolated, below which the fractions lie; `below` (G,) rises with the points (G,)."""
    right = torch.searchsorted(below, fractions).clamp(1, len(points) - 1)
    left = right - 1
    rise = (below[right] - below[left]).clamp_min(torch.finfo(below.dtype).tiny)
    share = ((fractions - below[left]) / rise).clamp(0, 1)
    return torch.lerp(points[left], points[right], share)


def even_grid(lowest: float, highest: float, width: float) -> Tensor:
    """The range and four widths on both sides, half a width apart."""
    count = int((highest - lowest) / width * 2) + 17
    return torch.linspace(lowest - 4 * width, highest + 4 * width, count, dtype=torch.float64, device="cpu")


def crowded_grid(nodes: Tensor, widths: Tensor) -> Tensor:
    """Points around every node, eight of its widths to both sides, and no closer than a quarter of a width.

    At four widths a thin peak is still high enough for the straight line to the next node to hold more than the peak.
    """
    near = torch.linspace(-4, 4, 17, dtype=nodes.dtype, device=nodes.device)
    offsets = torch.cat([near.new_tensor([-8.0, -6.0, -5.0]), near, near.new_tensor([5.0, 6.0, 8.0])])
    around = (nodes[..., None] + widths[..., None] * offsets).flatten()
    order = around.argsort()
    steps = widths[..., None].expand(*widths.shape, len(offsets)).flatten()[order] / 4
    kept: list[float] = []
    for point, step in zip(around[order].tolist(), steps.tolist(), strict=True):
        if not kept or point - kept[-1] >= step:
            kept.append(point)
    return near.new_tensor(kept)


def _scale(nodes: Tensor) -> float:
    return float(nodes.abs().max()) or 1.0


def _median(nodes: Tensor, weights: Tensor) -> Tensor:
    values, order = nodes.flatten().sort()
    below = weights.flatten()[order].cumsum(0)
    return values[torch.searchsorted(below, below[-1] / 2).clamp(max=len(values) - 1)]
