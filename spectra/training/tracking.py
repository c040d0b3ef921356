"""What a tracker measures, and the rows that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

import pandas as pd
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.operators.hessian import Method

Quantity = Literal[
    "loss",
    "sharpness",
    "effective_sharpness",
    "stability_threshold",
    "directional_sharpness",
    "gradient_alignment",
    "batch_sharpness",
]
EIGENVALUES = ("sharpness", "effective_sharpness")
OF_THE_OPTIMIZER = ("effective_sharpness", "stability_threshold")


@plain_dataclass(frozen=True)
class Row:
    """One number of the long table."""

    run: str
    step: int  # updates made
    quantity: str
    index: int  # which eigenvalue, from the largest down; 0 for a single number
    value: float


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Tracking:
    """What a tracker measures, and how exactly.

    Attributes:
        quantities: What is measured: "loss", "sharpness", "effective_sharpness", "stability_threshold",
            "directional_sharpness", "gradient_alignment", "batch_sharpness". None is the sharpness, and where an
            optimizer is given also the effective sharpness and its stability threshold. With each eigenvalue come rows
            whose names begin with its own: residual, error bar (`_error`), products spent (`_matvecs`), `_converged`,
            and `_cold`, 1 where it started anew.
        method: How Hessian products are made; see `hessian`. "finite_difference" and "auto" are for networks without a
            second derivative.
        count: Number of eigenvalues, and of eigenvectors for the gradient alignment.
        tolerance: Error allowed in every eigenvalue, as a fraction of the largest |value|.
        max_matvecs: Products after which it is kept unconverged.
        max_basis: Vectors as long as all weights that are kept while eigenvalues are sought; see `top_eigenpairs`.
        cold_every: Every n-th measurement starts from random vectors and not from those of the time before: it finds
            an eigenvector that a warm start would miss. 1 never starts warm.
        run: Label of the rows.
    """

    quantities: tuple[Quantity, ...] | None = None
    method: Method = "exact"
    count: PositiveInt = 1
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200
    max_basis: PositiveInt | None = None
    cold_every: PositiveInt = 10
    run: str = "run"

    @model_validator(mode="after")
    def _aligned_with_something(self) -> Tracking:
        if "gradient_alignment" in (self.quantities or ()) and "sharpness" not in (self.quantities or ()):
            raise ValueError("the gradient alignment uses the eigenvectors of the sharpness; track both")
        return self


def table_of(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a long table: run, step, quantity, index, value."""
    return pd.DataFrame([astuple(row) for row in rows], columns=[field.name for field in fields(Row)])
