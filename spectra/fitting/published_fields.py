"""The fields of a published fit, as they stand in its file; each raises ValueError for what it cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from spectra.fitting.objectives import OBJECTIVES, Objective

CONDITIONS = ("above", "at_least", "at_most", "below", "equals", "without_largest", "without_smallest")


@dataclass(frozen=True)
class Product:
    """A variable as the publication computes it: factor * product of columns^power."""

    factor: float
    powers: Mapping[str, float]


@dataclass(frozen=True)
class Condition:
    """A condition on the rows of a table."""

    column: str
    kind: str  # one of CONDITIONS
    value: float | str


def require_known(place: str, given: Any, possible: Sequence[str]) -> None:
    """Refuse what is no object, or has other names than the possible ones."""
    if not isinstance(given, dict):
        raise ValueError(f"{place} must be an object in braces, with {', '.join(possible)}")
    unknown = [name for name in given if name not in possible]
    if unknown:
        raise ValueError(f"{place} has {', '.join(map(repr, unknown))}; possible are {', '.join(possible)}")


def require_exactly(place: str, given: Any, names: Sequence[str]) -> None:
    """Refuse what is no object, or has other names than these or fewer."""
    require_known(place, given, names)
    missing = [name for name in names if name not in given]
    if missing:
        raise ValueError(f"{place} lacks {', '.join(missing)}; this law has {', '.join(names)}")


def number_in(place: str, value: Any) -> float:
    """A finite number, kept as a Decimal for its digits."""
    if not isinstance(value, Decimal) or not isfinite(float(value)):
        told = value if isinstance(value, Decimal) else repr(value)
        raise ValueError(f"{place} is {told}; write a number in the range of double precision")
    return float(value)


def interval_in(place: str, ends: Any) -> tuple[float, float]:
    """The two ends of an interval."""
    found = tuple(number_in(place, end) for end in ends) if isinstance(ends, list) else ()
    if len(found) != 2 or found[0] > found[1]:
        raise ValueError(f"the interval of {place} must be a list of two numbers, the lower one first")
    return found[0], found[1]


def half_unit(value: Decimal) -> float:
    """Half a unit of the last digit that was written."""
    return float(f"5e{int(value.as_tuple().exponent) - 1}")


def objective_in(given: Any) -> Objective:
    """The objective of a name, or of a name with options."""
    options = {"name": given} if isinstance(given, str) else given
    if not isinstance(options, dict) or str(options.get("name")) not in OBJECTIVES:
        raise ValueError(f"the objective {given!r} is not known; give one of {', '.join(OBJECTIVES)} as its name")
    rest = {name: number_in(name, value) for name, value in options.items() if name != "name"}
    kind = type(OBJECTIVES[str(options["name"])])
    try:
        return kind(**rest)
    except TypeError:
        raise ValueError(f"the objective {options['name']} has no options {', '.join(rest)}; leave them out") from None


def product_in(place: str, given: Any) -> Product:
    """A column, or a factor times powers of columns."""
    if isinstance(given, str):
        return Product(1.0, {given: 1.0})
    require_known(place, given, ("factor", "powers"))
    powers = given.get("powers")
    if not isinstance(powers, dict) or not powers:
        raise ValueError(f"{place} needs 'powers', an object from columns to numbers, or just the name of a column")
    factor = number_in(place, given.get("factor", Decimal(1)))
    return Product(factor, {column: number_in(column, power) for column, power in powers.items()})


def conditions_in(given: Any) -> tuple[Condition, ...]:
    """The conditions on the rows, in their order."""
    if not isinstance(given, list):
        raise ValueError("'where' must be a list of conditions in brackets")
    found = []
    for condition in given:
        require_known("a condition under 'where'", condition, ("column", *CONDITIONS))
        kinds = [name for name in condition if name != "column"]
        if not isinstance(condition.get("column"), str) or len(kinds) != 1:
            raise ValueError(f"a condition under 'where' has a column and one of {', '.join(CONDITIONS)}")
        found.append(Condition(condition["column"], kinds[0], _condition_value(kinds[0], condition[kinds[0]])))
    return tuple(found)


def _condition_value(kind: str, given: Any) -> float | str:
    if isinstance(given, str) and kind == "equals":
        return given
    value = number_in(kind, given)
    if kind.startswith("without") and (value < 0 or not value.is_integer()):
        raise ValueError(f"{kind} is {given}; write how many rows to leave out, a whole number from 0 up")
    return value
