"""A regime by its name, with the two numbers that a study may turn: richness and depth exponent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from types import MappingProxyType

from spectra.scaling.catalog import CATALOG, with_depth_exponent
from spectra.scaling.rules import Regime, Role, Size

FAMILIES: Mapping[str, str] = MappingProxyType({"sgd": "sgd", "adam": "adam", "adamw": "adam"})
"""Optimizers by name, and the family whose table they use."""

LARGEST = 1e100
"""Of a richness: its square, and what is divided by it, stay within the range of doubles."""


def regime(
    name: str,
    *,
    optimizer: str = "sgd",
    base: Size,
    richness: float | None = None,
    depth_exponent: float | None = None,
) -> Regime:
    """A regime from the catalog.

    Args:
        name: A key of `CATALOG`.
        optimizer: What the learning rates are for: "sgd", with any momentum, "adam" or "adamw".
        base: Size at which the regime leaves the network as it is; the smallest of a study.
        richness: gamma_0, the feature-learning strength: the readout is divided by gamma = gamma_0 sqrt(base width),
            and all learning rates are multiplied by gamma_0^2 (SGD) or gamma_0 (Adam). None leaves the base network as
            it is, which amounts to gamma_0 = 1 / sqrt(base width) with learning rates in the units of that network.
        depth_exponent: alpha: residual branches are divided by l^alpha, and the learning rates inside them multiplied
            by l^(2 alpha - 1) (SGD) or l^(alpha - 1) (Adam). 1/2 is that of depth-muP, 1 that of CompleteP, anything
            from 1/2 to 1 lies between; None leaves branches as the regime has them.

    Returns:
        The regime.

    Raises:
        TypeError: If the base is no size.
        ValueError: If the name or the optimizer is unknown, a number is out of range, or the regime has another depth
            exponent by its name.

    Source of the richness: Bordelon et al. 2023 (arXiv 2309.16620), gamma = gamma_0 sqrt(width) with unit weights and
    rate eta_0 gamma^2; in our writing the factor width moves into the powers of the rates and gamma_0^2 remains. Under
    Adam, whose updates do not shrink with the gradient, the same output change per step needs one factor gamma_0; this
    argument is ours.
    Source of the depth exponents between: the table of CompleteP and its argument.
    """
    if not isinstance(base, Size):
        raise TypeError(f"{base!r} was given as the base; pass Size(width, depth), that of the smallest network")
    if name not in CATALOG:
        raise ValueError(f"there is no regime {name!r}; known are {', '.join(CATALOG)}")
    plain = CATALOG[name](base, optimizer_family(optimizer))
    if depth_exponent is not None:
        plain = _with_depth(plain, depth_exponent)
    if richness is None:
        return plain
    if not 1 / LARGEST <= richness <= LARGEST:
        raise ValueError(
            f"a richness of {richness} was given; it must be positive (1 is standard, 0 would be lazy), and between "
            f"{1 / LARGEST:g} and {LARGEST:g}"
        )
    return _rich(plain, richness)


def optimizer_family(optimizer: str) -> str:
    """Family of an optimizer by its name, "sgd" or "adam".

    Raises:
        ValueError: If no scaling is known for it.
    """
    if optimizer not in FAMILIES:
        raise ValueError(
            f"no scaling is known here for the optimizer {optimizer!r}; known are {', '.join(FAMILIES)}. For one whose "
            'updates do not depend on the size of the gradient, such as Lion, pass "adam"; for any other, write a '
            "Regime with your own rules"
        )
    return FAMILIES[optimizer]


def family_of_class(name: str) -> str | None:
    """Family of an optimizer by the name of its class, such as "AdamW"; None if that does not tell it."""
    return next((family for family in ("adam", "sgd") if family in name.lower()), None)


def _with_depth(plain: Regime, alpha: float) -> Regime:
    present = -plain.branch.multiplier.depth
    if present and present != alpha:
        raise ValueError(
            f"the regime {plain.name!r} divides branches by l^{present:g} and a depth exponent of {alpha} was given; "
            'pass one of the two, for example regime "mup" with the exponent'
        )
    if not 1 / 2 <= alpha <= 1:
        raise ValueError(
            f"a depth exponent of {alpha} was given; it must lie between 1/2 (depth-muP; below it the stream grows "
            "with the depth already at initialisation) and 1 (CompleteP)"
        )
    return with_depth_exponent(
        plain, alpha, "between Bordelon et al. 2023 (arXiv 2309.16620) and Dey et al. 2025 (arXiv 2505.01618)"
    )


def _rich(plain: Regime, richness: float) -> Regime:
    # The NTK regime has no base: its readout is not divided at any width.
    gamma = richness * (1.0 if plain.name == "ntk" else sqrt(plain.base.width))
    faster = richness**2 if plain.optimizer == "sgd" else richness
    smaller = 1.0 if plain.optimizer == "sgd" else 1 / gamma
    rules = dict(plain.rules)
    for role, rule in plain.rules.items():
        if role is not Role.FIXED:
            rules[role] = replace(
                rule, rate=rule.rate * faster, decay=rule.decay / faster, epsilon=rule.epsilon * smaller
            )
    readout = rules[Role.OUTPUT]
    rules[Role.OUTPUT] = replace(readout, multiplier=readout.multiplier / gamma)
    return replace(plain, rules=rules)
