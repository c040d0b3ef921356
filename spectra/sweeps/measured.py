"""What is measured in the runs of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spectra.sweeps.axes import MEASURED, sweep_tables
from spectra.sweeps.sections import Mistakes, section
from spectra.sweeps.toml_document import did_you_mean, shown
from spectra.training import MEASUREMENTS

Measurements = tuple[Any, ...]  # a spec each; None where there are mistakes


def read_measurements(document: Mapping[str, Any], mistakes: Mistakes) -> Measurements:
    """The sections `[[measurements]]`, each a spec, or None where it has mistakes; mistakes are added."""
    tables = document.get("measurements")
    if not isinstance(tables, list) or not tables:
        what = "missing" if tables is None else f"given as {shown(tables)}"
        mistakes.setdefault("measurements", f"must be one or more sections [[measurements]], and is {what}")
        return ()
    first: dict[str, int] = {}
    measurements = []
    for index, table in enumerate(tables):
        measurement = section(table, MEASUREMENTS, mistakes, path=f"measurements[{index}]")
        measurements.append(measurement)
        if measurement is not None and (earlier := first.setdefault(measurement.quantity, index)) != index:
            what = f"{measurement.quantity} is measured already by [{earlier}]; remove one"
            mistakes.setdefault(f"measurements[{index}]", what)
    return tuple(measurements)


def measured_in_grids(
    document: Mapping[str, Any], measurements: Measurements, mistakes: Mistakes
) -> tuple[Measurements, ...]:
    """What is measured in each grid of runs: everything, or what its `measurements` name; mistakes are added."""
    tables = [(place, table) for place, table in sweep_tables(document).items() if isinstance(table, dict)]
    return tuple(_kept(f"{place}.{MEASURED}", table, measurements, mistakes) for place, table in tables)


def _kept(place: str, table: Mapping[str, Any], measurements: Measurements, mistakes: Mistakes) -> Measurements:
    if MEASURED not in table or not all(measurements):
        return measurements
    names, known = table[MEASURED], [measurement.quantity for measurement in measurements]
    if not isinstance(names, list) or not names:
        what = f'must be a list of quantities such as ["{known[0]}"]' if known else "must be a list of quantities"
        mistakes.setdefault(place, f"{what}, and {shown(names)} was given")
        return measurements
    for index, name in enumerate(names):
        if name not in known:
            listed, near = ", ".join(known), did_you_mean(str(name), known)
            mistakes.setdefault(f"{place}[{index}]", f"{shown(name)} is not measured; there are {listed}{near}")
    return tuple(measurement for measurement in measurements if measurement.quantity in names)
