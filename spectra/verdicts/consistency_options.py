"""What a verdict on consistency allows, and how sure it must be."""

from dataclasses import dataclass
from math import log

from spectra.fitting.given import check_level, is_number


@dataclass(frozen=True)
class Options:
    """Margins, confidence and windows; fixed before the curves are seen."""

    margin: float = log(1.05)  # largest |slope| that counts as no dependence, log units per doubling
    total_margin: float = log(1.25)  # largest |log ratio| of two sizes that counts as none
    level: float = 0.90  # confidence of the pointwise intervals
    early: float = 0.25  # share of the first checkpoints that are the early window
    plateau: float = 0.5  # share of the last checkpoints that the growth averages over

    def __post_init__(self) -> None:
        """Raise ValueError if one of them is out of its range."""
        for name in ("margin", "total_margin"):
            value = getattr(self, name)
            if not (is_number(value) and value > 0):
                raise ValueError(
                    f"a {name} of {value!r} was given; equivalence needs a positive one, for example log(1.05)"
                )
        check_level(self.level)
        for name in ("early", "plateau"):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value <= 1):
                raise ValueError(
                    f"a share {name} of {value!r} was given; use a share of the checkpoints above 0 and up to 1"
                )
