"""The role of one parameter, from its dimensions in networks of two widths."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from spectra.scaling.dimensions import Dimensions, Kind, Shape, reader
from spectra.scaling.layers import ScaledLayer
from spectra.scaling.role_places import Place
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True)
class Finding:
    """What the dimensions of a parameter say.

    Attributes:
        role: Its role, None if it is refused.
        reason: Why, in a short phrase.
        small: Its dimensions in the base.
        advice: What can be done about a refusal.
    """

    role: Role | None
    reason: str
    small: Dimensions
    advice: str = ""


def finding(small: Place, wide: Place, base: Size, large: Size) -> Finding:
    """Role of a parameter that is seen in the base and in a wider network, or why it has none."""
    read = reader(small, wide)
    before, after = read(small), read(wide)
    wrong = _wrong_growth(before, after, base.width, large.width)
    if wrong:
        return Finding(None, wrong, before, _GROWTH)
    if isinstance(small.owner, ScaledLayer):
        return _declared(small.owner, small, wide, before)
    if before.kind in (Kind.MATRIX, Kind.LOOKUP):
        return Finding(*_matrix_role(before, after), before)
    if before.kind is Kind.VECTOR:
        return Finding(*_vector_role(small, wide), before)
    if before.kind is Kind.REWRITTEN:
        return Finding(None, f"{small.layer} makes its weight out of it at every step", before, _REWRITTEN)
    role, reason = _raw_role(small.shape, wide.shape)
    return Finding(role, reason, before, _AMBIGUOUS if reason == _ONE_GROWS else "")


def _wrong_growth(before: Dimensions, after: Dimensions, base: int, large: int) -> str:
    """What is wrong if a dimension grows by another factor than the width, else nothing."""
    olds, news = (part.outgoing + part.incoming + part.rest for part in (before, after))
    for old, new in _pairs(olds, news):
        if old != new and old * large != new * base:
            factors = f"x{new / max(old, 1):.4g}", f"x{large / base:.4g}"
            return (
                f"a dimension goes from {old} to {new} ({factors[0]}) while the width goes from {base} to {large} "
                f"({factors[1]})"
            )
    if before.rest != after.rest:
        return f"a kernel grows with the width, from {before.rest} to {after.rest}"
    return ""


def _pairs(before: Shape, after: Shape) -> list[tuple[int, int]]:
    return list(zip(before, after, strict=True))


def _growing(before: Shape, after: Shape) -> list[int]:
    return [position for position, (old, new) in enumerate(_pairs(before, after)) if old != new]


def _declared(owner: ScaledLayer, small: Place, wide: Place, before: Dimensions) -> Finding:
    """The role that a layer of `spectra.scaling` states, held against the shapes."""
    role = owner.drawn()[small.attribute].role
    count = len(_growing(small.shape, wide.shape))
    if count != {Role.HIDDEN: 2, Role.FIXED: 0}.get(role, 1):
        return Finding(
            None, f"{small.layer} was given the role {role.value}, but {count} of its dimensions grow", before
        )
    return Finding(role, f"as stated by {small.layer}", before)


def _matrix_role(before: Dimensions, after: Dimensions) -> tuple[Role | None, str]:
    out = bool(_growing(before.outgoing, after.outgoing))
    grown = _growing(before.incoming, after.incoming)
    layer, inputs = before.layer, prod(before.incoming)
    if before.kind is Kind.LOOKUP and grown:
        return None, "its number of entries grows with the width"
    if len(grown) > 1:
        return None, f"{len(grown)} inputs of {layer} grow, so that its sums have width^2 terms"
    if before.kind is Kind.LOOKUP:
        return (Role.INPUT, f"{layer} of {inputs} entries") if out else (Role.FIXED, "no dimension grows")
    if after.groups != before.groups:
        layer = f"{layer} whose groups grow ({before.groups} -> {after.groups})"
    if out and grown:
        return Role.HIDDEN, f"{layer}, inputs and outputs grow"
    if out:
        return Role.INPUT, f"{layer}, {_each(before)} {inputs} input{'s' * (inputs > 1)} at every width"
    if grown:
        outputs = prod(before.outgoing)
        return Role.OUTPUT, f"{layer}, {outputs} output{'s' * (outputs > 1)} at every width"
    return Role.FIXED, f"{layer}, no dimension grows"


def _each(dimensions: Dimensions) -> str:
    return "each output sees" if dimensions.groups > 1 else "has"


def _vector_role(small: Place, wide: Place) -> tuple[Role | None, str]:
    grown = _growing(small.shape, wide.shape)
    what = f"{small.attribute} of {small.layer}"
    if len(grown) > 1:
        return None, f"{len(grown)} dimensions of the {what} grow; a vector grows in one"
    return (Role.VECTOR, f"{what}, grows") if grown else (Role.FIXED, f"{what}, does not grow")


def _raw_role(small: Shape, wide: Shape) -> tuple[Role | None, str]:
    grown = _growing(small, wide)
    if not grown:
        return Role.FIXED, "no dimension grows"
    if len(grown) > 2:
        return None, f"{len(grown)} of its dimensions grow; a matrix grows in two"
    if len(grown) == 2:
        return Role.HIDDEN, "two dimensions grow; assumed to be a matrix"
    if all(size == 1 for position, size in enumerate(small) if position not in grown):
        return Role.VECTOR, "one dimension, it grows; assumed to be added, or multiplied entry by entry"
    channels_first = grown == [1] and len(small) > 3
    if small[0] == 1 and (channels_first or grown == [len(small) - 1]):
        return Role.VECTOR, "one vector for each place; the leading 1 says that it is added to all examples"
    return None, _ONE_GROWS


_ONE_GROWS = "one dimension grows, and no layer that is known here owns it"
_AMBIGUOUS = (
    "A tensor that no known layer owns can be read in two ways: it is added or looked up by index (VECTOR or INPUT), "
    "or it multiplies, so that its growing dimension is summed over (OUTPUT). Say which."
)
_GROWTH = (
    "Let dimensions grow exactly as the width does, or not at all: without rounding up to a multiple, and without a "
    "constant part."
)
_REWRITTEN = (
    "Under weight or spectral normalisation, or pruning, the weight has another scale than the entries that it is made "
    "of. Scale the network without them."
)
