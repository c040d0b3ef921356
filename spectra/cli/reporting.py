"""`spectra report`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.cli.running import again, confounded, opened
from spectra.report import LawStudy, Study, law_study, study, write_law_page, write_page
from spectra.report.law_answers import answers
from spectra.report.words import criterion_title, quantity_title, regime_title
from spectra.sweeps import Experiment, Judge, Loaded, read_experiment


def report_recipe(recipe: Path, folder: Path, out: Path | None) -> None:
    """Judge what is finished of a recipe, write its page, and print the verdicts."""
    with door():
        experiment = read_experiment(recipe)
        if experiment.confounded:
            fail(confounded(experiment), BAD_INPUT)
        loaded = opened(folder).load(experiment.specs)
    if loaded.table.empty:
        fail(
            f"no run of {experiment.name} has finished in {folder}; make them with: {again(recipe, folder)}", BAD_INPUT
        )
    console = Console(highlight=False, soft_wrap=True)
    place = out or Path("reports") / experiment.name
    if experiment.judge is None:
        laws = gather_laws(experiment, loaded)
        with door():
            page = write_law_page(laws, place)
        _print_answers(console, laws)
    else:
        gathered = gather(experiment, loaded, experiment.judge)
        with door():
            page = write_page(gathered, place)
        _print_verdicts(console, gathered)
    if loaded.missing:
        missing = f"{len(loaded.missing)} of {len(experiment.specs)} runs are missing"
        console.print(f"{missing}; make them with: {again(recipe, folder)}", markup=False)
    console.print(f"Page: {page}", markup=False)


def gather_laws(experiment: Experiment, loaded: Loaded) -> LawStudy:
    """What the page of an experiment in which nothing is judged shows of the runs that are done."""
    return law_study(
        loaded.table,
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
    )


def gather(experiment: Experiment, loaded: Loaded, judge: Judge) -> Study:
    """What the page of an experiment shows of the runs that are done."""
    return study(
        loaded.table,
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        scale=judge.scale,
        rate=judge.rate,
        quantity=judge.quantity,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
    )


def _print_answers(console: Console, laws: LawStudy) -> None:
    for answer in answers(laws):
        console.print(f"{answer.case}: {answer.verdict}. {answer.sentence}\n", markup=False)
    for note in laws.notes:
        console.print(f"Note: {note}", markup=False)


def _print_verdicts(console: Console, gathered: Study) -> None:
    console.print(_table(gathered))
    for regime, trend in gathered.consistency.items():
        console.print(f"{regime_title(regime)}, across {gathered.scale}. {trend.sentence}\n", markup=False)
    for regime, criteria in gathered.transfer.items():
        for criterion, moved in criteria.items():
            console.print(
                f"{regime_title(regime)}, best learning rate, by {criterion_title(criterion)}. {moved.sentence}\n",
                markup=False,
            )
    for note in gathered.notes:
        console.print(f"Note: {note}", markup=False)


def _table(gathered: Study) -> Table:
    """One word for each regime and question."""
    table = Table(title=gathered.title, title_justify="left")
    for heading in ("", *map(regime_title, gathered.regimes)):
        table.add_column(heading)
    trends = gathered.consistency
    words = [trends[regime].verdict if regime in trends else "-" for regime in gathered.regimes]
    table.add_row(f"{quantity_title(gathered.quantity)} across {gathered.scale}", *words)
    for criterion in sorted({name for fits in gathered.transfer.values() for name in fits}, reverse=True):
        fits = [gathered.transfer.get(regime, {}).get(criterion) for regime in gathered.regimes]
        words = ["-" if fit is None else fit.verdict for fit in fits]
        table.add_row(f"best learning rate, by {criterion_title(criterion)}", *words)
    return table
