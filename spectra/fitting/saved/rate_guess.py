"""Which column holds the learning rate, told from the names."""

from collections.abc import Sequence

from spectra.fitting.saved.column_guess import quantity, words

RATE_WORDS = ("lr", "learning rate", "train lr", "train learning rate", "optimizer lr", "rate")
"""Names of the learning rate, the likeliest first."""
NO_RATE = {"loss", "scale", "scaler", "mult", "multiplier", "decay", "time"}


def guessed_rate(names: Sequence[str]) -> str | None:
    """The column, or the quantity of an export of several runs, that is most likely the learning rate; None if none is.

    Loggers write "lr", "train/learning_rate", "lr-AdamW" or one column for every group of parameters, of which the
    first counts.
    """
    found = {words(name): name for name in reversed(list(dict.fromkeys(map(quantity, names))))}
    other = [name for name in reversed(found) if _is_rate(name)]
    return next((found[name] for name in (*RATE_WORDS, *other) if name in found), None)


def _is_rate(name: str) -> bool:
    parts = name.split()
    return not NO_RATE & set(parts) and ("lr" in parts or "learning rate" in name)
