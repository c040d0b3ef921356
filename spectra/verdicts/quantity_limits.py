"""What quantities are at infinite size by their own definition, where that is known before any run."""

LIMITS = {"infinite_kernel_distance": 0.0}  # a distance from what has infinite width


def known_limit(quantity: str) -> float | None:
    """The value of a quantity at infinite size by its definition; None where only runs can tell.

    A quantity that is zero there is itself a distance to infinite size. It has no gap to a further limit, and its
    logarithm has no limit at all.
    """
    return LIMITS.get(quantity)
