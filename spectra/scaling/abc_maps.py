"""Two writings of the same training: factors moved between multiplier, initial weights and learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spectra.scaling.rules import Power, Regime, Role, Rule, require_regime

TINY = 1e-12
"""Relative difference of factors, and difference of exponents, that is rounding."""


def shift(regime: Regime, theta: Mapping[Role, Power | float]) -> Regime:
    """The same training, written with multipliers that are smaller by theta.

    multiplier -> multiplier / theta, init -> init * theta, and the learning rate -> rate * theta^2 (SGD) or
    rate * theta with epsilon / theta (Adam). Weight decay acts as rate times decay, so decay goes the other way (of
    Adam this holds for the decoupled decay of AdamW). The function that the network computes is the same after every
    update; the raw Hessian is not, its block of that role is divided by theta^2.

    Args:
        regime: What is rewritten.
        theta: Positive factor for each role that is rewritten, a number or a power of the size ratios.

    Returns:
        The regime in the other writing.

    Raises:
        TypeError: If the regime is none.
        ValueError: If a factor is not positive.

    Source: Everett et al. 2024 (arXiv 2407.05872), who state it for exponents; here for any factor.
    """
    require_regime(regime)
    factors = {role: power if isinstance(power, Power) else Power(factor=power) for role, power in theta.items()}
    for role, power in factors.items():
        if not power.factor > 0:
            raise ValueError(f"a shift of the role {role.value} by {power} was asked for; a factor must be positive")
    rules = {role: _shifted(regime.rules[role], power, regime.optimizer) for role, power in factors.items()}
    return replace(regime, rules={**regime.rules, **rules})


def without_multiplier(rule: Rule, optimizer: str) -> Rule:
    """The writing of a rule whose multiplier is one, for a layer that has no place for one."""
    return _shifted(rule, rule.multiplier, optimizer)


def equivalent(one: Regime, other: Regime) -> bool:
    """Whether two regimes are the same training up to shifts; `differences` says in what they are not.

    Args:
        one: A regime.
        other: A regime with the same base.

    Raises:
        TypeError: As for `differences`.
        ValueError: As for `differences`.
    """
    return not differences(one, other)


def differences(one: Regime, other: Regime) -> tuple[str, ...]:
    """What no shift can reconcile in two regimes.

    Compared are the quantities that shifts leave alone: multiplier * init, rate * multiplier^2 (SGD) or
    rate * multiplier (Adam), rate * decay, epsilon / multiplier (Adam), and the factors of branches and attention.

    Args:
        one: A regime.
        other: A regime with the same base.

    Returns:
        A line for each difference, such as "hidden, learning rate: m^-1 against 1"; empty if there is none.

    Raises:
        TypeError: If a regime is none.
        ValueError: If the bases differ: ratios to different bases cannot be compared.
    """
    require_regime(one)
    require_regime(other)
    if one.base != other.base:
        raise ValueError(f"the regimes have the bases {one.base} and {other.base}; build both with the same base")
    found = [] if one.optimizer == other.optimizer else [f"optimizer: {one.optimizer} against {other.optimizer}"]
    for role in Role:
        found += _unlike(role.value, _invariants(one.rules[role], one), _invariants(other.rules[role], other))
    for part in ("branch", "attention"):
        mine, theirs = getattr(one, part), getattr(other, part)
        found += _unlike(part, {"multiplier": mine.multiplier}, {"multiplier": theirs.multiplier})
    return (*found, *_unlike("branch", _invariants(one.branch, one), _invariants(other.branch, other)))


def _shifted(rule: Rule, theta: Power, optimizer: str) -> Rule:
    rate = theta**2 if optimizer == "sgd" else theta
    epsilon = rule.epsilon if optimizer == "sgd" else rule.epsilon / theta
    return Rule(rule.multiplier / theta, rule.init * theta, rule.rate * rate, rule.decay / rate, epsilon, rule.source)


def _invariants(rule: Rule, regime: Regime) -> dict[str, Power]:
    sgd = regime.optimizer == "sgd"
    invariants = {
        "initial scale": rule.multiplier * rule.init,
        "learning rate": rule.rate * rule.multiplier ** (2 if sgd else 1),
        "rate * decay": rule.rate * rule.decay,
    }
    return invariants if sgd else {**invariants, "epsilon": rule.epsilon / rule.multiplier}


def _unlike(where: str, mine: Mapping[str, Power], theirs: Mapping[str, Power]) -> list[str]:
    shared = [name for name in mine if name in theirs]
    return [
        f"{where}, {name}: {mine[name]} against {theirs[name]}"
        for name in shared
        if not _same(mine[name], theirs[name])
    ]


def _same(one: Power, other: Power) -> bool:
    exponents = max(abs(one.width - other.width), abs(one.depth - other.depth))
    return exponents <= TINY and abs(one.factor - other.factor) <= TINY * abs(one.factor)
