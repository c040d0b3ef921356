"""Trials of the networks of `spectra.models` under a regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

import torch
from torch import Tensor, nn

from spectra.checks.plan import Plan
from spectra.checks.random_numbers import stream
from spectra.checks.trial import SetUp, Trial
from spectra.data import Dataset
from spectra.models import ModelSpec
from spectra.scaling import (
    Exponents,
    Regime,
    Size,
    optimizer_family,
    parameter_groups,
    parameterize,
    predicted_exponents,
    regime,
)
from spectra.scaling.predictions import Place
from spectra.training.optimizers import OPTIMIZERS, OptimizerSpec

SHARE_OF_BEST = 1 / 4
"""Rate of a check over the best rate. With it all layers of a transformer (Adam, widths 32 to 256, 5 updates, 5 seeds)
pass under muP, attention logits at -0.02 +- 0.08; at half the best they scatter more, 0.07 +- 0.15, and at an eighth
the slow start of queries and keys is in the way, -0.12 +- 0.05. Perceptrons pass at any of these."""
SHARE_IF_LAZY = 1 / 16
"""The same for a regime whose hidden layers move less and less. Their power is that of small steps: NTK across widths
64 to 512 (SGD, residual network of depth 2, 5 seeds) gives the change of the last block -0.39 +- 0.03 at a quarter,
-0.43 +- 0.04 at a sixteenth, -0.49 +- 0.05 at a 64th, where theory has -0.5, and that of the output +0.04, -0.04 and
-0.12, where it has 0."""
SHARE_IF_UNSTABLE = 1 / 256
"""The same for a regime that is not stable, of which growth is asked: a network that has learned puts out its targets
at every size, so its output grows in the first small updates only. Standard parameterization across widths 64 to 512:
the change of the output has +0.19 (SGD) and +0.04 (Adam) at a quarter of the best rate, and +0.66 and +1.09 here."""


def named_regime(name: str | Regime, optimizer: str, smallest: Size, plan: Plan) -> Regime:
    """A regime by its name, or the one that was given.

    Its base is the smallest network; across depths its width with a depth of one. Then the residual branches of the
    smallest network too add little to the stream at initialisation, as those of any deep one do: with the depth 4 as
    the base, the stream of a residual network under CompleteP (depths 4 to 32) starts with -0.21 instead of 0.

    Regimes whose outputs shrink with the width start with outputs of the size 1 / sqrt(base width), richness 1, so that
    exponents at these few widths are those of the limit: with outputs of size one at the base, of which a share remains
    in the residuals, the changes of a plain network under muP scale with -0.07 to -0.18 instead of 0 (widths 64 to 512
    or 128 to 1024, 3 to 10 steps of SGD or Adam, 6 seeds), and with -0.04 to 0.02 with richness one.
    """
    if isinstance(name, Regime):
        return name
    base = smallest if plan.scale == "width" else Size(smallest.width, 1)
    plain = regime(name, optimizer=optimizer, base=base)
    shrinks = predicted_exponents(plain, "width")["output"].initial < 0
    return regime(name, optimizer=optimizer, base=base, richness=1.0) if shrinks else plain


def named_optimizer(name: str, rate: float) -> OptimizerSpec:
    """An optimizer by its name; that of Adam has an epsilon that does nothing."""
    optimizer_family(name)
    more: dict[str, Any] = {} if name == "sgd" else {"epsilon": 1e-12}
    found: OptimizerSpec = OPTIMIZERS[name](rate=rate, **more)
    return found


def tuned_optimizer(name: str, model: ModelSpec, regime: Regime, data: Dataset, plan: Plan) -> OptimizerSpec:
    """An optimizer by its name at a share of the best rate.

    The best rate is the power of two with the lowest loss of `model` after the steps of the plan, found by climbing:
    the way in which a base network is tuned. Much slower, a check would see the first order of one update, in which
    some layers have not yet taken part.
    """

    def loss_at(power: int) -> float:
        set_up = model_trials(model, regime, named_optimizer(name, 2.0**power), data, plan)
        trial = set_up(getattr(model, plan.scale), plan.seeds[0])
        for _ in range(plan.steps):
            trial.train()
        loss = float(trial.loss(trial.module).detach())
        return loss if loss == loss else inf

    power = 0 if name == "sgd" else -8
    losses = {power: loss_at(power)}
    direction = 1 if losses.setdefault(power + 1, loss_at(power + 1)) < losses[power] else -1
    while losses.setdefault(power + direction, loss_at(power + direction)) < losses[power] and abs(power) < 40:
        power += direction
    return named_optimizer(name, _share(predicted_exponents(regime, plan.scale)) * 2.0**power)


def _share(predicted: Mapping[Place, Exponents]) -> float:
    if not all(each.stable for each in predicted.values()):
        return SHARE_IF_UNSTABLE
    return SHARE_IF_LAZY if predicted["hidden"].change < 0 else SHARE_OF_BEST


def model_trials(model: ModelSpec, regime: Regime, optimizer: OptimizerSpec, data: Dataset, plan: Plan) -> SetUp:
    """The set-up that trains a model of each size under a regime, on all training examples of the data at once.

    In double precision: the change of the first steps is small, and rounding has no exponent.
    """
    batch = data.to("cpu", torch.float64)
    example = tuple(batch.inputs.shape[1:])

    def loss(module: nn.Module) -> Tensor:
        return batch.criterion.losses(module(batch.inputs), batch.targets).mean()

    def set_up(size: int, seed: int) -> Trial:
        spec = resized(model, size, plan)
        module = spec.build(example, batch.outputs).double()
        parameterize(module, regime, spec.size, torch.Generator().manual_seed(stream(seed)))
        groups = parameter_groups(module, regime, spec.size, **optimizer.base_values())
        return Trial(module, optimizer.build(groups), loss)

    return set_up


def resized(model: ModelSpec, size: int, plan: Plan) -> ModelSpec:
    """The same model of another width or depth."""
    return replace(model, **{plan.scale: size})  # type: ignore[type-var]
