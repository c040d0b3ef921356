"""Eigenvalues as rows of the long table, each with its certificate and its cost."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping

from torch import Tensor

from spectra.eigen import Eigenpairs

Values = Iterable[tuple[str, int, float]]  # quantity, index (0 for a single number), value
Memory = MutableMapping[str, Tensor]  # (K, ...) each: what a measurement remembers of the time before, saved with a run


def eigenvalue_rows(quantity: str, pairs: Eigenpairs) -> Values:
    """Eigenvalues under the name of a quantity; their certificates and cost under names that begin with it."""
    certified = {quantity: pairs.values, f"{quantity}_residual": pairs.residuals, f"{quantity}_error": pairs.errors}
    for name, numbers in certified.items():
        yield from ((name, index, number) for index, number in enumerate(numbers.tolist()))
    yield f"{quantity}_matvecs", 0, float(pairs.matvecs)
    yield f"{quantity}_converged", 0, float(pairs.converged)
