"""One long table from the trials of all sizes and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from typing import TypeVar

import pandas as pd
import torch

from spectra.checks.layer_names import Names, comparable_names, structure
from spectra.checks.layer_places import LayerPlace, layer_places, parameter_roles
from spectra.checks.measuring import Measured, measured
from spectra.checks.plan import Plan
from spectra.checks.random_numbers import seeded, stream
from spectra.checks.trial import SetUp, Trial
from spectra.objectives.wrapping import unwrapped
from spectra.scaling.multipliers import Scaled

Found = TypeVar("Found")
COLUMNS = ["size", "seed", "layer", "quantity", "step", "value"]


@dataclass(frozen=True)
class Gathered:
    """What all trials of a check gave.

    Attributes:
        layers: Long table of the layers that all sizes have, with the columns `COLUMNS`; see `Measured` for the values.
        parameters: The same for their parameters, with the parameter's name in the column layer.
        places: Which prediction is whose, by layer, in the order of the forward pass.
        roles: Which dimensions of a parameter grow: "input", "hidden", "output", "vector" or "fixed".
        tied: Whether the readout has no weights of its own, but those of the embedding.
        optimizer: Class name of the optimizer.
        head_dimensions: Power of the width with which the head dimension grows, for each layer of attention logits.
    """

    layers: pd.DataFrame
    parameters: pd.DataFrame
    places: Mapping[str, LayerPlace]
    roles: Mapping[str, str]
    tied: bool
    optimizer: str
    head_dimensions: Mapping[str, float]


@dataclass(frozen=True)
class _Network:
    """What is kept of the network of one size."""

    structure: Mapping[str, tuple[object, ...]]
    shapes: Mapping[str, tuple[int, ...]]  # of the parameters
    factors: frozenset[str]  # paths of modules on whose outputs `parameterize` put a factor
    optimizer: str


def gather(set_up: SetUp, sizes: Sequence[int], plan: Plan) -> Gathered:
    """Set up, train and measure every size with every seed.

    Torch's global random numbers are put back afterwards.

    Raises:
        ValueError: If the trials do not depend on the size or the seed, or have no layer in common.
    """
    runs: dict[int, list[Measured]] = {}
    networks: dict[int, _Network] = {}
    for size, seed in product(sizes, plan.seeds):
        with seeded(stream(seed)):
            trial = _trial(set_up, size, seed)
            networks[size] = _network(trial)
            runs.setdefault(size, []).append(measured(trial, plan.steps))
    _check_differences(runs, networks, plan)
    recorded = {size: [*found[0].shapes, *networks[size].shapes] for size, found in runs.items()}
    names = comparable_names({size: network.structure for size, network in networks.items()}, recorded)
    table = pd.DataFrame(list(_rows(runs, names, plan)), columns=COLUMNS)
    small, large = min(sizes), max(sizes)
    starts, ends = (_renamed(runs[size][0].shapes, names[size]) for size in (small, large))
    places = layer_places(starts, ends, [name for name in ends if name in starts], scale=plan.scale)
    before, after = (_renamed(networks[size].shapes, names[size]) for size in (small, large))
    roles = parameter_roles(before, after, places)
    # What is seen of these is the output behind the factor, which is no part of the stream.
    for size, network in networks.items():
        places |= {new: "fixed" for old in network.factors for new in names[size].get(old, []) if new in places}
    growth = log(large / small)
    return Gathered(
        layers=table[table["layer"].isin(places)],
        parameters=table[~table["layer"].isin(places)],
        places=places,
        roles=roles,
        tied={"input", "output"} & set(roles.values()) == {"input"},
        optimizer=networks[large].optimizer,
        head_dimensions={
            name: 1 - log(_heads(ends[name][1]) / _heads(starts[name][1])) / growth
            for name, place in places.items()
            if place == "attention"
        },
    )


def _heads(logits: torch.Size) -> int:
    """Number of heads of logits (..., heads, T, T); one if there is no such dimension."""
    return logits[-3] if len(logits) > 2 else 1


def _rows(
    runs: Mapping[int, Sequence[Measured]], names: Names, plan: Plan
) -> Iterator[tuple[int, int, str, str, int, float]]:
    for size, found in runs.items():
        for seed, run in zip(plan.seeds, found, strict=True):
            for old, quantity, step, value in run.rows:
                yield from ((size, seed, new, quantity, step, value) for new in names[size].get(old, []))


def _renamed(shapes: Mapping[str, Found], names: Mapping[str, Sequence[str]]) -> dict[str, Found]:
    return {new: shape for old, shape in shapes.items() for new in names[old]}


def _trial(set_up: SetUp, size: int, seed: int) -> Trial:
    trial = set_up(size, seed)
    if not isinstance(trial, Trial):
        raise TypeError(
            f"the set-up returned a {type(trial).__name__} for size {size}; it must return "
            "Trial(module, optimizer, loss), with loss(module) the mean loss on one fixed batch"
        )
    return trial


def _network(trial: Trial) -> _Network:
    module = unwrapped(trial.module)
    shapes = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    factors = frozenset(
        name
        for name, part in module.named_modules()
        if any(isinstance(hook, Scaled) for hook in part._forward_hooks.values())
    )
    return _Network(structure(module), shapes, factors, type(trial.optimizer).__name__)


def _check_differences(runs: Mapping[int, Sequence[Measured]], networks: Mapping[int, _Network], plan: Plan) -> None:
    first, *others = networks
    for size in others:
        if networks[size].shapes == networks[first].shapes:
            raise ValueError(
                f"the set-up gave the same network for the {plan.scale}s {first} and {size}; build it of the size that "
                "it is called with"
            )
    for size, found in runs.items():
        starts = {tuple(row for row in run.rows if row[1] == "size" and row[2] == 0) for run in found}
        if len(starts) == 1:
            raise ValueError(
                f"all {len(found)} seeds gave the same network of {plan.scale} {size}, so that no scatter can be seen; "
                "let the set-up draw its weights from the seed that it is called with, or set no seed of its own"
            )
