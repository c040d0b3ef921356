"""Tables of roles and lists of refusals as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from spectra.scaling.aligned import aligned
from spectra.scaling.role_names import with_part
from spectra.scaling.rules import Role

if TYPE_CHECKING:
    from spectra.scaling.role_decisions import Decision
    from spectra.scaling.role_table import ParameterRow, RoleTable

Label = TypeVar("Label")


def table_text(table: RoleTable) -> str:
    """A table of roles, with equal numbered rows in one line and what to know about it below."""
    labels = {name: replace(row, deviation=row.deviation and 0.0) for name, row in table.rows.items()}
    groups = collapsed({name: (label, [table.rows[name].deviation]) for name, label in labels.items()})
    base = table.base
    lines = [f"roles of parameters; base: width {base.width}, depth {base.depth}"]
    heads = ("parameter", "shapes", "role", "branch", "center", "deviation", "why")
    cells = [(name, *_cells(row, deviations)) for name, (row, deviations) in groups.items()]
    columns = [column for column in zip(heads, *cells, strict=True) if any(column[1:])]
    lines += aligned(list(zip(*columns, strict=True)))
    return "\n".join(lines + _remarks(table))


def _cells(row: ParameterRow, deviations: list[float | None]) -> tuple[str, ...]:
    branch = "yes" if row.in_branch else ""
    return _shapes(row.shapes), row.role.value, branch, f"{row.center:.3g}", _range(deviations), row.reason


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    written = ["(" + ", ".join(map(str, shape)) + ")" for shape in shapes]
    return written[0] if len(set(written)) == 1 else " -> ".join(written)


def _range(deviations: list[float | None]) -> str:
    """One deviation, or the least and the greatest of numbered rows."""
    numbers = [number for number in deviations if number is not None]
    if not numbers:
        return "as made"
    ends = f"{min(numbers):.3g}", f"{max(numbers):.3g}"
    return ends[0] if ends[0] == ends[1] else "..".join(ends)


def _remarks(table: RoleTable) -> list[str]:
    remarks = [f"{path} reads out with the tensor of {name} (tied)" for path, name in table.tied.items()]
    if table.branches:
        remarks.append(f"residual branches: {', '.join(table.branches)}")
    foreign = not any(row.carries_multiplier for row in table.rows.values())
    if foreign and not table.tied and all(row.role is not Role.OUTPUT for row in table.rows.values()):
        remarks.append(
            "no readout was found: if the network has one (an embedding that is used again inside forward, a vector "
            "that is summed over), give it a module of its own, or say its role"
        )
    return remarks


def refusal_text(refused: Mapping[str, Decision], shapes: Mapping[str, tuple[tuple[int, ...], ...]]) -> str:
    """All parameters that have no role, each with its reason, and what can be done."""
    groups = collapsed({name: ((_shapes(shapes[name]), decision.reason), [None]) for name, decision in refused.items()})
    lines = [f"{len(refused)} parameter{'s have' if len(refused) > 1 else ' has'} no role:"]
    lines += [f"  {line}" for line in aligned([(name, *label) for name, (label, _) in groups.items()])]
    lines += dict.fromkeys(decision.advice for decision in refused.values() if decision.advice)
    lines.append(
        f'Where you know better, say so: roles(..., overrides={{"{next(iter(groups))}": role}}) with one of '
        f"{', '.join(map(str, Role))}."
    )
    return "\n".join(lines)


def collapsed(rows: Mapping[str, tuple[Label, list[float | None]]]) -> dict[str, tuple[Label, list[float | None]]]:
    """One line for rows that differ in a number of the name only: blocks.*.weight for blocks.0.weight, blocks.1.weight.

    Args:
        rows: By name, what must be equal for rows to be one, and what is collected from each.
    """
    result = dict(rows)
    for position in range(max((name.count(".") + 1 for name in rows), default=0)):
        groups: dict[str, list[str]] = {}
        for name in result:
            groups.setdefault(_starred(name, position), []).append(name)
        alike = {pattern for pattern, names in groups.items() if _alike([result[name][0] for name in names])}
        merged: dict[str, tuple[Label, list[float | None]]] = {}
        for name, (label, numbers) in result.items():
            pattern = _starred(name, position)
            key = pattern if pattern in alike else name
            merged[key] = label, [*merged.get(key, (label, []))[1], *numbers]
        result = merged
    return result


def _alike(labels: list[Label]) -> bool:
    return len(labels) > 1 and all(label == labels[0] for label in labels)


def _starred(name: str, position: int) -> str:
    parts = name.split(".")
    return with_part(name, position, "*") if position < len(parts) and parts[position].isdecimal() else name
