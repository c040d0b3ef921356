"""The points of a fit, and a law evaluated on them in coordinates that suit a computer.

Coordinates p = (shapes, heights): a height is an amplitude times its column at the centre of the data, so that heights
and shapes are hardly correlated and no column overflows. The unit of y is its geometric mean.
"""

from dataclasses import dataclass

import numpy as np

from spectra.fitting.law import Array, Axis, Columns, Flags, Law


@dataclass(frozen=True)
class LawPoints:
    """Data of a fit, in logarithms."""

    law: Law
    logs: Array  # (v, n + 1): log variables; the last entry is the centre of the data
    log_y: Array  # (n,), mean zero
    weights: Array  # (n,), positive
    log_unit: float  # mean of the log y as given

    @property
    def count(self) -> int:
        """Number of points."""
        return self.log_y.size

    @property
    def shapes(self) -> int:
        """Number of shapes: the first coordinates."""
        return len(self.law.shapes)

    @property
    def parameters(self) -> int:
        """Number of fitted parameters."""
        return len(self.law.parameters)

    @property
    def units(self) -> Array:
        """What is one in each coordinate (p,): the smallest x for a shift, whose unit is that of x, and 1 elsewhere."""
        shapes = [
            float(np.exp(self.logs[self.law.variables.index(shape.variable)].min()))
            if shape.axis is Axis.SHIFT
            else 1.0
            for shape in self.law.shapes
        ]
        return np.concatenate([shapes, np.ones(len(self.law.amplitudes))])

    def centred_columns(self, shapes: Columns) -> Columns:
        """Logarithms of the columns, zero at the centre, each (..., n) for shapes (..., 1)."""
        return tuple(
            column[..., :-1] - column[..., -1:] if column.shape[-1] > 1 else np.zeros(self.count)
            for column in self.law.log_columns(self.logs, shapes)
        )

    def centre_columns(self, shapes: Array) -> Array:
        """Logarithms (k, ...) of the columns at the centre of the data, for shapes (s, ...)."""
        columns = self.law.log_columns(self.logs[:, -1:], tuple(shapes[..., None]))
        return np.stack([np.broadcast_to(column, (*shapes.shape[1:], 1))[..., 0] for column in columns])

    def log_total(self, place: Array) -> Array:
        """Log of the sum of the terms (n,), before the outer power."""
        columns = self.centred_columns(tuple(place[: self.shapes, None]))
        total = sum(height * np.exp(column) for height, column in zip(place[self.shapes :], columns, strict=True))
        return np.asarray(np.log(total), dtype=np.float64)

    def evaluate(self, place: Array) -> tuple[Array, Array]:
        """Log of the law (n,) and its derivatives (n, p) by the coordinates."""
        s = self.shapes
        shapes, heights = tuple(place[:s, None]), place[s:]
        jacobian = np.zeros((self.count, place.size))
        for at, (column, slopes) in enumerate(
            zip(self.centred_columns(shapes), self.law.slopes(self.logs, shapes), strict=True)
        ):
            jacobian[:, s + at] = np.exp(column)
            term = heights[at] * jacobian[:, s + at]
            for shape, slope in enumerate(slopes):
                if slope.shape[-1] > 1:
                    jacobian[:, shape] += term * (slope[:-1] - slope[-1])
        total = jacobian[:, s:] @ heights
        return self._raised(place[:s], np.log(total), jacobian / total[:, None])

    def _raised(self, shapes: Array, log_total: Array, jacobian: Array) -> tuple[Array, Array]:
        """Log and derivatives after the outer power of the law."""
        if self.law.power is None:
            return log_total, jacobian
        power = float(self.power(shapes))
        jacobian = power * jacobian
        for at in range(self.shapes):
            # Outer powers are one of the shapes or smooth in them; the difference is exact for the former.
            step = np.zeros(self.shapes)
            step[at] = 0.5 * max(abs(float(shapes[at])), 1e-3) * 1e-3
            change = float(self.power(shapes + step)) - float(self.power(shapes - step))
            jacobian[:, at] += change / (2 * step[at]) * log_total
        return power * log_total, jacobian

    def power(self, shapes: Array) -> Array:
        """Outer power of the law at shapes (s, ...); one where it has none."""
        return np.ones(shapes.shape[1:]) if self.law.power is None else self.law.power(tuple(shapes))

    def log_amplitudes(self, places: Array) -> Array:
        """Logarithms (k, ...) of the reported amplitudes at places (p, ...), in units of the data; -inf for zero."""
        shapes = places[: self.shapes]
        with np.errstate(all="ignore"):
            logs = np.log(places[self.shapes :]) - self.centre_columns(shapes) + self.log_unit / self.power(shapes)
        if self.law.amplitude_powers is not None:
            logs = logs * np.stack(self.law.amplitude_powers(tuple(shapes)))
        return np.asarray(logs, dtype=np.float64)

    def idle(self, place: Array) -> Flags:
        """Which shapes (s,) bend nothing at a place, because all terms that they bend have amplitude zero."""
        if self.law.power is not None:
            return np.zeros(self.shapes, dtype=np.bool_)
        slopes = self.law.slopes(self.logs, tuple(place[: self.shapes, None]))
        bent = [
            [slope.shape[-1] > 1 and height > 0 for slope in of_column]
            for of_column, height in zip(slopes, place[self.shapes :], strict=True)
        ]
        return np.asarray(~np.array(bent).any(axis=0), dtype=np.bool_)

    def estimates(self, place: Array) -> dict[str, float]:
        """Values of the parameters at a place, in the order of the law; nan for shapes that bend nothing there."""
        shapes = np.where(self.idle(place), np.nan, place[: self.shapes])
        found = {
            shape.name: float(np.exp(value) if shape.logarithmic else value)
            for shape, value in zip(self.law.shapes, shapes, strict=True)
        }
        with np.errstate(over="ignore"):
            found |= dict(zip(self.law.amplitudes, np.exp(self.log_amplitudes(place)).tolist(), strict=True))
        return {name: found[name] for name in self.law.parameters}
