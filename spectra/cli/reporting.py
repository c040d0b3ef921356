"""`spectra report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from spectra.cli.clone_paths import from_root, store_name
from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.cli.finished_runs import missing_line, nothing_finished, store_of
from spectra.cli.styled_figures import write_styled
from spectra.cli.terminal import Terminal
from spectra.cli.verdict_printing import print_comparisons, print_verdicts
from spectra.report import LawStudy, Question, Study, law_study, study, write_law_page, write_page
from spectra.report.comparison_tables import comparisons
from spectra.report.law_answers import answers
from spectra.report.look import Look
from spectra.sweeps import Experiment, Judge, Loaded, read_experiment
from spectra.verdicts.pairing import Pairing

Gathered = TypeVar("Gathered", Study, LawStudy)


def report_recipe(
    recipe: Path, folders: Sequence[Path], out: Path | None, *, smoke: bool = False, look: Look | None = None
) -> None:
    """Judge what is finished of a recipe, write its page, and print the verdicts.

    Args:
        recipe: A TOML file.
        folders: Of finished runs, as `store_of` takes them.
        out: Folder of the page.
        smoke: Whether the small version is meant.
        look: In which its figures are written once more; None for none.
    """
    with door():
        experiment = read_experiment(recipe, smoke=smoke)
        store = store_of(experiment, folders)
        loaded, folder = store.load(experiment.specs), store.folder
    if loaded.table.empty:
        fail(nothing_finished(experiment, folder), BAD_INPUT)
    console = Terminal()
    place, found = out or Path("reports") / experiment.folder_name, gathered(experiment, loaded, folder)
    with door():
        page = write_found(found, place)
    print_found(console, found)
    if loaded.missing:
        console.print(missing_line(experiment, folder, len(loaded.missing)))
    console.print(f"Page: {page}")
    if look is not None:
        with door():
            figures = write_styled(found, place, look)
        console.print(f"Figures: {figures}")


def gathered(experiment: Experiment, loaded: Loaded, folder: Path) -> Study | LawStudy:
    """What the page of an experiment shows of the runs that are done, whether anything is judged in it or not.

    Args:
        experiment: What the recipe describes.
        loaded: Its runs.
        folder: Where they are.
    """
    path, store = from_root(experiment.path), store_name(folder)
    if experiment.judge is None:
        return replace(gather_laws(experiment, loaded), path=path, store=store)
    return replace(gather(experiment, loaded, experiment.judge), path=path, store=store)


def write_found(found: Study | LawStudy, place: Path) -> Path:
    """Write the page of an experiment."""
    return write_page(found, place) if isinstance(found, Study) else write_law_page(found, place)


def print_found(console: Console, found: Study | LawStudy) -> None:
    """Print the verdicts of an experiment, or how its losses compare with theory."""
    if isinstance(found, Study):
        print_verdicts(console, found)
    else:
        _print_answers(console, found)


def gather_laws(experiment: Experiment, loaded: Loaded) -> LawStudy:
    """What the page of an experiment in which nothing is judged shows of the runs that are done."""
    found = law_study(
        loaded.table,
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
        small=experiment.small,
    )
    return _compared(found, experiment, loaded)


def gather(experiment: Experiment, loaded: Loaded, judge: Judge) -> Study:
    """What the page of an experiment shows of the runs that are done."""
    found = study(
        loaded.table,
        Question(judge.rate, judge.scale, judge.judged, judge.criterion, asks=judge.asks),
        name=experiment.name,
        title=experiment.title,
        description=experiment.description,
        recipe=experiment.text,
        provenance=loaded.provenance,
        failures=loaded.failures,
        missing=len(loaded.missing),
        small=experiment.small,
    )
    return _compared(found, experiment, loaded)


def _compared(found: Gathered, experiment: Experiment, loaded: Loaded) -> Gathered:
    """The study with the comparisons that the recipe asks for."""
    asked = [Pairing(**asdict(compare)) for compare in experiment.compare]
    made, notes = comparisons(loaded.table, asked)
    return replace(found, comparisons=made, notes=found.notes + tuple(notes))


def _print_answers(console: Console, laws: LawStudy) -> None:
    for answer in answers(laws):
        console.print(f"{answer.case}: {answer.verdict}. {answer.sentence}\n")
    print_comparisons(console, laws.comparisons)
    for note in laws.notes:
        console.print(f"Note: {note}")
