"""How the parameters of the base were drawn: measured, since no one else knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.scaling.layers import ScaledLayer
from spectra.scaling.role_places import Place

# A mean that is really zero is taken for another once in about 16,000 normal draws at four standard errors.
_STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class Draw:
    """Mean and standard deviation of a parameter's entries; a deviation of None if they were not drawn at random."""

    center: float
    deviation: float | None


def draws(first: Mapping[str, Place], second: Mapping[str, Place], matrices: set[str]) -> dict[str, Draw]:
    """How each parameter was drawn, from two networks of the base size that were built with different seeds.

    Entries that vary within a network but not between the two have a pattern (an identity, sines of positions) that a
    new draw would destroy. If nothing differs between the two, `build` sets a seed itself, and all that varies is
    taken for drawn.

    Args:
        first: Places in one network.
        second: Places in the other.
        matrices: Names of the parameters whose mean is zero by assumption.

    Raises:
        ValueError: If a parameter holds no finite numbers.
    """
    declared = {
        name: _declared(place.owner, place) for name, place in first.items() if isinstance(place.owner, ScaledLayer)
    }
    entries = {name: (_numbers(first[name]), _numbers(second[name])) for name in first if name not in declared}
    seeded = all(torch.equal(*pair) for pair in entries.values())
    measured = {name: _draw(*pair, seeded=seeded, matrix=name in matrices) for name, pair in entries.items()}
    return declared | measured


def _numbers(place: Place) -> Tensor:
    if place.parameter.is_meta:
        raise ValueError(f"{place.name} is on the meta device at the base size; build the base with numbers in it")
    entries = place.parameter.detach().cpu()
    # Real and imaginary parts, times sqrt(2): the deviation of a complex number is that of its length.
    entries = 2**0.5 * torch.view_as_real(entries) if entries.is_complex() else entries
    numbers = entries.to(torch.float64).flatten()
    if not numbers.isfinite().all():
        raise ValueError(f"{place.name} holds numbers that are not finite; let `build` initialise it")
    return numbers


def _declared(owner: ScaledLayer, place: Place) -> Draw:
    """What a layer of `spectra.scaling` says; its weights hold no numbers before `parameterize` draws them."""
    drawn = owner.drawn()[place.attribute]
    return Draw(drawn.center, drawn.gain / drawn.fan_in**0.5)


def _draw(first: Tensor, second: Tensor, *, seeded: bool, matrix: bool) -> Draw:
    same = torch.equal(first, second)
    if not len(first):
        return Draw(0.0, 0.0)
    if same and bool((first == first[0]).all()):
        return Draw(float(first[0]), 0.0)
    if same and not seeded:
        return Draw(0.0, None)
    entries = torch.cat([first, second])
    mean = entries.mean()
    error = entries.std() / len(entries) ** 0.5
    center = 0.0 if matrix or mean.abs() <= _STANDARD_ERRORS * error else float(mean)
    return Draw(center, float((entries - center).square().mean().sqrt()))
