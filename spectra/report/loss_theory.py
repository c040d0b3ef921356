"""What theory says about the loss of a run, without a free parameter."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectra.asymptotics.laws import EigenvalueLaw, LossLaw

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SpectrumTheory:
    """Eigenvalues of a kernel at learning rate one, and the target in its eigenfunctions.

    Attributes:
        eigenvalues: The largest, largest first, each as often as its multiplicity, (n,).
        tails: What the target has in each of these modes and all behind it, (n,).
        eigenvalue_law: Lambda n^-nu.
        tail_law: K n^-kappa.
    """

    eigenvalues: Array
    tails: Array
    eigenvalue_law: EigenvalueLaw
    tail_law: EigenvalueLaw


@dataclass(frozen=True)
class LossTheory:
    """The expected loss of a run against its steps: a mean of squares, as everywhere in this library.

    Attributes:
        title: The case in a few words.
        law: Leading power of the loss in the number of steps.
        mean_loss: Expected loss at numbers of steps (n,), exact in the limit that the theory is about.
        limit: What that limit is, in words.
        sources: Where law and expectation come from.
        spectrum: What they follow from, where that can be measured.
    """

    title: str
    law: LossLaw
    mean_loss: Callable[[Array], Array]
    limit: str
    sources: str
    spectrum: SpectrumTheory | None = None
