"""Runs whose expansions have a dense truth."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from spectra.data import Sphere
from spectra.models import MLP
from spectra.objectives import flatten
from spectra.training import SGD, Loss, RegimeSpec, RunSpec, StepGrid
from spectra.training.initial_cohort import cohort

EXPANSIONS = ("taylor", "features")
LOSSES = (Loss(StepGrid(every=1)),)
POINTS = RunSpec(
    MLP(24, depth=1, activation="tanh", bias=True),
    Sphere(3, "neuron", 16, 6),
    SGD(0.3),
    RegimeSpec("ntk", 1, 1),
    (*LOSSES, Loss(StepGrid(every=1), split="test")),
    steps=20,
    seed=2,
    precision="float64",
)


def of_the_start(one: RunSpec, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights (P,), outputs f_0 and Jacobian (N, C, P) of the network of a run before its first update, dense."""
    weights, network = flatten(cohort([replace(one, expansion="network")], "cpu").module(0))
    return weights, network(weights, inputs), torch.func.jacrev(lambda at: network(at, inputs))(weights)


def members(one: RunSpec) -> list[RunSpec]:
    """Three runs of one shape that differ in seed, rate and temperature."""
    return [
        replace(one, seed=seed, optimizer=replace(one.optimizer, rate=rate), temperature=temperature)
        for seed, rate, temperature in ((3, 0.02, 1.0), (4, 0.01, 2.0), (3, 0.005, 0.5))
    ]
