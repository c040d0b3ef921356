"""Axes of a sweep: settings that take several values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from itertools import product
from typing import Any

from spectra.sweeps.sections import KINDS, PLAIN, Mistakes, section, validated
from spectra.sweeps.toml_document import did_you_mean, plain, shown
from spectra.training import RunSpec

RUN_LIMIT = 100_000
"""More runs than this in one recipe are a slip of the pen."""

MEASURED = "measurements"
"""What a section of axes may hold beside them: the quantities that are measured in its runs."""


@dataclass(frozen=True)
class Axis:
    """One setting with its values."""

    name: str  # column of the long table
    place: str  # where it stands in the recipe
    values: tuple[Any, ...]
    section: str  # section of the recipe that the setting belongs to; empty for a setting of the run itself
    setting: str  # name within the section: `kind` for an axis that bears the section's name


@dataclass(frozen=True)
class Part:
    """What one section becomes at each combination of those axes that concern it."""

    axes: tuple[int, ...]  # positions among all axes of the grid
    choices: dict[tuple[int, ...], Any]  # by the positions on these axes

    def at(self, point: tuple[int, ...]) -> Any:
        """The spec at one point of the grid."""
        return self.choices[tuple(point[axis] for axis in self.axes)]


def read_axes(document: Mapping[str, Any], mistakes: Mistakes) -> tuple[tuple[Axis, ...], ...]:
    """Axes of each grid of runs, in the order written; mistakes are added.

    Args:
        document: The recipe. Its `[sweep]` section is one grid; of several sections `[[sweep]]` each is one.
        mistakes: What is wrong is added here.

    Returns:
        The axes of every grid: one grid without axes if there is no such section.
    """
    sections = sweep_tables(document)
    for place, table in sections.items():
        if not isinstance(table, dict):
            mistakes.setdefault(place, f"must be a section of axes such as seed = [1, 2], and {shown(table)} was given")
    grids = tuple(
        tuple(
            axis
            for name, values in table.items()
            if name != MEASURED and (axis := _axis(document, name, values, place, mistakes))
        )
        for place, table in sections.items()
        if isinstance(table, dict)
    )
    runs = sum(math.prod(len(axis.values) for axis in axes) for axes in grids)
    if runs > RUN_LIMIT:
        mistakes.setdefault("sweep", f"asks for {runs} runs; the limit is {RUN_LIMIT}: use shorter axes")
    return grids


def sweep_tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """The sections `[sweep]` or `[[sweep]]` by their places in the recipe, whatever they hold."""
    tables = document.get("sweep", {})
    if isinstance(tables, list) and tables:
        return {f"sweep[{index}]": table for index, table in enumerate(tables)}
    return {"sweep": tables}


def _axis(document: Mapping[str, Any], name: str, values: object, place: str, mistakes: Mistakes) -> Axis | None:
    path, owner = f"{place}.{plain(name)}", owner_of(name)
    if owner is None:
        names = sweepable(document)
        near = did_you_mean(name, names)
        mistakes.setdefault(path, f"is no setting that can be swept; there are {', '.join(names)}{near}")
    elif not isinstance(values, list):
        mistakes.setdefault(path, f"must be a list of values, and {shown(values)} was given; write [{shown(values)}]")
    elif not values:
        mistakes.setdefault(path, "is empty; give it at least one value, or remove the axis")
    else:
        _check_values(path, values, mistakes)
        _check_once(document, path, owner, mistakes)
        return Axis(name, path, tuple(values), *owner)
    return None


def owner_of(name: str) -> tuple[str, str] | None:
    """Section (empty for the run itself) and name of the setting that an axis of this name sets; None if none is."""
    if name in KINDS:
        return name, "kind"
    if name in PLAIN:
        return "", name
    owners = (part for part, kinds in KINDS.items() if any(name in _names(kind) for kind in kinds.values()))
    owner = next(owners, None)
    return None if owner is None or name == "kind" else (owner, name)


def sweepable(document: Mapping[str, Any]) -> list[str]:
    """What can be an axis of this recipe: settings of the kinds that its sections name, or of all kinds."""
    names = {*KINDS, *PLAIN}
    for part, kinds in KINDS.items():
        table = document.get(part)
        chosen = kinds.get(str(table.get("kind"))) if isinstance(table, dict) else None
        for kind in kinds.values() if chosen is None else [chosen]:
            names |= set(_names(kind))
    return sorted(names - {"kind"})


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _check_values(path: str, values: list[Any], mistakes: Mistakes) -> None:
    seen: dict[Any, int] = {}
    for index, value in enumerate(values):
        first = seen.setdefault(value if isinstance(value, (str, int, float)) else repr(value), index)
        if first != index:
            mistakes.setdefault(f"{path}[{index}]", f"{shown(value)} stands there already, at [{first}]; remove one")


def _check_once(document: Mapping[str, Any], path: str, owner: tuple[str, str], mistakes: Mistakes) -> None:
    part, setting = owner
    table = document.get(part, {}) if part else document
    if isinstance(table, dict) and setting in table:
        mistakes.setdefault(path, f"is also set as {_place(owner)}; keep one of the two")


def _place(owner: tuple[str, str]) -> str:
    return ".".join(filter(None, owner))


def forgive_missing(document: Mapping[str, Any], mistakes: Mistakes) -> None:
    """Drop what is only missing because the axis that should give it has a mistake of its own."""
    tables = [table for table in sweep_tables(document).values() if isinstance(table, dict)]
    owners = [owner_of(name) for table in tables for name in table]
    for place in (_place(owner) for owner in owners if owner is not None):
        if mistakes.get(place, "").startswith("is missing"):
            del mistakes[place]


def part(document: Mapping[str, Any], name: str, axes: tuple[Axis, ...], mistakes: Mistakes) -> Part:
    """One section, or one setting of the run itself, at all values that the axes give it; mistakes are added.

    Args:
        document: The recipe.
        name: A key of `KINDS` or of `PLAIN`.
        axes: All axes of one grid.
        mistakes: What is wrong is added here.

    Returns:
        The part; where there are mistakes, some of its choices are None or absent.
    """
    own = tuple(i for i, axis in enumerate(axes) if axis.section == name or (not axis.section and axis.setting == name))
    if "sweep" in mistakes:  # too many points to walk through, or none
        return Part(own, {})
    choices: dict[tuple[int, ...], Any] = {}
    for point in product(*(range(len(axes[i].values)) for i in own)):
        values = {axes[i].setting: axes[i].values[at] for i, at in zip(own, point, strict=True)}
        sources = {axes[i].setting: f"{axes[i].place}[{at}]" for i, at in zip(own, point, strict=True)}
        read = _section if name in KINDS else _setting
        choices[point] = read(document, name, values, sources, mistakes)
    return Part(own, choices)


def _section(
    document: Mapping[str, Any], name: str, values: dict[str, Any], sources: dict[str, str], mistakes: Mistakes
) -> Any:
    table = document.get(name, {})
    whole = {**table, **values} if isinstance(table, dict) else table
    return section(whole, KINDS[name], mistakes, path=name, sources=sources)


def _setting(
    document: Mapping[str, Any], name: str, values: dict[str, Any], sources: dict[str, str], mistakes: Mistakes
) -> Any:
    if name in values:
        return validated(PLAIN[name], values[name], mistakes, path=sources[name])
    if name in document:
        return validated(PLAIN[name], document[name], mistakes, path=name)
    default = next(field.default for field in fields(RunSpec) if field.name == name)
    if default is MISSING:
        mistakes.setdefault(name, f"is missing; set {name} at the top of the recipe or as an axis of [sweep]")
    return default
