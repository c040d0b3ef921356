"""Long tables whose every number follows from a law."""

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.report import LawStudy, law_study
from spectra.report.law_theory import loss_theory

STREAM = {
    "model": "linear", "data": "power_law_stream", "capacity": 3.0, "source": 0.5, "dimension": 64,
    "train_examples": 3000, "data_seed": 0, "optimizer": "sgd", "rate": 0.25, "momentum": 0.0, "decay": 0.0,
    "batch_size": 1, "regime": "standard", "base_width": 1, "base_depth": 1, "richness": None, "depth_exponent": None,
    "steps": 2000, "seed": 1, "precision": "float32", "temperature": 1.0, "threads": 1,
}  # fmt: skip
SPHERE = STREAM | {
    "model": "shallow", "width": 64, "activation": "relu", "gain": 2**0.5, "bias": True, "centered": True,
    "data": "sphere", "dimension": 2, "target": "indicator", "train_examples": 256, "rate": 0.5, "batch_size": None,
    "regime": "ntk",
}  # fmt: skip
NOTHING = {"provenance": DataFrame(), "failures": DataFrame(columns=["run", "error"])}
STEPS = np.unique(np.geomspace(1, 2000, 60).round().astype(int))


def run(settings: dict, losses, *, steps=STEPS, extra=(), diverged: float = 0.0) -> DataFrame:
    """Rows of one run, named by its settings."""
    rows = [(step, "test_loss", 0, value) for step, value in zip(steps, losses, strict=True)]
    rows += [*extra, (int(steps[-1]), "diverged", 0, diverged)]
    measured = DataFrame(rows, columns=["step", "quantity", "index", "value"])
    name = "-".join(str(value) for value in settings.values())
    return measured.assign(**settings, run=name)


def table(*runs: DataFrame) -> DataFrame:
    """Several runs as one table."""
    return pd.concat(runs, ignore_index=True)


def gathered(rows: DataFrame, **changes) -> LawStudy:
    """What the page of laws shows of a table."""
    words = {"name": "laws", "title": "Laws?", "description": "One.\n\nTwo.", "recipe": "steps = 1"}
    return law_study(rows, **words, **NOTHING, **changes)


def of_theory(settings: dict, *, bend: float = 0.0, seeds=(1, 2, 3, 4)) -> list[DataFrame]:
    """Runs that follow the exact expectation, times a factor of their own and a power of the step."""
    expected = loss_theory(settings).mean_loss(STEPS.astype(float))
    factors = 1 + 0.02 * np.random.default_rng(0).standard_normal((len(seeds), 2))
    return [
        run(settings | {"seed": seed}, factor * expected * STEPS ** (bend + 0.01 * (wobble - 1)))
        for seed, (factor, wobble) in zip(seeds, factors, strict=True)
    ]
