"""Members of a cohort at some step with what dense linear algebra needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from spectra.data import Digits, MarkovText
from spectra.models import GPT, ResidualMLP
from spectra.objectives import Objective, flatten
from spectra.training import SGD, MemberState, RegimeSpec, RunSpec, StepGrid, run, run_cohort
from spectra.training.course import Moment
from spectra.training.initial_cohort import cohort
from tests.references import dense_hessian

EXAMPLES, STEP = 12, 3
GRID = StepGrid(every=STEP)
TOKENS = {
    "data": MarkovText(vocabulary=5, context=2, train_examples=40, test_examples=15),
    "model": GPT(4, depth=2, heads=2),
    "regime": RegimeSpec("mup", 2, 2),
}
"""Settings of runs that learn text."""


@dataclass(frozen=True)
class Member:
    """One network after some updates, with dense matrices."""

    module: nn.Module
    weights: Tensor  # (P,)
    objective: Objective  # on the first examples, with the temperature
    sizes: Tensor  # diagonal of D, (P,)
    decay: Tensor  # diagonal of W, (P,)

    def kernel(self, inputs: Tensor) -> Tensor:
        """J D J' (N C, N C), example before output."""
        jacobian = torch.autograd.functional.jacobian(
            lambda weights: self.objective.network(weights, inputs).flatten(), self.weights
        )
        return (jacobian * self.sizes) @ jacobian.T

    def seen(self, matrix: Tensor) -> Tensor:
        """D^(1/2) A D^(1/2)."""
        return self.sizes.sqrt()[:, None] * matrix * self.sizes.sqrt()

    def effective_hessian(self) -> Tensor:
        """D^(1/2) (H + W) D^(1/2)."""
        return self.seen(dense_hessian(self.objective, self.weights) + torch.diag(self.decay))


def specs(*measurements: object, **changes: object) -> list[RunSpec]:
    """Three runs of one shape that differ in seed, regime, rate and temperature."""
    base = RunSpec(
        ResidualMLP(2, depth=1, activation="tanh"),
        Digits(60),
        SGD(0.2, batch_size=20, decay=0.01),
        RegimeSpec("mup", 1, 1),
        tuple(measurements),
        steps=STEP,
        seed=3,
        precision="float64",
    )
    base = replace(base, **changes)
    other = replace(base.optimizer, rate=base.optimizer.rate / 2)
    return [
        base,
        replace(base, seed=4, optimizer=other, temperature=2.0),
        replace(base, seed=5, regime=RegimeSpec("ntk", 1, 1, 0.5)),
    ]


def members(runs: Sequence[RunSpec], step: int = STEP) -> list[Member]:
    """Where the runs are after some updates."""
    together = cohort(runs, "cpu")
    together.advance(step)
    data = together.dataset
    decays = together.coupled_decay()
    found = []
    for place, spec in enumerate(runs):
        module = together.module(place)
        weights, network = flatten(module)
        tempered = replace(
            data.criterion,
            losses=lambda f, y, T=spec.temperature: data.criterion.losses(f / T, y),
        )
        objective = Objective(network, tempered, [(data.inputs[:EXAMPLES], data.targets[:EXAMPLES])])
        decay = torch.zeros_like(weights) if decays is None else decays[place]
        found.append(Member(module, weights, objective, together.step_sizes()[place], decay))
    return found


def tables(runs: Sequence[RunSpec]) -> list[pd.DataFrame]:
    """What the runs measured."""
    return run_cohort(runs)


def assert_each_alone(runs: Sequence[RunSpec]) -> None:
    """Members of a cohort have the numbers of the runs by themselves, to the last bit."""
    for one, table in zip(runs, tables(runs), strict=True):
        pd.testing.assert_frame_equal(table, run(one), check_exact=True)


class Stop(Exception):  # noqa: N818
    """The run is interrupted here."""


def interrupted(runs: Sequence[RunSpec], step: int, states: Sequence[MemberState] | None = None) -> list[MemberState]:
    """The states of a cohort that is stopped at the first look after some step, through their files."""
    found: list[MemberState] = []

    def watch(moment: Moment) -> None:
        if moment.step >= step:
            found.extend(moment.capture())
            raise Stop

    with pytest.raises(Stop):
        run_cohort(runs, watch=watch, states=states)
    return [MemberState.read(state.files()) for state in found]


def assert_interruptible(runs: Sequence[RunSpec], step: int) -> None:
    """Runs that are stopped after some updates and taken up again have the numbers of those that are not."""
    for table, resumed in zip(tables(runs), run_cohort(runs, states=interrupted(runs, step)), strict=True):
        pd.testing.assert_frame_equal(table, resumed, check_exact=True)


def values(table: pd.DataFrame, quantity: str, step: int = STEP) -> Tensor:
    """The values of a quantity at a step in the order of the index."""
    rows = table[(table["quantity"] == quantity) & (table["step"] == step)].sort_values("index")
    return torch.tensor(rows["value"].to_numpy())
