"""`spectra export`, `spectra clean` and `spectra compact`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spectra.cli.exits import BAD_INPUT, STORE_FAILED, door, fail
from spectra.cli.finished_runs import missing_line, nothing_finished
from spectra.cli.running import opened
from spectra.cli.terminal import Terminal
from spectra.cli.wording import counted, shortened
from spectra.store.cleaning import Waste, checkpoints, delete, failed, quarantine, unlisted
from spectra.store.export import Form, export
from spectra.sweeps import RunStore, read_experiment


@dataclass(frozen=True)
class Chosen:
    """What `spectra clean` shall delete."""

    failed: bool = False
    quarantine: bool = False
    checkpoints: bool = False
    unlisted: bool = False


def export_recipe(recipe: Path, folder: Path, *, form: Form, out: Path | None, overwrite: bool = False) -> None:
    """Write the finished runs of a recipe for other tools."""
    with door():
        experiment = read_experiment(recipe)
        store = opened(folder)
        place = out or Path(experiment.name if form == "dataset" else f"{experiment.name}.{form}")
        lacking = store.lacking(experiment.specs)
        if len(lacking) == len(experiment.specs):
            fail(nothing_finished(experiment, folder), BAD_INPUT)
        count = export(store, experiment.specs, place, form=form, overwrite=overwrite)
    console = Terminal()
    console.print(f"{count} runs of {experiment.name} are in {place}.")
    if count < len(experiment.specs):
        console.print(missing_line(experiment, folder, len(experiment.specs) - count))


def compact_store(recipe: Path | None, folder: Path) -> None:
    """Gather finished runs, those of a recipe or all, into packs."""
    with door():
        specs = None if recipe is None else read_experiment(recipe).specs
        store = opened(folder)
        if not folder.is_dir():
            fail(f"{folder} does not exist; name the folder of the store with --store", BAD_INPUT)
    try:
        done = store.compact(specs)
    except OSError as error:
        fail(f"{error}\nFinished runs are kept. The same command goes on.", STORE_FAILED)
    if not done.folders + done.packs:
        whose = "" if recipe is None else f" of {recipe}"
        Terminal().print(f"Nothing to do: no finished run{whose} in {folder} has a folder of its own.")
        return
    small = f" and those of {counted(done.packs, 'pack')} that were small" if done.packs else ""
    text = f"{counted(done.folders)}{small} went into {counted(done.into, 'pack')} in {folder / 'packs'}."
    Terminal().print(text)


def clean_store(recipes: Sequence[Path], folder: Path, chosen: Chosen, *, yes: bool) -> None:
    """Show what could be deleted, and delete what is chosen if that is confirmed."""
    if chosen.unlisted and not recipes:
        fail("--unlisted needs every recipe whose runs shall be kept: spectra clean RECIPE ... --unlisted", BAD_INPUT)
    if recipes and not chosen.unlisted:
        fail("recipes say which runs --unlisted keeps; give --unlisted, or no recipe", BAD_INPUT)
    with door():
        wanted = [spec for recipe in recipes for spec in read_experiment(recipe).specs]
        store = opened(folder)
        everything = chosen == Chosen()
        found = {
            "--failed": failed(store) if chosen.failed or everything else None,
            "--quarantine": quarantine(store) if chosen.quarantine or everything else None,
            "--checkpoints": checkpoints(store) if chosen.checkpoints or everything else None,
            "--unlisted": unlisted(store, wanted) if chosen.unlisted else None,
        }
    wastes = {option: waste for option, waste in found.items() if waste is not None}
    for option, waste in wastes.items():
        _show(waste, option)
    if everything:
        Terminal().print("Say which of these to delete.")
    elif not any(waste.names for waste in wastes.values()):
        Terminal().print("Nothing to delete.")
    elif not yes:
        Terminal().print("Nothing was deleted. To delete all of this, repeat the command with --yes.")
    else:
        _delete(store, [*wastes.values()])


def _delete(store: RunStore, wastes: Sequence[Waste]) -> None:
    with door():
        delete(store, wastes)
    count, size = sum(len(waste.names) for waste in wastes), sum(waste.bytes for waste in wastes)
    Terminal().print(f"Deleted: {count} in all, {_amount(size)}.")


def _show(waste: Waste, option: str) -> None:
    console = Terminal()
    console.print(f"{option}: {len(waste.names)} {waste.kind}, {_amount(waste.bytes)}")
    for line in shortened(waste.names):
        console.print(line)


def _amount(size: int) -> str:
    """Such as "512 bytes" or "3.4 MB"."""
    amount, units = float(size), ["kB", "MB", "GB", "TB"]
    if size < 1000:
        return f"{size} bytes"
    while amount >= 1000 and units:
        amount, unit = amount / 1000, units.pop(0)
    return f"{amount:.3g} {unit}"
