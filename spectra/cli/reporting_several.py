"""`spectra report` with several recipes: their one page."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from spectra.cli.clone_paths import STORE
from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.cli.finished_runs import missing_line, nothing_finished, store_of
from spectra.cli.reporting import gathered
from spectra.cli.terminal import Terminal
from spectra.report.figure_files import write_figures
from spectra.report.leftovers import own_page
from spectra.report.look import Look
from spectra.report.remaking import stored
from spectra.report.side_by_side import Side, labels, shared_exhibits
from spectra.report.side_by_side_page import write_side_by_side
from spectra.report.side_by_side_verdicts import compared_answers, verdict_table
from spectra.sweeps import Experiment, RunStore, read_experiment

LONGEST = 80
"""Letters of the name of a folder."""


def report_recipes(
    recipes: Sequence[Path], folders: Sequence[Path], out: Path | None, *, smoke: bool = False, look: Look | None = None
) -> None:
    """Write the page that shows what is finished of several recipes side by side, and print the verdicts of all.

    Args:
        recipes: TOML files, each once.
        folders: Of finished runs, as `store_of` takes them.
        out: Folder of the page.
        smoke: Whether the small versions are meant.
        look: In which its figures are written once more; None for none.
    """
    with door():
        experiments = read_recipes(recipes, smoke=smoke)
        stores = [store_of(experiment, folders) for experiment in experiments]
        place = out or comparison_folder(experiments)
        sides = sides_of(experiments, stores, place)
    if all(side.study.table.empty for side in sides):
        told = (nothing_finished(each, store.folder) for each, store in zip(experiments, stores, strict=True))
        fail("\nspectra: ".join(told), BAD_INPUT)
    console = Terminal()
    with door():
        page = write_sides(sides, place)
    _print_verdicts(console, sides)
    for side, experiment, store in zip(sides, experiments, stores, strict=True):
        if side.missing:
            console.print(f"{side.label}: {missing_line(experiment, store.folder, side.missing)}")
    console.print(f"Page: {page}")
    if look is not None:
        with door():
            styled = page.parent / f"figures-{look.name}"
            write_figures({exhibit.name: exhibit.draw for exhibit in shared_exhibits(sides)}, styled, look)
        console.print(f"Figures: {styled}")


def read_recipes(recipes: Sequence[Path], *, smoke: bool) -> list[Experiment]:
    """The experiments of some recipes.

    Raises:
        ValueError: If a recipe is wrong, or named twice.
    """
    twice = [
        recipe for place, recipe in enumerate(recipes) if recipe.resolve() in {r.resolve() for r in recipes[:place]}
    ]
    if twice:
        raise ValueError(f"{twice[0]} was named twice; name each recipe once")
    return [read_experiment(recipe, smoke=smoke) for recipe in recipes]


def comparison_folder(experiments: Sequence[Experiment]) -> Path:
    """Where the page of several experiments goes if nothing is said: a folder that is named after all of them."""
    names = [experiment.folder_name for experiment in experiments]
    whole = "-and-".join(names)
    few = f"{names[0][: LONGEST // 2]}-and-{len(names) - 1}-more"
    return Path("reports") / (whole if len(whole) <= LONGEST else few)


def sides_of(experiments: Sequence[Experiment], stores: Sequence[RunStore], place: Path) -> list[Side]:
    """What is finished of every experiment, with a link to its own page where there is one."""
    sides = []
    named = labels([each.name for each in experiments])
    for label, experiment, store in zip(named, experiments, stores, strict=True):
        loaded = store.load(experiment.specs)
        own = Path("reports") / experiment.folder_name
        link = Path(os.path.relpath(own / "index.html", place)).as_posix() if own_page(own) else ""
        found = gathered(experiment, loaded, store.folder)
        sides.append(Side(label, found, len(loaded.missing), found.path, link))
    return sides


def write_sides(sides: Sequence[Side], place: Path) -> Path:
    """Write the page of several experiments, with the command that makes it again."""
    small = " --smoke" if any(side.study.small for side in sides) else ""
    recipes = [side.recipe for side in sides]
    made = [f"spectra run {shlex.quote(side.recipe)}{stored(side.study.store)}{small}" for side in sides]
    return write_side_by_side(
        sides, place, again="\n".join([*made, f"{shlex.join(['spectra', 'report', *recipes])}{_stores(sides)}{small}"])
    )


def _stores(sides: Sequence[Side]) -> str:
    """The options that name where the runs of all are; the usual place only if another one is named."""
    folders = list(dict.fromkeys(side.study.store for side in sides))
    return "" if folders == [""] else "".join(stored(folder or STORE) for folder in folders)


def _print_verdicts(console: Console, sides: Sequence[Side]) -> None:
    """Every question with a word for each case, then what was not possible."""
    questions, rows = verdict_table(sides)
    for place, question in enumerate(questions):
        console.print(question, style="bold")
        for answer in (row.answers[place] for row in rows):
            if answer is not None:
                console.print(f"  {answer.case}: {answer.verdict}")
    for question, answer in compared_answers(sides):
        console.print(f"{answer.side.label}: {question}", style="bold")
        console.print(f"  {answer.title}: {answer.verdict}")
    for side in sides:
        for note in side.study.notes:
            console.print(f"Note: {side.label}: {note}")
