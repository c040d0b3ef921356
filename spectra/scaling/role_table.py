"""The roles of a network's parameters, as a table to read, to correct and to hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from spectra.scaling.aligned import aligned
from spectra.scaling.role_names import continued, near
from spectra.scaling.role_text import collapsed, shapes_text
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True)
class ParameterRow:
    """What is known about one parameter.

    Attributes:
        role: Which of its dimensions grow with the width.
        deviation: Standard deviation of its entries at the base size; 0 if they are all `center`; None if they are to
            stay as the module made them.
        center: Mean of its entries: 0 for matrices, 1 for the gains of norms.
        in_branch: Whether it lies inside a residual branch.
        carries_multiplier: Whether its layer has a `multiplier` for it, as those of `spectra.scaling` do. Elsewhere the
            multiplier goes into initialisation and learning rate, which trains the same.
        reason: Why it has this role, in a short phrase.
        shapes: Its shapes in the networks that were compared, the base first.
    """

    role: Role
    deviation: float | None
    center: float
    in_branch: bool
    carries_multiplier: bool
    reason: str
    shapes: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class RoleTable:
    """The roles of a network's parameters. It holds names and numbers only, no tensor and no module.

    Attributes:
        base: Size of the network that the deviations were taken from.
        rows: One row for each parameter by its name, in the order of `named_parameters`; tied tensors once.
        tied: Path of each module that reads out with the tensor of an embedding -> name of that parameter. Its outputs
            get the multiplier that the weights of a readout would get.
        branches: Glob patterns of the modules that compute what is added to the residual stream.
    """

    base: Size
    rows: Mapping[str, ParameterRow]
    tied: Mapping[str, str]
    branches: tuple[str, ...] = ()

    def row(self, name: str) -> ParameterRow:
        """The row of a parameter, also of a network that is deeper than the base.

        A block beyond the base's last has the row of the base's last: `blocks.7.weight` that of `blocks.1.weight`.

        Raises:
            ValueError: If the name is unknown.
        """
        if name in self.rows:
            return self.rows[name]
        known = continued(name, self.rows)
        if known is not None:
            return self.rows[known[1]]
        raise ValueError(
            f"there is no parameter {name!r} in the table; near it are {near(name, self.rows)}. Is the table that of "
            "this network?"
        )

    def with_roles(self, overrides: Mapping[str, Role]) -> RoleTable:
        """The same table with the roles of some parameters set by hand.

        Args:
            overrides: Glob patterns of parameter names -> role; of several that match, the last counts.

        Raises:
            ValueError: If a pattern matches no parameter.
        """
        chosen = chosen_roles(overrides, self.rows)
        rows = {
            name: replace(row, role=chosen[name], reason=f"set by hand; was {row.role.value}")
            if name in chosen
            else row
            for name, row in self.rows.items()
        }
        return replace(self, rows=rows)

    def __str__(self) -> str:
        """Aligned plain text, with equal numbered rows in one line and what to know about them below."""
        labels = {name: replace(row, deviation=row.deviation and 0.0) for name, row in self.rows.items()}
        groups = collapsed({name: (label, [self.rows[name].deviation]) for name, label in labels.items()})
        title = f"roles of parameters; base: width {self.base.width}, depth {self.base.depth}"
        heads = ("parameter", "shapes", "role", "branch", "center", "deviation", "why")
        cells = [(name, *_cells(row, deviations)) for name, (row, deviations) in groups.items()]
        columns = [column for column in zip(heads, *cells, strict=True) if any(column[1:])]
        return "\n".join([title, *aligned(list(zip(*columns, strict=True))), *_remarks(self)])


def chosen_roles(overrides: Mapping[str, Role], names: Mapping[str, object]) -> dict[str, Role]:
    """Role by name for the parameters that glob patterns choose.

    Raises:
        ValueError: If a pattern matches no name.
        TypeError: If a role is not one.
    """
    chosen: dict[str, Role] = {}
    for pattern, role in overrides.items():
        if not isinstance(role, Role):
            raise TypeError(f"{role!r} was given for {pattern!r}; a role is one of {', '.join(map(str, Role))}")
        matched = [name for name in names if fnmatchcase(name, pattern)]
        if not matched:
            raise ValueError(
                f"the pattern {pattern!r} matches no parameter; near it are {near(pattern, names)} (a * stands for "
                "any text)"
            )
        chosen |= dict.fromkeys(matched, role)
    return chosen


def _cells(row: ParameterRow, deviations: list[float | None]) -> tuple[str, ...]:
    branch = "yes" if row.in_branch else ""
    return shapes_text(row.shapes), row.role.value, branch, f"{row.center:.3g}", _range(deviations), row.reason


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
