"""Where commands find the finished runs of a recipe, and what they say of those that are missing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from spectra.cli.clone_paths import STORE
from spectra.cli.running import again, opened
from spectra.sweeps import Experiment, RunStore


def store_of(experiment: Experiment, folders: Sequence[Path]) -> RunStore:
    """The store that holds most of the runs of an experiment; the first of those that hold equally many.

    Args:
        experiment: What the recipe describes.
        folders: Stores that were named. None: the usual one, and the one beside the page of the experiment.
    """
    beside = Path("reports") / experiment.folder_name / STORE
    usual = [Path(STORE), *([beside] if beside.is_dir() else [])]
    stores = [opened(folder) for folder in folders or usual]
    if len(stores) == 1:  # there is nothing to look at all runs for
        return stores[0]
    return min(stores, key=lambda store: len(store.lacking(experiment.specs)))


def nothing_finished(experiment: Experiment, folder: Path) -> str:
    """Why there is no page yet, and what makes it."""
    if experiment.command == "check":
        return (
            f"no run of {experiment.name} has finished in {folder}, and its page shows none: it comes from "
            f"{shlex.join(['spectra', 'check', str(experiment.path)])}"
        )
    return f"no run of {experiment.name} has finished in {folder}; make them with: {again(experiment, folder)}"


def missing_line(experiment: Experiment, folder: Path, missing: int) -> str:
    """How many runs are missing in a store, and what makes them."""
    told = f"{missing} of {len(experiment.specs)} runs are missing in {folder}"
    return f"{told}; make them with: {again(experiment, folder)}"
