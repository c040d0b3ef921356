"""A published fit as a JSON file: what was fitted, to which data, by which objective, with which result."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from pathlib import Path
from typing import Any

from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import OBJECTIVES, Objective
from spectra.plain_text import printable

FIELDS = ("source", "law", "objective", "parameters", "intervals", "level", "x", "y", "where")
NEEDED = ("law", "objective", "parameters", "x", "y")
# Letters of a message: it repeats what stands in the file.
LONGEST = 2000
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


@dataclass(frozen=True)
class PublishedFit:
    """A fit as its authors state it."""

    source: str
    law: str
    objective: Objective
    parameters: Mapping[str, float]
    rounding: Mapping[str, float]  # half a unit of the last digit that was written
    intervals: Mapping[str, tuple[float, float]]  # those that were published, possibly none
    level: float  # of these intervals
    x: Mapping[str, Product]  # by variable of the law
    y: Product
    where: tuple[Condition, ...]  # which rows were fitted: applied one after the other


def read_published_fit(path: str | Path) -> PublishedFit:
    """Read a published fit from a JSON file.

    The file is one object. Write parameters with the digits of the publication, trailing zeros included: they say how
    far rounding goes.

        {"source": "Hoffmann et al. 2022",
         "law": "joint",
         "objective": {"name": "huber", "delta": 0.001},
         "parameters": {"floor": 1.69, "size_amplitude": 406.4, "size_exponent": 0.34, ...},
         "intervals": {"size_exponent": [0.330, 0.350]}, "level": 0.95,
         "x": {"size": "Model Size", "data": {"factor": 0.16666666666666666, "powers": {"FLOP": 1, "Model Size": -1}}},
         "y": "loss",
         "where": [{"column": "loss", "without_largest": 5}, {"column": "FLOP", "below": 1e21}]}

    `law` and the names of the parameters are those of `LAWS`; `objective` is a name of `OBJECTIVES` with its options. A
    variable or y is a column, or a factor times columns raised to powers. Conditions apply one after the other:
    `above`, `at_least`, `at_most`, `below`, `equals`, or a number of rows to leave out, `without_largest` or
    `without_smallest`. `source`, `intervals`, `level` (0.95) and `where` may be absent.

    Args:
        path: The file.

    Raises:
        ValueError: With the file, the field, what is possible and what to do.
    """
    path = Path(path)
    try:
        fields = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_int=Decimal)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; check the path") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not JSON: {error}; repair it") from None
    except InvalidOperation:
        raise ValueError(f"{path} has a number whose exponent is no number of a computer; repair it") from None
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply for a published fit; repair it") from None
    try:
        return _published(fields)
    except ValueError as error:
        raise ValueError(f"{path}: {printable(str(error)[:LONGEST])}") from None


def _published(fields: Any) -> PublishedFit:
    _known("the file", fields, FIELDS)
    missing = [name for name in NEEDED if name not in fields]
    if missing:
        raise ValueError(f"the fields {', '.join(missing)} are missing; a published fit has {', '.join(NEEDED)}")
    law = LAWS.get(str(fields["law"]))
    if law is None:
        raise ValueError(f"there is no law {fields['law']!r}; known are {', '.join(LAWS)}")
    _exactly("parameters", fields["parameters"], law.parameters)
    x = (
        fields["x"]
        if isinstance(fields["x"], dict) and "powers" not in fields["x"]
        else {law.variables[0]: fields["x"]}
    )
    _exactly("x", x, law.variables)
    intervals = fields.get("intervals", {})
    _known("intervals", intervals, law.parameters)
    parameters = {name: _number(name, value) for name, value in fields["parameters"].items()}
    return PublishedFit(
        source=str(fields.get("source", "")),
        law=law.name,
        objective=_objective(fields["objective"]),
        parameters=parameters,
        rounding={name: _half_unit(value) for name, value in fields["parameters"].items()},
        intervals={name: _pair(name, ends) for name, ends in intervals.items()},
        level=_number("level", fields.get("level", Decimal("0.95"))),
        x={name: _product(name, value) for name, value in x.items()},
        y=_product("y", fields["y"]),
        where=_conditions(fields.get("where", [])),
    )


def _known(place: str, given: Any, possible: Sequence[str]) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"{place} must be an object in braces, with {', '.join(possible)}")
    unknown = [name for name in given if name not in possible]
    if unknown:
        raise ValueError(f"{place} has {', '.join(map(repr, unknown))}; possible are {', '.join(possible)}")


def _exactly(place: str, given: Any, names: Sequence[str]) -> None:
    _known(place, given, names)
    missing = [name for name in names if name not in given]
    if missing:
        raise ValueError(f"{place} lacks {', '.join(missing)}; this law has {', '.join(names)}")


def _number(place: str, value: Any) -> float:
    if not isinstance(value, Decimal) or not isfinite(float(value)):
        told = value if isinstance(value, Decimal) else repr(value)
        raise ValueError(f"{place} is {told}; write a number in the range of double precision")
    return float(value)


def _pair(place: str, ends: Any) -> tuple[float, float]:
    found = tuple(_number(place, end) for end in ends) if isinstance(ends, list) else ()
    if len(found) != 2 or found[0] > found[1]:
        raise ValueError(f"the interval of {place} must be a list of two numbers, the lower one first")
    return found[0], found[1]


def _half_unit(value: Decimal) -> float:
    """Half a unit of the last digit that was written."""
    return float(f"5e{int(value.as_tuple().exponent) - 1}")


def _objective(given: Any) -> Objective:
    options = {"name": given} if isinstance(given, str) else given
    if not isinstance(options, dict) or str(options.get("name")) not in OBJECTIVES:
        raise ValueError(f"the objective {given!r} is not known; give one of {', '.join(OBJECTIVES)} as its name")
    rest = {name: _number(name, value) for name, value in options.items() if name != "name"}
    kind = type(OBJECTIVES[str(options["name"])])
    try:
        return kind(**rest)
    except TypeError:
        raise ValueError(f"the objective {options['name']} has no options {', '.join(rest)}; leave them out") from None


def _product(place: str, given: Any) -> Product:
    if isinstance(given, str):
        return Product(1.0, {given: 1.0})
    _known(place, given, ("factor", "powers"))
    powers = given.get("powers")
    if not isinstance(powers, dict) or not powers:
        raise ValueError(f"{place} needs 'powers', an object from columns to numbers, or just the name of a column")
    factor = _number(place, given.get("factor", Decimal(1)))
    return Product(factor, {column: _number(column, power) for column, power in powers.items()})


def _conditions(given: Any) -> tuple[Condition, ...]:
    if not isinstance(given, list):
        raise ValueError("'where' must be a list of conditions in brackets")
    found = []
    for condition in given:
        _known("a condition under 'where'", condition, ("column", *CONDITIONS))
        kinds = [name for name in condition if name != "column"]
        if not isinstance(condition.get("column"), str) or len(kinds) != 1:
            raise ValueError(f"a condition under 'where' has a column and one of {', '.join(CONDITIONS)}")
        found.append(Condition(condition["column"], kinds[0], _condition_value(kinds[0], condition[kinds[0]])))
    return tuple(found)


def _condition_value(kind: str, given: Any) -> float | str:
    if isinstance(given, str) and kind == "equals":
        return given
    value = _number(kind, given)
    if kind.startswith("without") and (value < 0 or not value.is_integer()):
        raise ValueError(f"{kind} is {given}; write how many rows to leave out, a whole number from 0 up")
    return value
