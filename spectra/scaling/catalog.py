"""The regimes: each is a table that can be held against its paper's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import sqrt
from types import MappingProxyType

from spectra.scaling.rules import ONE, Power, Regime, Role, Rule, Size


def standard(base: Size) -> Regime:
    """Standard parameterization: variance 1/fan_in, one learning rate for all weights."""
    rules = {
        Role.INPUT: Rule(),
        Role.HIDDEN: Rule(init=Power(-1 / 2)),
        Role.OUTPUT: Rule(init=Power(-1 / 2)),
        Role.VECTOR: Rule(),
    }
    source = "the usual initialization and a single learning rate, as in PyTorch practice"
    return Regime("standard", "standard", "sgd", rules, ONE, base, source)


def ntk_matched(base: Size) -> Regime:
    """NTK parameterization that agrees with muP at the base width, and turns lazy beyond it."""
    rules = {
        Role.INPUT: Rule(),
        Role.HIDDEN: Rule(init=Power(-1 / 2), rate=Power(-1), decay=Power(1)),
        Role.OUTPUT: Rule(init=Power(-1 / 2), rate=Power(-1), decay=Power(1)),
        Role.VECTOR: Rule(),
    }
    source = "Jacot et al. 2018 (arXiv 1806.07572), with a constant output scale fixed at the base width"
    return Regime("ntk_matched", "NTK, matched at the base width", "sgd", rules, ONE, base, source)


def ntk(base: Size) -> Regime:
    """NTK parameterization without a base: variance 1/fan_in, learning rates over fan_in, output scale one."""
    source = "Jacot et al. 2018 (arXiv 1806.07572)"
    return replace(ntk_matched(Size(1, base.depth)), name="ntk", title="NTK", source=source)


def mup(base: Size) -> Regime:
    """Maximal update parameterization."""
    rules = {
        Role.INPUT: Rule(rate=Power(1), decay=Power(-1)),
        Role.HIDDEN: Rule(init=Power(-1 / 2)),
        Role.OUTPUT: Rule(multiplier=Power(-1), rate=Power(1), decay=Power(-1)),
        Role.VECTOR: Rule(rate=Power(1), decay=Power(-1)),
    }
    source = "Yang et al. 2022 (arXiv 2203.03466), in the writing with a readout multiplier that the mup package uses"
    return Regime("mup", "muP", "sgd", rules, ONE, base, source)


CATALOG: Mapping[str, Callable[[Size], Regime]] = MappingProxyType(
    {"mup": mup, "ntk_matched": ntk_matched, "ntk": ntk, "standard": standard}
)


def regime(name: str, *, optimizer: str = "sgd", base: Size, richness: float | None = None) -> Regime:
    """A regime from the catalog.

    Args:
        name: A key of `CATALOG`.
        optimizer: Optimizer that the learning rates are for; "sgd".
        base: Size at which the regime leaves the network as it is.
        richness: gamma_0, the feature-learning strength: the readout is divided by gamma = gamma_0 sqrt(base width) and
            all learning rates are multiplied by gamma_0^2. None leaves the base network as it is, which amounts to
            gamma_0 = 1 / sqrt(base width) with learning rates in the units of that network.

    Returns:
        The regime.

    Raises:
        ValueError: If the name or the optimizer is unknown, or the richness is not positive.

    Source of the richness: Bordelon et al. 2023 (arXiv 2309.16620), gamma = gamma_0 sqrt(width) with unit weights and
    rate eta_0 gamma^2; in our writing the factor width moves into the powers of the rates and gamma_0^2 remains.
    """
    if name not in CATALOG:
        raise ValueError(f"there is no regime {name!r}; known are {', '.join(CATALOG)}")
    if optimizer != "sgd":
        raise ValueError(f"no scaling is known here for the optimizer {optimizer!r}; known is sgd")
    plain = CATALOG[name](base)
    if richness is None:
        return plain
    if not richness > 0:
        raise ValueError(f"a richness of {richness} was given; it must be positive (1 is standard, 0 would be lazy)")
    return _rich(plain, richness)


def _rich(plain: Regime, richness: float) -> Regime:
    rules = {role: replace(rule, rate=rule.rate.times(richness**2)) for role, rule in plain.rules.items()}
    readout = rules[Role.OUTPUT]
    scale = richness * sqrt(plain.base.width)
    return replace(
        plain, rules={**rules, Role.OUTPUT: replace(readout, multiplier=readout.multiplier.times(1 / scale))}
    )
