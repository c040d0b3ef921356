"""What the report of an experiment judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PositiveFloat
from pydantic.dataclasses import dataclass

from spectra.plain_text import first_few
from spectra.sweeps.axes import Axis
from spectra.sweeps.sections import Mistakes, validated
from spectra.sweeps.toml_document import did_you_mean, shown

HEADLINE = "effective_sharpness"
"""What is judged where a recipe names no quantity."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Judge:
    """What the report of an experiment judges.

    Attributes:
        rate: Base learning rates at which consistency across sizes is judged. A recipe may give one number. Runs that
            differ in nothing else but have several of these rates are judged at each by itself.
        scale: The size that grows, of the network or of what it is trained on.
        quantities: The quantities whose consistency is judged; the first is the headline. A recipe may say
            `quantity` instead, and give one name.
        index: Which entry of each quantity. A recipe may give one number for all.
        criterion: What decides which learning rate is best. The other criterion is shown beside it.
        asks: Which kinds of answers answer the title: they, and the figures they rest on, stand first on the page, and
            in the gallery. Without it the first kind does that has an answer.
    """

    rate: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]
    scale: Literal["width", "depth", "trained_examples"] = "width"
    quantities: Annotated[tuple[str, ...], Field(min_length=1)] = (HEADLINE,)
    index: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    criterion: Literal["mean_log_loss", "final_log_loss"] = "mean_log_loss"
    asks: tuple[Literal["consistency", "collapse", "stability", "transfer", "comparison"], ...] = ()

    @property
    def judged(self) -> tuple[tuple[str, int], ...]:
        """Every judged quantity with its index, the headline first."""
        return tuple(zip(self.quantities, self.index, strict=True))


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
    if "judge" not in document and (len(rates) != 1 or HEADLINE not in measured):
        return None
    if "rate" not in table and len(rates) == 1:
        table = {**table, "rate": rates[0]}
    elif "rate" not in table:
        listed = first_few(rates) or "of the runs"
        mistakes.setdefault("judge.rate", f"is missing; say at which of the rates {listed} is judged")
    judge = _validated(table, mistakes)
    if judge is not None and "judge" in document:
        swept = list(dict.fromkeys(axis.name for axes in grids for axis in axes))
        _check_rates(judge.rate, rates, mistakes)
        _check_scale(judge.scale, swept, mistakes)
        if measurements and all(measurements):  # with mistakes in one of them nobody knows
            short = "quantity" in document["judge"]
            _check_quantities(judge, measured, mistakes, place="judge.quantity" if short else "judge.quantities")
    return judge


def _validated(table: Mapping[str, Any], mistakes: Mistakes) -> Judge | None:
    """The section as a spec; mistakes in a single value stand where the recipe has it."""
    wrong: Mistakes = {}
    judge: Judge | None = validated(Judge, _spelt_out(table, mistakes), wrong, path="judge")
    for place, what in wrong.items():
        name = place.removeprefix("judge.").removesuffix("[0]")
        own = "quantity" if name == "quantities" and "quantity" in table else name
        mistakes.setdefault(place if isinstance(table.get(own), list) else f"judge.{own}", what)
    return judge


def _spelt_out(table: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Any]:
    """The section with lists where a recipe may write one value."""
    whole = dict(table)
    if "quantity" in whole:
        if "quantities" in whole:
            mistakes.setdefault("judge.quantity", "is given beside quantities; keep one of the two")
        whole["quantities"] = whole.pop("quantity")
    whole = {name: value if isinstance(value, (list, dict)) else [value] for name, value in whole.items()}
    whole |= {name: table[name] for name in ("scale", "criterion") if name in table}
    count = len(whole.get("quantities", [HEADLINE]))
    index = whole.get("index", [0])
    if isinstance(index, list) and len(index) == 1:
        index = index * count
    elif isinstance(index, list) and len(index) != count:
        many = f"{len(index)} numbers for {count} quantities; give one for each, or one number for all"
        mistakes.setdefault("judge.index", f"has {many}")
        index = [0] * count
    return {**whole, "index": index}


def _rates(document: Mapping[str, Any], grids: Sequence[tuple[Axis, ...]]) -> list[float]:
    optimizer = document.get("optimizer")
    fixed = (optimizer["rate"],) if isinstance(optimizer, dict) and "rate" in optimizer else ()
    swept = [next((axis.values for axis in axes if axis.name == "rate"), fixed) for axes in grids]
    numbers = [
        rate for rates in swept for rate in rates if isinstance(rate, (int, float)) and not isinstance(rate, bool)
    ]
    return list(dict.fromkeys(numbers))


def _check_rates(judged: Sequence[float], rates: Sequence[float], mistakes: Mistakes) -> None:
    for rate in judged:
        if rates and rate not in rates:
            listed, nearest = first_few(rates), min((abs(other - rate), other) for other in rates)[1]
            mistakes.setdefault("judge.rate", f"{rate} is none of the rates {listed}; the nearest is {nearest}")


def _check_scale(scale: str, swept: Sequence[str], mistakes: Mistakes) -> None:
    if scale not in swept:
        listed = ", ".join(swept) or "none"
        mistakes.setdefault(
            "judge.scale", f"{scale!r} is not swept (the axes: {listed}); sweep it, or name another scale"
        )


def _check_quantities(judge: Judge, measured: Sequence[str], mistakes: Mistakes, *, place: str) -> None:
    for quantity in judge.quantities:
        if quantity not in measured:
            listed, near = ", ".join(measured), did_you_mean(quantity, list(measured))
            mistakes.setdefault(place, f"{shown(quantity)} is not measured; there are {listed}{near}")
    for name, index in judge.judged:
        if judge.judged.count((name, index)) > 1:
            mistakes.setdefault(place, f"{shown(name)} stands there twice with the index {index}")
