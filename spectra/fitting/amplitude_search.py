"""The inner problem of a fit: the best amplitudes, none negative, for many shapes at once.

With the shapes held, the law is linear in its amplitudes. A loss that is not a sum of squares is met by reweighted
least squares: each round solves the squares that touch the loss at the present curve.

Source: Golub and Pereyra 1973 (variable projection); Lawson and Hanson 1974, chapter 23 (non-negative least squares).
"""

from itertools import combinations

import numpy as np

from spectra.fitting.law import Array
from spectra.fitting.law_points import LawPoints
from spectra.fitting.point_losses import PointLoss
from spectra.fitting.shape_grid import ShapeGrid, pieces

# A subset of columns whose normalised Gram determinant is below this is one column too many to solve for.
COLLINEAR = 1e-12


def amplitude_search(points: LawPoints, grid: ShapeGrid, loss: PointLoss) -> tuple[Array, Array]:
    """Heights (k, G) and objectives (G,) at the nodes of a grid."""
    found = [_piece(points, grid, loss, nodes) for nodes in pieces(grid, points.count)]
    return np.concatenate([heights for heights, _ in found], axis=1), np.concatenate([value for _, value in found])


def _piece(points: LawPoints, grid: ShapeGrid, loss: PointLoss, nodes: slice) -> tuple[Array, Array]:
    shapes = grid.columns(nodes)
    # One number where the law has no outer power.
    powers = np.ones((1, 1)) if points.law.power is None else points.power(grid.nodes[:, nodes])[:, None]
    with np.errstate(all="ignore"):
        # Columns in units of the data, so that a perfect curve is one everywhere.
        ratios = [np.exp(column - points.log_y / powers) for column in points.centred_columns(shapes)]
        heights = nonnegative_squares(_raised(ratios, powers), powers, points.weights)
        for _ in range(loss.rounds):
            residuals, total = _residuals(heights, ratios, powers)
            found = loss.derivatives(residuals, points.weights)
            target = powers + found.slope / found.steepness
            tangent = _raised([ratio / total for ratio in ratios], powers)
            heights = nonnegative_squares(tangent, target, points.weights * found.steepness)
        residuals, _ = _residuals(heights, ratios, powers)
        objective = loss.value(residuals, points.weights) @ points.weights
    return heights, np.where(np.isfinite(objective), objective, np.inf)


def _residuals(heights: Array, ratios: list[Array], powers: Array) -> tuple[Array, Array]:
    """Log residuals (G, n) and the sum of the terms (G, n), in units of the data."""
    total = heights[0][:, None] * ratios[0]
    for height, ratio in zip(heights[1:], ratios[1:], strict=True):
        total = total + height[:, None] * ratio
    residuals = -np.log(total)
    return residuals if powers.size == 1 else powers * residuals, total


def _raised(columns: list[Array], powers: Array) -> list[Array]:
    """Derivatives (G, n) of the columns' powers at one."""
    return columns if powers.size == 1 else [powers * column for column in columns]


def nonnegative_squares(columns: list[Array], target: Array, weights: Array) -> Array:
    """Coefficients c >= 0, shape (k, G), that minimise sum(weights * (target - sum_j c_j column_j)^2) at each node.

    Every subset of columns is solved; the best one without a negative coefficient is the solution.

    Args:
        columns: k arrays (G, n).
        target: Broadcasts against a column.
        weights: Broadcasts against a column.
    """
    gram, moments = gram_and_moments(columns, target, weights)
    best = np.zeros_like(moments)
    gain = np.zeros(moments.shape[1])
    for size in range(1, len(columns) + 1):
        for subset in combinations(range(len(columns)), size):
            coefficients = solved(gram, moments, subset)
            # What a subset takes away from the sum of squares.
            gained = (coefficients * moments[list(subset)]).sum(axis=0)
            better = (coefficients >= 0).all(axis=0) & (gained > gain)
            gain = np.where(better, gained, gain)
            spread = np.zeros_like(moments)
            spread[list(subset)] = coefficients
            best = np.where(better, spread, best)
    return best


def gram_and_moments(columns: list[Array], target: Array, weights: Array) -> tuple[Array, Array]:
    """Gram matrix (k, k, G) and products with the target (k, G)."""
    weighted = [weights * column for column in columns]
    nodes = np.broadcast_shapes(*[column.shape[:-1] for column in columns], target.shape[:-1])
    # A column that is the same at all nodes is summed once.
    moments, gram = np.empty((len(columns), *nodes)), np.empty((len(columns), len(columns), *nodes))
    for i, j in combinations(range(len(columns)), 2):
        gram[i, j] = gram[j, i] = _products(weighted[i], columns[j])
    for i, column in enumerate(columns):
        gram[i, i] = _products(weighted[i], column)
        moments[i] = _products(weighted[i], target)
    return gram, moments


def _products(first: Array, second: Array) -> Array:
    """Scalar products over the last axis, without a temporary array."""
    products: Array = np.einsum("...n,...n->...", first, second)
    return products


def solved(gram: Array, moments: Array, subset: tuple[int, ...]) -> Array:
    """Coefficients (m, G) of a subset without constraint; nan where its columns are not independent."""
    rows = list(subset)
    lengths = np.sqrt(gram[rows, rows])
    goal = moments[rows] / lengths
    if len(rows) == 1:
        return goal / lengths
    normal = gram[np.ix_(rows, rows)] / (lengths[:, None] * lengths[None, :])
    if len(rows) == 2:
        # In closed form, because most laws have two columns and small matrices cost more to send out than to solve.
        shared, rest = normal[0, 1], 1 - np.square(normal[0, 1])
        rest = np.where(rest > COLLINEAR, rest, np.nan)
        pair: Array = np.stack([goal[0] - shared * goal[1], goal[1] - shared * goal[0]]) / (rest * lengths)
        return pair
    matrices = np.moveaxis(normal, -1, 0)
    fine = np.isfinite(matrices).all(axis=(1, 2)) & np.isfinite(goal).all(axis=0)
    fine[fine] = np.linalg.det(matrices[fine]) > COLLINEAR
    found = np.full_like(goal, np.nan)
    found[:, fine] = np.linalg.solve(matrices[fine], goal.T[fine][..., None])[..., 0].T
    return found / lengths
