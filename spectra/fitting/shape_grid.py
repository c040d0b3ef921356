"""The dense grid of shapes that a search for the best fit visits."""

from dataclasses import dataclass
from math import log, prod

import numpy as np

from spectra.fitting.law import Array, Axis, Columns, Shape
from spectra.fitting.law_points import LawPoints

# The search covers exponents at which a column changes by up to exp(REACH) over the data, as long as the amplitude,
# which is the value at x = 1, stays a double.
REACH, LARGEST_LOG_AMPLITUDE = 300.0, 600.0
# Steeper than this times the range of the data, a power is one point; laws of several shapes are not searched there.
SHARED_REACH = 60.0
# Numbers in one temporary array: longer ones leave a processor's cache.
PIECE = 20_000
# Nodes of the whole grid by number of shapes.
NODES = {1: 81, 2: 41**2, 3: 15**3, 4: 9**4}
# Lengths are searched from this factor below the smallest x to this factor above the largest.
BEYOND = log(100.0)
WIDTHS = (log(0.02), log(10.0))


@dataclass(frozen=True)
class ShapeGrid:
    """Nodes and ends of the searched shapes."""

    axes: tuple[Array, ...]  # one ascending array of coordinates per shape
    nodes: Array  # (s, G): coordinates of the nodes, the last shape fastest

    @property
    def low(self) -> Array:
        """Smallest coordinates (s,)."""
        return np.array([axis[0] for axis in self.axes])

    @property
    def high(self) -> Array:
        """Largest coordinates (s,)."""
        return np.array([axis[-1] for axis in self.axes])

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Nodes per shape."""
        return tuple(axis.size for axis in self.axes)

    def spacing(self, shapes: Array) -> Array:
        """Distances (s,) between the nodes around some shapes (s,)."""
        cells = [
            int(np.clip(axis.searchsorted(at), 1, axis.size - 1)) for axis, at in zip(self.axes, shapes, strict=True)
        ]
        return np.array([axis[cell] - axis[cell - 1] for axis, cell in zip(self.axes, cells, strict=True)])

    def columns(self, nodes: slice | Array) -> Columns:
        """Coordinates of some nodes, one array (G, 1) per shape."""
        return tuple(self.nodes[:, nodes, None])


def shape_grid(points: LawPoints) -> ShapeGrid:
    """The grid for a law and the range of its data."""
    law = points.law
    each = _nodes_per_shape(len(law.shapes))
    axes = tuple(
        _axis(shape, points.logs[law.variables.index(shape.variable), :-1], count=each, alone=len(law.shapes) == 1)
        for shape in law.shapes
    )
    return ShapeGrid(axes, np.stack([mesh.ravel() for mesh in np.meshgrid(*axes, indexing="ij")]))


def _nodes_per_shape(shapes: int) -> int:
    each: float = NODES[shapes] ** (1 / shapes)
    return round(each)


def _axis(shape: Shape, logs: Array, *, count: int, alone: bool) -> Array:
    """Ascending coordinates of one shape."""
    first, last = float(logs.min()), float(logs.max())
    if shape.axis is Axis.PLACE:
        return np.linspace(first, last, count)
    if shape.axis is Axis.SHIFT:
        return np.concatenate([[0.0], np.exp(np.linspace(first - BEYOND, last + BEYOND, count - 1))])
    if shape.axis is Axis.LENGTH:
        return np.linspace(first - BEYOND, last + BEYOND, count)
    if shape.axis is Axis.WIDTH:
        return np.linspace(*WIDTHS, count)
    length = last - first
    reach = min(REACH if alone else SHARED_REACH, LARGEST_LOG_AMPLITUDE * length / max(abs(first), abs(last), 1.0))
    top = float(np.arcsinh(reach))
    low = {Axis.SIGNED_EXPONENT: -top, Axis.EXPONENT: 0.0, Axis.POSITIVE_EXPONENT: 0.01}[shape.axis]
    axis: Array = np.sinh(np.linspace(low, top, count)) / length
    return axis


def pieces(grid: ShapeGrid, size: int) -> list[slice]:
    """Slices of the nodes such that one column over `size` points stays in a processor's cache."""
    step = max(1, PIECE // size)
    return [slice(start, start + step) for start in range(0, prod(grid.dimensions), step)]
