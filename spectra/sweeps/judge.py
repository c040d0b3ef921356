"""What the report of an experiment judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ConfigDict, PositiveFloat
from pydantic.dataclasses import dataclass

from spectra.sweeps.axes import Axis
from spectra.sweeps.sections import Mistakes, validated
from spectra.sweeps.toml_document import did_you_mean, shown


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Judge:
    """What the report of an experiment judges.

    Attributes:
        rate: Base learning rate at which consistency across sizes is judged.
        scale: The size that grows.
        quantity: The quantity whose consistency is judged.
    """

    rate: PositiveFloat
    scale: Literal["width", "depth"] = "width"
    quantity: str = "effective_sharpness"


def read_judge(
    document: Mapping[str, Any], grids: Sequence[tuple[Axis, ...]], measurements: Sequence[Any], mistakes: Mistakes
) -> Judge | None:
    """The `[judge]` section of a recipe, checked against the rest of it; mistakes are added.

    Without the section the effective sharpness is judged at the only rate, if it is measured and there is one rate;
    otherwise nothing is.

    Args:
        document: The recipe.
        grids: Axes of every grid of runs.
        measurements: What is measured; None where a measurement has mistakes.
        mistakes: What is wrong is added here.

    Returns:
        The judge, or None if nothing is judged or there are mistakes in the section.
    """
    table, rates = document.get("judge", {}), _rates(document, grids)
    if not isinstance(table, dict):
        mistakes.setdefault("judge", f"must be a section with settings, and {shown(table)} was given")
        return None
    measured = [measurement.quantity for measurement in measurements if measurement is not None]
    if "judge" not in document and (len(rates) != 1 or Judge.quantity not in measured):
        return None
    if "rate" not in table and len(rates) == 1:
        table = {**table, "rate": rates[0]}
    elif "rate" not in table:
        listed = ", ".join(map(str, rates)) or "of the runs"
        mistakes.setdefault("judge.rate", f"is missing; say at which of the rates {listed} is judged")
    judge: Judge | None = validated(Judge, table, mistakes, path="judge")
    if judge is not None and "judge" in document:
        swept = list(dict.fromkeys(axis.name for axes in grids for axis in axes))
        _check_rate(judge.rate, rates, mistakes)
        _check_scale(judge.scale, swept, mistakes)
        if measurements and all(measurements):  # with mistakes in one of them nobody knows
            _check_quantity(judge.quantity, measured, mistakes)
    return judge


def _rates(document: Mapping[str, Any], grids: Sequence[tuple[Axis, ...]]) -> list[float]:
    optimizer = document.get("optimizer")
    fixed = (optimizer["rate"],) if isinstance(optimizer, dict) and "rate" in optimizer else ()
    swept = [next((axis.values for axis in axes if axis.name == "rate"), fixed) for axes in grids]
    numbers = [
        rate for rates in swept for rate in rates if isinstance(rate, (int, float)) and not isinstance(rate, bool)
    ]
    return list(dict.fromkeys(numbers))


def _check_rate(rate: float, rates: Sequence[float], mistakes: Mistakes) -> None:
    if rates and rate not in rates:
        listed, nearest = ", ".join(map(str, rates)), min(rates, key=lambda other: abs(other - rate))
        mistakes.setdefault("judge.rate", f"{rate} is none of the rates {listed}; the nearest is {nearest}")


def _check_scale(scale: str, swept: Sequence[str], mistakes: Mistakes) -> None:
    if scale not in swept:
        listed = ", ".join(swept) or "none"
        mistakes.setdefault(
            "judge.scale", f"{scale!r} is not swept (the axes: {listed}); sweep it, or name another scale"
        )


def _check_quantity(quantity: str, measured: Sequence[str], mistakes: Mistakes) -> None:
    if quantity not in measured:
        listed, near = ", ".join(measured), did_you_mean(quantity, list(measured))
        mistakes.setdefault("judge.quantity", f"{shown(quantity)} is not measured; there are {listed}{near}")
