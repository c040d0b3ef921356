"""Where the training of a two-layer linear network starts: drawn at a width, or in the limit of infinite width."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import finite, positive, real, whole
from spectra.asymptotics.linear_network import LinearState, linear_state

REGIMES = ("mup", "ntk_matched", "ntk")


def output_scale(regime: str, width: int, *, base: int = 1, richness: float = 1.0) -> float:
    """gamma, by which a regime divides the outputs of a network of weights N(0, 1); its learning rate has gamma^2.

    - mup: gamma = richness sqrt(width), so that r = richness^2 at every width.
    - ntk_matched: gamma = richness sqrt(base), that of muP at the base width; r = richness^2 base / width.
    - ntk: gamma = richness; r = richness^2 / width.

    Raises:
        TypeError: If a size is no whole number or the richness no number.
        ValueError: If the regime is another, a number is not positive, or the base is larger than the width.

    Source: Bordelon et al. 2023 (arXiv 2309.16620) for gamma; the matched regime is a design of this project.
    """
    if regime not in REGIMES:
        raise ValueError(f"the regime {regime!r} was asked for; the linear network has {', '.join(REGIMES)}")
    positive(richness=richness)
    whole("base", base, least=1, most=whole("width", width, least=1), advice=", the width: the base is the smallest")
    return richness * sqrt({"mup": width, "ntk_matched": base, "ntk": 1}[regime])


def linear_start(dimension: int, width: int, seed: int, *, scale: float) -> LinearState:
    """A network of weights N(0, 1), drawn for its width and seed, with the learning rate gamma^2 in both layers.

    A = I + O(sqrt(D / N)), v = 1 + O(sqrt(2 / N)), w of size 1 / gamma, and r = gamma^2 / N.

    Args:
        dimension: Number of features D.
        width: Number of hidden units N.
        seed: Seed of the draw; other widths and seeds are independent.
        scale: gamma; see `output_scale`.

    Raises:
        TypeError: If an argument is no number, or not whole where it counts.
        ValueError: If one is out of range.
    """
    whole("dimension", dimension, least=1)
    whole("width", width, least=1)
    whole("seed", seed, least=0)
    positive(scale=scale)
    generator = np.random.default_rng((seed, width))
    hidden, readout = generator.standard_normal((width, dimension)), generator.standard_normal(width)
    multiplier = 1 / (scale * sqrt(width))
    return linear_state(hidden, readout, multiplier=multiplier, hidden_rate=scale**2, readout_rate=scale**2)


def linear_limit(dimension: int, *, coupling: float, weights: ArrayLike | None = None) -> LinearState:
    """The network of infinite width: A = I and v = 1 without fluctuation.

    Under muP r = richness^2 and w = 0: training is that of finite widths without their initial scatter. Under the NTK
    regimes r = 0, so that A and v, and with them the kernel A + v = 2 I, stay as they are; w is then normal with the
    deviation 1 / gamma, and has to be given where the loss matters.

    Args:
        dimension: Number of features D.
        coupling: r.
        weights: w, (D,); zero if not given.

    Raises:
        TypeError: If an argument is no number, or not whole where it counts.
        ValueError: If the coupling is negative or infinite, or the weights are not one finite number for each feature.
    """
    whole("dimension", dimension, least=1)
    start = np.zeros(dimension) if weights is None else finite("weights", weights)
    if not 0 <= real("coupling", coupling) < inf or start.shape != (dimension,):
        raise ValueError(
            f"a coupling of {coupling} and weights of shape {start.shape} were given; the coupling must be zero or "
            f"more, and the weights ({dimension},)"
        )
    return LinearState(np.eye(dimension), np.asarray(1.0), start, np.asarray(float(coupling)))
