"""Gradient descent of a wide shallow network on a sphere: spectrum, target and loss in closed form."""

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np

from spectra.asymptotics.harmonics import multiplicities
from spectra.asymptotics.laws import EigenvalueLaw
from spectra.asymptotics.mode_laws import mode_loss_law, mode_source_law
from spectra.asymptotics.optimizers import GradientDescent, in_steps, optimizer_loss
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalue_law, sphere_eigenvalues
from spectra.asymptotics.sphere_targets import GaussianDraw, HalfSpacePower, SphereTarget, sphere_modes
from spectra.report.loss_theory import Array, LossTheory, SpectrumTheory

DEGREES = 4000
"""Harmonics of higher degree are not learnt within 10,000 steps: they move the loss by less than a ten-thousandth."""

MODES = 4096
"""Single eigenvalues that a figure may show."""

TITLES = {"indicator": "indicator", "neuron": "ReLU neuron", "gaussian_process": "Gaussian process"}


def sphere_theory(settings: Mapping[str, Any]) -> LossTheory | None:
    """Law and exact expected loss of full-batch descent from the zero function, in the limit of infinite width.

    Args:
        settings: Settings of a run on the data `sphere` with the model `shallow`.

    Returns:
        None for other networks than the centred ReLU network with He's gain under the regime `ntk` with base width 1,
        and for other optimizers than plain descent on all examples.
    """
    if not _covered(settings):
        return None
    dimension, rate = int(settings["dimension"]), float(settings["rate"])
    kernel, target = ShallowKernel(dimension, bias="zero"), _target(settings["target"], dimension)
    modes = sphere_modes(kernel, target)
    eigenvalues, energies = sphere_eigenvalues(kernel, DEGREES), target.energies(dimension, DEGREES, None)
    beyond = _mean_square(settings["target"], dimension) - float(energies.sum())
    # A mean of squares has twice the gradient of half of it, for which the theory is written.
    descent = GradientDescent(2 * rate)

    def mean_loss(steps: Array) -> Array:
        return 2 * optimizer_loss(descent, [*eigenvalues, 0.0], [*energies, beyond], steps)

    return LossTheory(
        title=f"{TITLES[settings['target']]}, d = {dimension}",
        law=replace(in_steps(mode_loss_law(modes).mean_square(), rate), second=None),
        mean_loss=mean_loss,
        limit="an infinitely wide network on the whole sphere",
        sources="Law: Velikanov and Yarotsky 2021 (arXiv 2105.00507).",
        spectrum=_spectrum(kernel, target, (eigenvalues, energies, beyond)),
    )


def _covered(settings: Mapping[str, Any]) -> bool:
    network = {"activation": "relu", "bias": True, "centered": True, "temperature": 1}
    training = {"optimizer": "sgd", "momentum": 0, "decay": 0, "batch_size": None}
    scaling = {"regime": "ntk", "base_width": 1}
    wanted = network | training | scaling
    begun = not settings.get("pretraining")
    return begun and all(settings.get(name) == value for name, value in wanted.items()) and _of_he(settings["gain"])


def _of_he(gain: float) -> bool:
    return abs(gain - sqrt(2)) < 1e-6


def _target(name: str, dimension: int) -> SphereTarget:
    if name == "gaussian_process":
        return GaussianDraw(ShallowKernel(dimension, layers="output"))
    return HalfSpacePower(0 if name == "indicator" else 1)


def _mean_square(name: str, dimension: int) -> float:
    """Of the target over the sphere; of the Gaussian process on average over its draws."""
    return {"indicator": 1 / 2, "neuron": 1 / (2 * dimension), "gaussian_process": 1.0}[name]


def _spectrum(kernel: ShallowKernel, target: SphereTarget, levels: tuple[Array, Array, float]) -> SpectrumTheory:
    """Degrees as single modes, each with an equal share of what its degree has of the target."""
    eigenvalues, energies, beyond = levels
    counts = multiplicities(kernel.dimension, len(eigenvalues)).astype(int)
    few = int(np.searchsorted(counts.cumsum(), MODES)) + 1
    single, shares = (np.repeat(part[:few], counts[:few]) for part in (eigenvalues, energies / counts))
    order = np.argsort(-single, kind="stable")
    rest = beyond + float(energies[few:].sum())
    law = sphere_eigenvalue_law(kernel)
    source = mode_source_law(sphere_modes(kernel, target))
    return SpectrumTheory(
        eigenvalues=single[order],
        tails=shares[order][::-1].cumsum()[::-1] + rest,
        eigenvalue_law=law,
        tail_law=EigenvalueLaw(exponent=source.kappa(law), scale=source.tail(law)),
    )
