"""Stochastic gradient descent in one pass over Gaussian features with power laws in spectrum and target."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spectra.asymptotics.laws import EigenvalueLaw, SourceLaw
from spectra.asymptotics.sgd_moments import sgd_mean_loss
from spectra.asymptotics.sgd_phases import MiniBatchSgd, sgd_loss_law, sgd_phase
from spectra.report.loss_theory import Array, LossTheory
from spectra.report.words import number


def stream_theory(settings: Mapping[str, Any]) -> LossTheory | None:
    """Law and exact expected loss of a linear predictor that starts at zero.

    Args:
        settings: Settings of a run on the data `power_law_stream` with the model `linear`.

    Returns:
        None for other optimizers than plain mini-batch descent, for more than one pass, and where the loss diverges.
    """
    examples = settings.get("batch_size")
    plain = settings["optimizer"] == "sgd" and not settings["decay"] and settings["temperature"] == 1
    plain = plain and not settings.get("pretraining")
    if not plain or examples is None or not examples * settings["steps"] <= settings["train_examples"]:
        return None
    modes = np.arange(1, settings["dimension"] + 1, dtype=np.float64)
    nu, zeta = float(settings["capacity"]), float(settings["source"])
    carried = modes ** -(1 + nu * zeta)
    eigenvalues, carried = modes**-nu, carried / carried.sum()
    # A mean of squares has twice the gradient of half of it, for which the theory is written.
    sgd = MiniBatchSgd(2 * settings["rate"], examples, momentum=settings["momentum"], tau1=1.0, tau2=-1.0)
    source = SourceLaw(exponent=zeta, scale=carried[0] / (nu * zeta))
    try:
        law = sgd_loss_law(sgd, eigenvalues, carried, spectrum=EigenvalueLaw(exponent=nu, scale=1.0), source=source)
    except ValueError:
        return None

    def mean_loss(steps: Array) -> Array:
        return 2 * sgd_mean_loss(sgd, eigenvalues, carried, steps)

    return LossTheory(
        title=f"source exponent {number(zeta)}, {sgd_phase(nu, zeta).value} phase",
        law=replace(law, constant=2 * law.constant, floor=2 * law.floor),
        mean_loss=mean_loss,
        limit="the mean over all draws of the examples",
        sources="Law: Velikanov, Kuznedelev and Yarotsky 2022 (arXiv 2206.11124), with the noise of Gaussian features.",
    )
