"""What a regime predicts for the size of every layer's output and of its change, as powers of width or depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spectra.scaling.rules import Regime, Role, Rule, require_regime

Place = Literal["input", "hidden", "output", "attention"]


@dataclass(frozen=True)
class Exponents:
    """Powers of the width or depth that a layer's output follows.

    Attributes:
        initial: Exponent of the root mean square output at initialisation.
        change: Exponent of the root mean square of its change after a few updates.
        stable: False if the output of the network or its hidden layers move ever more. `change` is then the power of
            the limit in which updates have outgrown the initial weights; networks of moderate size show a smaller one.
    """

    initial: float
    change: float
    stable: bool = True


def predicted_exponents(
    regime: Regime,
    scale: Literal["width", "depth"] = "width",
    *,
    head_dimension: float = 1.0,
    zero_readout: bool = False,
) -> Mapping[Place, Exponents]:
    """Exponents for the outputs of the input layer, the hidden layers, the network, and the attention logits.

    By counting powers in a network h_1 = W_1 x, h_l+1 = h_l + branch(h_l), f = W_out h, whose parts have size one at
    the base. With effective weights (multiplier times weight), of initial exponent s and update exponent u, where
    u = rate * multiplier^2 * gradient (SGD) or rate * multiplier (Adam): a sum over the width of an update and what
    it is aligned with counts 1, a sum of independent terms 1/2, and L residual branches whose updates agree count 1.

    Args:
        regime: What is predicted for.
        scale: Whether the width or the depth grows.
        head_dimension: Power of the width with which the dimension of an attention head grows: 1 if the number of
            heads is the same at all widths, 0 if that number grows as the width does.
        zero_readout: Whether the readout starts at zero: what is backpropagated then has the size of its updates.

    Returns:
        Exponents for "input", "hidden", "output" and "attention".

    Raises:
        TypeError: If the regime is none.
        ValueError: If the scale is neither.

    Source: Yang and Hu 2021 (arXiv 2011.14522) and Everett et al. 2024 (arXiv 2407.05872) for the width; Bordelon et
    al. 2023 (arXiv 2309.16620) and Dey et al. 2025 (arXiv 2505.01618) for the depth; the counting here is ours.
    """
    require_regime(regime)
    if scale == "width":
        return _across_width(regime, head_dimension, zero_readout)
    if scale == "depth":
        return _across_depth(regime)
    raise ValueError(f"a scale {scale!r} was given; it is 'width' or 'depth'")


def _across_width(regime: Regime, head_dimension: float, zero_readout: bool) -> dict[Place, Exponents]:
    sgd = regime.optimizer == "sgd"
    first, hidden, readout = (regime.rules[role] for role in (Role.INPUT, Role.HIDDEN, Role.OUTPUT))
    initial_hidden = max(_initial(first), 1 / 2 + _initial(hidden))
    initial_output = 1 / 2 + _initial(readout) + initial_hidden
    # The readout's entries after the first update; what is backpropagated has their size.
    readout_update = _update(readout, sgd, gradient=initial_hidden)
    readout_entries = readout_update if zero_readout else max(_initial(readout), readout_update)
    input_change = _update(first, sgd, gradient=readout_entries)
    hidden_change = max(input_change, 1 + _update(hidden, sgd, gradient=readout_entries + initial_hidden))
    output_change = max(1 + readout_update + initial_hidden, 1 + readout_entries + hidden_change)
    # Queries and keys have the size of hidden layers; the logits are divided by the root of the head dimension.
    # With d the head dimension, a sum of d aligned terms over d^(1/2) counts 1/2.
    scale = regime.attention.multiplier.width * head_dimension
    attention = Exponents(scale + 2 * initial_hidden, scale + head_dimension / 2 + initial_hidden + hidden_change)
    found: dict[Place, Exponents] = {
        "input": Exponents(_initial(first), input_change),
        "hidden": Exponents(initial_hidden, hidden_change),
        "output": Exponents(initial_output, output_change),
        "attention": attention,
    }
    return _marked(found, output_change <= 0 and hidden_change <= 0)


def _across_depth(regime: Regime) -> dict[Place, Exponents]:
    branch = regime.branch
    scale = branch.multiplier.depth
    # What one branch's update adds to the stream; gradients pass through the branch's multiplier once more.
    update = branch.rate.depth + (2 * scale if regime.optimizer == "sgd" else scale)
    initial = max(0.0, 1 / 2 + scale)
    change = max(0.0, 1 + update)
    inside = Exponents(initial, change)
    found: dict[Place, Exponents] = {
        "input": Exponents(0.0, 0.0),
        "hidden": inside,
        "output": inside,
        "attention": inside,
    }
    return _marked(found, initial <= 0 and change <= 0)


def _marked(found: dict[Place, Exponents], stable: bool) -> dict[Place, Exponents]:
    return {place: Exponents(each.initial, each.change, stable) for place, each in found.items()}


def _initial(rule: Rule) -> float:
    return rule.multiplier.width + rule.init.width


def _update(rule: Rule, sgd: bool, *, gradient: float) -> float:
    """Exponent of an entry of the effective weight's update; the gradient is that by the effective weight."""
    if sgd:
        return rule.rate.width + 2 * rule.multiplier.width + gradient
    return rule.rate.width + rule.multiplier.width
