"""What measurements hand over, as rows of the long table, and what they remember."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from torch import Tensor

from spectra.eigen import Eigenpairs, Estimate

Values = Iterable[tuple[str, int, float]]  # quantity, index (0 for a single number), value
Memory = MutableMapping[str, Tensor]  # (K, ...) each: what a measurement remembers of the time before, saved with a run


def _kind(measurement: Any) -> str:
    """The kind."""
    kind: str = measurement.kind
    return kind


named_by_kind = property(_kind)
"""The quantity of a measurement that bears the name of its kind."""


def numbered_rows(quantity: str, numbers: Tensor) -> Values:
    """Numbers (n,) under one name; the index counts them."""
    return [(quantity, index, number) for index, number in enumerate(numbers.tolist())]


def eigenvalue_rows(quantity: str, pairs: Eigenpairs) -> Values:
    """Eigenvalues under the name of a quantity; their certificates and cost under names that begin with it."""
    certified = {"": pairs.values, "_residual": pairs.residuals, "_error": pairs.errors}
    for ending, numbers in certified.items():
        yield from numbered_rows(f"{quantity}{ending}", numbers)
    yield f"{quantity}_matvecs", 0, float(pairs.matvecs)
    yield f"{quantity}_converged", 0, float(pairs.converged)


def estimate_rows(quantity: str, found: Estimate) -> Values:
    """An estimate from random probes under the name of a quantity, with its standard error and cost."""
    yield quantity, 0, found.value
    yield f"{quantity}_standard_error", 0, found.standard_error
    yield f"{quantity}_matvecs", 0, float(found.matvecs)
    yield f"{quantity}_converged", 0, float(found.converged)
