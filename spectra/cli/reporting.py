"""`spectra report`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.cli.running import again, opened
from spectra.cli.verdict_printing import print_verdicts
from spectra.report import LawStudy, Question, Study, law_study, study, write_law_page, write_page
from spectra.report.law_answers import answers
from spectra.sweeps import Experiment, Judge, Loaded, read_experiment

SMALL = "This is the small version of the recipe, made with --smoke: too few runs and steps to say anything."


def report_recipe(recipe: Path, folder: Path, out: Path | None, *, smoke: bool = False) -> None:
    """Judge what is finished of a recipe, write its page, and print the verdicts."""
    with door():
        experiment = read_experiment(recipe, smoke=smoke)
        loaded = opened(folder).load(experiment.specs)
    if loaded.table.empty:
        fail(
            f"no run of {experiment.name} has finished in {folder}; make them with: {again(experiment, folder)}",
            BAD_INPUT,
        )
    console = Console(highlight=False, soft_wrap=True)
    place = out or Path("reports") / experiment.folder_name
    if experiment.judge is None:
        laws = gather_laws(experiment, loaded)
        with door():
            page = write_law_page(laws, place)
        _print_answers(console, laws)
    else:
        gathered = gather(experiment, loaded, experiment.judge)
        with door():
            page = write_page(gathered, place)
        print_verdicts(console, gathered)
    if loaded.missing:
        missing = f"{len(loaded.missing)} of {len(experiment.specs)} runs are missing"
        console.print(f"{missing}; make them with: {again(experiment, folder)}", markup=False)
    console.print(f"Page: {page}", markup=False)


def gather_laws(experiment: Experiment, loaded: Loaded) -> LawStudy:
    """What the page of an experiment in which nothing is judged shows of the runs that are done."""
    return law_study(
        loaded.table,
        name=experiment.name,
        title=experiment.title,
        description=f"{SMALL}\n\n{experiment.description}" if experiment.small else experiment.description,
        recipe=experiment.text,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
    )


def gather(experiment: Experiment, loaded: Loaded, judge: Judge) -> Study:
    """What the page of an experiment shows of the runs that are done."""
    return study(
        loaded.table,
        Question(judge.rate, judge.scale, judge.judged, judge.criterion),
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
        small=experiment.small,
    )


def _print_answers(console: Console, laws: LawStudy) -> None:
    for answer in answers(laws):
        console.print(f"{answer.case}: {answer.verdict}. {answer.sentence}\n", markup=False)
    for note in laws.notes:
        console.print(f"Note: {note}", markup=False)
