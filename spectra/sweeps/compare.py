"""What the report of an experiment compares, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, NonNegativeInt, PositiveFloat
from pydantic.dataclasses import dataclass
from pydantic.fields import Field

from spectra.plain_text import first_few
from spectra.sweeps.entries import entry_count
from spectra.sweeps.sections import Mistakes, validated
from spectra.sweeps.toml_document import did_you_mean, shown
from spectra.training import RunSpec

LAST = "last"
ENTRIES = ("step", "index", "quantity")
"""What tells values of one run apart; everything else that may be compared is a setting."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Compare:
    """Runs that agree in everything but one setting, compared seed by seed.

    Attributes:
        quantity: What is compared.
        by: The setting in which the runs differ; or "step", "index" or "quantity", to compare values of the same run.
        values: Which values of it, the reference first. A recipe may leave them out: all that it has, in its order. Of
            quantities they must be named, and the first is `quantity`.
        index: Entry of the quantity.
        at: Step at which it is compared; "last" is the last one at which it is measured.
        form: "ratio" of geometric means (of positive values), or "difference" of means.
        margin: Largest change that counts as none, a share for a ratio. Without it nothing is said to be equal.
    """

    quantity: str
    by: str
    values: tuple[Any, ...] = ()
    index: NonNegativeInt = 0
    at: Annotated[int, Field(ge=0)] | Literal["last"] = "last"
    form: Literal["ratio", "difference"] = "ratio"
    margin: PositiveFloat | None = None


def read_compare(
    document: Mapping[str, Any], specs: Sequence[RunSpec], mistakes: Mistakes, *, small: bool = False
) -> tuple[Compare, ...]:
    """The sections `[[compare]]` of a recipe, checked against its runs; mistakes are added.

    Args:
        document: The recipe.
        specs: Its runs; none where there are mistakes in them.
        mistakes: What is wrong is added here.
        small: Whether these are the runs of the small version, which need not have all values and steps: what they
            cannot be asked is left out.

    Returns:
        The comparisons, each with the values that the runs have; those without mistakes.
    """
    tables = document.get("compare", [])
    if not isinstance(tables, list):
        mistakes.setdefault("compare", "must be written as [[compare]], once for every comparison")
        return ()
    found = []
    for place, table in enumerate(tables):
        path = f"compare[{place}]"
        compare = _compare(table, mistakes, path)
        if compare is not None and specs:
            compare = _fitted(compare, specs, mistakes, path, small=small)
        if compare is not None:
            found.append(compare)
    for place, compare in enumerate(found):
        if compare in found[:place]:
            mistakes.setdefault(f"compare[{place}]", "asks what a section before it asks; remove one")
    return tuple(found)


def _compare(table: object, mistakes: Mistakes, path: str) -> Compare | None:
    """One section by itself."""
    if not isinstance(table, dict):
        mistakes.setdefault(path, f"must be a section with settings, and {shown(table)} was given")
        return None
    before = len(mistakes)
    at, values, by = table.get("at", LAST), table.get("values", []), table.get("by")
    if at != LAST and (not isinstance(at, int) or isinstance(at, bool) or at < 0):
        mistakes.setdefault(f"{path}.at", f'must be "{LAST}" or a step, and {shown(at)} was given')
    if not isinstance(values, list) or len(values) == 1 or any(isinstance(value, (list, dict)) for value in values):
        mistakes.setdefault(f"{path}.values", f"must be a list of two or more values, and {shown(values)} was given")
    elif len(set(map(repr, values))) < len(values):
        mistakes.setdefault(f"{path}.values", f"has a value twice: {shown(values)}")
    for name in ("at", "index"):
        if name in table and by == {"at": "step", "index": "index"}[name]:
            mistakes.setdefault(f"{path}.{name}", f"has no meaning where {by} is what is compared; remove it")
    plain = {name: value for name, value in table.items() if not (name == "at" and value == LAST)}
    return None if len(mistakes) > before else validated(Compare, plain, mistakes, path=path)


def _fitted(
    compare: Compare, specs: Sequence[RunSpec], mistakes: Mistakes, path: str, *, small: bool
) -> Compare | None:
    """The comparison with its values spelt out, or None if the runs do not have what it asks."""
    before = len(mistakes)
    measured = list(dict.fromkeys(measurement.quantity for spec in specs for measurement in spec.measurements))
    if compare.quantity not in measured:
        listed, near = ", ".join(measured), did_you_mean(compare.quantity, measured)
        mistakes.setdefault(f"{path}.quantity", f"{shown(compare.quantity)} is not measured; there are {listed}{near}")
    steps = _steps(compare.quantity, specs)
    if steps and compare.at != LAST and compare.at not in steps and not small:
        mistakes.setdefault(f"{path}.at", f"{compare.quantity} is not measured at step {compare.at}{_near(steps)}")
    _check_entries(compare, specs, mistakes, path)
    if len(mistakes) > before or compare.by == "index":
        return None if len(mistakes) > before else compare
    if compare.by == "quantity":
        return compare if _fit_quantities(compare, measured, mistakes, f"{path}.values") else None
    known = steps if compare.by == "step" else _values(compare.by, specs, mistakes, f"{path}.by")
    kept = tuple(value for value in compare.values or known if value in known)
    absent = [value for value in compare.values if value not in known]
    if known and absent and not small:
        listed = _near(steps) if compare.by == "step" else f"; they have {first_few(map(shown, known))}"
        mistakes.setdefault(f"{path}.values", f"the runs have no {compare.by} {first_few(map(shown, absent))}{listed}")
    elif known and len(kept) < 2:
        if small:
            return None
        told = f"of {compare.by} there is only {first_few(map(shown, kept)) or 'none'}; a comparison takes two values"
        mistakes.setdefault(f"{path}.by", told)
    return replace(compare, values=kept) if len(mistakes) == before else None


def _fit_quantities(compare: Compare, measured: Sequence[str], mistakes: Mistakes, path: str) -> bool:
    """Whether the compared quantities are measured, and the reference is the first of them; else a mistake is added."""
    absent = [value for value in compare.values if value not in measured]
    if absent:
        listed = first_few(map(shown, absent))
        mistakes.setdefault(path, f"{listed} is not measured; there are {', '.join(measured)}")
    elif compare.values[:1] != (compare.quantity,):
        mistakes.setdefault(path, f"must be two or more quantities, {shown(compare.quantity)} first")
    return path not in mistakes


def _check_entries(compare: Compare, specs: Sequence[RunSpec], mistakes: Mistakes, path: str) -> None:
    """A mistake where entries are asked for that the quantity will not have."""
    count, place = entry_count(compare.quantity, specs), f"{path}.index"
    if count is None:
        return
    asked: tuple[Any, ...] = (compare.index,)
    if compare.by == "index":
        asked, place = compare.values, f"{path}.values"
        if count == 1:
            mistakes.setdefault(f"{path}.by", f"{compare.quantity} is one number; there are no entries to compare")
    absent = [index for index in asked if not (isinstance(index, int) and 0 <= index < count)]
    if absent:
        ends = "0 alone" if count == 1 else f"0 to {count - 1}"
        listed = first_few(map(shown, absent))
        mistakes.setdefault(place, f"{compare.quantity} has no index {listed}; it is measured with {ends}")


def _steps(quantity: str, specs: Sequence[RunSpec]) -> list[int]:
    """The steps at which a quantity is measured in some run."""
    grids = {(one.grid, spec.steps) for spec in specs for one in spec.measurements if one.quantity == quantity}
    return sorted({step for grid, last in grids for step in grid.steps(last)})


def _near(steps: Sequence[int]) -> str:
    """The end of a message, with the steps that there are."""
    ends = ", ".join(map(str, steps if len(steps) <= 12 else [*steps[:3], "...", *steps[-2:]]))
    return f"; it is measured at {ends}"


def _values(by: str, specs: Sequence[RunSpec], mistakes: Mistakes, path: str) -> list[Any]:
    """The values of a setting, in the order of the runs."""
    settings = [spec.columns() for spec in specs]
    names = [name for name in dict.fromkeys(name for columns in settings for name in columns) if name != "seed"]
    if by not in names:
        varied = [name for name in names if len({repr(columns.get(name)) for columns in settings}) > 1]
        listed, near = ", ".join([*varied, *ENTRIES]), did_you_mean(by, [*names, *ENTRIES])
        mistakes.setdefault(path, f"{shown(by)} is nothing that runs are compared by; there are {listed}{near}")
        return []
    return list({repr(columns.get(by)): columns.get(by) for columns in settings}.values())
