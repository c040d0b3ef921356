"""Roles of the parameters of any module, from building it at two widths and two depths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn

from spectra.scaling.layers import ScaledLayer
from spectra.scaling.role_decisions import Decision, decisions
from spectra.scaling.role_draws import Draw, draws
from spectra.scaling.role_inference import finding
from spectra.scaling.role_names import near, path_matches, prefixes, starred
from spectra.scaling.role_places import Place, places
from spectra.scaling.role_structure import check_depths, check_widths
from spectra.scaling.role_table import ParameterRow, RoleTable, chosen_roles
from spectra.scaling.role_text import refusal_text
from spectra.scaling.role_ties import ties
from spectra.scaling.rules import Role, Size

Build = Callable[[Size], nn.Module]


def roles(
    build: Build,
    small: Size,
    large: Size,
    *,
    overrides: Mapping[str, Role] | None = None,
    branches: Sequence[str] = (),
) -> RoleTable:
    """The role of each parameter of any module, inferred from which of its dimensions grow with the width.

    Networks are built at `small` (twice, to see what is drawn at random), at the width of `large` and at the depth of
    `large`. They are looked at and thrown away: nothing is written on a module or tensor, and the state of the global
    random generators is put back. Which dimension leads in and which leads out follows from the class of the layer that
    owns a parameter. What cannot be told is refused with the reason, all refusals together.

    Args:
        build: The user's function from a size to a module. The same parameters must come out at every width, and a
            deeper network must have further numbered blocks of the same kind.
        small: The base size: ratios are one here, and deviations are measured here.
        large: A wider size, and a deeper one if depth is to be scaled. Multiples of the base.
        overrides: Glob patterns of parameter names -> role, for parameters whose role is known better.
        branches: Glob patterns of the modules that compute what is added to a residual stream, such as
            "blocks.*.attention"; not of blocks that contain the addition. A factor on branches is put on their outputs.
            All that lies in them counts as inside a branch, as does all that is repeated by depth, such as the norm
            before a branch.

    Returns:
        A table to read, to correct with `with_roles`, and to pass to `parameterize` and `parameter_groups`.

    Raises:
        ValueError: If the sizes do not grow, the networks differ in more than sizes, a pattern matches nothing, or
            parameters have no role.
        TypeError: If `build` returns no module, or a size or a role is none.

    >>> build = lambda size: nn.Sequential(nn.Linear(8, size.width), nn.ReLU(), nn.Linear(size.width, 3))
    >>> table = roles(build, Size(16, 1), Size(32, 1))
    >>> {name: row.role.value for name, row in table.rows.items()}
    {'0.weight': 'input', '0.bias': 'vector', '2.weight': 'output', '2.bias': 'fixed'}
    """
    _check_sizes(small, large)
    first, second = (places(_built(build, small, seed)) for seed in (0, 1))
    if first.keys() != second.keys():
        odd = ", ".join(sorted(first.keys() ^ second.keys())[:5])
        raise ValueError(
            f"`build` gave networks with different parameters when it was called twice with {small}: {odd}; let the "
            "structure depend on the size alone"
        )
    wide = places(_built(build, Size(large.width, small.depth), 0))
    check_widths(first, wide)
    chosen = chosen_roles(overrides or {}, first)
    blocks: set[str] | None = None
    if large.depth > small.depth:
        blocks = check_depths(first, places(_built(build, Size(small.width, large.depth), 0)), chosen)
    findings = {name: finding(place, wide[name], small, large) for name, place in first.items()}
    tensors = ties(first, findings)
    decided = decisions(first, findings, tensors, chosen=chosen, blocks=blocks)
    _refuse(decided, first, wide)
    matrices = {name for name, decision in decided.items() if decision.role in _MATRICES}
    measured = draws({name: first[name] for name in tensors}, second, matrices)
    inside = _inside(first, branches) | {name for name in first if starred(name) & (blocks or set())}
    rows = {
        name: _row(first[name], wide[name], decided[name], measured[name], in_branch=bool(inside & set(tie.names)))
        for name, tie in tensors.items()
    }
    tied = {path: name for name, tie in tensors.items() for path in tie.readouts}
    return RoleTable(small, rows, tied, tuple(branches))


_MATRICES = (Role.INPUT, Role.HIDDEN, Role.OUTPUT)


def _check_sizes(small: Size, large: Size) -> None:
    if not isinstance(small, Size) or not isinstance(large, Size):
        raise TypeError(f"{small!r} and {large!r} were given as sizes; pass Size(width, depth) twice")
    if large.width <= small.width or large.depth < small.depth:
        raise ValueError(
            f"roles come from comparing {small} with a wider network, at least as deep; {large} was given as the larger"
        )


def _built(build: Build, size: Size, seed: int) -> nn.Module:
    """A network drawn with a seed, with the global random generators put back afterwards."""
    cuda = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=cuda):
        # torch.manual_seed would also leave a seed for devices that are not in use yet.
        torch.default_generator.manual_seed(seed)
        if cuda:
            torch.cuda.manual_seed_all(seed)
        module = build(size)
    if not isinstance(module, nn.Module):
        raise TypeError(f"build({size}) returned {type(module).__name__}; it must return an nn.Module")
    return module


def _refuse(decided: Mapping[str, Decision], first: Mapping[str, Place], wide: Mapping[str, Place]) -> None:
    refused = {name: decision for name, decision in decided.items() if decision.role is None}
    if refused:
        raise ValueError(refusal_text(refused, {name: (first[name].shape, wide[name].shape) for name in refused}))


def _inside(places: Mapping[str, Place], branches: Sequence[str]) -> set[str]:
    """Names of the parameters under the modules that compute residual branches."""
    inside: set[str] = set()
    owners = {prefix: None for name in places for prefix in prefixes(name)}
    for pattern in branches:
        matched = [path for path in owners if path_matches(path, pattern)]
        if not matched:
            raise ValueError(
                f"the branch pattern {pattern!r} matches no module with parameters; near it are "
                f"{near(pattern, owners)} (a * stands for one part between dots)"
            )
        inside |= {name for name in places if not set(prefixes(name)).isdisjoint(matched)}
    return inside


def _row(small: Place, wide: Place, decision: Decision, drawn: Draw, *, in_branch: bool) -> ParameterRow:
    frozen = not small.parameter.requires_grad
    return ParameterRow(
        role=decision.role or Role.FIXED,
        deviation=None if frozen else drawn.deviation,
        center=drawn.center,
        in_branch=in_branch,
        carries_multiplier=isinstance(small.owner, ScaledLayer) and small.attribute == "weight",
        reason=decision.reason,
        shapes=(small.shape, wide.shape),
    )
