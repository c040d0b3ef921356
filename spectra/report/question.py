"""What a report judges."""

from dataclasses import dataclass
from math import log

from spectra.verdicts.rate_blocks import CRITERIA

EDGE = ("effective_sharpness", 0)
"""What is judged if nothing else is said."""
DESCENT = 2.0
"""Stability limit of plain gradient descent."""
KINDS = ("collapse", "consistency", "stability", "comparison", "transfer", "fast transfer", "order of sizes")
"""Of the questions of a page, in the order in which it answers them."""


def limited(quantity: str, index: int, limit: float) -> bool:
    """Whether the stability limit of an optimizer is one of a quantity.

    It is for the largest effective sharpness. At the same limit the curvature of a batch along its own gradient was
    found to settle, for gradient descent without momentum (Andreyev and Beneventano 2024, arXiv 2412.20553).
    """
    return (quantity, index) == EDGE or ((quantity, index) == ("effective_batch_sharpness", 0) and limit == DESCENT)


@dataclass(frozen=True)
class Question:
    """What a report judges.

    Attributes:
        rates: Base learning rates at which consistency is judged.
        scale: Column that grows.
        quantities: Quantities whose consistency is judged, each with the index of its entry; the first is the headline.
        criterion: What decides which learning rate is best. It is set before any run, and figures draw it; the others
            are told beside it.
        margin: Largest change per doubling that counts as none, log units.
        total_margin: Largest change over all sizes that counts as none, log units.
        level: Confidence of the intervals.
        asks: Kinds of the questions that answer the title; empty for the first that has an answer.
    """

    rates: tuple[float, ...]
    scale: str = "width"
    quantities: tuple[tuple[str, int], ...] = (EDGE,)
    criterion: str = CRITERIA[0]
    margin: float = log(1.05)
    total_margin: float = log(1.25)
    level: float = 0.90
    asks: tuple[str, ...] = ()

    @property
    def headline(self) -> tuple[str, int]:
        """The quantity that is judged first."""
        return self.quantities[0]
