"""The options of `spectra fit`, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from spectra.fitting import LAWS, FitPlan

KEYS = ("nu", "kappa", "zeta", "xi")
SCHEDULE = "schedule"
"""The model of losses under learning rates that change."""
SCHEDULE_DELTAS = {"relative": 1e-3, "huber": 1e-3, "gaussian": inf}
"""By objective, where the loss of a log residual turns from square to straight. The default of curves stands for
that of this law, the objective of its authors."""


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
        rate: Column of learning rates.
        warm_up: Steps of a linear warm-up before the first saved learning rate.
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
    rate: str | None = None
    warm_up: int = 0

    @property
    def joint(self) -> bool:
        """Whether the law has several variables, so that a table is fitted and no curve."""
        return self.law in LAWS and len(LAWS[self.law].variables) > 1

    @property
    def scheduled(self) -> bool:
        """Whether all curves are fitted together, with their learning rates."""
        return self.law == SCHEDULE

    def plan(self) -> FitPlan:
        """The same for one curve.

        Raises:
            ValueError: If there is no such law, the window cannot be read, or something is for other laws.
        """
        if self.law != "auto" and self.law not in LAWS:
            known = ", ".join(("auto", *LAWS, SCHEDULE))
            raise ValueError(f"there is no law {self.law!r}; known are {known}")
        self.refuse(f"is for --model {SCHEDULE}", ["--warm-up"])
        return FitPlan(self.law, self.objective, _window(self.window), self.level, self.predict)

    def refuse(self, why: str, options: Sequence[str]) -> None:
        """Raise ValueError if one of some options was given, which are not for this law."""
        given = {
            "--predict": self.predict,
            "--theory": self.theory,
            "--bins": self.bins,
            "--window": self.window != "all",
            "--bootstrap": self.refits,
            "--rate": self.rate,
            "--warm-up": self.warm_up,
        }
        idle = [name for name in options if given[name]]
        if idle:
            raise ValueError(f"{', '.join(idle)} {why}: leave {'it' if len(idle) == 1 else 'them'} out")

    def schedule_delta(self) -> float:
        """Where Huber's function of log residuals turns from square to straight, for the law of schedules.

        Raises:
            ValueError: If something was asked that this law cannot give.
        """
        self.refuse("needs the learning rates of later steps, which no file holds", ["--predict"])
        self.refuse(f"is not for --model {SCHEDULE}, whose intervals are linearised", ["--bootstrap"])
        if self.objective not in SCHEDULE_DELTAS:
            raise ValueError(
                f"--model {SCHEDULE} is fitted by the objective huber (the default) or gaussian, and {self.objective} "
                "was given: choose one of these"
            )
        return SCHEDULE_DELTAS[self.objective]

    def schedule_objective(self) -> str:
        """The objective of the law of schedules in words."""
        delta = SCHEDULE_DELTAS[self.objective]
        return "squares of log residuals" if delta == inf else f"Huber's function of log residuals at {delta:g}"

    def schedule_window(self) -> tuple[float, float] | None:
        """First and last step whose losses are fitted; None for all.

        Raises:
            ValueError: If the window cannot be read, or is to be chosen.
        """
        window = _window(self.window)
        if window == "auto":
            raise ValueError(
                f"a window is chosen for power laws, and --model {SCHEDULE} is fitted to all that follows the warm-up: "
                "give --window FROM:TO, or none"
            )
        return None if isinstance(window, str) else window

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
        raise ValueError(f"{text!r} is no window; use all, auto, or FROM:TO such as 1000:50000") from None


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
