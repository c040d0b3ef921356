"""The linear regions of a piecewise linear network that a path crosses, exactly."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spectra.features.arguments import require_numbers, require_readable
from spectra.features.kinks import distances
from spectra.kernels.preconditions import require_module
from spectra.notebook import as_html

MERGED = 1e-10
"""Pieces of a segment that are shorter than this part of it are no regions, but units that bend at one place. The
shortest of 12,000 regions of perceptrons, residual and convolutional networks of up to 12 layers was 2.3e-8 long."""
CURVED = 1e-8
"""Of the largest output, by which outputs half-way through a region may differ from the mean of its ends. In those
networks it was 4e-15."""


@dataclass(frozen=True)
class RegionsOnPath:
    """What a path crosses.

    Attributes:
        positions: Where the pattern of active units changes, (crossings,), rising from 0 to the number of segments: 1.5
            is half-way through the second segment.
        crossings: How often it changes.
        regions: How many different patterns there are, at most crossings + 1.
    """

    positions: Tensor
    crossings: int
    regions: int

    _repr_html_ = as_html


def linear_regions(module: nn.Module, path: Tensor) -> RegionsOnPath:
    """Linear regions of a network along a path of straight segments.

    What the first activations read is linear along a segment, so that their zeros are known from its ends. Between
    these zeros what the next ones read is linear; and so on through the layers, one pass for each call of an
    activation. Nothing is sampled. The network is computed in double precision.

    Args:
        module: Piecewise linear, with its activations as modules (nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.ReLU6,
            nn.Hardtanh), in evaluation mode; it is left as it is.
        path: Corners (M + 1, ...) of M segments, each an input of the module.

    Raises:
        TypeError: If the module is none, or the path is no tensor.
        ValueError: If there are fewer than two corners, they are no finite real numbers or the module cannot read them,
            it is random or couples examples, no activation has a kink, or the outputs are not linear
            between the crossings (a norm, attention, max pooling, a smooth activation, or relu called as a function).
    """
    require_module(module)
    require_numbers(path, "corners")
    if path.ndim == 0 or len(path) < 2:
        raise ValueError(f"a path of shape {tuple(path.shape)}; pass two corners (2, ...) or more")
    network, corners = deepcopy(module).double(), path.detach().double()
    require_readable(network, corners, "corners")
    positions = torch.arange(len(corners), dtype=torch.float64, device=corners.device)
    for call in range(len(distances(network, corners[:1]))):
        positions = _with_zeros(positions, distances(network, _points(corners, positions))[call])
    middles = (positions[:-1] + positions[1:]) / 2
    _require_linear(network, corners, positions, middles)
    patterns = torch.cat([read > 0 for read in distances(network, _points(corners, middles))], 1)
    changes = (patterns[1:] != patterns[:-1]).any(1)
    return RegionsOnPath(positions[1:-1][changes], int(changes.sum()), len(patterns.unique(dim=0)))


def _points(corners: Tensor, positions: Tensor) -> Tensor:
    """The path at some positions, (n, ...)."""
    places = positions.floor().long().clamp(0, len(corners) - 2)
    share = (positions - places).reshape(-1, *[1] * (corners.ndim - 1))
    return corners[places] * (1 - share) + corners[places + 1] * share


def _with_zeros(positions: Tensor, read: Tensor) -> Tensor:
    """Positions (n,), and between them those where one of the units that read (n, units), linearly, reads zero."""
    before, after = read[:-1], read[1:]
    pieces, units = (before * after < 0).nonzero(as_tuple=True)
    low, high = before[pieces, units], after[pieces, units]
    zeros = positions[pieces] + (positions[pieces + 1] - positions[pieces]) * (low / (low - high))
    found = torch.cat([positions, zeros]).sort().values
    # Of places that are one but for rounding the first stays; corners are whole numbers, and are put back.
    near = torch.where((found - found.round()).abs() <= MERGED, found.round(), found)
    return near[torch.cat([torch.ones(1, dtype=torch.bool, device=near.device), near.diff() > MERGED])]


def _require_linear(network: nn.Module, corners: Tensor, positions: Tensor, middles: Tensor) -> None:
    with torch.no_grad():
        ends, between = network(_points(corners, positions)), network(_points(corners, middles))
    off = float(((ends[:-1] + ends[1:]) / 2 - between).abs().max())
    if not off <= CURVED * float(ends.abs().max()):
        raise ValueError(
            f"between its crossings the network is off a straight line by {off:.3g}, with outputs up to "
            f"{float(ends.abs().max()):.3g}; regions are those of networks without norms, attention, max pooling and "
            "smooth activations, whose activations are modules such as nn.ReLU and not functions"
        )
