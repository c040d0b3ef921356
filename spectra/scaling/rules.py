"""The words of a parameterization: roles, sizes, powers, rules, regimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from numbers import Integral


class Role(Enum):
    """Which dimensions of a parameter grow with the width."""

    INPUT = "input"  # the outgoing dimension grows: the first weight matrix, embeddings
    HIDDEN = "hidden"  # both dimensions grow
    OUTPUT = "output"  # the incoming dimension grows: the readout
    VECTOR = "vector"  # one dimension, which grows: biases and gains of hidden layers
    FIXED = "fixed"  # nothing grows: the bias of the readout, temperatures


@dataclass(frozen=True)
class Size:
    """Width and depth (number of residual branches) of a network.

    Raises:
        ValueError: If either is below one.
        TypeError: If either is no whole number.
    """

    width: int
    depth: int

    def __post_init__(self) -> None:
        given = self.width, self.depth
        if any(isinstance(number, bool) or not isinstance(number, Integral) for number in given):
            raise TypeError(f"Size({self.width!r}, {self.depth!r}) was asked for; width and depth are whole numbers")
        for name, number in zip(("width", "depth"), given, strict=True):  # those of numpy become those of Python
            object.__setattr__(self, name, int(number))
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

    def __mul__(self, other: Power | float) -> Power:
        if not isinstance(other, Power):
            other = Power(factor=other)
        return Power(self.width + other.width, self.depth + other.depth, self.factor * other.factor)

    def __pow__(self, exponent: float) -> Power:
        return Power(self.width * exponent, self.depth * exponent, self.factor**exponent)

    def __truediv__(self, other: Power | float) -> Power:
        return self * (other**-1)

    def __str__(self) -> str:
        """Such as "0.25 m^-1/2 l^2", with m the width ratio and l the depth ratio."""
        powers = {"m": self.width, "l": self.depth}
        written = {letter: Fraction(power).limit_denominator(64) for letter, power in powers.items() if power}
        ratios = [letter if power == 1 else f"{letter}^{power}" for letter, power in written.items()]
        return " ".join(ratios if self.factor == 1 and ratios else [f"{self.factor:.4g}", *ratios])


ONE = Power()


@dataclass(frozen=True)
class Rule:
    """How one role scales: one row of a paper's table.

    Attributes:
        multiplier: Factor on the layer's product in the forward pass.
        init: Standard deviation of the initial weights, relative to that at the base size, 1/sqrt(fan in) times a gain.
        rate: Learning rate, relative to the base learning rate.
        decay: Weight decay, relative to the base weight decay. An update shrinks weights by rate * decay, which does
            not change with the width unless a source says so.
        epsilon: What Adam adds to the root of its second moments, relative to the base value; no meaning for SGD.
        source: Where the row comes from.
    """

    multiplier: Power = ONE
    init: Power = ONE
    rate: Power = ONE
    decay: Power = ONE
    epsilon: Power = ONE
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Regime:
    """A parameterization: how every role scales away from a base size, for one family of optimizers.

    Attributes:
        name: Name in recipes, tables and legends.
        title: What figures and printed tables call it.
        optimizer: "sgd", with any momentum, or "adam", for Adam and AdamW.
        rules: One rule for each role.
        branch: Factors for the parameters inside residual branches, on top of the rule of their role; its multiplier
            is the factor on what a branch adds to the stream.
        attention: Its multiplier is a factor on the attention logits q.k / sqrt(head dimension).
        base: Size at which all ratios are one.
    """

    name: str
    title: str
    optimizer: str
    rules: Mapping[Role, Rule]
    branch: Rule
    attention: Rule
    base: Size

    def __post_init__(self) -> None:
        missing = [role.value for role in Role if role not in self.rules]
        if missing:
            raise ValueError(f"the regime {self.name!r} has no rule for the roles {missing}; give every role one")

    def __str__(self) -> str:
        """The table, as plain text."""
        from spectra.scaling.regime_rows import regime_text

        return regime_text(self)

    def _repr_html_(self) -> str:
        from spectra.scaling.regime_rows import regime_html

        return regime_html(self)

    def rule(self, role: Role, *, in_branch: bool) -> Rule:
        """Rule of a parameter by its role and by whether it lies inside a residual branch."""
        rule = self.rules[role]
        if not in_branch:
            return rule
        inside = self.branch
        return Rule(
            rule.multiplier,
            rule.init * inside.init,
            rule.rate * inside.rate,
            rule.decay * inside.decay,
            rule.epsilon * inside.epsilon,
            rule.source,
        )

    def check(self, size: Size) -> None:
        """Refuse a network that is smaller than the base.

        Raises:
            ValueError: If the base is wider or deeper than `size`.
        """
        for what, given, least in (
            ("width", size.width, self.base.width),
            ("depth", size.depth, self.base.depth),
        ):
            if given < least:
                raise ValueError(
                    f"the base {what} {least} is larger than the network's {what} {given}; the base is the smallest "
                    f"network, on which the rates were tuned: use a base {what} of {given} or less"
                )


def require_regime(given: object) -> None:
    """Refuse what is no regime, such as the name of one.

    Raises:
        TypeError: If it is something else.
    """
    if not isinstance(given, Regime):
        raise TypeError(f'{given!r} was given as a regime; pass one, as of regime("mup", base=Size(width, depth))')
