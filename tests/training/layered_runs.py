"""Runs of a network with several layers, held against functions of its modules."""

from dataclasses import replace

import pytest

from spectra.models import MLP
from spectra.training import (
    RegimeSpec,
)
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import STEP, specs, tables, values

NETWORK = {"model": MLP(6, depth=2), "regime": RegimeSpec("mup", 4, 2)}


def runs_of(*measured, **changes):
    return [replace(run, regime=NETWORK["regime"]) for run in specs(*measured, **{**NETWORK, **changes})]


def modules_of(runs, step):
    together = cohort(runs, "cpu")
    together.advance(step)
    return [together.module(place) for place in range(len(runs))], together.dataset


def check(measured, function, **changes):
    """That the rows of all members at the start and the end are what a function of module and data gives."""
    runs = runs_of(measured, **changes)
    found = tables(runs)
    for step in (0, STEP):
        modules, data = modules_of(runs, step)
        for module, table in zip(modules, found, strict=True):
            for quantity, expected in function(module, data).items():
                assert values(table, quantity, step).tolist() == pytest.approx(expected, rel=1e-9)
