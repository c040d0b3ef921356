"""`spectra check`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from spectra.checks import CoordinateCheck, Plan, coordinate_check
from spectra.checks.plan import Scale
from spectra.checks.report import verdict_sentence
from spectra.cli.clone_paths import from_root
from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.cli.terminal import Terminal
from spectra.data import Dataset
from spectra.report.cases import FIRST, case_titles
from spectra.report.check_page import write_check_page
from spectra.report.check_study import QUANTITIES, CheckedCase, CheckStudy
from spectra.report.titles import regime_title
from spectra.sweeps import Experiment, Judge, read_experiment
from spectra.training import RunSpec
from spectra.verdicts.size_exponents import PASS
from spectra.verdicts.verdict import capital

NOT_PASSED = 1
EXAMPLES = 64
"""Training examples in the batch of a check: the powers do not depend on them, and few are quick."""


def check_recipe(recipe: Path, out: Path | None, *, seeds: int, steps: int, tolerance: float) -> None:
    """Check every regime of a recipe across its sizes, print the reports, write a page; exit with 1 unless all pass.

    Args:
        recipe: A TOML file.
        out: Folder of the page. None: reports/<name> where the recipe says that this command makes its page, and
            reports/<name>-check where `spectra report` does.
        seeds: Trainings of every size.
        steps: Updates of each.
        tolerance: Largest distance of an exponent from its prediction.
    """
    with door():
        experiment = read_experiment(recipe)
        judge = _judge(experiment)
        plan = Plan(scale=_scale(judge), steps=steps, seeds=range(seeds), tolerance=tolerance)
        families = _families(experiment, judge)
        named = experiment.name if experiment.command == "check" else f"{experiment.name}-check"
        place = out or Path("reports") / named
        place.mkdir(parents=True, exist_ok=True)  # before minutes are spent on what could not be written
    console = Terminal()
    checks = []
    for specs in families:
        with door():
            check = _check(specs, plan)
        console.print(f"{specs[0].model.kind} on {specs[0].data.kind}. {check}\n")
        checks.append(check)
    with door():
        page = write_check_page(gathered(experiment, families, checks), place)
    console.print(f"Page: {page}")
    if not all(check.verdict == PASS for check in checks):
        raise typer.Exit(NOT_PASSED)


def gathered(
    experiment: Experiment, families: Sequence[Sequence[RunSpec]], checks: Sequence[CoordinateCheck]
) -> CheckStudy:
    """What the page of a check shows.

    Args:
        experiment: What the recipe describes.
        families: The runs of every parameterization.
        checks: One for each of these.
    """
    plan = checks[0].plan
    asked = {"seeds": (len(plan.seeds), 8), "steps": (plan.steps, 10), "tolerance": (plan.tolerance, 0.15)}
    options = [f"--{name}={value:g}" for name, (value, usual) in asked.items() if value != usual]
    return CheckStudy(
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        command=shlex.join(["spectra", "check", from_root(experiment.path), *options]),
        scale=plan.scale,
        steps=plan.steps,
        tolerance=plan.tolerance,
        level=plan.level,
        cases=tuple(map(_case, _titles(families, checks, plan.scale), checks)),
    )


def _case(title: str, check: CoordinateCheck) -> CheckedCase:
    causes = [f"Likely cause: {cause.name}. Seen: {cause.evidence}. Do: {cause.remedy}." for cause in check.causes]
    last = check.table[(check.table["step"] == check.plan.steps) | (check.table["quantity"] == "size")]
    return CheckedCase(
        title=title,
        verdict=check.verdict,
        sentence=capital(verdict_sentence(check).partition(": ")[2]),
        notes=(*causes, *check.notes),
        exponents=check.exponents,
        values=last[last["quantity"].isin(QUANTITIES)],
    )


def _titles(families: Sequence[Sequence[RunSpec]], checks: Sequence[CoordinateCheck], scale: str) -> list[str]:
    """What every parameterization is called: as few settings as tell them apart, and its regime where it is alone."""
    if len(families) == 1:
        return [regime_title(checks[0].regime.name)]
    settings = [{**specs[0].columns(), scale: None, "seed": None} for specs in families]
    names = sorted(dict.fromkeys(name for each in settings for name in each), key=lambda name: name not in FIRST)
    return case_titles([{name: each.get(name) for name in names} for each in settings])


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
