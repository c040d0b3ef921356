"""A published fit as a JSON file: what was fitted, to which data, by which objective, with which result."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import Objective
from spectra.fitting.published_fields import (
    Condition,
    Product,
    conditions_in,
    half_unit,
    interval_in,
    number_in,
    objective_in,
    product_in,
    require_exactly,
    require_known,
)
from spectra.fitting.saved.json_text import json_document
from spectra.plain_text import printable

FIELDS = ("source", "law", "objective", "parameters", "intervals", "level", "x", "y", "where")
NEEDED = ("law", "objective", "parameters", "x", "y")
# Letters of a message: it repeats what stands in the file.
LONGEST = 2000


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
        fields = json_document(path.read_text(encoding="utf-8-sig"), number=Decimal)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; check the path") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not JSON: {error}; repair it") from None
    except InvalidOperation:
        raise ValueError(f"{path} has a number whose exponent is no number of a computer; repair it") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}; repair it") from None
    try:
        return _published(fields)
    except ValueError as error:
        raise ValueError(f"{path}: {printable(str(error)[:LONGEST])}") from None


def _published(fields: Any) -> PublishedFit:
    require_known("the file", fields, FIELDS)
    missing = [name for name in NEEDED if name not in fields]
    if missing:
        raise ValueError(f"the fields {', '.join(missing)} are missing; a published fit has {', '.join(NEEDED)}")
    law = LAWS.get(str(fields["law"]))
    if law is None:
        raise ValueError(f"there is no law {fields['law']!r}; known are {', '.join(LAWS)}")
    require_exactly("parameters", fields["parameters"], law.parameters)
    x = (
        fields["x"]
        if isinstance(fields["x"], dict) and "powers" not in fields["x"]
        else {law.variables[0]: fields["x"]}
    )
    require_exactly("x", x, law.variables)
    intervals = fields.get("intervals", {})
    require_known("intervals", intervals, law.parameters)
    parameters = {name: number_in(name, value) for name, value in fields["parameters"].items()}
    return PublishedFit(
        source=str(fields.get("source", "")),
        law=law.name,
        objective=objective_in(fields["objective"]),
        parameters=parameters,
        rounding={name: half_unit(value) for name, value in fields["parameters"].items()},
        intervals={name: interval_in(name, ends) for name, ends in intervals.items()},
        level=number_in("level", fields.get("level", Decimal("0.95"))),
        x={name: product_in(name, value) for name, value in x.items()},
        y=product_in("y", fields["y"]),
        where=conditions_in(fields.get("where", [])),
    )
