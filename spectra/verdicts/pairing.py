"""What is asked of a paired comparison: which quantity, of which runs, and when."""

from collections.abc import Hashable
from dataclasses import dataclass
from numbers import Integral
from typing import Literal, get_args

from spectra.fitting.given import is_number

Form = Literal["ratio", "difference"]

LAST: Literal["last"] = "last"
"""The last step at which a quantity was measured."""
ENTRIES = ("step", "index", "quantity")
"""Columns of a long table that tell the values of one run apart; all others that may be compared are settings."""
NEVER = ("run", "seed", "value")
"""Columns that no comparison can go by: seeds are what is paired, and the others name what is compared."""


@dataclass(frozen=True)
class Pairing:
    """Values of one quantity that are compared seed by seed.

    Attributes:
        quantity: Name in the table.
        by: What the compared runs differ in: a setting, or "step", "index" or "quantity" for values of the same run.
        values: Which of its values, the reference first; none stands for all that the table has. Of quantities they are
            the names, and the first is `quantity`.
        index: Entry of the quantity; of no use where entries are compared.
        at: Step at which it is compared, or "last"; of no use where steps are compared.
        form: "ratio" of geometric means, or "difference" of means.
        margin: Largest change that counts as none: as a share for a ratio (0.05 is 5 percent), in units of the quantity
            for a difference. None: equality is never claimed.
        level: Confidence of the intervals.

    Raises:
        ValueError: If one of these is out of its range.
    """

    quantity: str
    by: str
    values: tuple[Hashable, ...] = ()
    index: int = 0
    at: int | Literal["last"] = LAST
    form: Form = "ratio"
    margin: float | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        """Check what does not depend on a table."""
        if self.by in NEVER:
            entries = ", ".join(ENTRIES)
            raise ValueError(
                f"a comparison by {self.by} was asked for; name a setting that runs differ in, or {entries}"
            )
        given: object = self.values
        if isinstance(given, str):
            raise ValueError(f"the values {given!r} were to be compared; give a tuple, for example ('a', 'b')")
        object.__setattr__(self, "values", tuple(self.values))
        if len(self.values) == 1 or len(set(self.values)) < len(self.values):
            listed = ", ".join(map(str, self.values))
            raise ValueError(f"{self.by} {listed} was to be compared; name two or more different values, or none")
        if self.by == "quantity" and self.values[:1] != (self.quantity,):
            listed = ", ".join(map(str, self.values)) or "none"
            raise ValueError(
                f"{self.quantity} was to be compared by quantity, with the values {listed}; name two or more values, "
                f"{self.quantity} first"
            )
        if self.form not in get_args(Form):
            raise ValueError(f"no form {self.form!r}; there are {', '.join(get_args(Form))}")
        if self.margin is not None and not (is_number(self.margin) and self.margin > 0):
            raise ValueError(f"a margin of {self.margin!r} was given; use a positive number, for example 0.05")
        if not (is_number(self.level) and 0.5 < self.level < 1):
            raise ValueError(f"a level of {self.level!r} was given; use a number between 0.5 and 1, for example 0.95")
        step: object = self.at
        if step != LAST and (not isinstance(step, Integral) or int(step) < 0):
            raise ValueError(f"the step {self.at!r} was given; name a whole number from 0 on, or {LAST!r}")

    @property
    def when(self) -> str:
        """When it is compared, in words; empty where steps are."""
        if self.by == "step":
            return ""
        return "at the last step" if self.at == LAST else f"at step {self.at}"

    def label(self, value: object) -> str:
        """One of the compared values in a sentence, such as "taylor" or "width 64"."""
        if value is None:
            return f"no {self.by}"
        if isinstance(value, str):
            return value
        told = str(value).lower() if isinstance(value, bool) else f"{value:.6g}"
        return f"{self.by} {told}"
