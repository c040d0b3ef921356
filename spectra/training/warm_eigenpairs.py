"""Eigenpairs of one member after the other, each started from those of the measurement before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from spectra.eigen import Eigenpairs, top_eigenpairs
from spectra.eigen.ritz import End
from spectra.operators import SymmetricOperator
from spectra.training.rows import Memory


def warm_eigenpairs(
    operators: Iterable[SymmetricOperator],
    memory: Memory,
    generators: Sequence[torch.Generator],
    *,
    count: int,
    tolerance: float,
    max_matvecs: int,
    which: End = "largest",
) -> list[Eigenpairs]:
    """`top_eigenpairs` of each operator; the memory holds the vectors of each, and is brought up to date.

    Args:
        operators: K of them; each may be made when it is asked for, so that one is held at a time.
        memory: Vectors to start from under `start`, (K, P, j), if there was a time before.
        generators: Random streams, one for each.
        count: Number of eigenvalues at each end that is asked for.
        tolerance: See `top_eigenpairs`.
        max_matvecs: For each.
        which: End of the spectrum.

    Returns:
        K eigenpairs.
    """
    starts = list(memory["start"]) if "start" in memory else [None] * len(generators)
    found = [
        top_eigenpairs(
            operator,
            count,
            which=which,
            start=start,
            tolerance=tolerance,
            max_matvecs=max_matvecs,
            generator=generator,
        )
        for operator, start, generator in zip(operators, starts, generators, strict=True)
    ]
    memory["start"] = torch.stack([pairs.start for pairs in found])
    return found
