"""The regimes: each is a table that can be held against its paper's.

m is the width and l the depth over the base's. Rows are written relative to the base network, which every regime leaves
as it is. Learning rates are given for stochastic gradient descent and for Adam; a second writing of the same training,
with a factor moved between multiplier, init and rate, is one `shift` away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from spectra.scaling.rules import ONE, Power, Regime, Role, Rule, Size

TENSOR_PROGRAMS_V = "Yang et al. 2022 (arXiv 2203.03466), in the writing with a readout multiplier"
EVERETT = "Everett et al. 2024 (arXiv 2407.05872)"
UNSCALED = Rule(source="no dimension grows, nothing scales")


def standard(base: Size, family: str) -> Regime:
    """Standard parameterization: variance 1/fan_in, one learning rate for all weights."""
    source = "common practice: variance 1/fan_in and a single learning rate"
    plain, matrix = Rule(source=source), Rule(init=Power(-1 / 2), source=source)
    rules = {Role.INPUT: plain, Role.HIDDEN: matrix, Role.OUTPUT: matrix, Role.VECTOR: plain, Role.FIXED: plain}
    return _regime("standard", "standard", family, rules, Rule(source=source), base)


def ntk_matched(base: Size, family: str) -> Regime:
    """NTK parameterization that agrees with muP at the base width, and turns lazy beyond it under SGD."""
    source = {
        "sgd": "Jacot et al. 2018 (arXiv 1806.07572), written with trainable variance 1/fan_in",
        "adam": f"rates of matrices over fan_in, for updates that are fully aligned in the sense of {EVERETT}",
    }[family]
    # Backpropagated signals shrink as the readout's entries do, m^-1/2; the readout's own gradient does not.
    small = Power(-1 / 2) if family == "adam" else ONE
    vector = Rule(epsilon=small, source=source)
    matrix = Rule(init=Power(-1 / 2), rate=Power(-1), decay=Power(1), source=source)
    rules = {
        Role.INPUT: vector,
        Role.HIDDEN: replace(matrix, epsilon=small),
        Role.OUTPUT: matrix,
        Role.VECTOR: vector,
        Role.FIXED: UNSCALED,
    }
    return _regime("ntk_matched", "NTK, matched at the base width", family, rules, Rule(source=source), base)


def ntk(base: Size, family: str) -> Regime:
    """NTK parameterization without a base: learning rates of matrices over fan_in, output scale one."""
    matched = ntk_matched(base, family)
    over_fan_in = {
        role: replace(matched.rules[role], rate=Power(-1, factor=1 / base.width), decay=Power(1, factor=base.width))
        for role in (Role.HIDDEN, Role.OUTPUT)
    }
    return replace(matched, name="ntk", title="NTK", rules={**matched.rules, **over_fan_in})


def mup(base: Size, family: str) -> Regime:
    """Maximal update parameterization, with a multiplier on the readout."""
    sgd = family == "sgd"
    source = f"{TENSOR_PROGRAMS_V}; epsilon: the size of the gradient, as in Dey et al. 2025 (arXiv 2505.01618)"
    epsilon = ONE if sgd else Power(-1)
    growing = Rule(rate=Power(1) if sgd else ONE, decay=Power(-1) if sgd else ONE, epsilon=epsilon, source=source)
    hidden = Rule(
        init=Power(-1 / 2),
        rate=ONE if sgd else Power(-1),
        decay=ONE if sgd else Power(1),
        epsilon=epsilon,
        source=source,
    )
    rules = {
        Role.INPUT: growing,
        Role.HIDDEN: hidden,
        Role.OUTPUT: replace(growing, multiplier=Power(-1)),
        Role.VECTOR: growing,
        Role.FIXED: UNSCALED,
    }
    attention = Rule(multiplier=Power(-1 / 2), source=f"{TENSOR_PROGRAMS_V}: q.k / head dimension")
    return _regime("mup", "muP", family, rules, attention, base)


def mean_field(base: Size, family: str) -> Regime:
    """Mean-field parameterization: weights of unit variance, readout over the width; muP in another writing."""
    source = f"Bordelon et al. 2023 (arXiv 2309.16620); Adam: {EVERETT}"
    rules = _sourced(mup(base, family), source)
    sgd = family == "sgd"
    rules[Role.HIDDEN] = Rule(
        multiplier=Power(-1 / 2),
        rate=Power(1) if sgd else Power(-1 / 2),
        decay=Power(-1) if sgd else Power(1 / 2),
        epsilon=ONE if sgd else Power(-3 / 2),
        source=source,
    )
    return replace(mup(base, family), name="mean_field", title="mean field", rules=rules)


def spectral(base: Size, family: str) -> Regime:
    """Spectral condition: weights and updates of spectral norm sqrt(fan_out / fan_in); muP without multipliers."""
    source = "Yang et al. 2023 (arXiv 2310.17813): spectral norms sqrt(fan_out / fan_in) of weights and updates"
    rules = _sourced(mup(base, family), source)
    rules[Role.OUTPUT] = Rule(init=Power(-1), rate=Power(-1), decay=Power(1), source=source)
    return replace(mup(base, family), name="spectral", title="spectral condition", rules=rules)


def depth_mup(base: Size, family: str) -> Regime:
    """muP with residual branches over the square root of the depth."""
    source = "Bordelon et al. 2023 (arXiv 2309.16620), Yang et al. 2023 (arXiv 2310.02244)"
    return replace(with_depth_exponent(mup(base, family), 1 / 2, source), name="depth_mup", title="depth-muP")


def completep(base: Size, family: str) -> Regime:
    """muP with residual branches over the depth."""
    source = (
        "Dey et al. 2025 (arXiv 2505.01618), Table 1; SGD: Bordelon et al. 2023 (arXiv 2309.16620), by its argument"
    )
    return replace(with_depth_exponent(mup(base, family), 1.0, source), name="completep", title="CompleteP")


CATALOG: Mapping[str, Callable[[Size, str], Regime]] = MappingProxyType(
    {
        "mup": mup,
        "ntk_matched": ntk_matched,
        "ntk": ntk,
        "standard": standard,
        "mean_field": mean_field,
        "spectral": spectral,
        "depth_mup": depth_mup,
        "completep": completep,
    }
)


def _regime(name: str, title: str, family: str, rules: Mapping[Role, Rule], attention: Rule, base: Size) -> Regime:
    branch = Rule(source="branches are left as they are")
    return Regime(name, title, family, rules, branch, attention, base)


def _sourced(regime: Regime, source: str) -> dict[Role, Rule]:
    """The rules of a regime, said to come from elsewhere."""
    return {role: rule if role is Role.FIXED else replace(rule, source=source) for role, rule in regime.rules.items()}


def with_depth_exponent(plain: Regime, alpha: float, source: str) -> Regime:
    """A regime whose residual branches are divided by l^alpha, with the learning rates that go with it."""
    rate = Power(depth=2 * alpha - 1) if plain.optimizer == "sgd" else Power(depth=alpha - 1)
    # CompleteP scales the decay of AdamW with the width alone; for SGD rate * decay is what an update shrinks by.
    decay = rate**-1 if plain.optimizer == "sgd" else ONE
    epsilon = ONE if plain.optimizer == "sgd" else Power(depth=-alpha)
    branch = Rule(multiplier=Power(depth=-alpha), rate=rate, decay=decay, epsilon=epsilon, source=source)
    return replace(plain, branch=branch)
