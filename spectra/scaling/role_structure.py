"""Whether networks of several sizes have the same structure, and which of their parameters depth repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spectra.scaling.role_names import continued, prefixes, starred
from spectra.scaling.role_places import Place
from spectra.scaling.rules import Role

_SHOWN = 5


def check_widths(small: Mapping[str, Place], wide: Mapping[str, Place]) -> None:
    """Refuse two widths whose parameters differ in more than sizes.

    Raises:
        ValueError: If a name is in one network only, a rank differs, a tensor is tied in one only, or nothing grows.
    """
    odd = [f"{name} only in the narrow network" for name in small if name not in wide]
    odd += [f"{name} only in the wide network" for name in wide if name not in small]
    both = [name for name in small if name in wide]
    ranks = {name: (len(small[name].shape), len(wide[name].shape)) for name in both}
    odd += [
        f"{name} has {old} dimensions in one and {new} in the other" for name, (old, new) in ranks.items() if old != new
    ]
    odd += [] if odd or _shared(small) == _shared(wide) else ["different parameters share tensors"]
    if odd:
        raise ValueError(
            f"the networks of the two widths differ in structure: {_first(odd)}. Roles come from comparing the same "
            "parameter at two widths; let `build` change nothing but sizes with the width"
        )
    if all(small[name].shape == wide[name].shape for name in both):
        raise ValueError("no parameter grows with the width; let `build` make use of size.width")


def check_depths(small: Mapping[str, Place], deep: Mapping[str, Place], excused: Iterable[str]) -> set[str]:
    """Patterns of the parameters that depth repeats, such as "blocks.*.weight".

    Args:
        small: Places in the base.
        deep: Places in a network of the same width that is deeper.
        excused: Names of parameters whose shapes may change with the depth.

    Raises:
        ValueError: If the deeper network is anything but the base with further blocks like the base's last.
    """
    excused = set(excused)
    odd = [f"{name} is only in the base" for name in small if name not in deep]
    odd += [
        f"{name} goes from {place.shape} to {deep[name].shape}"
        for name, place in small.items()
        if name in deep and name not in excused and deep[name].shape != place.shape
    ]
    if odd:
        raise ValueError(
            f"a deeper network must be the base with further blocks, but {_first(odd)}. An nn.Sequential of everything "
            "gives the readout another number; keep the blocks, and nothing else, in an nn.ModuleList of their own, "
            "with one tensor for each block"
        )
    if len(deep) == len(small):
        raise ValueError(
            "no parameter is added with the depth; let `build` use size.depth, or give both sizes one depth"
        )
    known = {name: continued(name, small) for name in deep if name not in small}
    _check_blocks(small, deep, known)
    return {found[0] for found in known.values() if found is not None}


def _check_blocks(
    small: Mapping[str, Place], deep: Mapping[str, Place], known: Mapping[str, tuple[str, str] | None]
) -> None:
    odd = [f"{name} continues no numbered block of the base" for name, found in known.items() if found is None]
    odd += [
        f"{name} has the shape {deep[name].shape} and {found[1]} {small[found[1]].shape}"
        for name, found in known.items()
        if found is not None and deep[name].shape != small[found[1]].shape
    ]
    if odd:
        raise ValueError(
            f"further blocks must be like the last block of the base, but {_first(odd)}. If the first block differs "
            "from the others, use a base with one block more; keep blocks in an nn.ModuleList"
        )


def _shared(places: Mapping[str, Place]) -> list[str]:
    """First name of the tensor at each place."""
    first: dict[int, str] = {}
    return [first.setdefault(id(place.parameter), name) for name, place in places.items()]


def repeated_patterns(roles: Mapping[str, Role | None]) -> set[str]:
    """Patterns of the readout-like matrices that several numbered modules hold beside hidden matrices.

    This finds blocks where no two depths were compared.
    """
    hidden = {prefix for name, role in roles.items() if role is Role.HIDDEN for prefix in prefixes(name)}
    counts: dict[str, int] = {}
    for name in (name for name, role in roles.items() if role is Role.OUTPUT):
        for pattern in starred(name):
            block = ".".join(name.split(".")[: pattern.split(".").index("*") + 1])
            counts[pattern] = counts.get(pattern, 0) + (block in hidden)
    return {pattern for pattern, count in counts.items() if count > 1}


def _first(differences: list[str]) -> str:
    more = len(differences) - _SHOWN
    return "; ".join(differences[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
