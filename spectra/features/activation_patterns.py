"""Which units are active, and how differently so for different examples."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn

from spectra.features.arguments import require_readable
from spectra.features.kinks import distances
from spectra.notebook import as_html


@dataclass(frozen=True)
class PatternDiversity:
    """How much activation patterns (N, units) differ.

    Attributes:
        distinct: Different patterns over N.
        distance: Mean share of units in which two examples differ, between 0 and 1/2 N / (N - 1).
        entropy: Mean over the units of the entropy of being active, in bits, between 0 and 1.
        fixed: Share of units that are active for all examples or for none.
    """

    distinct: float
    distance: float
    entropy: float
    fixed: float

    _repr_html_ = as_html


def activation_patterns(module: nn.Module, inputs: Tensor) -> Tensor:
    """Whether what each unit reads is above its kink, truth values (N, units) in the order of the calls.

    Args:
        module: With activations as modules: nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.ReLU6, nn.Hardtanh. Units of the last
            two count twice, once for each kink. It is in evaluation mode, and is left as it is.
        inputs: N examples.

    Raises:
        TypeError: If the module is none, or inputs are no tensor.
        ValueError: If there is no such activation, or the module is random or couples examples; if inputs are not
            finite, differ from the weights in dtype or device, or cannot be read by the module.
    """
    require_readable(module, inputs)
    return torch.cat([read > 0 for read in distances(module, inputs)], 1)


def pattern_diversity(patterns: Tensor) -> PatternDiversity:
    """How differently the units of a network are active for different examples.

    Args:
        patterns: Truth values (N, units), as `activation_patterns` makes them.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no truth values (N, units) of two examples or more.
    """
    if not isinstance(patterns, Tensor):
        raise TypeError(f"a {type(patterns).__name__} was given where patterns are needed; see activation_patterns")
    if patterns.dtype != torch.bool or patterns.ndim != 2 or len(patterns) < 2 or patterns.shape[1] == 0:
        raise ValueError(
            f"patterns of {patterns.dtype} {tuple(patterns.shape)}; truth values (N, units) of at least two examples "
            "are needed, as activation_patterns makes them"
        )
    count = len(patterns)
    active = patterns.double().mean(0)
    chances = torch.stack([active, 1 - active])
    entropy = -torch.special.xlogy(chances, chances).sum(0) / log(2)
    return PatternDiversity(
        distinct=len(patterns.unique(dim=0)) / count,
        # Of the pairs of examples, a unit that is active for a share a tells 2 a (1 - a) N / (N - 1) apart.
        distance=float((2 * active * (1 - active)).mean()) * count / (count - 1),
        entropy=float(entropy.mean()),
        fixed=float(((active == 0) | (active == 1)).double().mean()),
    )
