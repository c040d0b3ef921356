"""The words of a parameterization: roles, sizes, powers, rules, regimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction


class Role(Enum):
    """Which dimensions of a parameter grow with the width."""

    INPUT = "input"  # the outgoing dimension grows: the first weight matrix, embeddings
    HIDDEN = "hidden"  # both dimensions grow
    OUTPUT = "output"  # the incoming dimension grows: the readout
    VECTOR = "vector"  # one dimension, which grows: biases and gains of hidden layers


@dataclass(frozen=True)
class Size:
    """Width and depth (number of residual branches) of a network.

    Raises:
        ValueError: If either is below one.
    """

    width: int
    depth: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.depth < 1:
            raise ValueError(
                f"a network of width {self.width} and depth {self.depth} was asked for; both must be 1 or more"
            )


@dataclass(frozen=True)
class Power:
    """factor * (width ratio)^width * (depth ratio)^depth, where a ratio is a size over the base size."""

    width: float = 0.0
    depth: float = 0.0
    factor: float = 1.0

    def at(self, size: Size, base: Size) -> float:
        """Value for a network of a given size."""
        value: float = self.factor * (size.width / base.width) ** self.width * (size.depth / base.depth) ** self.depth
        return value

    def __str__(self) -> str:
        """Such as "0.25 m^-1/2 l^2", with m the width ratio and l the depth ratio."""
        powers = {"m": self.width, "l": self.depth}
        written = {letter: Fraction(power).limit_denominator(64) for letter, power in powers.items() if power}
        ratios = [letter if power == 1 else f"{letter}^{power}" for letter, power in written.items()]
        return " ".join(ratios if self.factor == 1 and ratios else [f"{self.factor:.4g}", *ratios])

    def times(self, factor: float) -> Power:
        """The same power with another constant in front."""
        return replace(self, factor=self.factor * factor)


ONE = Power()


@dataclass(frozen=True)
class Rule:
    """How one role scales: one row of a paper's table.

    Attributes:
        multiplier: Factor on the layer's product in the forward pass.
        init: Standard deviation of the initial weights, relative to 1/sqrt(fan in at the base width).
        rate: Learning rate, relative to the base learning rate.
        decay: Weight decay, relative to the base weight decay.
    """

    multiplier: Power = ONE
    init: Power = ONE
    rate: Power = ONE
    decay: Power = ONE

    def shifted(self, theta: float) -> Rule:
        """The same training by stochastic gradient descent, written with a multiplier that is smaller by theta.

        multiplier -> multiplier / theta, init -> init * theta, rate -> rate * theta^2. Weight decay acts as rate times
        decay, so decay -> decay / theta^2.

        Source: Everett et al. 2024 (arXiv 2407.05872), who state it for exponents; here for any factor.
        """
        if not theta > 0:
            raise ValueError(f"a shift by {theta} was asked for; a factor must be positive")
        return Rule(
            self.multiplier.times(1 / theta),
            self.init.times(theta),
            self.rate.times(theta**2),
            self.decay.times(theta**-2),
        )


@dataclass(frozen=True)
class Regime:
    """A parameterization: how every role scales away from a base size, for one optimizer.

    Attributes:
        name: Name in recipes, tables and legends.
        title: What figures and printed tables call it.
        optimizer: Name of the optimizer that the rates are made for.
        rules: One rule for each role.
        branch: Factor on what a residual branch adds to the stream.
        base: Size at which all ratios are one.
        source: Where the rows come from.
    """

    name: str
    title: str
    optimizer: str
    rules: Mapping[Role, Rule]
    branch: Power
    base: Size
    source: str

    def shifted(self, role: Role, theta: float) -> Regime:
        """The same training with one role's rule rewritten; see `Rule.shifted`."""
        return replace(self, rules={**self.rules, role: self.rules[role].shifted(theta)})
