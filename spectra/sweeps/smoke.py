"""The small version of a recipe: its `[smoke]` section restricts axes and replaces settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from spectra.plain_text import first_few
from spectra.sweeps.axes import owner_of, sweep_tables, sweepable
from spectra.sweeps.sections import Mistakes
from spectra.sweeps.toml_document import did_you_mean, plain, shown
from spectra.training import MEASUREMENTS


def smaller(document: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Any]:
    """The recipe that `[smoke]` makes of a recipe; mistakes are added.

    A list restricts an axis, in every grid of runs that has it, to some of its values; a grid to which no value of an
    axis is left is left out. Anything else replaces a setting: of the run, of the section that it belongs to, or of
    every measurement that has it.

    Args:
        document: The recipe.
        mistakes: What is wrong with its section is added here.

    Returns:
        A recipe without the section; the same runs where it has none, or where it is no table.
    """
    whole = {name: value for name, value in document.items() if name != "smoke"}
    section = document.get("smoke", {})
    if not isinstance(section, dict):
        mistakes.setdefault("smoke", f"must be a section such as steps = 40, and {shown(section)} was given")
        return whole
    for name, value in section.items():
        swept = any(isinstance(table, dict) and name in table for table in sweep_tables(whole).values())
        change = _restricted if swept else _replaced
        whole = change(whole, name, value, mistakes)
    _check_grids(section, whole, mistakes)
    return _with_kept_rates(whole)


def _restricted(document: dict[str, Any], name: str, value: Any, mistakes: Mistakes) -> dict[str, Any]:
    place, tables = f"smoke.{plain(name)}", sweep_tables(document)
    axes = [table[name] for table in tables.values() if isinstance(table, dict) and isinstance(table.get(name), list)]
    if not isinstance(value, list) or not value:
        listed = "a list of some values of this axis"
        mistakes.setdefault(place, f"must be {listed}, and {shown(value)} was given; write [{shown(value)}]")
        return document
    for index, wanted in enumerate(value):
        if not any(wanted in axis for axis in axes):
            listed = first_few(dict.fromkeys(shown(other) for axis in axes for other in axis))
            mistakes.setdefault(f"{place}[{index}]", f"{shown(wanted)} is not swept; there are {listed}")
    kept = [_narrowed(table, name, value) for table in tables.values()]
    kept = [table for table in kept if not (isinstance(table, dict) and table.get(name) == [])]
    return {**document, "sweep": kept}


def _narrowed(table: Any, name: str, value: list[Any]) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get(name), list):
        return table
    return {**table, name: [other for other in table[name] if other in value]}


def _replaced(document: dict[str, Any], name: str, value: Any, mistakes: Mistakes) -> dict[str, Any]:
    owner = owner_of(name)
    if owner is not None and not owner[0]:
        return {**document, name: value}
    if owner is not None:
        table = document.get(owner[0], {})
        return {**document, owner[0]: {**table, owner[1]: value}} if isinstance(table, dict) else document
    tables = document.get("measurements")
    measured = tables if isinstance(tables, list) else []
    having = [table for table in measured if name in _settings(table)]
    if not having:
        names = sorted({*sweepable(document), *(setting for table in measured for setting in _settings(table))})
        what = "is no axis and no setting of this recipe, nor of its measurements"
        mistakes.setdefault(f"smoke.{plain(name)}", f"{what}; there are {', '.join(names)}{did_you_mean(name, names)}")
    changed = [{**table, name: value} if name in _settings(table) else table for table in measured]
    return {**document, "measurements": changed} if having else document


def _settings(table: Any) -> list[str]:
    kind = MEASUREMENTS.get(str(table.get("kind"))) if isinstance(table, dict) else None
    return [] if kind is None else [field.name for field in fields(kind) if field.name != "kind"]


def _check_grids(section: Mapping[str, Any], whole: Mapping[str, Any], mistakes: Mistakes) -> None:
    if whole.get("sweep") == []:
        mistakes.setdefault("smoke", f"leaves no run: no grid has values of all of {', '.join(map(plain, section))}")


def _with_kept_rates(document: dict[str, Any]) -> dict[str, Any]:
    """The recipe without those rates of the judge that no run has any more, as long as one is left."""
    judge = document.get("judge")
    if not isinstance(judge, dict) or not isinstance(judge.get("rate"), list):
        return document
    swept = [table.get("rate", []) for table in sweep_tables(document).values() if isinstance(table, dict)]
    rates = [rate for rate in judge["rate"] if any(isinstance(axis, list) and rate in axis for axis in swept)]
    return {**document, "judge": {**judge, "rate": rates}} if rates else document
