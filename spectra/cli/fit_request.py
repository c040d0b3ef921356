"""The options of `spectra fit`, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

from spectra.fitting import LAWS, FitPlan

KEYS = ("nu", "kappa", "zeta", "xi")


@dataclass(frozen=True)
class FitRequest:
    """What `spectra fit` was asked for; None where nothing was said.

    Attributes:
        x: Column of x; for a law of several variables "variable=column,...".
        y: Column of losses.
        group: Column that tells runs apart.
        law: Name of a law, or auto.
        objective: Name of an objective.
        window: "all", "auto", or "FROM:TO".
        predict: Values of x at which the law is wanted.
        theory: Such as "nu=2,kappa=1".
        level: Of the intervals.
        bins: Means per factor of ten in x; 0 fits every point; None averages curves of very many points.
        refits: Of a bootstrap beside the profiles; 0 is none.
        out: Folder for tables and figures.
    """

    x: str | None = None
    y: str | None = None
    group: str | None = None
    law: str = "auto"
    objective: str = "relative"
    window: str = "all"
    predict: tuple[float, ...] = ()
    theory: str | None = None
    level: float = 0.95
    bins: int | None = None
    refits: int = 0
    out: Path | None = None

    @property
    def joint(self) -> bool:
        """Whether the law has several variables, so that a table is fitted and no curve."""
        return self.law in LAWS and len(LAWS[self.law].variables) > 1

    def plan(self) -> FitPlan:
        """The same for one curve.

        Raises:
            ValueError: If the window cannot be read.
        """
        return FitPlan(self.law, self.objective, _window(self.window), self.level, self.predict)

    def columns(self) -> dict[str, str]:
        """Columns by variable of a law of several.

        Raises:
            ValueError: If `x` does not name a column for each.
        """
        variables = LAWS[self.law].variables
        pairs = [part.partition("=") for part in (self.x or "").split(",")]
        named = {name.strip(): column.strip() for name, _, column in pairs}
        if set(named) != set(variables) or not all(named.values()):
            example = ",".join(f"{name}=COLUMN" for name in variables)
            raise ValueError(
                f"the law {self.law} is a function of {', '.join(variables)}, and --x is {self.x!r}; give --x {example}"
            )
        return named

    def expected(self) -> float | None:
        """The exponent that theory predicts: xi = zeta = kappa / nu.

        Raises:
            ValueError: If `theory` gives none, or several that differ.
        """
        return None if self.theory is None else _exponent(self.theory)


def _window(text: str) -> str | tuple[float, float]:
    if text in ("all", "auto"):
        return text
    start, colon, end = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return float(start) if start.strip() else 0.0, float(end) if end.strip() else inf
    except ValueError:
        raise ValueError(f"the window {text!r} is none; use all, auto, or FROM:TO such as 1000:50000") from None


def _exponent(text: str) -> float:
    given: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name.strip() not in KEYS or not 0 < number < inf:
            raise ValueError(
                f"{part.strip()!r} is no part of a theory; give positive numbers for {', '.join(KEYS)}, "
                "such as nu=2,kappa=1"
            )
        given[name.strip()] = number
    found = [given[name] for name in ("xi", "zeta") if name in given]
    if "nu" in given and "kappa" in given:
        found.append(given["kappa"] / given["nu"])
    if not found:
        raise ValueError(f"{text!r} predicts no exponent; give nu and kappa (xi = kappa / nu), or zeta, or xi")
    if max(found) - min(found) > 1e-9 * max(found):
        raise ValueError(f"{text!r} predicts several exponents: {', '.join(f'{value:g}' for value in found)}; give one")
    return found[0]
