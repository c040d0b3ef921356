"""How many numbers a measured quantity has, where the recipe alone says it."""

from collections.abc import Sequence

from spectra.training import RunSpec


def entry_count(quantity: str, specs: Sequence[RunSpec]) -> int | None:
    """The most entries that a quantity has in a run; None where it is not known before the runs are made.

    Args:
        quantity: Name in the table.
        specs: All runs of the recipe.
    """
    measured = {one for spec in specs for one in spec.measurements if one.quantity == quantity}
    counts = [_count(one) for one in measured]
    known = [count for count in counts if count is not None]
    return max(known) if known and len(known) == len(counts) else None


def _count(measurement: object) -> int | None:
    if hasattr(measurement, "entries"):
        return None
    fractions = getattr(measurement, "fractions", None)
    count: int | None = getattr(measurement, "count", 1) if fractions is None else len(fractions)
    return count
