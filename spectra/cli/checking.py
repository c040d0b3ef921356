"""`spectra check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer
from rich.console import Console

from spectra.checks import CoordinateCheck, Plan, coordinate_check
from spectra.checks.plan import Scale
from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.data import Dataset
from spectra.sweeps import Experiment, Judge, read_experiment
from spectra.training import RunSpec
from spectra.verdicts.size_exponents import PASS

NOT_PASSED = 1
EXAMPLES = 64
"""Training examples in the batch of a check: the powers do not depend on them, and few are quick."""


def check_recipe(recipe: Path, *, seeds: int, steps: int, tolerance: float) -> None:
    """Check every regime of a recipe across its sizes, print the reports, and exit with 1 unless all pass."""
    with door():
        experiment = read_experiment(recipe)
        judge = _judge(experiment)
        plan = Plan(scale=_scale(judge), steps=steps, seeds=range(seeds), tolerance=tolerance)
        families = _families(experiment, judge)
    console = Console(highlight=False, soft_wrap=True)
    passed = []
    for specs in families:
        with door():
            check = _check(specs, plan)
        console.print(f"{specs[0].model.kind} on {specs[0].data.kind}. {check}\n", markup=False)
        passed.append(check.verdict == PASS)
    if not all(passed):
        raise typer.Exit(NOT_PASSED)


def _judge(experiment: Experiment) -> Judge:
    if experiment.judge is None:
        raise ValueError(
            f"{experiment.path}: the check needs a rate and a scale, and the recipe judges nothing; add a section such "
            "as [judge] with rate = 0.5, scale = 'width' and quantity = 'loss'"
        )
    return experiment.judge


def _scale(judge: Judge) -> Scale:
    if judge.scale == "trained_examples":
        raise ValueError(
            "the check compares widths or depths, and what the recipe judges grows with trained_examples; give it a "
            "recipe with scale = 'width' or 'depth'"
        )
    return judge.scale


def _families(experiment: Experiment, judge: Judge) -> list[list[RunSpec]]:
    """The runs at the judged rate that differ in their size and seed alone, smallest first."""
    scale, found = judge.scale, dict[str, list[RunSpec]]()
    for spec in experiment.specs:
        if spec.optimizer.rate in judge.rate:
            settings = {**spec.columns(), scale: None, "seed": None}
            found.setdefault(repr(settings), []).append(spec)
    for specs in found.values():
        sizes = {getattr(spec.model, scale) for spec in specs}
        if len(sizes) < 2:
            fail(
                f"{experiment.path}: the check compares {scale}s, and the recipe has only {sizes.pop()}; add an axis "
                f"such as {scale} = [64, 128, 256, 512] to [sweep]",
                BAD_INPUT,
            )
    return [sorted(specs, key=lambda spec: getattr(spec.model, scale)) for specs in found.values()]


def _check(specs: list[RunSpec], plan: Plan) -> CoordinateCheck:
    first = specs[0]
    sizes = sorted({getattr(spec.model, plan.scale) for spec in specs})
    regime = first.regime.build(first.optimizer.kind)
    return coordinate_check(
        first.model, regime, sizes, optimizer=first.optimizer, data=_batch(first.data.load()), plan=plan
    )


def _batch(data: Dataset) -> Dataset:
    return replace(data, inputs=data.inputs[:EXAMPLES], targets=data.targets[:EXAMPLES])
