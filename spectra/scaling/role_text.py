"""What is said of parameters by name, with equal numbered ones in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from spectra.scaling.aligned import aligned
from spectra.scaling.role_decisions import Decision
from spectra.scaling.role_names import with_part
from spectra.scaling.rules import Role

Label = TypeVar("Label")


def refusal_text(refused: Mapping[str, Decision], shapes: Mapping[str, tuple[tuple[int, ...], ...]]) -> str:
    """All parameters that have no role, each with its reason, and what can be done."""
    groups = collapsed(
        {name: ((shapes_text(shapes[name]), decision.reason), [None]) for name, decision in refused.items()}
    )
    lines = [f"{len(refused)} parameter{'s have' if len(refused) > 1 else ' has'} no role:"]
    lines += [f"  {line}" for line in aligned([(name, *label) for name, (label, _) in groups.items()])]
    lines += dict.fromkeys(decision.advice for decision in refused.values() if decision.advice)
    lines.append(
        f'Where you know better, say so: roles(..., overrides={{"{next(iter(groups))}": role}}) with one of '
        f"{', '.join(map(str, Role))}."
    )
    return "\n".join(lines)


def shapes_text(shapes: Sequence[tuple[int, ...]]) -> str:
    """Shapes in networks of several sizes; one if they are equal."""
    written = ["(" + ", ".join(map(str, shape)) + ")" for shape in shapes]
    return written[0] if len(set(written)) == 1 else " -> ".join(written)


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
