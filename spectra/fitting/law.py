"""What a law is: a sum of positive columns with amplitudes that are not negative, and shapes that bend the columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spectra.fitting.given import given_numbers

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]
Columns = tuple[Array, ...]
# One variable as an array (n,), or several by name.
Variables: TypeAlias = ArrayLike | Mapping[str, ArrayLike]


class Axis(Enum):
    """Which values of a shape are searched, and how the search is spaced."""

    SIGNED_EXPONENT = "exponents of both signs, closest around zero"
    EXPONENT = "exponents from zero up, closest around zero"
    POSITIVE_EXPONENT = "exponents above zero, closest around zero"
    PLACE = "places within the data, evenly in the logarithm"
    SHIFT = "zero, and lengths from far below the smallest x to far beyond the largest, evenly in the logarithm"
    LENGTH = "lengths from far below the smallest x to far beyond the largest, evenly in the logarithm"
    WIDTH = "widths of a bend in log x, evenly in the logarithm"


@dataclass(frozen=True)
class Shape:
    """A parameter that enters nonlinearly; its coordinate is its value, or its logarithm (place, length, width)."""

    name: str
    variable: str  # the variable whose range the search follows
    axis: Axis

    @property
    def logarithmic(self) -> bool:
        """Whether the coordinate is the logarithm of the parameter."""
        return self.axis in (Axis.PLACE, Axis.LENGTH, Axis.WIDTH)


@dataclass(frozen=True, repr=False)
class Law:
    """y = (sum_j amplitude_j * column_j(x; shapes))^power(shapes).

    The functions take log variables (v, ...) and one coordinate array per shape that broadcasts against a variable.
    What is the same for all points has a last axis of one.
    """

    name: str
    formula: str
    variables: tuple[str, ...]
    amplitudes: tuple[str, ...]
    shapes: tuple[Shape, ...]
    parameters: tuple[str, ...]  # all names, in the order of tables
    log_columns: Callable[[Array, Columns], Columns]  # logarithms of the columns
    slopes: Callable[[Array, Columns], tuple[Columns, ...]]  # [column][shape]: derivative of a log column
    power: Callable[[Columns], Array] | None = None  # outer power; None: one
    amplitude_powers: Callable[[Columns], Columns] | None = None  # reported amplitude = amplitude^this; None: ones
    descending: tuple[str, ...] = ()  # shapes that are told apart by their order only, the largest first

    def __repr__(self) -> str:
        """Name and formula, without the functions."""
        return f"Law({self.name}: {self.formula})"

    @property
    def floor(self) -> int | None:
        """Position of the floor among the amplitudes, if the law has one."""
        return self.amplitudes.index("floor") if "floor" in self.amplitudes else None

    def columns(self, x: Variables) -> dict[str, Array]:
        """The variables of an array (one variable) or of a table of columns, by name.

        Raises:
            ValueError: If a variable is missing or cannot be read as numbers, or the lengths differ.
        """
        table = x if isinstance(x, (Mapping, pd.DataFrame)) else {}
        if table is not x and len(self.variables) == 1:
            return {self.variables[0]: given_numbers(self.variables[0], x)}
        missing = [name for name in self.variables if name not in table]
        if missing:
            raise ValueError(
                f"the law '{self.name}' is a function of {', '.join(self.variables)}; pass a table or mapping with "
                f"these columns (missing: {', '.join(missing)})"
            )
        found = {name: given_numbers(name, table[name]) for name in self.variables}
        if len({column.shape for column in found.values()}) > 1:
            shapes = ", ".join(f"{name} {column.shape}" for name, column in found.items())
            raise ValueError(f"the variables of the law '{self.name}' have shapes {shapes}; pass equal lengths")
        return found

    def logarithms(self, x: Variables) -> Array:
        """Logarithms of the variables, shape (v, ...), of what `columns` takes."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(np.stack(list(self.columns(x).values())))

    def coordinates(self, parameters: Mapping[str, float]) -> Columns:
        """Shape coordinates of named parameters, each of shape ().

        Raises:
            ValueError: If a parameter of the law is missing.
        """
        missing = [name for name in self.parameters if name not in parameters]
        if missing:
            raise ValueError(
                f"the law '{self.name}' has the parameters {', '.join(self.parameters)}; give all of them "
                f"(missing: {', '.join(missing)})"
            )
        values = [np.asarray(parameters[shape.name], dtype=np.float64) for shape in self.shapes]
        with np.errstate(divide="ignore"):
            return tuple(
                np.log(value) if shape.logarithmic else value for shape, value in zip(self.shapes, values, strict=True)
            )

    def log_amplitudes(self, parameters: Mapping[str, float]) -> Array:
        """Logarithms (k,) of the amplitudes that multiply the columns; -inf for zero."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.array([parameters[name] for name in self.amplitudes], dtype=np.float64))
        if self.amplitude_powers is not None:
            logs = logs / np.array(self.amplitude_powers(self.coordinates(parameters)))
        return logs

    def predict(self, parameters: Mapping[str, float], x: Variables) -> Array:
        """Values of the law with these parameters at positive x, in the shape of a variable.

        Raises:
            ValueError: As `columns` and `coordinates`; or if a variable is negative or not a number.
        """
        logs = self.logarithms(x)
        if np.isnan(logs).any():
            raise ValueError(f"the law '{self.name}' was asked for at negative or undefined x; pass positive numbers")
        return np.exp(self.log_predict(parameters, logs))

    def log_predict(self, parameters: Mapping[str, float], logs: Array) -> Array:
        """Logarithm of the law at log variables (v, ...). In logarithms, because columns can leave a double's range."""
        shapes = self.coordinates(parameters)
        amplitudes = self.log_amplitudes(parameters)
        with np.errstate(invalid="ignore"):
            columns = self.log_columns(logs, shapes)
        # A term without amplitude is none, even if its shapes are nan.
        terms = [
            np.full(1, -np.inf) if np.isneginf(amplitude) else amplitude + column
            for amplitude, column in zip(amplitudes, columns, strict=True)
        ]
        total = terms[0]
        for term in terms[1:]:
            total = np.logaddexp(total, term)
        total = np.broadcast_to(total, logs.shape[1:])
        return total if self.power is None else total * self.power(shapes)
