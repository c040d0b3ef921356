"""Tensors that stand at several places of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spectra.scaling.dimensions import Kind
from spectra.scaling.role_inference import Finding
from spectra.scaling.role_places import Place

UNTIE = "Tie an embedding to readouts, or layers of one kind to each other; give anything else tensors of its own."


@dataclass(frozen=True)
class Tie:
    """One tensor and its places.

    Attributes:
        names: Names of all its places, the first as in `named_parameters`.
        chosen: The place that gives the role.
        readouts: Paths of the modules, without a multiplier of their own, that read out with the tensor of an
            embedding.
        refusal: Why these places cannot share a tensor; empty if they can.
    """

    names: tuple[str, ...]
    chosen: str
    readouts: tuple[str, ...] = ()
    refusal: str = ""


def ties(places: Mapping[str, Place], findings: Mapping[str, Finding]) -> dict[str, Tie]:
    """One entry for each tensor by the first of its names, most with a single place.

    Layers of one kind may share a tensor, and an embedding may share its own with linear layers that read out.
    """
    members: dict[int, list[str]] = {}
    for name, place in places.items():
        members.setdefault(id(place.parameter), []).append(name)
    return {names[0]: _tie(tuple(names), places, findings) for names in members.values()}


def _tie(names: tuple[str, ...], places: Mapping[str, Place], findings: Mapping[str, Finding]) -> Tie:
    kinds = {name: findings[name].small.kind for name in names}
    owners = {(places[name].layer, places[name].attribute, findings[name].small) for name in names}
    if len(owners) == 1:
        return Tie(names, names[0])
    lookups = [name for name in names if kinds[name] is Kind.LOOKUP]
    heads = [name for name in names if kinds[name] is Kind.MATRIX and not findings[name].small.rest]
    if lookups and len(lookups) + len(heads) == len(names):
        bare = [name for name in heads if not hasattr(places[name].owner, "multiplier")]
        return Tie(names, lookups[0], tuple(places[name].path for name in bare))
    where = " and ".join(f"{name} ({places[name].layer})" for name in names)
    return Tie(names, names[0], refusal=f"one tensor stands at {where}, which scale differently")
